/* tokenizing.hpp - tokenizers in words short enough for tests. */
#ifndef CAROUSEL_TESTS_TOKENIZERS_TOKENIZING_HPP
#define CAROUSEL_TESTS_TOKENIZERS_TOKENIZING_HPP

#include <sstream>
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
    explicit Tokenizer(const char *name, car_normalization form = CAR_NORMALIZE_NFC, const char *codes = nullptr,
                       car_letter_case letter_case = CAR_CASE_KEEP)
    {
        car_tokenizer_options options = {};
        options.normalization = form;
        options.codes = codes;
        options.letter_case = letter_case;
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

inline void append_utf8(std::string &text, char32_t c)
{
    auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6), put(0x80 | (c & 63));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    } else {
        put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    }
}

/* The characters of "0041 00E9". */
inline std::string utf8(const std::string &hex)
{
    std::istringstream words(hex);
    std::string text;
    for (std::string word; words >> word;)
        append_utf8(text, static_cast<char32_t>(std::stoul(word, nullptr, 16)));
    return text;
}

/* What ICU makes of the reference lines. */
class UnicodeLines : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        const std::string folder = std::string(CAR_SHARED_DIR) + "/corpora/unicode/";
        lines = lines_of(folder + "valid.txt");
        expected = lines_of(folder + "expected.tsv");
        if (lines.empty() || expected.empty())
            GTEST_SKIP() << folder << " is not there";
    }
    /* Calls check(line, value) for each expectation of the operation, and returns how many. */
    template <class Check> int each(const std::string &operation, Check check)
    {
        int n = 0;
        for (const std::string &row : expected) {
            size_t first = row.find('\t'), second = row.find('\t', first + 1);
            if (row.substr(first + 1, second - first - 1) != operation)
                continue;
            check(lines.at(std::stoul(row.substr(0, first)) - 1), row.substr(second + 1));
            n++;
        }
        return n;
    }
    Strings lines, expected;
};
} // namespace tokenizing
#endif
