/* Byte pairs on top of tokenizers: pieces, the way back, and bytes for what is unknown. */
#include <cstring>
#include <filesystem>
#include <random>

#include "tokenizers/bpe_learn.h"
#include "tokenizers/vocabulary.h"
#include "tokenizing.hpp"

using tokenizing::lines_of;
using tokenizing::Pieces;
using tokenizing::Strings;
using tokenizing::Tokenizer;

using Handle = support::Handle<car_tokenizer, car_tokenizer_free>;
using Vocabulary = support::Handle<car_vocabulary, car_vocabulary_free>;
using Builder = support::Handle<car_vocabulary_builder, car_vocabulary_builder_free>;

static const char CODES[] = "#version: 0.2\nl o\nlo w</w>\nlo w\ne r</w>\n@ @</w>\n";

static const Strings EVIL = {"@@",
                             "a@@ b@@",
                             "@@ @@@@ @@@",
                             "<0x41> <0x41>@@ x<0x41>",
                             "<0x41>\u241b <0x41>\u241b\u241b @@\u241b @@\u241b\u241b",
                             "\u241b@@ \u241b<0x41> \u241b",
                             "\u2581 \uffed@@ @@\uffed",
                             "l\uffed \U0001F600 \u00e9",
                             "  low  lower ",
                             "\r \t"};

TEST(Subwords, CutPiecesFurther)
{
    Tokenizer word("word", CAR_NORMALIZE_NFC, CODES);
    EXPECT_EQ(word.apply("low, lower"), (Strings{"low", "\uffed@@", ",", "low@@", "er"}));
    EXPECT_EQ(word.join({"low@@", "er", "\uffed@@", ",", "lo@@"}), "lower, lo");
    Tokenizer space("space", CAR_NORMALIZE_NFC, CODES);
    EXPECT_EQ(space.apply("@@ a@@ <0x41>"),
              (Strings{"@@\u241b", "a@@", "@@\u241b", "<@@", "0@@", "x@@", "4@@", "1@@", ">"}));
    Tokenizer byte("byte", CAR_NORMALIZE_NFC, "#version: 0.2\n< 0\n0 x\n<0 x\n<0x 6\n<0x6 1\n<0x61 ></w>\n");
    EXPECT_EQ(byte.apply("a"), (Strings{"<0x61>\u241b"}));
    EXPECT_EQ(byte.fault("abc \u00e9"), "");
}

TEST(Subwords, AreTheirDescription)
{
    Tokenizer word("word", CAR_NORMALIZE_NFC, CODES);
    support::String text, again;
    car_tokenizer_describe(word.get(), &text);
    EXPECT_EQ(text.text(), "name=word normalization=nfc bpe=5 bytes=yes");
    car_error e = {};
    Handle read(car_tokenizer_from_description(text.at, CODES, &e));
    ASSERT_TRUE(read) << e.message;
    car_tokenizer_describe(read.get(), &again);
    EXPECT_EQ(again.text(), text.text());
    EXPECT_EQ(car_tokenizer_from_description("name=word normalization=nfc", CODES, &e), nullptr);
    EXPECT_EQ(car_tokenizer_from_description(text.at, "no merges\n", &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
    Tokenizer untidy("word", CAR_NORMALIZE_NFC, "#version: 0.2\r\na b\r\nb c\n\n");
    EXPECT_STREQ(car_tokenizer_codes_view(untidy.get()), "#version: 0.2\na b\nb c\n");
}

static Vocabulary vocabulary_of(Tokenizer &tokenizer, const Strings &lines, int size, int64_t min_count)
{
    Builder builder(car_vocabulary_builder_new());
    for (const std::string &line : lines) {
        Pieces pieces(tokenizer.apply(line));
        car_vocabulary_builder_add(builder.get(), &pieces);
    }
    return Vocabulary(car_vocabulary_builder_finish(builder.get(), tokenizer.get(), size, min_count));
}

/* Through a written vocabulary, as a model has it. */
static Vocabulary copied(const Vocabulary &vocabulary)
{
    support::String text;
    car_vocabulary_write(vocabulary.get(), &text);
    car_error e = {};
    Vocabulary copy(car_vocabulary_read(text.at, text.length, "copy", &e));
    EXPECT_TRUE(copy) << e.message;
    support::String again;
    car_vocabulary_write(copy.get(), &again);
    EXPECT_EQ(again.text(), text.text());
    return copy;
}

/* The line through pieces and ids and back; "" if nothing was unknown and all is there. */
static std::string fault(car_tokenizer *tokenizer, const Vocabulary &vocabulary, const std::string &line)
{
    Pieces pieces, back;
    support::String normal, text;
    car_error e = {};
    ptrdiff_t length = static_cast<ptrdiff_t>(line.size());
    if (!car_tokenizer_apply(tokenizer, line.data(), length, &pieces, &e) ||
        !car_tokenizer_normalize(tokenizer, line.data(), length, &normal, &e))
        return e.message;
    std::vector<int32_t> ids(static_cast<size_t>(pieces.count) + 1);
    if (car_vocabulary_encode(vocabulary.get(), &pieces, ids.data()) != 0)
        return "unknown pieces in " + line;
    car_vocabulary_decode(vocabulary.get(), ids.data(), pieces.count, &back);
    car_tokenizer_join(tokenizer, &back, &text);
    return text.text() == normal.text() ? "" : "'" + normal.text() + "' came back as '" + text.text() + "'";
}

TEST(Subwords, NothingIsUnknown)
{
    Tokenizer word("word", CAR_NORMALIZE_NFC, CODES);
    Vocabulary vocabulary = copied(vocabulary_of(word, {"low low low lower lower, slow"}, 0, 2));
    car_error e = {};
    Handle limited(car_vocabulary_new_tokenizer(vocabulary.get(), &e));
    ASSERT_TRUE(limited) << e.message;
    Pieces pieces;
    const char *line = "low slower.";
    ASSERT_TRUE(car_tokenizer_apply(limited.get(), line, static_cast<ptrdiff_t>(strlen(line)), &pieces, &e));
    EXPECT_EQ(pieces.strings(),
              (Strings{"low", "<0x73>@@", "low@@", "er", "<0xEF>@@", "<0xBF>@@", "<0xAD>@@", "<0x2E>"}));
    Handle clone(car_tokenizer_clone(limited.get(), &e));
    for (const std::string &evil : EVIL)
        EXPECT_EQ(fault(clone.get(), vocabulary, evil), "");
}

TEST(Subwords, WithoutBytesTheVocabularyHasNone)
{
    car_tokenizer_options options = {};
    options.codes = CODES;
    options.no_bytes = true;
    car_error e = {};
    Handle word(car_tokenizer_new("word", &options, &e));
    Builder builder(car_vocabulary_builder_new());
    Pieces pieces(Strings{"lo", "w"});
    car_vocabulary_builder_add(builder.get(), &pieces);
    Vocabulary vocabulary = copied(Vocabulary(car_vocabulary_builder_finish(builder.get(), word.get(), 0, 1)));
    EXPECT_EQ(car_vocabulary_size(vocabulary.get()), CAR_SPECIALS + 2);
    EXPECT_STREQ(car_vocabulary_tokenizer(vocabulary.get()), "name=word normalization=nfc bpe=5 bytes=no");
}

TEST(Subwords, ModelsMayWriteAnything)
{
    Tokenizer word("word", CAR_NORMALIZE_NFC, CODES);
    EXPECT_EQ(word.join({"<0xC3>", "<0xA9>@@", "<0xC3>@@", "<0xA9>", "@@", "a"}), "\ufffd \ufffd\u00e9 a");
    EXPECT_EQ(word.join({"<unk>", "a@@"}), "<unk> a");
    EXPECT_EQ(word.join({"@@", "@@"}), "");
}

TEST(Subwords, VocabulariesAreRefusedWithoutTheirMerges)
{
    Tokenizer word("word", CAR_NORMALIZE_NFC, CODES);
    support::String whole;
    car_vocabulary_write(vocabulary_of(word, {"low"}, 0, 1).get(), &whole);
    std::string text = whole.text();
    for (size_t length = 0; length < text.size(); length += 1 + (length % 7)) {
        car_error e = {};
        EXPECT_EQ(car_vocabulary_read(text.data(), static_cast<ptrdiff_t>(length), "vocab", &e), nullptr) << length;
    }
    for (const char *header : {"# merges: 6\n", " bpe=5 bytes=yes"}) {
        std::string damaged = text;
        damaged.erase(damaged.find(header), strlen(header));
        car_error e = {};
        Vocabulary read(car_vocabulary_read(damaged.data(), static_cast<ptrdiff_t>(damaged.size()), "vocab", &e));
        if (read) {
            EXPECT_EQ(car_vocabulary_new_tokenizer(read.get(), &e), nullptr);
        }
        EXPECT_EQ(e.code, CAR_EXIT_DATA) << header;
    }
}

/* Merges of the pieces of lines, and a vocabulary that lacks most of what they make. */
class SubwordsRoundTrip : public ::testing::TestWithParam<std::pair<const char *, car_letter_case>>
{
  protected:
    void start(const Strings &lines)
    {
        support::Handle<car_bpe_learner, car_bpe_learner_free> learner(car_bpe_learner_new());
        auto [name, letter_case] = GetParam();
        Tokenizer base(name, CAR_NORMALIZE_NFC, nullptr, letter_case);
        for (const std::string &line : lines)
            for (const std::string &piece : base.apply(line))
                if (piece.find('\r') == std::string::npos)
                    car_bpe_learner_add_word(learner.get(), piece.data(), static_cast<ptrdiff_t>(piece.size()), 1);
        car_bpe_learn_options options = {1000, 2, false};
        support::String codes;
        car_bpe_learn(learner.get(), &options, &codes);
        Tokenizer tokenizer(name, CAR_NORMALIZE_NFC, codes.at, letter_case);
        vocabulary = copied(vocabulary_of(tokenizer, lines, 1000, 2));
        car_error e = {};
        limited.reset(car_vocabulary_new_tokenizer(vocabulary.get(), &e));
        ASSERT_TRUE(limited) << e.message;
    }
    Vocabulary vocabulary;
    Handle limited;
};

TEST_P(SubwordsRoundTrip, RandomLines)
{
    std::mt19937 random(11);
    static const char *const PARTS[] = {
        " ",      "@@",      "<0x41>", "\u241b", "\u2581", "\uffed", "a",          "b",      ".",      "(",
        "\u00e9", "e\u0301", "\u00a0", "\u3042", "\u6f22", "\u0e01", "\U0001F600", "\r",     "low",    "</w>",
        "\u200d", "\ufffd",  "\u0600", "A",      "LOW",    "Low",    "\u21e7",     "\u21ea", "\u00df", "\u0130"};
    auto line = [&random] {
        std::string text;
        for (size_t n = random() % 12; n > 0; n--)
            text += PARTS[random() % std::size(PARTS)];
        return text;
    };
    Strings lines = EVIL;
    for (int i = 0; i < 50; i++)
        lines.push_back(line());
    start(lines);
    for (int i = 0; i < 50000; i++) {
        std::string text = line();
        ASSERT_EQ(fault(limited.get(), vocabulary, text), "");
    }
}

TEST_P(SubwordsRoundTrip, SharedCorpora)
{
    const std::filesystem::path folder = std::filesystem::path(CAR_SHARED_DIR) / "corpora";
    if (!std::filesystem::is_directory(folder))
        GTEST_SKIP() << folder << " is not there";
    Strings german = lines_of((folder / "multi30k/train.de").string());
    german.resize(2000);
    start(german);
    size_t lines = 0;
    for (const auto &file : std::filesystem::recursive_directory_iterator(folder)) {
        const std::string name = file.path().filename().string();
        if (!file.is_regular_file() || name == "README.md")
            continue;
        for (const std::string &line : lines_of(file.path().string())) {
            bool text = car_utf8_check(line.data(), static_cast<ptrdiff_t>(line.size())) < 0 &&
                        line.find('\0') == std::string::npos && line.size() < 100000;
            if (text && (lines++ % 20 == 0 || name == "valid.txt")) {
                ASSERT_EQ(fault(limited.get(), vocabulary, line), "") << name;
            }
        }
    }
    EXPECT_GT(lines, 100000U);
}

INSTANTIATE_TEST_SUITE_P(All, SubwordsRoundTrip,
                         ::testing::Values(std::pair("char", CAR_CASE_KEEP), std::pair("word", CAR_CASE_KEEP),
                                           std::pair("byte", CAR_CASE_KEEP), std::pair("word", CAR_CASE_MARK)),
                         [](const auto &named) {
                             bool marked = named.param.second == CAR_CASE_MARK;
                             return std::string(named.param.first) + (marked ? "_marked" : "");
                         });
