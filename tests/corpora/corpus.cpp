#include "corpora/corpus.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "corpora/encoded.hpp"

namespace
{

using corpora::Encoded;

class CorpusOf : public support::InFolder
{
  protected:
    Encoded encoded(const std::string &source, const std::string &target)
    {
        return Encoded(folder.write("a.en", source), folder.write("a.cs", target), "space");
    }
};

car_corpus_options options(int max_length, bool crop, bool keep_empty, double max_ratio)
{
    car_corpus_options wanted = {};
    wanted.max_length = max_length;
    wanted.crop = crop;
    wanted.keep_empty = keep_empty;
    wanted.max_ratio = max_ratio;
    return wanted;
}

std::string text(const Encoded &encoded, const car_corpus *corpus, int side, int64_t i)
{
    car_sentence sentence = car_corpus_sentence_view(corpus, side, i);
    EXPECT_EQ(sentence.ids[sentence.length - 1], CAR_END);
    car_pieces pieces = {};
    support::String joined;
    car_vocabulary_decode(encoded.vocabulary[side].get(), sentence.ids, sentence.length, &pieces);
    car_tokenizer_join(encoded.tokenizer[side].get(), &pieces, &joined);
    car_pieces_clear(&pieces);
    return joined.text();
}

const char english[] = "a b c\n\nthe end\none two three four\nx\n";
const char czech[] = "á\nprázdné\nkonec\njeden dva tři čtyři pět\n\n";

TEST_F(CorpusOf, KeepsWhatHasTwoSides)
{
    Encoded all = encoded(english, czech);
    corpora::Corpus corpus = all.load({});
    ASSERT_TRUE(corpus) << all.e.message;
    car_corpus_counts counts = car_corpus_count(corpus.get());
    EXPECT_EQ(counts.read, 5);
    EXPECT_EQ(counts.kept, 3);
    EXPECT_EQ(counts.empty, 2);
    EXPECT_EQ(counts.too_long, 0);
    EXPECT_EQ(counts.cropped, 0);
    EXPECT_EQ(counts.ids[CAR_SOURCE], 3 + 2 + 4 + 3);
    EXPECT_EQ(counts.ids[CAR_TARGET], 1 + 1 + 5 + 3);
    EXPECT_EQ(counts.unknown[CAR_SOURCE], 0);
    EXPECT_EQ(text(all, corpus.get(), CAR_SOURCE, 0), "a b c");
    EXPECT_EQ(text(all, corpus.get(), CAR_TARGET, 2), "jeden dva tři čtyři pět");
    EXPECT_EQ(car_corpus_line(corpus.get(), 0), 1);
    EXPECT_EQ(car_corpus_line(corpus.get(), 1), 3);
    EXPECT_EQ(car_corpus_line(corpus.get(), 2), 4);
}

TEST_F(CorpusOf, WhiteSpaceAloneIsEmpty)
{
    Encoded all(folder.write("a.en", "one\n \t\nthree\n"), folder.write("a.cs", "jeden\ndva\n  \n"), "word");
    EXPECT_EQ(car_corpus_count(all.load({}).get()).empty, 2);
    EXPECT_EQ(car_corpus_count(all.load(options(0, false, true, 0)).get()).kept, 3);
}

TEST_F(CorpusOf, KeepsEmptySidesIfAsked)
{
    Encoded all = encoded(english, czech);
    corpora::Corpus corpus = all.load(options(0, false, true, 0));
    ASSERT_TRUE(corpus) << all.e.message;
    EXPECT_EQ(car_corpus_count(corpus.get()).kept, 5);
    EXPECT_EQ(car_corpus_sentence_view(corpus.get(), CAR_SOURCE, 1).length, 1);
    EXPECT_EQ(car_corpus_sentence_view(corpus.get(), CAR_TARGET, 4).length, 1);
    EXPECT_EQ(text(all, corpus.get(), CAR_TARGET, 1), "prázdné");
}

TEST_F(CorpusOf, LeavesOutPairsLongerThanAllowedOnEitherSide)
{
    Encoded all = encoded(english, czech);
    corpora::Corpus corpus = all.load(options(4, false, false, 0));
    ASSERT_TRUE(corpus) << all.e.message;
    car_corpus_counts counts = car_corpus_count(corpus.get());
    EXPECT_EQ(counts.kept, 2) << "the target of the longest has five pieces";
    EXPECT_EQ(counts.too_long, 1);
    EXPECT_EQ(all.load(options(5, false, false, 0)) != nullptr, true);
    EXPECT_EQ(car_corpus_count(all.load(options(5, false, false, 0)).get()).kept, 3);
}

TEST_F(CorpusOf, LeavesOutUnevenPairs)
{
    Encoded all = encoded("a b\na\na b c d e\na b c d\n\n", "x\nx y z\nx y\nx y\n\n");
    auto count = [&](double ratio) { return car_corpus_count(all.load(options(0, false, false, ratio)).get()); };
    EXPECT_EQ(count(2).uneven, 2) << "a ratio of just 2 is kept";
    EXPECT_EQ(count(2).kept, 2);
    EXPECT_EQ(count(2).empty, 1);
    EXPECT_EQ(count(2.5).uneven, 1);
    EXPECT_EQ(count(3).uneven, 0);
    EXPECT_EQ(count(0).uneven, 0);
}

TEST_F(CorpusOf, LeavesOutWhatReadingLeftOut)
{
    folder.write("b.en", "one\ntwo\xff\nthree\n");
    folder.write("b.cs", "jeden\ndva\ntri\n");
    Encoded all = encoded("one\nthree\n", "jeden\ntri\n");
    all.paths[CAR_SOURCE] = folder.path("b.en");
    all.paths[CAR_TARGET] = folder.path("b.cs");
    EXPECT_FALSE(all.load({}));
    all.reading.utf8 = CAR_UTF8_SKIP;
    corpora::Corpus corpus = all.load({});
    ASSERT_TRUE(corpus) << all.e.message;
    EXPECT_EQ(car_corpus_count(corpus.get()).read, 3);
    EXPECT_EQ(car_corpus_count(corpus.get()).kept, 2);
    EXPECT_EQ(car_corpus_count(corpus.get()).skipped, 1);
    EXPECT_EQ(car_corpus_line(corpus.get(), 1), 3);
    corpus = all.load(options(0, false, true, 0));
    EXPECT_EQ(car_corpus_count(corpus.get()).kept, 3);
    EXPECT_EQ(car_corpus_sentence_view(corpus.get(), CAR_SOURCE, 1).length, 1);
}

TEST_F(CorpusOf, CropsIfAsked)
{
    Encoded all = encoded(english, czech);
    corpora::Corpus corpus = all.load(options(2, true, false, 0));
    ASSERT_TRUE(corpus) << all.e.message;
    car_corpus_counts counts = car_corpus_count(corpus.get());
    EXPECT_EQ(counts.kept, 3);
    EXPECT_EQ(counts.cropped, 2);
    EXPECT_EQ(counts.ids[CAR_SOURCE], 3 + 3 + 3);
    EXPECT_EQ(text(all, corpus.get(), CAR_SOURCE, 0), "a b");
    EXPECT_EQ(text(all, corpus.get(), CAR_TARGET, 0), "á");
    EXPECT_EQ(text(all, corpus.get(), CAR_TARGET, 2), "jeden dva");
}

TEST_F(CorpusOf, CountsUnknownPieces)
{
    Encoded all = encoded("a b a\na c\n", "x\ny\n");
    all.vocabulary[CAR_SOURCE].reset(
        car_vocabulary_builder_finish(all.builder[CAR_SOURCE].get(), all.tokenizer[CAR_SOURCE].get(), 0, 2));
    corpora::Corpus corpus = all.load({});
    ASSERT_TRUE(corpus) << all.e.message;
    EXPECT_EQ(car_corpus_count(corpus.get()).unknown[CAR_SOURCE], 2) << "b and c are rarer than twice";
    EXPECT_EQ(car_corpus_count(corpus.get()).unknown[CAR_TARGET], 0);
    corpora::Corpus cropped = all.load(options(1, true, false, 0));
    EXPECT_EQ(car_corpus_count(cropped.get()).unknown[CAR_SOURCE], 0)
        << "unknown pieces that were cut off do not count";
}

TEST_F(CorpusOf, RefusesToBeEmptyAndSaysWhy)
{
    Encoded all = encoded("a b\n\nc d e\n", "x y\nz\nv w u\n");
    EXPECT_FALSE(all.load(options(1, false, false, 0)));
    EXPECT_EQ(all.e.code, CAR_EXIT_DATA);
    std::string message = all.e.message;
    EXPECT_NE(message.find("no pair is left of 3: 1 have an empty side, 2 are longer than 1 pieces, 0 are"), std::string::npos)
        << message;
}

TEST_F(CorpusOf, PassesOnWhatIsWrongWithTheText)
{
    Encoded all = encoded("a\nb\n", "x\n");
    EXPECT_FALSE(all.counted);
    EXPECT_FALSE(all.load({}));
    EXPECT_EQ(all.e.code, CAR_EXIT_DATA);
    EXPECT_NE(std::string(all.e.message).find("a.en has 2 lines"), std::string::npos) << all.e.message;
}

TEST(CorpusOfMulti30k, Loads)
{
    std::string folder = CAR_SHARED_DIR "/corpora/multi30k/";
    if (!std::filesystem::exists(folder + "train.en"))
        GTEST_SKIP() << "the reference data is not at " << folder;
    Encoded all(folder + "train.en", folder + "train.de", "word");
    ASSERT_TRUE(all.counted) << all.e.message;
    corpora::Corpus corpus = all.load(options(50, false, false, 0));
    ASSERT_TRUE(corpus) << all.e.message;
    car_corpus_counts counts = car_corpus_count(corpus.get());
    EXPECT_EQ(counts.read, 29000);
    EXPECT_EQ(counts.kept + counts.too_long + counts.empty, counts.read);
    EXPECT_GT(counts.kept, 28900);
    EXPECT_EQ(counts.unknown[CAR_SOURCE], 0);
}

} // namespace
