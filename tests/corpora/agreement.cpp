#include "corpora/agreement.h"
#include "corpora/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/handles.hpp"

namespace
{

using support::String;

struct Pair {
    std::string english, czech;
};

Pair pair_of(uint64_t seed, uint64_t index)
{
    String english, czech;
    car_agreement_pair(seed, index, &english, &czech);
    return {english.text(), czech.text()};
}

std::vector<std::string> lines_of(const std::string &text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/* Read by a person who knows Czech, not copied from what the grammar said. */
TEST(Agreement, SentencesAreRight)
{
    const struct {
        uint64_t index;
        const char *english, *czech;
    } known[] = {
        {2, "The poor grandmother and the sister bought a beautiful mirror.",
         "Chudá babička a sestra koupily krásné zrcadlo."},
        {5, "When every hungry soldier came from the market, he was sad and read a book.",
         "Když každý hladový voják přišel z trhu, byl smutný a četl knihu."},
        {6, "The child and the poor brother forgot their map.", "Dítě a chudý bratr zapomněli svou mapu."},
        {7, "Two old bakers were praised by the soldier.", "Dva staří pekaři byli pochváleni vojákem."},
        {10, "In summer two kings who sat in the forest were nervous.",
         "V létě byli dva králové, kteří seděli v lese, nervózní."},
        {13, "After the war the brave king whose mirror was stolen in the morning sold a book.",
         "Po válce statečný král, jehož zrcadlo bylo ukradeno ráno, prodal knihu."},
        {18, "The girls were sad and dirty.", "Děvčata byla smutná a špinavá."},
        {26, "When the girl returned home early, she smiled.", "Když se děvče vrátilo domů brzy, usmálo se."},
        {32, "When my hungry sisters returned from the market, they found a wolf.",
         "Když se moje hladové sestry vrátily z trhu, našly vlka."},
        {38, "The poor sister whose brother waited under the tree was nervous.",
         "Chudá sestra, jejíž bratr čekal pod stromem, byla nervózní."},
        {40, "The mother who stood in front of the school returned from the market.",
         "Matka, která stála před školou, se vrátila z trhu."},
        {41, "These towers were repaired after the war.", "Tyto věže byly opraveny po válce."},
        {44, "The brothers whose sister saw a dog were sad because they had lost their old key.",
         "Bratři, jejichž sestra viděla psa, byli smutní, protože ztratili svůj starý klíč."},
        {51, "Every map which the mothers forgot lay on the table.",
         "Každá mapa, kterou matky zapomněly, ležela na stole."},
        {59, "The car which the grandmother bought was empty.", "Auto, které babička koupila, bylo prázdné."},
    };
    for (const auto &one : known) {
        Pair pair = pair_of(1, one.index);
        EXPECT_EQ(pair.english, one.english);
        EXPECT_EQ(pair.czech, one.czech);
    }
}

std::string kinds_of(uint64_t seed, uint64_t index)
{
    String kinds;
    car_agreement_kinds(seed, index, &kinds);
    return kinds.text();
}

/* Counted by hand in the sentences above. */
TEST(Agreement, KindsOfWords)
{
    EXPECT_EQ(kinds_of(1, 5), "- determiner:2 attribute:1 - verb:1 - - verb:4 predicate:5 - verb:7 -");
    EXPECT_EQ(kinds_of(1, 7), "determiner:2 attribute:1 - verb:1 participle:2 -");
    EXPECT_EQ(kinds_of(1, 13), "- - attribute:1 - relative:1 - verb:1 participle:2 - verb:6 -")
        << "what was stolen is the mirror, who sold a book is the king";
    EXPECT_EQ(kinds_of(1, 6), "- - attribute:1 - verb:1 - -") << "her own map agrees with map";
    EXPECT_EQ(kinds_of(1, 44), "- relative:1 - verb:1 - verb:5 predicate:6 - verb:8 - - -");
}

TEST(Agreement, OneKindForEachWord)
{
    for (uint64_t i = 0; i < 5000; i++) {
        const std::string czech = pair_of(9, i).czech, kinds = kinds_of(9, i);
        EXPECT_EQ(std::count(czech.begin(), czech.end(), ' '), std::count(kinds.begin(), kinds.end(), ' ')) << czech;
        EXPECT_EQ(czech.find('\1'), std::string::npos);
        EXPECT_NE(kinds.find(':'), std::string::npos) << czech;
        EXPECT_EQ(kinds.find(":0"), std::string::npos) << czech << kinds;
    }
}

TEST(Agreement, APairIsAFunctionOfSeedAndIndex)
{
    Pair late = pair_of(3, 1000), early = pair_of(3, 0);
    EXPECT_EQ(pair_of(3, 1000).czech, late.czech);
    EXPECT_EQ(pair_of(3, 0).english, early.english);
    int equal = 0;
    for (uint64_t i = 0; i < 100; i++)
        equal += pair_of(1, i).english == pair_of(2, i).english;
    EXPECT_LT(equal, 10);
}

TEST(Agreement, OneTranslationInEitherDirection)
{
    std::map<std::string, std::string> czech_of, english_of;
    for (uint64_t i = 0; i < 50000; i++) {
        Pair pair = pair_of(5, i);
        EXPECT_EQ(czech_of.emplace(pair.english, pair.czech).first->second, pair.czech) << pair.english;
        EXPECT_EQ(english_of.emplace(pair.czech, pair.english).first->second, pair.english) << pair.czech;
    }
    EXPECT_GT(czech_of.size(), 45000u) << "the grammar repeats itself";
}

TEST(Agreement, WordsAreFewAndSentencesOfFairLength)
{
    std::map<std::string, int> words[2];
    for (uint64_t i = 0; i < 20000; i++) {
        Pair pair = pair_of(7, i);
        for (int side = 0; side < 2; side++) {
            std::string line = side == 0 ? pair.english : pair.czech;
            ASSERT_EQ(car_utf8_check(line.data(), static_cast<ptrdiff_t>(line.size())), -1);
            ASSERT_EQ(line.back(), '.');
            ASSERT_EQ(line.find("  "), std::string::npos) << line;
            ASSERT_EQ(line.find(",,"), std::string::npos) << line;
            std::istringstream stream(line);
            int n = 0;
            for (std::string word; stream >> word; n++)
                words[side][word.substr(0, word.find_first_of(",."))]++;
            ASSERT_GE(n, 3) << line;
            ASSERT_LE(n, CAR_AGREEMENT_LONGEST) << line;
        }
    }
    EXPECT_LE(words[0].size(), 200u);
    EXPECT_LE(words[1].size(), 480u);
    for (const auto &side : words)
        for (const auto &[word, count] : side)
            EXPECT_GE(count, 5) << word << " is too rare to be learned";
}

TEST(Agreement, EnglishArticleFitsTheNextWord)
{
    for (uint64_t i = 0; i < 20000; i++) {
        std::string line = pair_of(9, i).english;
        for (size_t at = line.find(" a "); at != std::string::npos; at = line.find(" a ", at + 1))
            EXPECT_EQ(std::string("aeiou").find(line[at + 3]), std::string::npos) << line;
        for (size_t at = line.find(" an "); at != std::string::npos; at = line.find(" an ", at + 1))
            EXPECT_NE(std::string("aeiou").find(line[at + 4]), std::string::npos) << line;
    }
}

class AgreementFiles : public support::InFolder
{
  protected:
    void write(const std::string &to, uint64_t seed, car_parts parts)
    {
        const car_generator_options usual = {};
        support::Handle<car_examples, car_examples_free> examples(
            car_examples_new(car_generator_find("agreement"), &usual, seed, &e));
        ASSERT_NE(examples, nullptr) << e.message;
        ASSERT_TRUE(car_examples_write(examples.get(), to.c_str(), parts, &e)) << e.message;
    }
};

TEST_F(AgreementFiles, PartsAreDisjointAndTrainingSetsNested)
{
    std::string small = folder.path("a/small"), large = folder.path("large");
    write(small, 6, {500, 100, 150});
    write(large, 6, {2000, 100, 150});
    for (std::string side : {".en", ".cs"}) {
        std::set<std::string> seen;
        size_t total = 0;
        for (std::string part : {"train", "valid", "test"}) {
            std::vector<std::string> lines = lines_of(folder.read("large/" + part + side));
            EXPECT_EQ(lines.size(), part == "train" ? 2000u : part == "valid" ? 100u : 150u);
            seen.insert(lines.begin(), lines.end());
            total += lines.size();
        }
        EXPECT_EQ(seen.size(), total);
        EXPECT_EQ(folder.read("a/small/test" + side), folder.read("large/test" + side));
        EXPECT_EQ(folder.read("a/small/valid" + side), folder.read("large/valid" + side));
        std::string train = folder.read("a/small/train" + side);
        EXPECT_EQ(train, folder.read("large/train" + side).substr(0, train.size()));
    }
    Pair first = pair_of(6, 0);
    EXPECT_EQ(lines_of(folder.read("large/test.en"))[0], first.english);
    EXPECT_EQ(lines_of(folder.read("large/test.cs"))[0], first.czech);
}

TEST_F(AgreementFiles, TheSampleIsWhatItsReadmeSays)
{
    write(folder.path(), 1, {40, 1, 1});
    for (std::string side : {"en", "cs"}) {
        std::ifstream sample(CAR_SOURCE_DIR "/corpora/data/agreement." + side);
        std::string text((std::istreambuf_iterator<char>(sample)), std::istreambuf_iterator<char>());
        EXPECT_EQ(folder.read("train." + side), text);
    }
}

} // namespace
