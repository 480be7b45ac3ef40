/* Small letters: for good, or behind marks from which capitals come back. */
#include <cstring>

#include "tokenizing.hpp"

using tokenizing::Pieces;
using tokenizing::Strings;
using tokenizing::Tokenizer;

using Handle = support::Handle<car_tokenizer, car_tokenizer_free>;

static const char CAPITAL[] = "\u21e7", CAPITALS[] = "\u21ea";

static Tokenizer marking(const char *name, const char *codes = nullptr)
{
    return Tokenizer(name, CAR_NORMALIZE_NFC, codes, CAR_CASE_MARK);
}

TEST(Case, MarksCapitals)
{
    Tokenizer word = marking("word");
    EXPECT_EQ(word.apply("The dog, NATO and I."),
              (Strings{CAPITAL, "the", "dog", "\uffed,", CAPITALS, "nato", "and", CAPITAL, "i", "\uffed."}));
    EXPECT_EQ(
        word.apply("\u00c9t\u00e9 \u00c9T\u00c9 \u041c\u043e\u0441\u043a\u0432\u0430 "
                   "\u0391\u0393\u0393\u0395\u039b\u039f\u03a3"),
        (Strings{CAPITAL, "\u00e9t\u00e9", CAPITALS, "\u00e9t\u00e9", CAPITAL, "\u043c\u043e\u0441\u043a\u0432\u0430",
                 CAPITALS, "\u03b1\u03b3\u03b3\u03b5\u03bb\u03bf\u03c2"})); /* the last sigma too */
    EXPECT_EQ(word.apply("\u01c5ep \u6771\u4eac A\u6771"),
              (Strings{CAPITAL, "\u01c6ep", "\u2581", "\u6771\u4eac", "\u2581", CAPITAL, "a", "\u6771"}));
    Tokenizer space = marking("space");
    EXPECT_EQ(space.apply("\u00bfQu\u00e9? 1ST (USA)"),
              (Strings{CAPITAL, "\u00bfqu\u00e9?", CAPITALS, "1st", CAPITALS, "(usa)"}));
    Tokenizer character = marking("char");
    EXPECT_EQ(character.apply("Ab"), (Strings{CAPITAL, "a", "b"}));
}

TEST(Case, KeepsWhatWouldNotComeBack)
{
    Tokenizer word = marking("word");
    const Strings kept = {"iPhone",  "McDonald", "Stra\u1e9ee",       "\u0130stanbul",
                          "GROSSes", "\u1e9e",   "\u03a3\u03b1\u03a3"};
    for (const std::string &one : kept)
        EXPECT_EQ(word.apply(one), Strings{one});
    EXPECT_EQ(word.apply("STRASSE"), (Strings{CAPITALS, "strasse"}));
    EXPECT_EQ(word.apply("STRA\u00dfE"), Strings{"STRA\u00dfE"}); /* in capitals it is STRASSE */
}

TEST(Case, EscapesItsMarks)
{
    Tokenizer space = marking("space");
    EXPECT_EQ(space.apply("\u21e7 \u241b\u21ea \u21e7\u21e7 A"),
              (Strings{"\u241b\u21e7", "\u241b\u241b\u21ea", "\u21e7\u21e7", CAPITAL, "a"}));
    for (const char *name : {"space", "word", "char"}) {
        Tokenizer tokenizer = marking(name);
        for (const char *line :
             {"\u21e7", "\u21ea \u21e7A", "\u241b\u21e7 \u241b\u241b\u21ea \u21e7", "\u21e7 The", "A\u21e7"})
            EXPECT_EQ(tokenizer.fault(line), "") << name;
    }
    EXPECT_EQ(Tokenizer("word").apply("\u21e7"), Strings{"\u21e7"}); /* no mark where none are made */
}

TEST(Case, JoinsWhatAModelMayWrite)
{
    Tokenizer word = marking("word");
    EXPECT_EQ(word.join({CAPITAL, CAPITALS, "nato", "x"}), "NATO x");
    EXPECT_EQ(word.join({CAPITAL, "\uffed.", "the", CAPITAL}), ". the");
    EXPECT_EQ(word.join({CAPITALS, "iPhone", CAPITAL, "\u6771"}), "IPHONE\u6771");
    EXPECT_EQ(word.join({CAPITAL, "<unk>"}), "<Unk>");
    EXPECT_EQ(word.join({CAPITALS}), "");
}

TEST(Case, MarksStayWholeUnderBytePairs)
{
    static const char codes[] = "#version: 0.2\nt h\nth e</w>\n\u21e7 t\nn a\n";
    Tokenizer word = marking("word", codes);
    EXPECT_EQ(word.apply("The NATO THE"), (Strings{CAPITAL, "the", CAPITALS, "na@@", "t@@", "o", CAPITALS, "the"}));
    EXPECT_EQ(word.join({CAPITALS, "na@@", "to"}), "NATO");
    for (const char *line : {"\u21e7 \u241b\u21ea", "The@@ @@ <0x41>", "\u21e7@@ A"})
        EXPECT_EQ(word.fault(line), "");
}

TEST(Case, IsPartOfTheDescription)
{
    const std::pair<car_letter_case, const char *> cases[] = {
        {CAR_CASE_KEEP, ""}, {CAR_CASE_LOWER, " case=lower"}, {CAR_CASE_MARK, " case=mark"}};
    static const char codes[] = "#version: 0.2\na b\n";
    for (auto [letter_case, text] : cases) {
        for (const char *merges : {static_cast<const char *>(nullptr), codes}) {
            Tokenizer word("word", CAR_NORMALIZE_NONE, merges, letter_case);
            support::String description, again;
            car_tokenizer_describe(word.get(), &description);
            EXPECT_EQ(description.text(), std::string("name=word normalization=none") + text +
                                              (merges != nullptr ? " bpe=1 bytes=yes" : ""));
            car_error e = {};
            Handle read(car_tokenizer_from_description(description.at, merges, &e));
            ASSERT_TRUE(read) << e.message;
            Handle clone(car_tokenizer_clone(read.get(), &e));
            car_tokenizer_describe(clone.get(), &again);
            EXPECT_EQ(again.text(), description.text());
        }
    }
}

TEST(Case, RefusesWhatItCannotDo)
{
    car_error e = {};
    car_letter_case letter_case;
    EXPECT_FALSE(car_letter_case_parse("upper", &letter_case, &e));
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    EXPECT_NE(std::strstr(e.message, "keep, lower and mark"), nullptr) << e.message;
    car_tokenizer_options options = {};
    options.letter_case = CAR_CASE_MARK;
    EXPECT_EQ(car_tokenizer_new("byte", &options, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    EXPECT_EQ(car_tokenizer_from_description("name=byte normalization=nfc case=mark", nullptr, &e), nullptr);
    EXPECT_EQ(car_tokenizer_from_description("name=word normalization=nfc case=upper", nullptr, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
}
