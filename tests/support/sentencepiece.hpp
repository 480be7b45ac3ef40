/* sentencepiece.hpp - models of SentencePiece to test with. */
#ifndef CAROUSEL_TESTS_SENTENCEPIECE_HPP
#define CAROUSEL_TESTS_SENTENCEPIECE_HPP

#include <stdexcept>
#include <string>
#include <vector>

#ifdef CAR_HAS_SENTENCEPIECE
#include <sentencepiece_trainer.h>
#endif

namespace support
{

/* The bytes of a small model of these lines; "" where the library is not there. */
inline std::string sentencepiece_model(const std::vector<std::string> &lines, const std::string &more)
{
    std::string model;
#ifdef CAR_HAS_SENTENCEPIECE
    class Lines : public sentencepiece::SentenceIterator
    {
      public:
        explicit Lines(const std::vector<std::string> &all) : all_(all) {}
        bool done() const override { return at_ == all_.size(); }
        void Next() override { at_++; }
        const std::string &value() const override { return all_[at_]; }
        sentencepiece::util::Status status() const override { return sentencepiece::util::Status(); }

      private:
        const std::vector<std::string> &all_;
        size_t at_ = 0;
    } iterator(lines);
    sentencepiece::util::Status status = sentencepiece::SentencePieceTrainer::Train(
        "--minloglevel=2 --num_threads=1 --hard_vocab_limit=false " + more, &iterator, &model);
    if (!status.ok())
        throw std::runtime_error(status.ToString());
#else
    (void)lines;
    (void)more;
#endif
    return model;
}

} // namespace support
#endif
