#include "corpora/streams.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "corpora/encoded.hpp"

namespace
{

using corpora::Corpus;
using Streams = support::Handle<car_streams, car_streams_free>;

const char text[] = "a b c\n\nd e f g\nh\ni j k l m\n"; // 13 words, 5 ends

class StreamsOf : public support::InFolder
{
  protected:
    /* A text without a source. */
    void SetUp() override
    {
        path = folder.write("text", text);
        tokenizer.reset(car_tokenizer_new("space", nullptr, &e));
        corpora::Builder builder(car_vocabulary_builder_new());
        car_vocabulary_builder *const builders[] = {builder.get(), builder.get()};
        car_tokenizer *const tokenizers[] = {nullptr, tokenizer.get()};
        const car_bpe_dropout none = {};
        ASSERT_TRUE(car_bitext_count_pieces(open().get(), tokenizers, &none, builders, &e)) << e.message;
        vocabulary.reset(car_vocabulary_builder_finish(builder.get(), tokenizer.get(), 0, 1));
        const car_coding coding = {{nullptr, tokenizer.get()}, {nullptr, vocabulary.get()}, nullptr};
        car_corpus_options options = {};
        options.keep_empty = true;
        corpus.reset(car_corpus_load(open().get(), &coding, &options, &e));
        ASSERT_TRUE(corpus) << e.message;
    }

    corpora::Bitext open()
    {
        set = {{path.c_str(), nullptr}, {0, 0}};
        const car_reading reading = {};
        return corpora::Bitext(car_bitext_open(&set, 1, &reading, &e));
    }

    std::string word(int32_t id) const { return id == CAR_END ? "." : car_vocabulary_piece(vocabulary.get(), id); }

    /* The rows of every minibatch of an epoch, each "before|words". */
    std::vector<std::vector<std::string>> epoch(car_streams *streams, int64_t skip = 0)
    {
        std::vector<std::vector<std::string>> all;
        car_batch_source source = car_streams_source(streams);
        EXPECT_TRUE(source.start(source.self, 1, skip, &e)) << e.message;
        car_batch batch;
        while (source.next(source.self, &batch, &e) == 1) {
            EXPECT_EQ(batch.follows, skip > 0 || !all.empty());
            std::vector<std::string> rows;
            for (int i = 0; i < batch.rows; i++) {
                std::string row = word(batch.before[i]) + "|";
                for (int k = 0; k < batch.target[i].length; k++)
                    row += word(batch.target[i].ids[k]);
                rows.push_back(row);
                EXPECT_EQ(batch.source[i].length, 1);
            }
            all.push_back(rows);
        }
        return all;
    }

    std::string path;
    car_text_set set = {};
    car_error e = {};
    corpora::Tokenizer tokenizer;
    corpora::Vocabulary vocabulary;
    Corpus corpus;
};

using Rows = std::vector<std::vector<std::string>>;

TEST_F(StreamsOf, WindowsGoOnWhereTheLastEnded)
{
    const car_streams_options options = {2, 4};
    Streams streams(car_streams_new(corpus.get(), &options));
    // "abc..defg" ".h.ijklm."
    const Rows expected = {{".|abc.", "g|.h.i"}, {".|.def", "i|jklm"}, {"f|g", "m|."}};
    EXPECT_EQ(epoch(streams.get()), expected);
    EXPECT_EQ(epoch(streams.get(), 1), (Rows{expected[1], expected[2]}));
    car_batch_source source = car_streams_source(streams.get());
    EXPECT_EQ(source.batches_per_epoch(source.self), 3);
    EXPECT_TRUE(source.start(source.self, 1, 3, &e));
    EXPECT_FALSE(source.start(source.self, 1, 4, &e));
    EXPECT_EQ(e.code, 65);
}

// 18 ids in 4 streams: 5, 5, 4, 4.
TEST_F(StreamsOf, StreamsThatDoNotComeOutEvenLeaveOneByOne)
{
    const car_streams_options options = {4, 4};
    Streams streams(car_streams_new(corpus.get(), &options));
    // "abc.." "defg." "h.ij" "klm."
    EXPECT_EQ(epoch(streams.get()), (Rows{{".|abc.", ".|defg", ".|h.ij", "j|klm."}, {".|.", "g|."}}));
}

TEST_F(StreamsOf, LineByLine)
{
    const car_streams_options options = {2, 0};
    Streams streams(car_streams_new(corpus.get(), &options));
    EXPECT_EQ(epoch(streams.get()), (Rows{{".|abc.", ".|h."}, {".|.", ".|ijklm."}, {".|defg."}}));
    car_batch_source source = car_streams_source(streams.get());
    car_batch batch;
    ASSERT_TRUE(source.start(source.self, 1, 2, &e));
    ASSERT_EQ(source.next(source.self, &batch, &e), 1);
    EXPECT_EQ(batch.line[0], 3);
}

TEST_F(StreamsOf, MoreStreamsThanText)
{
    const car_streams_options options = {1000, 7};
    Streams streams(car_streams_new(corpus.get(), &options));
    const Rows rows = epoch(streams.get());
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].size(), 18u);
}

} // namespace
