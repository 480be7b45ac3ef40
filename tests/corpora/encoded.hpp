/* encoded.hpp - bitexts as ids, for the tests of corpus.h and batches.h. */
#ifndef CAROUSEL_TESTS_CORPORA_ENCODED_HPP
#define CAROUSEL_TESTS_CORPORA_ENCODED_HPP

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "corpora/corpus.h"
#include "support/handles.hpp"

namespace corpora
{

using Bitext = support::Handle<car_bitext, car_bitext_close>;
using Tokenizer = support::Handle<car_tokenizer, car_tokenizer_free>;
using Vocabulary = support::Handle<car_vocabulary, car_vocabulary_free>;
using Builder = support::Handle<car_vocabulary_builder, car_vocabulary_builder_free>;
using Corpus = support::Handle<car_corpus, car_corpus_free>;

/* Two files with the tokenizer of that name, with merges if there are codes, and vocabularies
 * of all their pieces; with dropout, of those that it makes too. */
struct Encoded {
    Encoded(const std::string &source, const std::string &target, const char *tokenizer_name,
            const char *codes = nullptr, car_bpe_dropout wanted = {})
        : paths{source, target}, dropout(wanted)
    {
        car_tokenizer_options options = {};
        options.codes = codes;
        car_tokenizer *borrowed[CAR_SIDES];
        car_vocabulary_builder *filled[CAR_SIDES];
        for (int side = 0; side < CAR_SIDES; side++) {
            tokenizer[side].reset(car_tokenizer_new(tokenizer_name, &options, &e));
            EXPECT_TRUE(tokenizer[side]) << e.message;
            borrowed[side] = tokenizer[side].get();
            builder[side].reset(car_vocabulary_builder_new());
            filled[side] = builder[side].get();
        }
        Bitext bitext = open();
        counted = car_bitext_count_pieces(bitext.get(), borrowed, &dropout, filled, &e);
        for (int side = 0; side < CAR_SIDES; side++) {
            vocabulary[side].reset(car_vocabulary_builder_finish(filled[side], borrowed[side], 0, 1));
            car_vocabulary_limit(vocabulary[side].get(), borrowed[side]);
        }
    }

    Bitext open()
    {
        sets = {{{paths[CAR_SOURCE].c_str(), paths[CAR_TARGET].c_str()}, {0, 0}}};
        for (const std::string &path : more)
            sets.push_back({{path.c_str(), nullptr}, {1, 2}});
        Bitext bitext(car_bitext_open(sets.data(), static_cast<int>(sets.size()), &reading, &e));
        EXPECT_TRUE(bitext) << e.message;
        return bitext;
    }

    Corpus load(const car_corpus_options &options)
    {
        Bitext bitext = open();
        car_coding encoder = {{tokenizer[CAR_SOURCE].get(), tokenizer[CAR_TARGET].get()},
                              {vocabulary[CAR_SOURCE].get(), vocabulary[CAR_TARGET].get()},
                              nullptr};
        return Corpus(car_corpus_load(bitext.get(), &encoder, &options, &e));
    }

    std::string paths[CAR_SIDES];
    std::vector<std::string> more; /* further sets, with tabs */
    std::vector<car_text_set> sets;
    car_reading reading = {};
    car_bpe_dropout dropout;
    Tokenizer tokenizer[CAR_SIDES];
    Builder builder[CAR_SIDES];
    Vocabulary vocabulary[CAR_SIDES];
    bool counted = false;
    car_error e = {};
};

} // namespace corpora
#endif
