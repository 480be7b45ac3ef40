/* Models of SentencePiece, and how vocabularies keep them. */
#include "support/sentencepiece.hpp"

#include <cstring>
#include <random>

#include "tokenizers/base64.h"
#include "tokenizers/sentencepiece.h"
#include "tokenizers/vocabulary.h"
#include "tokenizing.hpp"

using tokenizing::Pieces;
using tokenizing::Strings;
using tokenizing::Tokenizer;

using Handle = support::Handle<car_tokenizer, car_tokenizer_free>;
using Vocabulary = support::Handle<car_vocabulary, car_vocabulary_free>;
using Builder = support::Handle<car_vocabulary_builder, car_vocabulary_builder_free>;

/* ---- base64 ------------------------------------------------------------------------------------ */

static std::string encoded(const std::string &bytes)
{
    support::String text;
    car_base64_encode(bytes.data(), static_cast<ptrdiff_t>(bytes.size()), &text);
    return text.text();
}

TEST(Base64, VectorsOfRfc4648)
{
    const std::pair<const char *, const char *> vectors[] = {{"", ""},
                                                             {"f", "Zg==\n"},
                                                             {"fo", "Zm8=\n"},
                                                             {"foo", "Zm9v\n"},
                                                             {"foob", "Zm9vYg==\n"},
                                                             {"fooba", "Zm9vYmE=\n"},
                                                             {"foobar", "Zm9vYmFy\n"}};
    for (auto [bytes, text] : vectors) {
        EXPECT_EQ(encoded(bytes), text);
        support::String back;
        EXPECT_TRUE(car_base64_decode(text, &back));
        EXPECT_EQ(back.text(), bytes);
    }
}

TEST(Base64, BytesComeBackAndDamageDoesNot)
{
    std::mt19937 random(3);
    for (size_t length = 0; length < 300; length++) {
        std::string bytes;
        for (size_t i = 0; i < length; i++)
            bytes += static_cast<char>(random());
        std::string text = encoded(bytes);
        support::String back;
        ASSERT_TRUE(car_base64_decode(text.c_str(), &back));
        ASSERT_EQ(back.text(), bytes);
        for (size_t at = 0; at < text.size(); at++)
            ASSERT_EQ(text[at] == '\n', at % 77 == 76 || at + 1 == text.size()) << "lines of 76 characters";
    }
    for (const char *text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zg==Zg==", "Zm9v!", "Zh==", "Zm9=", "=Zg="}) {
        support::String back;
        EXPECT_FALSE(car_base64_decode(text, &back)) << text;
    }
}

/* ---- the tokenizer ------------------------------------------------------------------------------- */

static Strings sentences()
{
    const Strings who = {"The old king", "A small girl", "My brother", "Der Müller", "Die Königin"};
    const Strings does = {"sleeps", "reads a book", "sings", "schläft", "liest ein Buch"};
    const Strings where = {"at home.", "in the garden!", "by the river?", "zu Hause.", "im Garten."};
    Strings all;
    for (const std::string &a : who)
        for (const std::string &b : does)
            for (const std::string &c : where)
                all.push_back(a + " " + b + " " + c);
    return all;
}

class SentencePiece : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        if (!car_sentencepiece_is_built())
            GTEST_SKIP() << "built without SentencePiece";
        codes = encoded(support::sentencepiece_model(sentences(), "--vocab_size=120"));
        exact = encoded(support::sentencepiece_model(sentences(), "--vocab_size=300 --model_type=bpe --byte_fallback "
                                                                  "--normalization_rule_name=identity "
                                                                  "--remove_extra_whitespaces=false "
                                                                  "--add_dummy_prefix=false"));
    }
    static Tokenizer tokenizer(const std::string &model)
    {
        return Tokenizer("sentencepiece", CAR_NORMALIZE_NFC, model.c_str());
    }
    std::string codes, exact;
};

TEST_F(SentencePiece, CutsAsItsModelSays)
{
    Tokenizer cutter = tokenizer(codes);
    Strings pieces = cutter.apply("The old king sings.");
    EXPECT_EQ(pieces.at(0).substr(0, 3), "\u2581");
    EXPECT_GT(pieces.size(), 3U);
    EXPECT_LT(pieces.size(), 16U);
    EXPECT_EQ(cutter.join(pieces), "The old king sings.");
    EXPECT_EQ(cutter.apply(""), Strings{});
    EXPECT_EQ(cutter.join({}), "");
    for (const std::string &line : sentences())
        EXPECT_EQ(cutter.join(cutter.apply(line)), line);
    EXPECT_EQ(cutter.join(cutter.apply("  The \uff4b\uff49\uff4e\uff47 ")), "The king"); /* its own normal form */
    EXPECT_EQ(cutter.normalize("  The \uff4b\uff49\uff4e\uff47 "), "The king");
}

TEST_F(SentencePiece, LinesComeBack)
{
    Tokenizer any = tokenizer(codes), keeping = tokenizer(exact);
    for (const char *line :
         {" a  b ", "The \U0001F600 漢字 \u0301", "\t", "\r", "<unk> <s> </s>", "<0x41>", "@@ \uffed"}) {
        EXPECT_EQ(any.fault(line), "");
        EXPECT_EQ(keeping.fault(line), "");
        EXPECT_EQ(keeping.normalize(line), line);
    }
    Strings lines = tokenizing::lines_of(std::string(CAR_SHARED_DIR) + "/corpora/unicode/valid.txt");
    int same = 0;
    for (const std::string &line : lines) {
        EXPECT_EQ(any.fault(line), "");
        EXPECT_EQ(keeping.fault(line), "");
        same += keeping.normalize(line) == Tokenizer("word").normalize(line);
    }
    EXPECT_GE(same, static_cast<int>(lines.size() * 95 / 100)); /* U+2581 is a space to it */
}

TEST_F(SentencePiece, ModelsMayWriteAnything)
{
    Tokenizer keeping = tokenizer(exact);
    support::String text;
    for (const Strings &pieces : {Strings{"<0x0A>"}, Strings{"<0x00>", "<0xC3>"}, Strings{"<s>", "</s>", "x"}}) {
        std::string joined = keeping.join(pieces);
        EXPECT_EQ(joined.find_first_of(std::string("\n\0", 2)), std::string::npos);
        EXPECT_LT(car_utf8_check(joined.data(), static_cast<ptrdiff_t>(joined.size())), 0);
    }
}

TEST_F(SentencePiece, VocabulariesKeepTheModel)
{
    Tokenizer cutter = tokenizer(codes);
    Builder builder(car_vocabulary_builder_new());
    for (const std::string &line : sentences()) {
        Pieces pieces(cutter.apply(line));
        car_vocabulary_builder_add(builder.get(), &pieces);
    }
    Vocabulary made(car_vocabulary_builder_finish(builder.get(), cutter.get(), 0, 1));
    support::String text, again;
    car_vocabulary_write(made.get(), &text);
    std::string written = text.text();
    EXPECT_NE(written.find("# tokenizer: name=sentencepiece normalization=nfc model="), std::string::npos);
    EXPECT_NE(written.find("\n# sentencepiece: "), std::string::npos);
    car_error e = {};
    Vocabulary read(car_vocabulary_read(text.at, text.length, "vocab", &e));
    ASSERT_TRUE(read) << e.message;
    car_vocabulary_write(read.get(), &again);
    EXPECT_EQ(again.text(), written);
    Handle same(car_vocabulary_new_tokenizer(read.get(), &e));
    ASSERT_TRUE(same) << e.message;
    Handle clone(car_tokenizer_clone(same.get(), &e));
    ASSERT_TRUE(clone) << e.message;
    Pieces pieces;
    ASSERT_TRUE(car_tokenizer_apply(clone.get(), "The king", 8, &pieces, &e));
    EXPECT_EQ(pieces.strings(), cutter.apply("The king"));

    for (size_t length = 0; length < written.size(); length += 1 + length % 89) {
        Vocabulary cut(car_vocabulary_read(written.data(), static_cast<ptrdiff_t>(length), "vocab", &e));
        EXPECT_FALSE(cut) << length;
    }
    for (char byte : {'!', written[written.size() - 90] == 'A' ? 'B' : 'A'}) {
        std::string damaged = written;
        damaged[damaged.size() - 90] = byte;
        Vocabulary wrong(car_vocabulary_read(damaged.data(), static_cast<ptrdiff_t>(damaged.size()), "vocab", &e));
        ASSERT_TRUE(wrong);
        EXPECT_EQ(car_vocabulary_new_tokenizer(wrong.get(), &e), nullptr);
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        EXPECT_STREQ(e.message, "the model of SentencePiece is damaged");
    }
}

TEST_F(SentencePiece, RefusesWhatIsNoModel)
{
    for (const std::string &text : {std::string(), encoded("no model"), encoded(std::string(1000, '\xff')),
                                    codes.substr(0, 76 * 4), std::string("!")}) {
        car_tokenizer_options options = {};
        options.codes = text.c_str();
        car_error e = {};
        EXPECT_EQ(car_tokenizer_new("sentencepiece", &options, &e), nullptr) << text;
        EXPECT_EQ(e.code, CAR_EXIT_DATA) << e.message;
    }
    car_error e = {};
    car_tokenizer_options options = {};
    EXPECT_EQ(car_tokenizer_new("sentencepiece", &options, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    options.codes = codes.c_str();
    options.letter_case = CAR_CASE_MARK;
    EXPECT_EQ(car_tokenizer_new("sentencepiece", &options, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    EXPECT_EQ(car_tokenizer_from_description("name=sentencepiece normalization=nfc", nullptr, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
}

TEST(WithoutSentencePiece, SaysSo)
{
    if (car_sentencepiece_is_built())
        GTEST_SKIP() << "built with SentencePiece";
    car_tokenizer_options options = {};
    options.codes = "Zm9v\n";
    car_error e = {};
    EXPECT_EQ(car_tokenizer_new("sentencepiece", &options, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    EXPECT_NE(std::strstr(e.message, "libsentencepiece-dev"), nullptr) << e.message;
}
