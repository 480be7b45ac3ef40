#include "tokenizers/vocabulary.h"

#include "tokenizing.hpp"

using tokenizing::Pieces;
using tokenizing::Strings;
using tokenizing::Tokenizer;
using Vocabulary = support::Handle<car_vocabulary, car_vocabulary_free>;

static Vocabulary vocabulary_of(const Strings &text, int max_size = 0, int64_t min_count = 1)
{
    Tokenizer word("word");
    support::Handle<car_vocabulary_builder, car_vocabulary_builder_free> builder(car_vocabulary_builder_new());
    Pieces pieces(text);
    car_vocabulary_builder_add(builder.get(), &pieces);
    return Vocabulary(car_vocabulary_builder_finish(builder.get(), word.get(), max_size, min_count));
}

static Strings pieces_of(const Vocabulary &vocabulary)
{
    Strings all;
    for (int32_t id = CAR_SPECIALS; id < car_vocabulary_size(vocabulary.get()); id++)
        all.push_back(car_vocabulary_piece(vocabulary.get(), id));
    return all;
}

static int32_t find(const Vocabulary &vocabulary, const std::string &piece)
{
    return car_vocabulary_find(vocabulary.get(), piece.data(), static_cast<ptrdiff_t>(piece.size()));
}

static std::string text_of(const Vocabulary &vocabulary)
{
    support::String text;
    car_vocabulary_write(vocabulary.get(), &text);
    return text.text();
}

static Vocabulary read(const std::string &text, car_error *e)
{
    return Vocabulary(car_vocabulary_read(text.data(), static_cast<ptrdiff_t>(text.size()), "vocab.en", e));
}

static const Strings TEXT = {"b", "the", "a", "the", "\u00e9", "b", "the", "a", "z"};

TEST(Vocabulary, OrdersByCountThenBytes)
{
    Vocabulary all = vocabulary_of(TEXT);
    EXPECT_EQ(pieces_of(all), (Strings{"the", "a", "b", "z", "\u00e9"}));
    EXPECT_EQ(find(all, "the"), 3);
    EXPECT_EQ(find(all, "absent"), CAR_UNKNOWN);
    EXPECT_EQ(car_vocabulary_count(all.get(), 4), 2);
    EXPECT_EQ(car_vocabulary_count(all.get(), CAR_END), 0);
    EXPECT_EQ(car_vocabulary_piece(all.get(), CAR_END), std::string("</s>"));
    EXPECT_EQ(car_vocabulary_coverage(all.get()), 1);
}

TEST(Vocabulary, KeepsWithinItsLimits)
{
    EXPECT_EQ(pieces_of(vocabulary_of(TEXT, 5)), (Strings{"the", "a"}));
    EXPECT_EQ(pieces_of(vocabulary_of(TEXT, 0, 2)), (Strings{"the", "a", "b"}));
    EXPECT_EQ(car_vocabulary_coverage(vocabulary_of(TEXT, 0, 2).get()), 7.0 / 9);
    EXPECT_EQ(pieces_of(vocabulary_of(TEXT, 2)), Strings{});
    EXPECT_EQ(pieces_of(vocabulary_of({})), Strings{});
}

TEST(Vocabulary, TurnsPiecesToIdsAndBack)
{
    Vocabulary vocabulary = vocabulary_of(TEXT);
    Pieces line({"the", "cat", "z"}), back;
    int32_t ids[4];
    EXPECT_EQ(car_vocabulary_encode(vocabulary.get(), &line, ids), 1);
    EXPECT_EQ(std::vector<int32_t>(ids, ids + 4), (std::vector<int32_t>{3, CAR_UNKNOWN, 6, CAR_END}));
    const int32_t answer[] = {CAR_START, 3, CAR_UNKNOWN, 6, CAR_END, 4};
    car_vocabulary_decode(vocabulary.get(), answer, 6, &back);
    EXPECT_EQ(back.strings(), (Strings{"the", "<unk>", "z"}));
    car_vocabulary_decode(vocabulary.get(), answer, 2, &back);
    EXPECT_EQ(back.strings(), Strings{"the"});
}

TEST(Vocabulary, SpecialsAreNotPieces)
{
    Vocabulary vocabulary = vocabulary_of({"</s>", "<unk>", "<unk>"});
    EXPECT_EQ(find(vocabulary, "<unk>"), 3);
    EXPECT_EQ(find(vocabulary, "</s>"), 4);
    EXPECT_EQ(find(vocabulary, "<s>"), CAR_UNKNOWN);
}

static const Strings ODD = {"#",      "#tokens:3", "</s>",         "<unk>", "\t",     "\t7",
                            "a\t",    "\r",        "x\r",          "\"",    "\u2028", "\u00a0",
                            "\ufeff", "\u2581",    "\u241b\uffed", "0",     "\x01",   "\U0001F468"};

TEST(Vocabulary, OddTokensSurviveTextAndFile)
{
    Vocabulary written = vocabulary_of(ODD);
    ASSERT_EQ(car_vocabulary_size(written.get()), CAR_SPECIALS + static_cast<int>(ODD.size()));
    support::Folder folder;
    car_error e = {};
    ASSERT_TRUE(car_vocabulary_save(written.get(), folder.path("vocab").c_str(), &e)) << e.message;
    EXPECT_EQ(folder.read("vocab"), text_of(written));
    Vocabulary loaded(car_vocabulary_load(folder.path("vocab").c_str(), &e));
    ASSERT_TRUE(loaded) << e.message;
    EXPECT_EQ(pieces_of(loaded), pieces_of(written));
    EXPECT_EQ(text_of(loaded), text_of(written));
    for (const std::string &piece : ODD)
        EXPECT_EQ(find(loaded, piece), find(written, piece));
}

TEST(Vocabulary, RemembersTokenizerUnicodeAndCoverage)
{
    car_error e = {};
    Vocabulary vocabulary = read(text_of(vocabulary_of(TEXT, 0, 2)), &e);
    ASSERT_TRUE(vocabulary) << e.message;
    EXPECT_STREQ(car_vocabulary_tokenizer(vocabulary.get()), "name=word normalization=nfc");
    support::String unicode;
    car_tokenizer_icu_version(&unicode);
    EXPECT_STREQ(car_vocabulary_unicode(vocabulary.get()), unicode.at);
    EXPECT_EQ(car_vocabulary_coverage(vocabulary.get()), 7.0 / 9);
    EXPECT_EQ(car_vocabulary_count(vocabulary.get(), 3), 3);
}

static const std::string HEAD = "# carousel-vocabulary 1\n# specials: </s> <unk> <s>\n# tokenizer: name=word "
                                "normalization=nfc\n# unicode: icu=72.1 unicode=15.0\n# pieces: 9\n# tokens: 2\n";

static std::string replaced(std::string text, const std::string &from, const std::string &to)
{
    return text.replace(text.find(from), from.size(), to);
}

TEST(Vocabulary, RefusesDamageByFileAndLine)
{
    const struct {
        std::string text, message;
    } cases[] = {
        {"", "vocab.en:1: the vocabulary ends here"},
        {"a\t3\nb\t2\n", "vocab.en:1: a header line '# carousel-vocabulary 1...' must stand here"},
        {replaced(HEAD, "vocabulary 1", "vocabulary 12"), "vocab.en:1: a vocabulary of another version"},
        {replaced(HEAD, "</s> <unk>", "<unk> </s>"), "vocab.en:2: the specials must be"},
        {replaced(HEAD, "# tokenizer:", "# tokeniser:"), "vocab.en:3: a header line"},
        {replaced(HEAD, "# unicode: icu=72.1 unicode=15.0\n", ""), "vocab.en:4: a header line '# unicode: ...'"},
        {replaced(HEAD, "pieces: 9", "pieces: many") + "a\t3\nb\t2\n", "vocab.en:5: the number"},
        {replaced(HEAD, "tokens: 2", "tokens: ") + "a\t3\nb\t2\n", "vocab.en:6: the number"},
        {replaced(HEAD, "tokens: 2", "tokens: 99999999999") + "a\t3\nb\t2\n", "vocab.en:6: fewer tokens follow"},
        {replaced(HEAD, "tokens: 2", "tokens: 99999999999999999999") + "a\t3\nb\t2\n", "vocab.en:6: the number"},
        {HEAD + "alphabet\t3\n", "vocab.en:8: the vocabulary ends here"},
        {HEAD + "aa\t3\nb\t2", "vocab.en:8: the last line has no line feed"},
        {HEAD + "a\t3\nb\t2\nc\t1\n", "vocab.en:9: more tokens"},
        {HEAD + "a\t3\na\t2\n", "vocab.en:8: this token was there before"},
        {HEAD + "a\t3\n\t2\nb", "vocab.en:8: an empty token"},
        {HEAD + "a\t3\nb 2\n", "vocab.en:8: no TAB"},
        {HEAD + "a\t3\nb\t2 \n", "vocab.en:8: what stands behind the TAB is not a count"},
        {HEAD + "a\t-3\nb\t2\n", "vocab.en:7: what stands behind the TAB is not a count"},
        {HEAD + "a\t\nbbb\t2\n", "vocab.en:7: what stands behind the TAB is not a count"},
        {HEAD + "a\t9223372036854775808\nb\t2\n", "vocab.en:7: what stands behind the TAB is not a count"},
        {HEAD + "a\t9\nb\t2\n", "vocab.en:8: the counts add up"},
        {HEAD + "a\t3\nb c\t2\n", "vocab.en:8: a space in a token"},
        {HEAD + "a\xff\t3\nb\t2\n", "vocab.en:7: not UTF-8"},
        {HEAD + std::string("a\0\t3\nb\t2\n", 9), "vocab.en:7: a NUL byte"},
        {HEAD + "# merges: 2\na\t03\nb\t02\n\nab\n", "vocab.en:10: too short to be a merge"},
        {HEAD + "a\t3\r\nb\t2\r\n", "vocab.en:7: the line ends in CR LF"},
    };
    car_error e = {};
    EXPECT_TRUE(read(HEAD + "a\t3\nb\t2\n", &e)) << e.message;
    for (const auto &damaged : cases) {
        e = car_error{};
        EXPECT_FALSE(read(damaged.text, &e)) << damaged.message;
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        EXPECT_EQ(std::string(e.message).substr(0, damaged.message.size()), damaged.message);
    }
}

TEST(Vocabulary, RefusesEveryTruncation)
{
    const std::string whole = text_of(vocabulary_of(ODD));
    for (size_t length = 0; length < whole.size(); length++) {
        car_error e = {};
        EXPECT_FALSE(read(whole.substr(0, length), &e)) << length;
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
    }
}

TEST(Vocabulary, SaysWhichFileIsMissing)
{
    car_error e = {};
    EXPECT_EQ(car_vocabulary_load("no-folder/vocab.en", &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_NO_INPUT);
    EXPECT_NE(std::string(e.message).find("no-folder/vocab.en"), std::string::npos) << e.message;
    EXPECT_FALSE(car_vocabulary_save(vocabulary_of(TEXT).get(), "no-folder/vocab.en", &e));
    EXPECT_NE(std::string(e.message).find("no-folder/vocab.en"), std::string::npos) << e.message;
}

TEST(Vocabulary, WholeCorpusThroughIdsAndBack)
{
    const Strings lines = tokenizing::lines_of(std::string(CAR_SHARED_DIR) + "/corpora/multi30k/train.de");
    if (lines.empty())
        GTEST_SKIP() << "the reference text multi30k is not there";
    Tokenizer word("word");
    support::Handle<car_vocabulary_builder, car_vocabulary_builder_free> builder(car_vocabulary_builder_new());
    Pieces pieces, back;
    car_error e = {};
    auto apply = [&](const std::string &line) {
        ASSERT_TRUE(car_tokenizer_apply(word.get(), line.data(), static_cast<ptrdiff_t>(line.size()), &pieces, &e));
    };
    for (const std::string &line : lines) {
        apply(line);
        car_vocabulary_builder_add(builder.get(), &pieces);
    }
    Vocabulary made(car_vocabulary_builder_finish(builder.get(), word.get(), 0, 1));
    Vocabulary all = read(text_of(made), &e);
    ASSERT_TRUE(all) << e.message;
    std::vector<int32_t> ids;
    for (const std::string &line : lines) {
        apply(line);
        ids.resize(static_cast<size_t>(pieces.count) + 1);
        ASSERT_EQ(car_vocabulary_encode(all.get(), &pieces, ids.data()), 0);
        car_vocabulary_decode(all.get(), ids.data(), static_cast<ptrdiff_t>(ids.size()), &back);
        ASSERT_EQ(back.strings(), pieces.strings());
    }
    Vocabulary frequent(car_vocabulary_builder_finish(builder.get(), word.get(), 4000, 1));
    EXPECT_EQ(car_vocabulary_size(frequent.get()), 4000);
    EXPECT_GT(car_vocabulary_coverage(frequent.get()), 0.93);
    RecordProperty("pieces", car_vocabulary_size(all.get()));
}
