#include "corpora/recut.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "corpora/batches.h"
#include "corpora/encoded.hpp"
#include "support/random.hpp"
#include "tokenizers/bpe_learn.h"

namespace
{

using Recutter = support::Handle<car_recutter, car_recutter_free>;
using Ids = std::vector<int32_t>;

/* Merges of English words, as a learner might have found them. */
const char CODES[] = "#version: 0.2\nt h\nth e</w>\na n\nan d</w>\ni n\nin g</w>\no u\ne r</w>\nh ou\nhou s\n"
                     "hous e</w>\nr e\ns t\nst re\nstre e\nstree t</w>\nl o\nlo w\nlow er</w>\n";

const char *const LINES[] = {
    "the house and the street",
    "lower and lower, the street",
    "walking the street: \"the house\"",
    "l@@ and lo@@ wer <0xE2> @@",
    "\xe2\x81\xbb strasse \xc3\x9f \xe6\xbc\xa2 \xf0\x9f\x98\x80",
    "in",
    "  the  ",
};

class Recut : public support::InFolder
{
  protected:
    void make(car_bpe_dropout dropout, const char *codes = CODES)
    {
        std::string text;
        for (const char *line : LINES)
            text += std::string(line) + "\n";
        encoded = std::make_unique<corpora::Encoded>(folder.write("a", text), folder.write("b", text), "word", codes,
                                                     dropout);
        ASSERT_TRUE(encoded->counted) << encoded->e.message;
        look_at(CAR_SOURCE);
        recutter.reset(car_recutter_new(vocabulary, &e));
        ASSERT_TRUE(recutter) << e.message;
    }

    /* The side that `ids`, `pieces` and `text` are of. */
    void look_at(int side)
    {
        vocabulary = encoded->vocabulary[side].get();
        tokenizer = encoded->tokenizer[side].get();
    }

    /* The ids of a line and the end. */
    Ids ids(const std::string &line)
    {
        car_pieces pieces = {};
        EXPECT_TRUE(car_tokenizer_apply(tokenizer, line.data(), static_cast<ptrdiff_t>(line.size()), &pieces, &e));
        Ids all(static_cast<size_t>(pieces.count) + 1);
        car_vocabulary_encode(vocabulary, &pieces, all.data());
        car_pieces_clear(&pieces);
        return all;
    }

    Ids recut(const Ids &from, double dropout, uint64_t draw)
    {
        car_sentence to =
            car_recutter_apply(recutter.get(), {from.data(), static_cast<int>(from.size())}, dropout, draw);
        return Ids(to.ids, to.ids + to.length);
    }

    std::string pieces(const Ids &from)
    {
        std::string text;
        for (int32_t id : from)
            text += (text.empty() ? "" : " ") + std::string(car_vocabulary_piece(vocabulary, id));
        return text;
    }

    std::string text(const Ids &from)
    {
        car_pieces pieces = {};
        support::String text;
        car_vocabulary_decode(vocabulary, from.data(), static_cast<ptrdiff_t>(from.size()), &pieces);
        car_tokenizer_join(tokenizer, &pieces, &text);
        car_pieces_clear(&pieces);
        return text.text();
    }

    std::unique_ptr<corpora::Encoded> encoded;
    const car_vocabulary *vocabulary = nullptr;
    car_tokenizer *tokenizer = nullptr;
    Recutter recutter;
};

TEST_F(Recut, WithoutDropoutNothingChanges)
{
    make({});
    for (const char *line : LINES)
        EXPECT_EQ(recut(ids(line), 0, 1), ids(line)) << line;
}

TEST_F(Recut, TheTextStaysTheSame)
{
    for (double counted : {0.0, 0.5}) { /* whether the vocabulary has what dropout makes or falls back to bytes */
        make({{counted, counted}, 1});
        int different = 0;
        for (double dropout : {0.1, 0.5, 1.0})
            for (const char *line : LINES)
                for (uint64_t draw = 0; draw < 50; draw++) {
                    Ids before = ids(line), after = recut(before, dropout, draw);
                    EXPECT_EQ(text(after), text(before));
                    EXPECT_EQ(after.back(), CAR_END);
                    EXPECT_EQ(recut(before, dropout, draw), after) << "what is drawn depends on the draw alone";
                    different += after != before;
                }
        EXPECT_GT(different, 300);
    }
}

TEST_F(Recut, AllMergesPassedOverLeaveCharacters)
{
    make({{1, 1}, 1});
    EXPECT_EQ(pieces(recut(ids("the in"), 1, 3)), "t@@ h@@ e i@@ n </s>");
}

/* "the" is merged by (t h), then by (th e). */
TEST_F(Recut, MergesArePassedOverAsOftenAsSaid)
{
    make({{0.5, 0.5}, 1});
    const int n = 20000;
    for (double p : {0.1, 0.4}) {
        std::map<std::string, int> seen;
        for (int draw = 0; draw < n; draw++)
            seen[pieces(recut(ids("the"), p, static_cast<uint64_t>(draw) << 20))]++;
        const std::pair<const char *, double> expected[] = {
            {"the </s>", (1 - p) * (1 - p)}, {"th@@ e </s>", (1 - p) * p}, {"t@@ h@@ e </s>", p}};
        EXPECT_EQ(seen.size(), 3u);
        for (const auto &[form, probability] : expected)
            EXPECT_NEAR(seen[form], n * probability, 4 * std::sqrt(n * probability * (1 - probability))) << form;
    }
}

TEST_F(Recut, WordsOfALineAreDrawnEachForItself)
{
    make({{0.5, 0.5}, 1});
    Ids line = ids("the the the the");
    std::map<std::string, int> seen;
    for (uint64_t draw = 0; draw < 200; draw++)
        seen[pieces(recut(line, 0.5, draw << 20))]++;
    EXPECT_GT(seen.size(), 40u) << "of 81";
}

TEST_F(Recut, WhatIsNotWholeStays)
{
    make({{1, 1}, 1});
    Ids line = ids("the house"), unknown = line, cropped = line;
    unknown[0] = CAR_UNKNOWN; /* it may have gone on, so the next word may be a part of it */
    EXPECT_EQ(recut(unknown, 1, 1), unknown);
    Ids three = ids("the the house");
    three[0] = CAR_UNKNOWN;
    EXPECT_EQ(pieces(recut(three, 1, 1)), "<unk> the h@@ o@@ u@@ s@@ e </s>");
    Ids parts = recut(line, 1, 1);
    ASSERT_EQ(pieces(parts), "t@@ h@@ e h@@ o@@ u@@ s@@ e </s>");
    Ids cut(parts.begin(), parts.begin() + 6);
    cut.push_back(CAR_END);
    EXPECT_EQ(pieces(recut(cut, 0, 1)), "the h@@ o@@ u@@ </s>") << "a word that was cropped";
    Ids open(line.begin(), line.end() - 1);
    EXPECT_EQ(pieces(recut(open, 1, 1)), "t@@ h@@ e h@@ o@@ u@@ s@@ e") << "no end, no end";
    EXPECT_EQ(recut({CAR_END}, 1, 1), Ids{CAR_END});
}

/* Without bytes, a word that would get an unknown piece stays as it is. */
TEST_F(Recut, NothingBecomesUnknown)
{
    car_tokenizer_options options = {};
    options.codes = CODES;
    options.no_bytes = true;
    corpora::Tokenizer plain(car_tokenizer_new("word", &options, &e));
    corpora::Builder builder(car_vocabulary_builder_new());
    car_pieces counted = {};
    for (std::string word : {"the", "house", "h@@", "o@@", "u@@", "s@@", "e"})
        car_pieces_add(&counted, word.data(), static_cast<ptrdiff_t>(word.size()));
    car_vocabulary_builder_add(builder.get(), &counted);
    car_pieces_clear(&counted);
    corpora::Vocabulary few(car_vocabulary_builder_finish(builder.get(), plain.get(), 0, 1));
    vocabulary = few.get();
    tokenizer = plain.get();
    recutter.reset(car_recutter_new(vocabulary, &e));
    EXPECT_EQ(pieces(recut(ids("the house"), 1, 1)), "the h@@ o@@ u@@ s@@ e </s>") << "there is no t@@";
}

/* Merges learned from what a tokenizer makes of the lines. */
std::string learn(car_tokenizer *tokenizer, const std::vector<std::string> &lines)
{
    car_error e;
    car_pieces pieces = {};
    support::String codes;
    support::Handle<car_bpe_learner, car_bpe_learner_free> learner(car_bpe_learner_new());
    for (const std::string &line : lines) {
        EXPECT_TRUE(car_tokenizer_apply(tokenizer, line.data(), static_cast<ptrdiff_t>(line.size()), &pieces, &e));
        for (ptrdiff_t i = 0; i < pieces.count; i++)
            if (std::string(car_pieces_view(&pieces, i)).find('\r') == std::string::npos)
                car_bpe_learner_add_word(learner.get(), car_pieces_view(&pieces, i), car_pieces_length(&pieces, i), 2);
    }
    car_pieces_clear(&pieces);
    car_bpe_learn_options options = {};
    options.symbols = 300;
    options.min_frequency = 2;
    car_bpe_learn(learner.get(), &options, &codes);
    return codes.text();
}

TEST_F(Recut, EveryTokenizerGivesTheLineBack)
{
    std::vector<std::string> odd(std::begin(LINES), std::end(LINES));
    std::ifstream file(CAR_SHARED_DIR "/corpora/unicode/valid.txt", std::ios::binary);
    for (std::string line; std::getline(file, line);)
        odd.push_back(line);
    for (const char *name : {"word", "char", "space", "byte"})
        for (car_letter_case letter_case : {CAR_CASE_KEEP, CAR_CASE_MARK}) {
            if (letter_case == CAR_CASE_MARK && name == std::string("byte"))
                continue;
            car_tokenizer_options options = {};
            options.letter_case = letter_case;
            corpora::Tokenizer words(car_tokenizer_new(name, &options, &e));
            ASSERT_TRUE(words) << e.message;
            std::string codes = learn(words.get(), odd);
            options.codes = codes.c_str();
            corpora::Tokenizer subwords(car_tokenizer_new(name, &options, &e));
            ASSERT_TRUE(subwords) << e.message;
            corpora::Builder builder(car_vocabulary_builder_new());
            corpora::Vocabulary bytes(car_vocabulary_builder_finish(builder.get(), subwords.get(), 0, 1));
            corpora::Vocabulary all; /* of characters and the like: the other has nothing but bytes */
            car_pieces counted = {};
            for (const std::string &line : odd) {
                EXPECT_TRUE(car_tokenizer_apply(subwords.get(), line.data(), static_cast<ptrdiff_t>(line.size()),
                                                &counted, &e));
                car_vocabulary_builder_add(builder.get(), &counted);
            }
            car_pieces_clear(&counted);
            all.reset(car_vocabulary_builder_finish(builder.get(), subwords.get(), 0, 1));
            for (const car_vocabulary *known : {bytes.get(), all.get()}) {
                car_vocabulary_limit(known, subwords.get());
                vocabulary = known;
                tokenizer = subwords.get();
                recutter.reset(car_recutter_new(known, &e));
                ASSERT_TRUE(recutter) << e.message;
                for (uint64_t draw = 0; draw < odd.size(); draw++) {
                    Ids before = ids(odd[draw]), after = recut(before, 0.3, draw << 20);
                    EXPECT_EQ(text(after), text(before)) << name << ": " << odd[draw];
                }
            }
        }
}

/* ---- minibatches --------------------------------------------------------------------------- */

class RecutBatches : public Recut
{
  protected:
    /* The minibatches of an epoch as text: line, source, target. */
    std::vector<std::string> epoch(int64_t number, int64_t skip = 0)
    {
        support::Handle<car_batches, car_batches_free> batches(car_batches_new(corpus.get(), &options));
        car_batch_source from = car_batches_source(batches.get());
        EXPECT_TRUE(from.start(from.self, number, skip, &e)) << e.message;
        std::vector<std::string> all;
        car_batch batch;
        while (from.next(from.self, &batch, &e) == 1) {
            std::string rows;
            for (int i = 0; i < batch.rows; i++) {
                Ids source(batch.source[i].ids, batch.source[i].ids + batch.source[i].length);
                Ids target(batch.target[i].ids, batch.target[i].ids + batch.target[i].length);
                look_at(CAR_SOURCE);
                std::string source_text = text(source);
                rows += std::to_string(batch.line[i]) + ": " + pieces(source) + " | ";
                look_at(CAR_TARGET);
                EXPECT_EQ(text(target), source_text) << "both sides are the same line";
                rows += pieces(target) + "\n";
            }
            all.push_back(rows);
        }
        return all;
    }

    void load(int64_t memory)
    {
        car_corpus_options wanted = {};
        std::string text;
        support::Random random(5);
        for (int i = 0; i < 400; i++)
            text += std::string(LINES[random.below(3)]) + " " + LINES[random.below(3)] + "\n";
        make({{0.5, 0.5}, 1});
        encoded->paths[CAR_SOURCE] = folder.write("c", text);
        encoded->paths[CAR_TARGET] = folder.write("d", text);
        wanted.memory = options.memory = memory;
        wanted.folder = folder.path().c_str();
        corpus = encoded->load(wanted);
        ASSERT_TRUE(corpus) << encoded->e.message;
        options.mini_batch = 8;
        options.maxi_batch = 4;
        options.seed = 3;
        other.reset(car_recutter_new(encoded->vocabulary[CAR_TARGET].get(), &e));
        options.recutter[CAR_SOURCE] = recutter.get();
        options.recutter[CAR_TARGET] = other.get();
        options.dropout[CAR_SOURCE] = 0.3;
        options.dropout[CAR_TARGET] = 0.3;
    }

    car_batches_options options = {};
    Recutter other; /* of the target */
    corpora::Corpus corpus;
};

TEST_F(RecutBatches, ArePureFunctionsOfTheEpoch)
{
    for (int64_t memory : {int64_t{0}, int64_t{16384}}) {
        load(memory);
        EXPECT_EQ(car_corpus_blocks(corpus.get()) > 1, memory > 0);
        std::vector<std::string> first = epoch(1), second = epoch(2);
        EXPECT_EQ(epoch(1), first);
        EXPECT_NE(first, second);
        for (int64_t skip : {1, 20, 49})
            EXPECT_EQ(epoch(2, skip), std::vector<std::string>(second.begin() + skip, second.end())) << skip;
    }
}

TEST_F(RecutBatches, SidesAndCopiesAreDrawnEachForItself)
{
    load(0);
    int same = 0, rows = 0;
    std::map<std::string, std::vector<std::string>> copies;
    const double twice = 2;
    options.weights = &twice;
    options.n_weights = 1;
    for (const std::string &batch : epoch(1)) {
        std::istringstream lines(batch);
        for (std::string line; std::getline(lines, line); rows++) {
            size_t colon = line.find(": "), bar = line.find(" | ");
            same += line.substr(colon + 2, bar - colon - 2) == line.substr(bar + 3);
            copies[line.substr(0, colon)].push_back(line.substr(bar + 3));
        }
    }
    EXPECT_EQ(rows, 800);
    EXPECT_LT(same, 80);
    int equal = 0;
    for (const auto &[number, forms] : copies) {
        ASSERT_EQ(forms.size(), 2u);
        equal += forms[0] == forms[1];
    }
    EXPECT_LT(equal, 40) << "of 400";
}

TEST_F(RecutBatches, OneSideAlone)
{
    load(0);
    options.dropout[CAR_TARGET] = 0;
    options.recutter[CAR_TARGET] = nullptr;
    std::string all;
    for (const std::string &batch : epoch(1))
        all += batch;
    std::istringstream lines(all);
    int cut = 0, rows = 0;
    for (std::string line; std::getline(lines, line); rows++) {
        size_t bar = line.find(" | ");
        cut += line.find("hous@@ e") < bar || line.find("t@@ h@@ e") < bar;
        look_at(CAR_TARGET);
        std::string target = line.substr(bar + 3);
        EXPECT_EQ(target.find("t@@ h@@ e"), std::string::npos) << line;
        EXPECT_EQ(target.find("hous@@ e"), std::string::npos) << line;
    }
    EXPECT_EQ(rows, 400);
    EXPECT_GT(cut, 200);
}

} // namespace
