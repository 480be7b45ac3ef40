/* Byte pair encoding: learned and applied byte for byte as subword-nmt does. */
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>

#include "tokenizers/bpe_apply.h"
#include "tokenizers/bpe_learn.h"
#include "tokenizing.hpp"

using tokenizing::lines_of;
using tokenizing::Pieces;
using tokenizing::Strings;

using Codes = support::Handle<car_bpe_codes, car_bpe_codes_free>;
using Segmenter = support::Handle<car_bpe_segmenter, car_bpe_segmenter_free>;

static const std::string SHARED = std::string(CAR_SHARED_DIR) + "/bpe/";

static std::string bytes_of(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

static std::string learn(const Strings &lines, int64_t symbols, int64_t min_frequency = 2, bool total = false)
{
    support::Handle<car_bpe_learner, car_bpe_learner_free> learner(car_bpe_learner_new());
    for (const std::string &line : lines)
        car_bpe_learner_add_line(learner.get(), line.data(), static_cast<ptrdiff_t>(line.size()));
    car_bpe_learn_options options = {symbols, min_frequency, total};
    support::String codes;
    car_bpe_learn(learner.get(), &options, &codes);
    return codes.text();
}

static Codes read(const std::string &text, int64_t merges = -1)
{
    car_error e = {};
    Codes codes(car_bpe_codes_read(text.data(), static_cast<ptrdiff_t>(text.size()), "codes", merges, &e));
    EXPECT_TRUE(codes) << e.message;
    return codes;
}

static std::string segmented(const Codes &codes, const Strings &lines, const car_bpe_options &options = {},
                             const char *separator = "@@")
{
    car_error e = {};
    Segmenter segmenter(car_bpe_segmenter_new(codes.get(), &options, &e));
    if (!segmenter)
        return e.message;
    support::String out;
    for (size_t i = 0; i < lines.size(); i++) {
        car_bpe_segment_line(segmenter.get(), separator, lines[i].data(), static_cast<ptrdiff_t>(lines[i].size()),
                             static_cast<int64_t>(i), &out);
        car_string_add(&out, "\n", 1);
    }
    return out.text();
}

TEST(BpeLearn, TiesGoToTheGreatestPair)
{
    EXPECT_EQ(learn({"ab cd ab cd"}, 9), "#version: 0.2\nc d</w>\na b</w>\n");
    EXPECT_EQ(learn({"ax ax bx bx"}, 1), "#version: 0.2\nb x</w>\n");
    EXPECT_EQ(learn({"\U0001F600x \U0001F600x \uffeex \uffeex"}, 1), "#version: 0.2\n\U0001F600 x</w>\n");
}

TEST(BpeLearn, StopsWhenPairsAreRare)
{
    EXPECT_EQ(learn({"ab ab cd"}, 9), "#version: 0.2\na b</w>\n");
    EXPECT_EQ(learn({"ab ab cd"}, 9, 3), "#version: 0.2\n");
    EXPECT_EQ(learn({"ab ab cd"}, 9, 1), "#version: 0.2\na b</w>\nc d</w>\n");
    EXPECT_EQ(learn({}, 9), "#version: 0.2\n");
    EXPECT_EQ(learn({"a b"}, 9), "#version: 0.2\n");
}

TEST(BpeLearn, WritesNothingThatCannotBeRead)
{
    const std::string codes = learn({"a\rb a\rb c\r\rd c\r\rd"}, 9);
    EXPECT_EQ(codes, "#version: 0.2\n"); /* each pair begins or ends with CR, which reading drops there */
    const std::string longer = learn({"ab\rcd ab\rcd"}, 9);
    EXPECT_EQ(longer, "#version: 0.2\nc d</w>\na b\n");
    EXPECT_EQ(segmented(read(longer), {"ab\rcd"}), "ab@@ \r@@ cd\n");
}

TEST(BpeLearn, TotalSymbolsCountCharactersToo)
{
    /* a, b and c within words, a and c at the end. */
    EXPECT_EQ(learn({"abca abca abcc abcc"}, 5, 2, true), "#version: 0.2\n");
    EXPECT_EQ(learn({"abca abca abcc abcc"}, 6, 2, true), "#version: 0.2\nb c\n");
}

/* Counts all pairs anew for every merge. */
static std::string learn_slowly(const Strings &words, int symbols)
{
    std::map<Strings, int64_t> counts;
    for (const std::string &word : words) {
        Strings symbols_of;
        for (char c : word)
            symbols_of.emplace_back(1, c);
        symbols_of.back() += "</w>";
        counts[symbols_of]++;
    }
    std::string codes = "#version: 0.2\n";
    for (int i = 0; i < symbols; i++) {
        std::map<std::pair<std::string, std::string>, int64_t> pairs;
        for (const auto &[word, count] : counts)
            for (size_t k = 0; k + 1 < word.size(); k++)
                pairs[{word[k], word[k + 1]}] += count;
        std::pair<std::string, std::string> best;
        int64_t most = 1;
        for (const auto &[pair, count] : pairs)
            if (count >= most) {
                best = pair;
                most = count;
            }
        if (most < 2)
            break;
        codes += best.first + " " + best.second + "\n";
        std::map<Strings, int64_t> merged;
        for (const auto &[word, count] : counts) {
            Strings next;
            for (size_t k = 0; k < word.size(); k++) {
                bool merges = k + 1 < word.size() && word[k] == best.first && word[k + 1] == best.second;
                next.push_back(merges ? word[k] + word[k + 1] : word[k]);
                k += merges;
            }
            merged[next] += count;
        }
        counts = merged;
    }
    return codes;
}

TEST(BpeLearn, EqualsCountingAnew)
{
    for (unsigned seed = 0; seed < 60; seed++) {
        std::mt19937 random(seed);
        unsigned letters = 1 + seed % 3;
        Strings words;
        std::string line;
        for (int i = 0; i < 40; i++) {
            std::string word;
            for (unsigned n = 1 + static_cast<unsigned>(random() % 12); n > 0; n--)
                word += static_cast<char>('a' + static_cast<char>(random() % letters));
            words.push_back(word);
            line += " " + word;
        }
        ASSERT_EQ(learn({line}, 50), learn_slowly(words, 50)) << "seed " << seed;
    }
}

TEST(BpeApply, MergesInTheOrderOfTheCodes)
{
    Codes codes = read("#version: 0.2\nb c</w>\na b\nab c\n");
    EXPECT_EQ(segmented(codes, {"abc abcd ab a", "  abc \xc2\xa0 \r", "", " \r "}),
              "a@@ bc abc@@ d a@@ b a\n  a@@ bc \xc2\xa0 \r\n\n \r \n");
    EXPECT_EQ(segmented(codes, {"abc"}, {}, "~"), "a~ bc\n");
    EXPECT_EQ(segmented(read("#version: 0.2\na a\naa aa\n"), {"aaaaaaab"}), "aaaa@@ aa@@ a@@ b\n");
}

static bool short_only(void *context, const char *piece, ptrdiff_t length, bool final)
{
    (void)piece;
    (void) final;
    return length <= *static_cast<ptrdiff_t *>(context);
}

TEST(BpeApply, UndoesMergesThatLeadToUnknownPieces)
{
    Codes codes = read("#version: 0.2\na b\nc d</w>\nab cd</w>\n");
    car_bpe_options options = {};
    options.is_known = short_only;
    ptrdiff_t longest = 4;
    options.context = &longest;
    EXPECT_EQ(segmented(codes, {"abcd abab"}, options), "abcd ab@@ a@@ b\n");
    longest = 2;
    EXPECT_EQ(segmented(codes, {"abcd"}, options), "ab@@ cd\n");
    longest = 0;
    EXPECT_EQ(segmented(codes, {"abcd"}, options), "a@@ b@@ c@@ d\n");
}

TEST(BpeApply, GlossariesStayWhole)
{
    Codes codes = read("#version: 0.2\n1 9\nU S\n");
    const char *const patterns[] = {"USA", "<n>\\w*</n>", "\\d{4}"};
    car_bpe_options options = {};
    options.glossaries = patterns;
    options.n_glossaries = 3;
    EXPECT_EQ(segmented(codes, {"1934USABUSA USA <n>Ana</n>x US19"}, options),
              "1934@@ USA@@ B@@ USA USA <n>Ana</n>@@ x US@@ 1@@ 9\n");
    const char *const bad[] = {"("};
    options.glossaries = bad;
    options.n_glossaries = 1;
    EXPECT_EQ(segmented(codes, {"a"}, options).rfind("the glossary '('", 0), 0U);
}

TEST(BpeApply, AGlossaryThatWouldTakeAgesMatchesNothing)
{
    Codes codes = read("#version: 0.2\na a\n");
    const char *const patterns[] = {"(a+)+b"}; // 2^n steps for n letters
    car_bpe_options options = {};
    options.glossaries = patterns;
    options.n_glossaries = 1;
    std::string pieces;
    for (int i = 0; i < 20; i++)
        pieces += "aa@@ ";
    EXPECT_EQ(segmented(codes, {std::string(40, 'a') + "c"}, options), pieces + "c\n");
}

TEST(BpeApply, DropoutKeepsTheTextAndItsSeed)
{
    const Strings lines(50, "lower lowest newer newest");
    Codes codes = read(learn(lines, 30));
    car_bpe_options options = {};
    options.dropout = 0.5;
    options.seed = 1;
    std::string first = segmented(codes, lines, options), plain;
    EXPECT_EQ(segmented(codes, lines, options), first);
    options.seed = 2;
    EXPECT_NE(segmented(codes, lines, options), first);
    for (size_t at = 0; at < first.size(); at++) {
        if (first.compare(at, 3, "@@ ") == 0)
            at += 2;
        else
            plain += first[at];
    }
    std::string expected;
    for (const std::string &line : lines)
        expected += line + "\n";
    EXPECT_EQ(plain, expected);
    options.dropout = 1;
    EXPECT_EQ(segmented(codes, {"new"}, options), "n@@ e@@ w\n");
}

TEST(BpeApply, IsQuickWithLongWords)
{
    std::mt19937 random(3);
    std::string train, word;
    for (int i = 0; i < 20000; i++) {
        train += static_cast<char>('a' + random() % 20);
        train += i % 6 == 0 ? " " : "";
    }
    for (int i = 0; i < 500000; i++)
        word += static_cast<char>('a' + random() % 20);
    Codes codes = read(learn({train}, 2000));
    auto start = std::chrono::steady_clock::now();
    std::string out = segmented(codes, {word, std::string(500000, 'a')});
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_GT(out.size(), 1000000U);
    EXPECT_LT(seconds.count(), 20);
}

TEST(BpeCodes, RefusesWhatIsNoFileOfMerges)
{
    for (const char *text : {"", "a b\n", "#version: 0.2\na\n", "#version: 0.2\na b c\n", "#version: 0.2\n\na b\n",
                             "#version: 0.2\n\xff b\n"}) {
        car_error e = {};
        EXPECT_EQ(car_bpe_codes_read(text, static_cast<ptrdiff_t>(std::strlen(text)), "codes", -1, &e), nullptr)
            << text;
        EXPECT_EQ(e.code, CAR_EXIT_DATA) << e.message;
    }
    EXPECT_EQ(car_bpe_codes_count(read("#version: 0.2\n").get()), 0);
    EXPECT_EQ(car_bpe_codes_count(read("#version: 0.2\na b\r\nb c").get()), 2);
    EXPECT_EQ(car_bpe_codes_count(read("#version: 0.2\na b\nb c\n", 1).get()), 1);
}

/* ---- reference vectors ------------------------------------------------------------------ */

struct Set {
    const char *name, *x, *y;
};

class BpeSets : public ::testing::TestWithParam<Set>
{
  protected:
    void SetUp() override
    {
        if (!std::filesystem::is_directory(SHARED))
            GTEST_SKIP() << SHARED << " is not there";
    }
    std::string path(const std::string &name) const { return SHARED + GetParam().name + "/" + name; }
    Strings text(const std::string &name) const { return lines_of(path(name)); }
    std::string file(const std::string &name) const { return bytes_of(path(name)); }
};

TEST_P(BpeSets, Learned)
{
    Strings both = text(std::string("train.") + GetParam().x), y = text(std::string("train.") + GetParam().y);
    both.insert(both.end(), y.begin(), y.end());
    EXPECT_EQ(learn(both, 2000), file("codes.2000"));
    EXPECT_EQ(learn(both, 8000), file("codes.8000"));
    EXPECT_EQ(learn(y, 500, 5), file(std::string("codes.") + GetParam().y + ".500.min5"));
}

TEST_P(BpeSets, Applied)
{
    for (std::string n : {"2000", "8000"})
        for (std::string side : {GetParam().x, GetParam().y})
            EXPECT_EQ(segmented(read(file("codes." + n)), text("input." + side)), file("output." + n + "." + side));
    std::string x = GetParam().x, y = GetParam().y;
    EXPECT_EQ(segmented(read(file("codes.2000")), text("input." + x), {}, "￭"), file("output.2000.sep." + x));
    EXPECT_EQ(segmented(read(file("codes.8000"), 1000), text("input." + x)), file("output.8000.m1000." + x));
    EXPECT_EQ(segmented(read(file("codes." + y + ".500.min5")), text("input." + y)), file("output." + y + ".500.min5"));
    Strings odd = lines_of(std::string(CAR_SHARED_DIR) + "/corpora/unicode/valid.txt");
    EXPECT_EQ(segmented(read(file("codes.2000")), odd), bytes_of(SHARED + "odd/output." + GetParam().name + ".2000"));
}

INSTANTIATE_TEST_SUITE_P(Shared, BpeSets,
                         ::testing::Values(Set{"en-de", "en", "de"}, Set{"en-ja", "en", "ja"},
                                           Set{"fr-raw", "en", "fr"}),
                         [](const auto &named) { return "set" + std::to_string(named.index); });

TEST(BpeVectors, Repeats)
{
    const Strings train = lines_of(SHARED + "odd/repeats.train");
    if (train.empty())
        GTEST_SKIP() << SHARED << " is not there";
    for (int n : {10, 40}) {
        std::string number = std::to_string(n), codes = learn(train, n);
        EXPECT_EQ(codes, bytes_of(SHARED + "odd/repeats.codes." + number));
        EXPECT_EQ(segmented(read(codes), lines_of(SHARED + "odd/repeats.input")),
                  bytes_of(SHARED + "odd/repeats.output." + number));
    }
}

TEST(BpeSpeed, Multi30k)
{
    Strings lines = lines_of(std::string(CAR_SHARED_DIR) + "/corpora/multi30k/train.en");
    const Strings german = lines_of(std::string(CAR_SHARED_DIR) + "/corpora/multi30k/train.de");
    if (lines.empty())
        GTEST_SKIP() << "the reference text multi30k is not there";
    lines.insert(lines.end(), german.begin(), german.end());
    auto start = std::chrono::steady_clock::now();
    std::string codes = learn(lines, 8000);
    std::chrono::duration<double> learning = std::chrono::steady_clock::now() - start;
    start = std::chrono::steady_clock::now();
    std::string out = segmented(read(codes), lines);
    std::chrono::duration<double> applying = std::chrono::steady_clock::now() - start;
    std::printf("learned 8000 merges of %zu lines in %.3f s, applied them in %.3f s\n", lines.size(), learning.count(),
                applying.count());
    EXPECT_GT(out.size(), 4000000U);
    EXPECT_LT(learning.count() + applying.count(), 20);
}
