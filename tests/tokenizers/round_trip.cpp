/* Every line comes back from its pieces as its normal form. */
#include <chrono>
#include <filesystem>
#include <random>

#include "tokenizing.hpp"

using tokenizing::Strings;
using tokenizing::Tokenizer;

static const char *const REVERSIBLE[] = {"char", "word", "byte"};
static const car_normalization FORMS[] = {CAR_NORMALIZE_NFC, CAR_NORMALIZE_NONE, CAR_NORMALIZE_NFKC,
                                          CAR_NORMALIZE_NFKC_CASEFOLD};

TEST(RoundTrip, HardLines)
{
    const Strings lines = {
        "",
        " ",
        "  ",
        "\t",
        " \t ",
        "\u00a0",
        "a\u00a0 b",
        "a \u00a0b",
        "a \u2028 b\u2029c\u0085d\x1e\r",
        "\r",
        "\ufeffa",
        "a\u200b \u200bb",
        "\u0301a",
        " \u0301a",
        "a \u0301 \u0301\u0301 b",
        "\u0600 1 \u06dd 2",
        "e\u0301le\u0300ve",
        "แมวกินปลา, ไทย 2 ตัว (ABC)",
        "ลาว ພາສາລາວ ខ្មែរ မြန်မာ",
        "我喜欢 苹果 ， 你呢 ?",
        "東京タワーに行った。カタカナ・ﾊﾝｶｸ ｶﾞ １２３",
        "漢字\u3000漢字 \u3000 x",
        "한국어 한국어는漢字입니다",
        "韓國語 は 한국",
        "مرحبا بالعالم، كيف حالك؟",
        "\u202bשלום\u202c ״עולם״",
        "हिन्दी में लिखें।",
        "👨‍👩‍👧‍👦 👨‍👩‍👧‍👦👍🏽 🇫🇷🇩🇪🇯🇵 1️⃣#️⃣",
        "\u2581",
        "\uffed",
        "\u241b",
        "\u2581\u2581 \u2581",
        "\uffeda\uffed b\uffed \uffed",
        "\u241b\u2581 \u241b\uffed",
        "\u241b\u241b\u241b \u241b",
        "a\u241b",
        "\u241ba",
        "我\uffed我\u2581我\u241b我",
        "\u2581\u0301 \uffed\u0301",
        "<unk> </s> <s> @@ a@@ </w>",
        "U.S.A. http://x.org/?a=b&c=d a@b.com 10.000,50 €5 5€ «a» »a« 'a' \"a\" ...",
        "a_b-c/d\\e|f",
        "((()))",
        "\"\"''",
        "- - -",
        "\U000E0001\U000E0020 \U0010FFFF \uE000 \uFFFE"};
    for (const char *name : REVERSIBLE) {
        for (car_normalization form : FORMS) {
            Tokenizer tokenizer(name, form);
            for (const std::string &line : lines)
                EXPECT_EQ(tokenizer.fault(line), "") << name << " " << car_normalization_name(form);
        }
    }
}

/* Characters of many kinds, those that have a role in the schemes most often. */
static std::string random_line(std::mt19937 &random)
{
    static const char32_t SPECIAL[] = {' ',  ' ', ' ', 0x2581, 0xffed, 0x241b, 0x0301, 0x200d, 0x00a0, 0x3000,
                                       '\t', '.', '(', 'a',    0x0600, 0x034f, 0xfe0f, 0xff9e, 0x3099, 0x0f73};
    static const std::pair<char32_t, char32_t> RANGES[] = {
        {1, 9},           {11, 0x7f},        {'a', 'z'},         {0x80, 0x36f},
        {0x0590, 0x06ff}, {0x0e00, 0x0eff},  {0x1000, 0x109f},   {0x1100, 0x11ff},
        {0x1780, 0x17ff}, {0x2000, 0x206f},  {0x3000, 0x30ff},   {0x4e00, 0x9fff},
        {0xac00, 0xd7a3}, {0xfb00, 0xffff},  {0x1f1e6, 0x1f1ff}, {0x1f300, 0x1f6ff},
        {0x80, 0xd7ff},   {0xe000, 0x10ffff}};
    auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
    support::String line;
    for (size_t n = below(40); n > 0; n--) {
        char32_t c = SPECIAL[below(std::size(SPECIAL))];
        if (below(2) == 0) {
            auto [first, last] = RANGES[below(std::size(RANGES))];
            c = first + static_cast<char32_t>(below(last - first + 1));
        }
        char bytes[4];
        ptrdiff_t length = 0;
        auto put = [&](char32_t byte) { bytes[length++] = static_cast<char>(byte); };
        if (c < 0x80) {
            put(c);
        } else if (c < 0x800) {
            put(0xc0 | c >> 6), put(0x80 | (c & 63));
        } else if (c < 0x10000) {
            put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
        } else {
            put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
        }
        for (size_t times = below(50) == 0 ? 40 : 1; times > 0; times--)
            car_string_add(&line, bytes, length);
    }
    return line.text();
}

TEST(RoundTrip, RandomLines)
{
    const unsigned seed = 20240611;
    for (const char *name : REVERSIBLE) {
        for (car_normalization form : FORMS) {
            std::mt19937 random(seed);
            Tokenizer tokenizer(name, form), again(name, form);
            for (int i = 0; i < 10000; i++) {
                std::string line = random_line(random);
                ASSERT_EQ(tokenizer.fault(line), "") << name << ", seed " << seed << ", line " << i;
                std::string normal = tokenizer.normalize(line);
                if (form == CAR_NORMALIZE_NFKC_CASEFOLD && normal.find("\u034f") != std::string::npos)
                    continue; /* a cut run of marks: see normalize.h */
                ASSERT_EQ(again.normalize(normal), normal) << "seed " << seed << ", line " << i;
            }
        }
    }
}

TEST(RoundTrip, PiecesWrittenWithSpacesAreReadBack)
{
    Tokenizer word("word"), space("space", CAR_NORMALIZE_NONE);
    std::mt19937 random(7);
    for (int i = 0; i < 1000; i++) {
        Strings pieces = word.apply(random_line(random));
        ASSERT_EQ(space.apply(space.join(pieces)), pieces);
    }
}

/* ---- reference text ------------------------------------------------------------ */

class Corpus : public ::testing::TestWithParam<const char *>
{
};

TEST_P(Corpus, ComesBack)
{
    const std::filesystem::path folder = std::filesystem::path(CAR_SHARED_DIR) / "corpora" / GetParam();
    if (!std::filesystem::is_directory(folder))
        GTEST_SKIP() << folder << " is not there";
    Tokenizer word("word"), character("char");
    size_t lines = 0;
    for (const auto &file : std::filesystem::directory_iterator(folder)) {
        const std::string name = file.path().filename().string();
        if (!file.is_regular_file() || name == "README.md")
            continue;
        for (const std::string &line : tokenizing::lines_of(file.path().string())) {
            ASSERT_EQ(word.fault(line), "") << name;
            if (lines++ % 10 == 0) {
                ASSERT_EQ(character.fault(line), "") << name;
            }
        }
    }
    EXPECT_GT(lines, 100U);
}

INSTANTIATE_TEST_SUITE_P(Shared, Corpus,
                         ::testing::Values("unicode", "pud", "multi30k", "tatoeba-en-ar", "tatoeba-en-de",
                                           "tatoeba-en-fr", "tatoeba-en-hi", "tatoeba-en-ja", "tatoeba-en-ko",
                                           "tatoeba-en-th", "tatoeba-en-vi", "tatoeba-en-zh"),
                         [](const auto &named) {
                             std::string name = named.param;
                             for (char &c : name)
                                 c = c == '-' ? '_' : c;
                             return name;
                         });

TEST(Speed, WordsOfTwoMegabytesInLessThanASecond)
{
    const Strings lines = tokenizing::lines_of(std::string(CAR_SHARED_DIR) + "/corpora/multi30k/train.en");
    if (lines.empty())
        GTEST_SKIP() << "the reference text multi30k is not there";
    Tokenizer word("word");
    tokenizing::Pieces pieces;
    car_error e = {};
    ptrdiff_t n = 0;
    auto start = std::chrono::steady_clock::now();
    for (const std::string &line : lines) {
        ASSERT_TRUE(car_tokenizer_apply(word.get(), line.data(), static_cast<ptrdiff_t>(line.size()), &pieces, &e));
        n += pieces.count;
    }
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    RecordProperty("pieces_per_second", static_cast<int>(static_cast<double>(n) / seconds.count()));
    EXPECT_GT(n, 300000);
    EXPECT_LT(seconds.count(), 1);
}
