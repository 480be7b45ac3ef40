/* between.hpp - what stands between two texts, wherever they stand around something. */
#ifndef CAROUSEL_TESTS_BETWEEN_HPP
#define CAROUSEL_TESTS_BETWEEN_HPP

#include <string>
#include <vector>

namespace support
{

/* Of each place of `before` the text from there to the next `after`. */
inline std::vector<std::string> between(const std::string &text, const std::string &before, const std::string &after)
{
    std::vector<std::string> all;
    for (size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
        at += before.size();
        all.push_back(text.substr(at, text.find(after, at) - at));
    }
    return all;
}

} // namespace support
#endif
