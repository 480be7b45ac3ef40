/* Vocabularies of other programs. */
#include <cstring>
#include <random>

#include "tokenizers/vocabulary_import.h"
#include "tokenizing.hpp"

using tokenizing::Strings;
using tokenizing::Tokenizer;
using Vocabulary = support::Handle<car_vocabulary, car_vocabulary_free>;

static Vocabulary import(const std::string &text, car_error *e)
{
    Tokenizer space("space");
    return Vocabulary(car_vocabulary_import(text.data(), static_cast<ptrdiff_t>(text.size()), "vocab", space.get(), e));
}

/* "token count" of each id behind the specials; or the message. */
static Strings tokens(const std::string &text)
{
    car_error e = {};
    Vocabulary vocabulary = import(text, &e);
    if (!vocabulary) {
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        return {e.message};
    }
    Strings all;
    for (int32_t id = CAR_SPECIALS; id < car_vocabulary_size(vocabulary.get()); id++)
        all.push_back(std::string(car_vocabulary_piece(vocabulary.get(), id)) + " " +
                      std::to_string(car_vocabulary_count(vocabulary.get(), id)));
    return all;
}

TEST(Import, Marian)
{
    EXPECT_EQ(tokens("</s>: 0\n<unk>: 1\nthe: 2\n\"\\\"\": 4\n\",\": 3\n\":\": 5\n'@@': 6\n\"\\xE9\": 7\n日本: 8\n? "
                     "\"a:\"\n: 9\n"),
              (Strings{"the 0", ", 0", "\" 0", ": 0", "@@ 0", "\u00e9 0", "日本 0", "a: 0"}));
    EXPECT_EQ(tokens("eos: 0\nUNK: 1\nthe: 2\nUNKNOWN: 3\n"), (Strings{"the 0", "UNKNOWN 0"})); /* of Nematus */
    EXPECT_EQ(tokens("</s>\n<unk>\nthe\n:\n"), (Strings{"the 0", ": 0"}));                      /* .txt */
}

TEST(Import, Sockeye)
{
    EXPECT_EQ(tokens("{\n    \"<pad>\": 0,\n    \"<unk>\": 1,\n    \"<s>\": 2,\n    \"</s>\": 3,\n    \"b\": 5,\n    "
                     "\"a\": 4\n}"),
              (Strings{"a 0", "b 0"}));
    EXPECT_EQ(tokens("{\"eos\": 0, \"UNK\": 1, \"\\u00e9\": 2}"), Strings{"\u00e9 0"});
    EXPECT_EQ(tokens("{\n}\n"), (Strings{"{ 0", "} 0"})); /* a list of two tokens */
}

TEST(Import, OpenNmt)
{
    EXPECT_EQ(tokens("<blank>\n<s>\n</s>\nthe\n{\n\u00a0\n"), (Strings{"the 0", "{ 0", "\u00a0 0"}));
    EXPECT_EQ(tokens("the\t49165\n,\t3\n7\t2\n\n"), (Strings{"the 49165", ", 3", "7 2"}));
    EXPECT_EQ(tokens("\xef\xbb\xbfthe\t49165\r\n,\t3\r\n"), (Strings{"the 49165", ", 3"}));
}

TEST(Import, Fairseq)
{
    EXPECT_EQ(tokens(", 999\n: 5\nthe@@ 4\n<pad> 1 #fairseq:overwrite\n7 3\nmadeupword0000 0\nmadeupword0001 0\n"),
              (Strings{", 999", ": 5", "the@@ 4", "7 3"}));
    EXPECT_EQ(tokens(": 5\na: 3\n"), (Strings{": 5", "a: 3"}));
}

TEST(Import, Joey)
{
    EXPECT_EQ(tokens("<unk>\n<pad>\n<s>\n</s>\nthe\n▁a\n<sep>"), (Strings{"the 0", "▁a 0", "<sep> 0"}));
    EXPECT_EQ(tokens("<unk>\n<pad>\n<s>\n</s>\n#\n# x\n"),
              Strings{"vocab:6: a token with a space, a line feed or a NUL in it"});
}

TEST(Import, RefusesWithTheLine)
{
    const std::pair<std::string, std::string> cases[] = {
        {"", "vocab: a vocabulary without tokens"},
        {"\n\n", "vocab: a vocabulary without tokens"},
        {"</s>\n<unk>\n", "vocab: a vocabulary without tokens"},
        {"a\nb\xff\n", "vocab:2: not UTF-8"},
        {std::string("a\nb\0\n", 5), "vocab:2: a NUL byte"},
        {"a\n\nb\n", "vocab:2: an empty token"},
        {"a\nb\na\n", "vocab:3: this token was there before"},
        {"a\t3\nb 2\n", "vocab:2: a token, a TAB and its count must stand here as on the first line"},
        {"a\t3\nb\t-2\n", "vocab:2: a token, a TAB and its count"},
        {"a 3\nb\n", "vocab:2: a token, a space and its count"},
        {"a 9223372036854775807\nb 1\n", "vocab: the counts add up to more than 2^63"},
        {"a 9223372036854775808\n", "vocab:1: a token with a space"},
        {"a: 0\nb: x\n", "vocab:2: behind the colon an id must stand, a whole number"},
        {"a: 0\nb:\n  c: 1\n", "vocab:3: lines 'token: id' are expected"},
        {"a: 0\n- b\n", "vocab:2: this is not YAML"},
        {"a: 0\n? b: 1\n", "vocab:2: lines 'token: id' are expected"},
        {"a: 0\n---\nb: 1\n", "vocab:2: lines 'token: id' are expected"},
        {"a: 0\n*b : 1\n", "vocab:2: lines 'token: id' are expected"},
        {"a: 0\nb: 0\n", "vocab: 'a' and 'b' have the same id, 0"},
        {"a: 0\na: 1\n", "vocab:2: this token was there before"},
        {"a: 0\n\"b c\": 1\n", "vocab:2: a token with a space"},
        {"{\"a\": 0,\n \"a\": 1}", "vocab:2: this is not JSON: duplicate object key"},
        {"{\"a\": 0,\n", "vocab:2: this is not JSON"},
        {"{\"a\": \"b\"}", "vocab: 'a' has no id, a whole number"},
        {"{\"a\": -1}", "vocab: 'a' has no id, a whole number"},
        {"{\"a b\": 1}", "vocab: a token with a space"},
        {"{\"\": 1}", "vocab: an empty token"},
    };
    for (const auto &[text, message] : cases) {
        Strings said = tokens(text);
        ASSERT_EQ(said.size(), 1U) << text;
        EXPECT_EQ(said[0].substr(0, message.size()), message) << text;
    }
}

TEST(Import, IsAVocabularyLikeOurs)
{
    car_error e = {};
    Vocabulary vocabulary = import("the 5\n, 3\n", &e);
    ASSERT_TRUE(vocabulary) << e.message;
    support::String text, again;
    car_vocabulary_write(vocabulary.get(), &text);
    EXPECT_TRUE(car_vocabulary_is_own(text.at, text.length));
    EXPECT_FALSE(car_vocabulary_is_own("# a\n", 4));
    Vocabulary read(car_vocabulary_read(text.at, text.length, "vocab", &e));
    ASSERT_TRUE(read) << e.message;
    car_vocabulary_write(read.get(), &again);
    EXPECT_EQ(again.text(), text.text());
    EXPECT_STREQ(car_vocabulary_tokenizer(read.get()), "name=space normalization=nfc");
}

/* Whatever is done to a file, it is read or refused. */
TEST(Import, DamagedFiles)
{
    const unsigned seed = 5;
    std::mt19937 random(seed);
    const Strings files = {"</s>: 0\n<unk>: 1\n\"\\\"\": 2\n? a:\n: 3\n", "{\"<pad>\": 0, \"a\": 1, \"b\": 2}",
                           "the\t49165\n,\t3\n", "the 5\n, 3\nx 1 #fairseq:overwrite\n", "<unk>\n<s>\n</s>\na\nb\n"};
    static const char bytes[] = "\n\r\t :\"{}[],?-&*!|>'%@`0123a<\\\xc3\xa9\xff";
    int good = 0;
    for (int i = 0; i < 20000; i++) {
        std::string text = files[random() % files.size()];
        for (size_t n = 1 + random() % 3; n > 0; n--) {
            size_t at = random() % (text.size() + 1);
            char byte = bytes[random() % (sizeof bytes - 1)];
            if (random() % 3 == 0)
                text.erase(at, 1 + random() % 4);
            else
                text.insert(at, 1, byte);
        }
        car_error e = {};
        good += import(text, &e) != nullptr;
        ASSERT_TRUE(e.code == 0 || e.code == CAR_EXIT_DATA) << "seed " << seed << ", " << text;
    }
    EXPECT_GT(good, 1000);
}
