// What the tests of metrics share: texts in memory as the metrics take them, and
// tokens as text.
#ifndef CAROUSEL_TESTS_DECODE_METRICS_HELPERS_HPP
#define CAROUSEL_TESTS_DECODE_METRICS_HELPERS_HPP

#include <string>
#include <utility>
#include <vector>

#include "decode/bleu_tokens.h"
#include "decode/metrics.h"
#include "decode/metrics_symbols.h"
#include "decode/ter_tokens.h"

// A hypothesis or reference file; absent lines are those of which `absent` is true.
class MetricText
{
  public:
    MetricText(std::string name, std::vector<std::string> lines, std::vector<bool> absent = {})
        : name_(std::move(name)), lines_(std::move(lines))
    {
        for (size_t i = 0; i < lines_.size(); i++)
            pointers_.push_back(i < absent.size() && absent[i] ? nullptr : lines_[i].c_str());
    }
    MetricText(MetricText &&) = default;
    MetricText(const MetricText &) = delete;
    car_metric_text view() const { return {pointers_.data(), static_cast<ptrdiff_t>(pointers_.size()), name_.c_str()}; }

  private:
    std::string name_;
    std::vector<std::string> lines_;
    std::vector<const char *> pointers_;
};

using Lines = std::vector<std::string>;

// Hypotheses with their references, by reference then line.
struct Views {
    Views(const Lines &hypotheses, const std::vector<Lines> &references) : h("hyp", hypotheses)
    {
        hypotheses_view = h.view();
        r.reserve(references.size());
        for (size_t i = 0; i < references.size(); i++) {
            r.emplace_back("ref" + std::to_string(i), references[i]);
            views.push_back(r.back().view());
        }
    }
    int n() const { return static_cast<int>(views.size()); }
    MetricText h;
    std::vector<MetricText> r;
    car_metric_text hypotheses_view;
    std::vector<car_metric_text> views;
};

inline std::string utf8(int32_t c)
{
    std::string bytes;
    auto add = [&](int32_t byte) { bytes += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xC0 | c >> 6);
        add(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        add(0xE0 | c >> 12);
        add(0x80 | (c >> 6 & 0x3F));
        add(0x80 | (c & 0x3F));
    } else {
        add(0xF0 | c >> 18);
        add(0x80 | (c >> 12 & 0x3F));
        add(0x80 | (c >> 6 & 0x3F));
        add(0x80 | (c & 0x3F));
    }
    return bytes;
}

// What white space parts, with `separator` between.
inline std::string separated(const car_symbols &text, const std::string &separator)
{
    std::string tokens;
    bool gap = false;
    for (ptrdiff_t i = 0; i < text.length; i++) {
        if (car_symbol_is_space(text.at[i])) {
            gap = !tokens.empty();
        } else {
            tokens += (gap ? separator : "") + utf8(text.at[i]);
            gap = false;
        }
    }
    return tokens;
}

inline std::string bleu_tokens(car_bleu_tokenizer tokenizer, const std::string &line, bool lowercase,
                               const std::string &separator)
{
    car_symbols text{}, spare{};
    car_symbols_load(&text, line.c_str(), lowercase);
    car_bleu_tokenize(tokenizer, &text, &spare);
    std::string tokens = separated(text, separator);
    car_symbols_clear(&text);
    car_symbols_clear(&spare);
    return tokens;
}

inline std::string ter_tokens(const car_ter_options &options, const std::string &line, const std::string &separator)
{
    car_symbols text{}, spare{};
    car_ter_tokenize(&options, line.c_str(), &text, &spare);
    std::string tokens = separated(text, separator);
    car_symbols_clear(&text);
    car_symbols_clear(&spare);
    return tokens;
}

#endif
