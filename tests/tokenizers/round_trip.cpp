/* Every line comes back from its pieces as its normal form.
 *
 * CAROUSEL_TEST_LINES=1000000 test_tokenizers --gtest_filter='RoundTrip.RandomLines*' tries so
 * many random lines on each tokenizer; without it some thousand are tried. */
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include "tokenizing.hpp"

using tokenizing::Strings;
using tokenizing::Tokenizer;

static const char *const NAMES[] = {"space", "char", "word", "byte"};
static const car_normalization FORMS[] = {CAR_NORMALIZE_NFC, CAR_NORMALIZE_NONE, CAR_NORMALIZE_NFKC,
                                          CAR_NORMALIZE_NFKC_CASEFOLD};
static const car_letter_case CASES[] = {CAR_CASE_KEEP, CAR_CASE_LOWER, CAR_CASE_MARK};

static bool fits(const std::string &name, car_letter_case letter_case)
{
    return name != "byte" || letter_case != CAR_CASE_MARK;
}

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
        "\u21e7 \u21ea \u241b\u21e7 \u21e7The \u21e7 The",
        "STRASSE Stra\u1e9ee STRA\u1e9eE \u0130STANBUL \u0131 \u017f \u212a \u01c4 \u01c5 \u01c6 \ufb01 \ufb03X",
        "\u03a3\u0391\u03a3 \u03c3\u03b1\u03c2 \u0391\u0345 \u1fb3 \u1fbc \u1f88 \u24b6\u24d0 \u2160\u2170 "
        "\U00010400\U00010428",
        "((()))",
        "\"\"''",
        "- - -",
        "\U000E0001\U000E0020 \U0010FFFF \uE000 \uFFFE"};
    for (const char *name : NAMES) {
        for (car_normalization form : FORMS) {
            for (car_letter_case letter_case : CASES) {
                if (!fits(name, letter_case))
                    continue;
                Tokenizer tokenizer(name, form, nullptr, letter_case);
                for (const std::string &line : lines)
                    EXPECT_EQ(tokenizer.fault(line), "") << name << " " << car_normalization_name(form);
            }
        }
    }
}

/* Characters of many kinds, those that have a role in the schemes most often. */
static std::string random_line(std::mt19937 &random)
{
    static const char32_t SPECIAL[] = {' ',    ' ',    ' ',    0x2581, 0xffed, 0x241b, 0x0301, 0x200d, 0x00a0, 0x3000,
                                       '\t',   '.',    '(',    'a',    'A',    'B',    0x00df, 0x0130, 0x03a3, 0x01c5,
                                       0x21e7, 0x21ea, 0x0600, 0x034f, 0xfe0f, 0xff9e, 0x3099, 0x0f73};
    static const std::pair<char32_t, char32_t> RANGES[] = {
        {1, 9},           {11, 0x7f},        {'A', 'z'},         {0x80, 0x587},
        {0x0590, 0x06ff}, {0x0e00, 0x0eff},  {0x1000, 0x109f},   {0x1100, 0x11ff},
        {0x1780, 0x17ff}, {0x2000, 0x206f},  {0x3000, 0x30ff},   {0x4e00, 0x9fff},
        {0xac00, 0xd7a3}, {0xfb00, 0xffff},  {0x1f1e6, 0x1f1ff}, {0x1f300, 0x1f6ff},
        {0x80, 0xd7ff},   {0xe000, 0x10ffff}};
    auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
    std::string line;
    for (size_t n = below(40); n > 0; n--) {
        char32_t c = SPECIAL[below(std::size(SPECIAL))];
        if (below(2) == 0) {
            auto [first, last] = RANGES[below(std::size(RANGES))];
            c = first + static_cast<char32_t>(below(last - first + 1));
        }
        for (size_t times = below(50) == 0 ? 40 : 1; times > 0; times--)
            tokenizing::append_utf8(line, c);
    }
    return line;
}

class RandomLines : public ::testing::TestWithParam<const char *>
{
};

TEST_P(RandomLines, ComeBack)
{
    const unsigned seed = 20240611;
    const char *said = std::getenv("CAROUSEL_TEST_LINES");
    const long lines = said != nullptr ? std::atol(said) : 30000;
    std::mt19937 random(seed);
    std::vector<std::pair<std::unique_ptr<Tokenizer>, bool>> tokenizers; /* with: is its normal form one of itself? */
    for (car_normalization form : FORMS)
        for (car_letter_case letter_case : CASES)
            if (fits(GetParam(), letter_case))
                tokenizers.emplace_back(std::make_unique<Tokenizer>(GetParam(), form, nullptr, letter_case),
                                        form != CAR_NORMALIZE_NFKC_CASEFOLD);
    for (long i = 0; i < lines; i++) {
        std::string line = random_line(random);
        auto &[tokenizer, settles] = tokenizers[static_cast<size_t>(i) % tokenizers.size()];
        ASSERT_EQ(tokenizer->fault(line), "") << "seed " << seed << ", line " << i;
        std::string normal = tokenizer->normalize(line);
        if (settles || normal.find("\u034f") == std::string::npos) { /* a cut run of marks: see normalize.h */
            ASSERT_EQ(tokenizer->normalize(normal), normal) << "seed " << seed << ", line " << i;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(RoundTrip, RandomLines, ::testing::ValuesIn(NAMES),
                         [](const auto &named) { return std::string(named.param); });

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
    Tokenizer word("word"), marking("word", CAR_NORMALIZE_NFC, nullptr, CAR_CASE_MARK);
    Tokenizer tenth[] = {Tokenizer("char"), Tokenizer("byte"), Tokenizer("space"),
                         Tokenizer("word", CAR_NORMALIZE_NFKC, nullptr, CAR_CASE_LOWER)};
    size_t lines = 0;
    for (const auto &file : std::filesystem::directory_iterator(folder)) {
        const std::string name = file.path().filename().string();
        if (!file.is_regular_file() || name == "README.md")
            continue;
        for (const std::string &line : tokenizing::lines_of(file.path().string())) {
            ASSERT_EQ(word.fault(line), "") << name;
            if (lines % 4 == 0 || name == "valid.txt") {
                ASSERT_EQ(marking.fault(line), "") << name;
            }
            for (Tokenizer &tokenizer : tenth)
                if (lines % 20 == 0 || name == "valid.txt") {
                    ASSERT_EQ(tokenizer.fault(line), "") << name;
                }
            lines++;
        }
    }
    EXPECT_GT(lines, 100U);
}

INSTANTIATE_TEST_SUITE_P(Shared, Corpus,
                         ::testing::Values("unicode", "pud", "multi30k", "enja-small", "flores-v1", "tatoeba-en-ar",
                                           "tatoeba-en-de", "tatoeba-en-fr", "tatoeba-en-hi", "tatoeba-en-ja",
                                           "tatoeba-en-ko", "tatoeba-en-th", "tatoeba-en-vi", "tatoeba-en-zh"),
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
