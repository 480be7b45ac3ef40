/* reference.hpp - reads the text files that cells.py and seq2seq.py wrote. */
#ifndef CAROUSEL_TESTS_REFERENCE_HPP
#define CAROUSEL_TESTS_REFERENCE_HPP

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace golden
{

struct Table {
    int rows = 0, columns = 0;
    std::vector<double> numbers;
    double at(int row, int column) const { return numbers.at(static_cast<size_t>(row * columns + column)); }
};

/* What stands between two `case` lines, or in the whole file. */
struct Reference {
    std::map<std::string, Table> value, expect;
    std::map<std::string, std::vector<std::vector<std::string>>> lines; /* all others, by their first word */
};

inline std::vector<Reference> read_references(const std::string &name)
{
    std::ifstream file(CAR_SOURCE_DIR "/tests/golden/" + name);
    if (!file)
        throw std::runtime_error("cannot read tests/golden/" + name);
    std::vector<Reference> references(1);
    for (std::string line, word; std::getline(file, line);) {
        std::istringstream words(line);
        words >> word;
        if (word == "#")
            continue;
        if (word == "case" && !references.back().lines.empty())
            references.emplace_back();
        if (word == "value" || word == "expect") {
            std::string tensor;
            Table table;
            words >> tensor >> table.rows >> table.columns;
            table.numbers.resize(static_cast<size_t>(table.rows * table.columns));
            for (double &number : table.numbers)
                file >> number;
            if (!std::getline(file, line))
                throw std::runtime_error("tests/golden/" + name + " ends within " + tensor);
            (word == "value" ? references.back().value : references.back().expect)[tensor] = table;
        } else {
            std::vector<std::string> rest;
            for (std::string next; words >> next;)
                rest.push_back(next);
            references.back().lines[word].push_back(rest);
        }
    }
    return references;
}

} // namespace golden
#endif
