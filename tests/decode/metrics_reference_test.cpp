// Scores against those of sacreBLEU 2.6.0, row by row of shared/metrics.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "decode/bleu.h"
#include "decode/chrf.h"
#include "decode/metrics_helpers.hpp"
#include "decode/ter.h"

namespace
{

const std::string folder = std::string(CAR_SHARED_DIR) + "/metrics/";

bool present(const std::string &path) { return std::ifstream(path).good(); }

Lines split(const std::string &text, char separator)
{
    Lines parts;
    std::string part;
    for (std::istringstream in(text); std::getline(in, part, separator);)
        parts.push_back(part);
    return parts;
}

Lines read_lines(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return split(all.str(), '\n');
}

// cases/NAME.
struct Case {
    explicit Case(const std::string &name) : hypotheses("hyp.txt", read_lines(folder + "cases/" + name + "/hyp.txt"))
    {
        Lines numbers = read_lines(folder + "cases/" + name + "/nrefs.txt");
        for (int r = 0; present(path(name, r)); r++) {
            std::vector<bool> absent;
            for (const std::string &number : numbers)
                absent.push_back(r >= std::stoi(number));
            references.emplace_back("ref", read_lines(path(name, r)), absent);
        }
        for (const MetricText &reference : references)
            views.push_back(reference.view());
        hypotheses_view = hypotheses.view();
    }
    static std::string path(const std::string &name, int r)
    {
        return folder + "cases/" + name + "/ref." + std::to_string(r) + ".txt";
    }
    int n() const { return static_cast<int>(views.size()); }
    MetricText hypotheses;
    std::vector<MetricText> references;
    car_metric_text hypotheses_view;
    std::vector<car_metric_text> views;
};

// The rows of a table by the name of their column.
std::vector<std::map<std::string, std::string>> read_table(const std::string &path)
{
    std::vector<std::map<std::string, std::string>> rows;
    Lines lines = read_lines(path), names = split(lines.at(0), '\t');
    for (size_t i = 1; i < lines.size(); i++) {
        Lines fields = split(lines[i], '\t');
        EXPECT_EQ(fields.size(), names.size()) << path << ", line " << i + 1;
        for (rows.emplace_back(); rows.back().size() < fields.size();)
            rows.back()[names[rows.back().size()]] = fields[rows.back().size()];
    }
    return rows;
}

void expect_equal(double ours, const std::string &theirs, const std::string &what)
{
    double expected = std::stod(theirs);
    EXPECT_LE(std::fabs(ours - expected), 1e-9 * std::fabs(expected)) << what << ": " << ours << " for " << theirs;
}

void check_tokens(car_bleu_tokenizer tokenizer, bool lowercase, const std::string &file)
{
    Lines input = read_lines(folder + "tokenizers/input.txt"), expected = read_lines(folder + "tokenizers/" + file);
    ASSERT_GT(input.size(), 100u);
    ASSERT_EQ(input.size(), expected.size());
    for (size_t i = 0; i < input.size(); i++)
        EXPECT_EQ(bleu_tokens(tokenizer, input[i], lowercase, " "), expected[i]) << file << ", line " << i + 1;
}

void check_ter_tokens(const car_ter_options &options, const std::string &file)
{
    Lines input = read_lines(folder + "tokenizers/input.txt"), expected = read_lines(folder + "tokenizers/" + file);
    ASSERT_GT(input.size(), 100u);
    ASSERT_EQ(input.size(), expected.size());
    for (size_t i = 0; i < input.size(); i++)
        EXPECT_EQ(ter_tokens(options, input[i], " "), expected[i]) << file << ", line " << i + 1;
}

} // namespace

#define NEEDS_REFERENCE_DATA()                                                                                         \
    if (!present(folder + "bleu.tsv"))                                                                                 \
    GTEST_SKIP() << "no reference data in " << folder

TEST(MetricsReference, TokensEqualSacrebleus)
{
    NEEDS_REFERENCE_DATA();
    check_tokens(CAR_BLEU_TOK_13A, false, "13a.txt");
    check_tokens(CAR_BLEU_TOK_13A, true, "13a-lc.txt");
    check_tokens(CAR_BLEU_TOK_INTL, false, "intl.txt");
    check_tokens(CAR_BLEU_TOK_CHAR, false, "char.txt");
    check_tokens(CAR_BLEU_TOK_ZH, false, "zh.txt");
    check_tokens(CAR_BLEU_TOK_NONE, false, "none.txt");
}

TEST(MetricsReference, BleuEqualsSacrebleus)
{
    NEEDS_REFERENCE_DATA();
    std::map<std::string, Case> cases;
    std::map<std::string, std::vector<car_bleu_score>> known; // corpus, then its lines
    auto rows = read_table(folder + "bleu.tsv");
    ASSERT_GT(rows.size(), 7000u);
    for (auto &row : rows) {
        car_error e;
        car_bleu_options options = car_bleu_defaults();
        ASSERT_TRUE(car_bleu_tokenizer_named(row["tok"].c_str(), &options.tokenizer, &e)) << e.message;
        ASSERT_TRUE(car_bleu_smoothing_named(row["smooth"].c_str(), &options.smoothing, &e)) << e.message;
        options.smooth_value = row["value"] == "-" ? -1 : std::stod(row["value"]);
        options.effective_order = row["eff"] == "yes";
        options.lowercase = row["lc"] == "yes";
        options.order = std::stoi(row["order"]);

        std::string what = row["case"] + " " + row["tok"] + " " + row["smooth"] + " " + row["value"] + " " +
                           row["eff"] + " " + row["lc"] + " " + row["order"];
        const Case &data = cases.try_emplace(row["case"], row["case"]).first->second;
        std::vector<car_bleu_score> &scores = known[what];
        if (scores.empty()) {
            scores.resize(static_cast<size_t>(data.hypotheses_view.n) + 1);
            ASSERT_TRUE(car_bleu_corpus(&options, &data.hypotheses_view, data.views.data(), data.n(), &scores[0], &e))
                << e.message;
            ASSERT_TRUE(car_bleu_lines(&options, &data.hypotheses_view, data.views.data(), data.n(), &scores[1], &e))
                << e.message;
        }
        const car_bleu_score &score = scores.at(std::stoul(row["line"]));
        what += " line " + row["line"];
        expect_equal(score.score, row["score"], what);
        expect_equal(score.brevity_penalty, row["bp"], what + " brevity");
        expect_equal(static_cast<double>(score.hypothesis_length), row["sys_len"], what + " length");
        expect_equal(static_cast<double>(score.reference_length), row["ref_len"], what + " reference");
        Lines counts = split(row["counts"], ' '), totals = split(row["totals"], ' '),
              precisions = split(row["precisions"], ' ');
        ASSERT_EQ(counts.size(), static_cast<size_t>(score.order));
        for (size_t n = 0; n < counts.size(); n++) {
            expect_equal(score.matches[n], counts[n], what + " matches");
            expect_equal(score.totals[n], totals[n], what + " totals");
            expect_equal(score.precisions[n], precisions[n], what + " precisions");
        }
        car_string text{};
        car_bleu_text(&options, &score, "2.6.0", 2, &text);
        EXPECT_EQ(text.at, "BLEU|" + row["signature"] + row["printed"].substr(std::string("BLEU").size())) << what;
        car_string_clear(&text);
    }
}

TEST(MetricsReference, ChrfEqualsSacrebleus)
{
    NEEDS_REFERENCE_DATA();
    std::map<std::string, Case> cases;
    std::map<std::string, std::vector<car_chrf_score>> known; // corpus, then its lines
    auto rows = read_table(folder + "chrf.tsv");
    ASSERT_GT(rows.size(), 2000u);
    for (auto &row : rows) {
        car_error e;
        car_chrf_options options = car_chrf_defaults();
        options.char_order = std::stoi(row["char_order"]);
        options.word_order = std::stoi(row["word_order"]);
        options.beta = std::stoi(row["beta"]);
        options.lowercase = row["lc"] == "yes";
        options.whitespace = row["whitespace"] == "yes";
        options.effective_order = row["eps"] == "no";

        std::string what = row["case"] + " " + row["char_order"] + " " + row["word_order"] + " " + row["beta"] + " " +
                           row["lc"] + " " + row["whitespace"] + " " + row["eps"];
        const Case &data = cases.try_emplace(row["case"], row["case"]).first->second;
        std::vector<car_chrf_score> &scores = known[what];
        if (scores.empty()) {
            scores.resize(static_cast<size_t>(data.hypotheses_view.n) + 1);
            ASSERT_TRUE(car_chrf_corpus(&options, &data.hypotheses_view, data.views.data(), data.n(), &scores[0], &e))
                << e.message;
            ASSERT_TRUE(car_chrf_lines(&options, &data.hypotheses_view, data.views.data(), data.n(), &scores[1], &e))
                << e.message;
        }
        const car_chrf_score &score = scores.at(std::stoul(row["line"]));
        what += " line " + row["line"];
        expect_equal(score.score, row["score"], what);
        car_string text{};
        car_chrf_text(&options, &score, "2.6.0", 2, &text);
        size_t name = row["printed"].find(' ');
        EXPECT_EQ(text.at, row["printed"].substr(0, name) + "|" + row["signature"] + row["printed"].substr(name))
            << what;
        car_string_clear(&text);
    }
}

TEST(MetricsReference, TerTokensEqualSacrebleus)
{
    NEEDS_REFERENCE_DATA();
    check_ter_tokens({false, false, false, false}, "ter.txt");
    check_ter_tokens({false, false, false, true}, "ter-cased.txt");
    check_ter_tokens({true, false, false, false}, "ter-norm.txt");
    check_ter_tokens({true, false, true, false}, "ter-norm-asian.txt");
    check_ter_tokens({true, true, false, false}, "ter-norm-nopunct.txt");
    check_ter_tokens({true, true, true, true}, "ter-norm-nopunct-asian-cased.txt");
    check_ter_tokens({false, true, false, false}, "ter-nopunct.txt");
    check_ter_tokens({false, true, true, false}, "ter-nopunct-asian.txt");
}

TEST(MetricsReference, TerEqualsSacrebleus)
{
    NEEDS_REFERENCE_DATA();
    std::map<std::string, Case> cases;
    std::map<std::string, std::vector<double>> known; // rows of lines
    auto table = read_table(folder + "ter.tsv");
    ASSERT_GT(table.size(), 1800u);
    for (auto &row : table) {
        car_error e;
        car_ter_options options = {row["normalized"] == "yes", row["no_punct"] == "yes", row["asian"] == "yes",
                                   row["case_sensitive"] == "yes"};
        std::string what = row["case"] + " " + row["normalized"] + " " + row["no_punct"] + " " + row["asian"] + " " +
                           row["case_sensitive"];
        const Case &data = cases.try_emplace(row["case"], row["case"]).first->second;
        std::vector<double> &rows = known[what];
        size_t n = static_cast<size_t>(data.hypotheses_view.n), line = std::stoul(row["line"]);
        if (rows.empty()) {
            rows.resize(n * CAR_TER_WIDTH);
            ASSERT_TRUE(car_ter_rows(&options, &data.hypotheses_view, data.views.data(), data.n(), rows.data(), &e))
                << e.message;
        }
        double sums[CAR_TER_WIDTH] = {};
        for (size_t i = line == 0 ? 0 : line - 1; i < (line == 0 ? n : line); i++)
            for (size_t k = 0; k < CAR_TER_WIDTH; k++)
                sums[k] += rows[i * CAR_TER_WIDTH + k];
        what += " line " + row["line"];
        expect_equal(car_ter_of_sums(sums), row["score"], what);
        expect_equal(sums[CAR_TER_EDITS], row["edits"], what + " edits");
        expect_equal(sums[CAR_TER_LENGTH], row["ref_length"], what + " length");
        bool varies = row["signature"].compare(0, 9, "nrefs:var") == 0;
        int n_references = varies ? 0 : std::stoi(row["signature"].substr(6));
        car_string text{};
        car_ter_signature(&options, n_references, "2.6.0", &text);
        EXPECT_EQ(text.at, row["signature"]) << what;
        car_string_clear(&text);
    }
}
