/* tokenizing.hpp - tokenizers in words short enough for tests. */
#ifndef CAROUSEL_TESTS_TOKENIZERS_TOKENIZING_HPP
#define CAROUSEL_TESTS_TOKENIZERS_TOKENIZING_HPP

#include <stdexcept>
#include <string>
#include <vector>

#include "support/handles.hpp"
#include "tokenizers/tokenizer.h"

namespace tokenizing
{

using Strings = std::vector<std::string>;

struct Pieces : car_pieces {
    Pieces() : car_pieces{} {}
    explicit Pieces(const Strings &pieces) : Pieces()
    {
        for (const std::string &piece : pieces)
            car_pieces_add(this, piece.data(), static_cast<ptrdiff_t>(piece.size()));
    }
    Pieces(const Pieces &) = delete;
    Pieces &operator=(const Pieces &) = delete;
    ~Pieces() { car_pieces_clear(this); }
    Strings strings() const
    {
        Strings all;
        for (ptrdiff_t i = 0; i < count; i++)
            all.emplace_back(car_pieces_view(this, i), static_cast<size_t>(car_pieces_length(this, i)));
        return all;
    }
};

class Tokenizer
{
  public:
    explicit Tokenizer(const char *name, car_normalization form = CAR_NORMALIZE_NFC, const char *codes = nullptr)
    {
        car_tokenizer_options options = {};
        options.normalization = form;
        options.codes = codes;
        car_error e = {};
        handle_.reset(car_tokenizer_new(name, &options, &e));
        if (!handle_)
            throw std::runtime_error(e.message);
    }
    car_tokenizer *get() const { return handle_.get(); }

    Strings apply(const std::string &line)
    {
        car_error e = {};
        if (!car_tokenizer_apply(get(), line.data(), static_cast<ptrdiff_t>(line.size()), &pieces_, &e))
            throw std::runtime_error(e.message);
        return pieces_.strings();
    }
    std::string join(const Strings &pieces)
    {
        Pieces list(pieces);
        car_tokenizer_join(get(), &list, &text_);
        return text_.text();
    }
    std::string normalize(const std::string &line)
    {
        car_error e = {};
        if (!car_tokenizer_normalize(get(), line.data(), static_cast<ptrdiff_t>(line.size()), &text_, &e))
            throw std::runtime_error(e.message);
        return text_.text();
    }

    /* Empty if the line comes back and its pieces are fit to be written with
     * spaces between them; else what is wrong. */
    std::string fault(const std::string &line)
    {
        std::string normal = normalize(line);
        Strings pieces = apply(line);
        for (const std::string &piece : pieces) {
            if (piece.empty() || piece.find_first_of(std::string(" \n\0", 3)) != std::string::npos ||
                car_utf8_check(piece.data(), static_cast<ptrdiff_t>(piece.size())) >= 0)
                return "unfit piece '" + piece + "' of '" + line + "'";
        }
        std::string back = join(pieces);
        return back == normal ? "" : "'" + normal + "' came back as '" + back + "'";
    }

  private:
    support::Handle<car_tokenizer, car_tokenizer_free> handle_;
    Pieces pieces_;
    support::String text_;
};

/* The lines of a file; none if it is not there. */
inline Strings lines_of(const std::string &path)
{
    Strings all;
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);)
        all.push_back(line);
    return all;
}

} // namespace tokenizing
#endif
