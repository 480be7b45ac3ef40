#include <chrono>
#include <cstring>

#include "tokenizing.hpp"

using tokenizing::Pieces;
using tokenizing::Strings;
using tokenizing::Tokenizer;

TEST(Space, CutsAtAsciiSpacesOnly)
{
    Tokenizer space("space");
    EXPECT_EQ(space.apply("  a  b\tc\u00a0d \u3000 "), (Strings{"a", "b\tc\u00a0d", "\u3000"}));
    EXPECT_EQ(space.apply(""), Strings{});
    EXPECT_EQ(space.apply("   "), Strings{});
    EXPECT_EQ(space.join({"a", "\u2581", "\uffed."}), "a \u2581 \uffed.");
}

TEST(Char, CutsWhatAReaderCallsCharacters)
{
    Tokenizer character("char", CAR_NORMALIZE_NONE);
    EXPECT_EQ(character.apply("e\u0301 a"), (Strings{"e\u0301", "\u2581", "a"}));
    EXPECT_EQ(character.apply("\U0001F468\u200D\U0001F469\u200D\U0001F467\U0001F1EB\U0001F1F7\U0001F1E9\U0001F1EA"),
              (Strings{"\U0001F468\u200D\U0001F469\u200D\U0001F467", "\U0001F1EB\U0001F1F7", "\U0001F1E9\U0001F1EA"}));
}

TEST(Char, KeepsSpacesThatBelongToAClusterApart)
{
    Tokenizer character("char");
    EXPECT_EQ(character.apply("a \u0308b"), (Strings{"a", "\u2581", "\u0308", "b"}));
    EXPECT_EQ(character.apply("\u0600 1"), (Strings{"\u0600", "\u2581", "1"})); /* a prepended sign */
}

TEST(Char, EscapesMarksOfTheText)
{
    Tokenizer character("char");
    EXPECT_EQ(character.apply("\u2581 \u241b"), (Strings{"\u241b\u2581", "\u2581", "\u241b\u241b"}));
    EXPECT_EQ(character.join({"\u241b\u2581", "\u2581", "\u241b\u241b"}), "\u2581 \u241b");
}

TEST(Word, MarksJoinsOnPunctuationSoThatWordsStayThemselves)
{
    Tokenizer word("word");
    EXPECT_EQ(word.apply("He said: \"the dog (a dog).\""),
              (Strings{"He", "said", "\uffed:", "\"\uffed", "the", "dog", "(\uffed", "a", "dog", "\uffed)", "\uffed.",
                       "\uffed\""}));
    EXPECT_EQ(word.apply("well-known, 3.14% don't"),
              (Strings{"well", "\uffed-\uffed", "known", "\uffed,", "3.14", "\uffed%", "don't"}));
    EXPECT_EQ(word.apply("(\u201ca\u201d)"),
              (Strings{"(\uffed", "\u201c\uffed", "a", "\uffed\u201d", "\uffed)"})); /* opening marks lean forward */
}

TEST(Word, WritesUnexpectedSpacesAsPieces)
{
    Tokenizer word("word");
    EXPECT_EQ(word.apply(""), Strings{});
    EXPECT_EQ(word.apply(" a  b "), (Strings{"\u2581", "a", "\u2581", "\u2581", "b", "\u2581"}));
    EXPECT_EQ(word.apply("  "), (Strings{"\u2581", "\u2581"}));
    EXPECT_EQ(word.apply("a\u00a0b\tc"), (Strings{"a", "\uffed\u00a0\uffed", "b", "\uffed\t\uffed", "c"}));
}

TEST(Word, ExpectsNoSpaceInChineseJapaneseAndThai)
{
    Tokenizer word("word");
    EXPECT_EQ(word.apply("我喜欢苹果，你呢？"), (Strings{"我", "喜欢", "苹果", "，", "你", "呢", "？"}));
    EXPECT_EQ(word.apply("他买iPhone 手机"), (Strings{"他", "买", "iPhone", "\u2581", "手机"}));
    EXPECT_EQ(word.apply("猫が好き。"), (Strings{"猫", "が", "好き", "。"}));
    EXPECT_EQ(word.apply("ฉันรักแมว 2 ตัว"), (Strings{"ฉัน", "รัก", "แมว", "2", "ตัว"}));
    EXPECT_EQ(word.apply("한국어는 쉽다."), (Strings{"한국어는", "쉽다", "\uffed."}));
    EXPECT_EQ(word.apply("nice 😀😀"), (Strings{"nice", "😀", "\uffed😀"}));
}

TEST(Word, EscapesMarksOfTheText)
{
    Tokenizer word("word");
    EXPECT_EQ(word.apply("\uffed \u2581 \u241b"), (Strings{"\u241b\uffed", "\u241b\u2581", "\u241b\u241b"}));
    EXPECT_EQ(word.apply("a\uffed"), (Strings{"a", "\uffed\u241b\uffed"}));
}

TEST(Word, JoinsWhatAModelMayWrite)
{
    Tokenizer word("word");
    EXPECT_EQ(word.join({"a", "\uffed", "b"}), "ab");
    EXPECT_EQ(word.join({"\uffed.", "a", "\u2581"}), ". a ");
    EXPECT_EQ(word.join({"(\uffed", "\uffed)"}), "()");
    EXPECT_EQ(word.join({"\u241b", "a"}), "\u241b a");
    EXPECT_EQ(word.join({"a", "<unk>"}), "a <unk>");
    EXPECT_EQ(word.join({}), "");
}

TEST(Byte, WritesAllBytes)
{
    Tokenizer byte("byte");
    EXPECT_EQ(byte.apply("a \u00e9"), (Strings{"<0x61>", "<0x20>", "<0xC3>", "<0xA9>"}));
    EXPECT_EQ(byte.join({"<0x61>", "<unk>", "<0xC3>", "<0x0A>", "<0xc3>"}), "a<unk>\ufffd\ufffd<0xc3>");
}

class EveryTokenizer : public ::testing::TestWithParam<const char *>
{
};

TEST_P(EveryTokenizer, RefusesWhatIsNoLineOfText)
{
    Tokenizer tokenizer(GetParam());
    EXPECT_EQ(tokenizer.apply("good"), tokenizer.apply("good"));
    Pieces pieces;
    for (std::string line : {std::string("a\xff"), std::string("a\0b", 3), std::string("a\nb"),
                             std::string("\xed\xa0\x80"), std::string("\xc3")}) {
        car_error e = {};
        EXPECT_FALSE(
            car_tokenizer_apply(tokenizer.get(), line.data(), static_cast<ptrdiff_t>(line.size()), &pieces, &e));
        EXPECT_EQ(e.code, CAR_EXIT_DATA) << e.message;
    }
}

TEST_P(EveryTokenizer, IsItsDescription)
{
    for (car_normalization form :
         {CAR_NORMALIZE_NFC, CAR_NORMALIZE_NONE, CAR_NORMALIZE_NFKC, CAR_NORMALIZE_NFKC_CASEFOLD}) {
        Tokenizer tokenizer(GetParam(), form);
        support::String text, again;
        car_tokenizer_describe(tokenizer.get(), &text);
        EXPECT_EQ(text.text(), std::string("name=") + GetParam() + " normalization=" + car_normalization_name(form));
        car_error e = {};
        support::Handle<car_tokenizer, car_tokenizer_free> read(car_tokenizer_from_description(text.at, nullptr, &e));
        ASSERT_TRUE(read) << e.message;
        support::Handle<car_tokenizer, car_tokenizer_free> clone(car_tokenizer_clone(read.get(), &e));
        ASSERT_TRUE(clone) << e.message;
        car_tokenizer_describe(clone.get(), &again);
        EXPECT_EQ(text.text(), again.text());
    }
}

TEST_P(EveryTokenizer, IsQuickWithHostileLines)
{
    std::string marks = "e", wide_marks = "a", thai, ideographs, joined = "e";
    for (int i = 0; i < 50000; i++) {
        marks += "\u0301\u0323";
        wide_marks += "\uff9e\u0323";
        thai += "แมว";
        ideographs += "漢字";
        joined += i % 15 == 0 ? "\u034f" : "\u0301\u0323";
    }
    for (car_normalization form : {CAR_NORMALIZE_NFC, CAR_NORMALIZE_NFKC, CAR_NORMALIZE_NFKC_CASEFOLD}) {
        Tokenizer tokenizer(GetParam(), form);
        for (const std::string &line : {marks, wide_marks, thai, ideographs, joined}) {
            auto start = std::chrono::steady_clock::now();
            EXPECT_TRUE(tokenizer.fault(line).empty());
            std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
            EXPECT_LT(seconds.count(), 1) << car_normalization_name(form) << " " << line.substr(0, 8);
        }
    }
}

TEST(Tokenizer, TakesLinearTimeOnTenMegabytes)
{
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "a matter of speed";
#endif
    const size_t bytes = 10 << 20;
    Tokenizer word("word", CAR_NORMALIZE_NFC, nullptr, CAR_CASE_MARK);
    for (std::string part : {"abc é 漢字 😀 ", "a", "漢", "\u0301\u0323"}) {
        std::string line;
        while (line.size() < bytes)
            line += part;
        auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(word.fault(line).empty()) << part;
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        EXPECT_LT(seconds.count(), 20) << part; /* one second or two on a quiet machine */
    }
}

INSTANTIATE_TEST_SUITE_P(All, EveryTokenizer, ::testing::Values("space", "char", "word", "byte"),
                         [](const auto &named) { return std::string(named.param); });

TEST(Tokenizer, SaysWhichNamesThereAre)
{
    car_error e = {};
    EXPECT_EQ(car_tokenizer_new("wrod", nullptr, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    EXPECT_NE(std::strstr(e.message, "did you mean 'word'?"), nullptr) << e.message;
    const std::string message = e.message;
    for (const char *const *name = car_tokenizer_names(); *name != nullptr; name++) {
        EXPECT_NE(message.find(*name), std::string::npos) << message;
        support::Handle<car_tokenizer, car_tokenizer_free> known(car_tokenizer_new(*name, nullptr, &e));
        EXPECT_TRUE(known || std::strstr(e.message, "needs a model") != nullptr) << *name;
    }
}

TEST(Tokenizer, RefusesForeignDescriptions)
{
    for (const char *text :
         {"", "name=word", "normalization=nfc", "name=word normalization=nfd", "name=words normalization=nfc",
          "name=word normalization=nfc extra=1", "name=word normalization=nfc bpe=1",
          "name=word normalization=nfc bpe=1 bytes=yes", "normalization=nfc name=word"}) {
        car_error e = {};
        EXPECT_EQ(car_tokenizer_from_description(text, nullptr, &e), nullptr) << text;
        EXPECT_EQ(e.code, CAR_EXIT_DATA) << e.message;
    }
}

TEST(Tokenizer, NamesTheUnicodeItWorksBy)
{
    support::String text;
    car_tokenizer_icu_version(&text);
    int icu, unicode;
    EXPECT_EQ(std::sscanf(text.at, "icu=%d.%*d unicode=%d", &icu, &unicode), 2) << text.at;
}
