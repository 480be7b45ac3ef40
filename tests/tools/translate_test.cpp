/* What translate writes, and when: forms of output, forced and drawn translations, ensembles, pipes. */
#include <cmath>
#include <fcntl.h>
#include <functional>
#include <jansson.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Process;
using program::Program;
using program::Result;

namespace
{

struct JsonFree {
    void operator()(json_t *object) const { json_decref(object); }
};
using Json = std::unique_ptr<json_t, JsonFree>;

Json parse(const std::string &line)
{
    json_error_t error;
    Json object(json_loads(line.c_str(), 0, &error));
    EXPECT_NE(object, nullptr) << line << ": " << error.text;
    return object;
}

std::string text(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

double number(const json_t *object, const char *key) { return json_number_value(json_object_get(object, key)); }

std::vector<std::string> texts(const json_t *object, const char *key)
{
    std::vector<std::string> all;
    const json_t *list = json_object_get(object, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        all.push_back(json_string_value(json_array_get(list, i)));
    return all;
}

std::vector<double> numbers(const json_t *list)
{
    std::vector<double> all;
    for (size_t i = 0; i < json_array_size(list); i++)
        all.push_back(json_number_value(json_array_get(list, i)));
    return all;
}

/* What stands between " ||| ". */
std::vector<std::string> fields(const std::string &line)
{
    std::vector<std::string> all;
    size_t from = 0, to;
    while ((to = line.find(" ||| ", from)) != std::string::npos) {
        all.push_back(line.substr(from, to - from));
        from = to + 5;
    }
    all.push_back(line.substr(from));
    return all;
}

std::vector<double> numbers(const std::string &text, char between)
{
    std::vector<double> all;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, between);)
        all.push_back(std::stod(word));
    return all;
}

size_t words(const std::string &text)
{
    std::istringstream stream(text);
    return static_cast<size_t>(std::distance(std::istream_iterator<std::string>(stream), {}));
}

} // namespace

class Translate : public Program
{
  protected:
    void SetUp() override
    {
        Program::SetUp();
        train("m", {"--after", "250u", "--learn-rate", "0.02", "--dim-emb", "16", "--dim-rnn", "24", "--tokenizer",
                    "space", "--attention", "general"});
    }

    Result translate(const std::string &input, const Arguments &more = {})
    {
        Result r = run(program::join({"translate", "-q", "-m", folder.path("m")}, more), input);
        EXPECT_EQ(r.code, 0) << r.err;
        return r;
    }

    const std::string two = "The dog came home.\nThe queen was tired and ill.\n";
};

TEST_F(Translate, AlignmentsOfEveryForm)
{
    std::vector<std::string> plain = lines(translate(two).out), hard = lines(translate(two, {"--alignment"}).out),
                             soft = lines(translate(two, {"--alignment", "soft"}).out),
                             above = lines(translate(two, {"--alignment", "0.1"}).out);
    EXPECT_EQ(lines(translate(two, {"--alignment", "hard"}).out), hard);
    EXPECT_EQ(lines(translate(two, {"--alignment", "1"}).out), hard);
    const size_t n_source[] = {4, 6};
    for (size_t i = 0; i < 2; i++) {
        ASSERT_EQ(fields(soft[i]).size(), 2u) << soft[i];
        EXPECT_EQ(fields(soft[i])[0], plain[i]);
        EXPECT_EQ(fields(above[i])[0], plain[i]);
        std::string pairs, pairs_above;
        std::istringstream rows(fields(soft[i])[1]);
        size_t t = 0;
        for (std::string row; rows >> row; t++) {
            std::vector<double> weight = numbers(row, ',');
            ASSERT_EQ(weight.size(), n_source[i] + 1) << "the end counts: " << row;
            double sum = 0;
            for (double w : weight)
                sum += w;
            EXPECT_NEAR(sum, 1, 1e-4);
            size_t most = static_cast<size_t>(std::max_element(weight.begin(), weight.end()) - weight.begin());
            if (t == words(plain[i])) /* the end of the translation has a row, and no pairs */
                continue;
            if (most < n_source[i])
                pairs += " " + std::to_string(most) + "-" + std::to_string(t);
            for (size_t k = 0; k < n_source[i]; k++)
                if (weight[k] > 0.1)
                    pairs_above += " " + std::to_string(k) + "-" + std::to_string(t);
        }
        EXPECT_EQ(t, words(plain[i]) + 1);
        EXPECT_EQ(hard[i], plain[i] + " |||" + (pairs.empty() ? " " : pairs));
        EXPECT_EQ(above[i], plain[i] + " |||" + (pairs_above.empty() ? " " : pairs_above));
    }
    Result r = run({"translate", "-m", folder.path("m"), "--alignment=2"}, two);
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("--alignment: 2 is above the largest allowed, 1"), std::string::npos) << r.err;
}

TEST_F(Translate, WordScoresAddUp)
{
    Result r = translate(two, {"--n-best", "-b", "3", "--alignment", "--word-scores"});
    for (const std::string &line : lines(r.out)) {
        std::vector<std::string> field = fields(line);
        ASSERT_EQ(field.size(), 6u) << line; /* number, text, alignment, scores, features, total */
        ASSERT_EQ(field[3].substr(0, 13), "WordScores= -") << line;
        std::vector<double> scores = numbers(field[3].substr(12), ' ');
        EXPECT_EQ(scores.size(), words(field[1]) + 1) << line;
        double sum = 0;
        for (double score : scores)
            sum += score;
        ASSERT_EQ(field[4].substr(0, 4), "F0= ");
        EXPECT_NEAR(sum, std::stod(field[4].substr(4)), 1e-4) << line;
    }
    std::vector<std::string> alone = lines(translate(two, {"-b", "3", "--word-scores"}).out);
    EXPECT_EQ(fields(alone[0])[1], fields(lines(r.out)[0])[3]);
}

TEST_F(Translate, JsonSaysTheSameWithAllDigits)
{
    std::string input = "The dog \"came\" home.\n\n  \nThe queen was tired.\n";
    std::vector<std::string> plain = lines(translate(input).out);
    std::vector<std::string> objects = lines(translate(input, {"--output-format", "json", "--alignment", "soft"}).out);
    std::vector<std::string> pairs = lines(translate(input, {"--alignment"}).out);
    ASSERT_EQ(objects.size(), 4u);
    for (size_t i = 0; i < objects.size(); i++) {
        Json object = parse(objects[i]);
        EXPECT_EQ(number(object.get(), "id"), static_cast<double>(i));
        EXPECT_EQ(text(object.get(), "source"), lines(input)[i]);
        EXPECT_EQ(text(object.get(), "translation"), plain[i]);
        std::vector<std::string> tokens = texts(object.get(), "tokens");
        size_t n_source = texts(object.get(), "source_tokens").size();
        EXPECT_EQ(n_source, words(lines(input)[i]));
        EXPECT_TRUE(json_is_boolean(json_object_get(object.get(), "complete")));
        size_t outputs = plain[i].empty() ? 0 : tokens.size() + json_is_true(json_object_get(object.get(), "complete"));
        std::vector<double> each = numbers(json_object_get(object.get(), "token_log_probabilities"));
        EXPECT_EQ(each.size(), outputs);
        double sum = 0;
        for (double one : each)
            sum += one;
        EXPECT_NEAR(sum, number(object.get(), "log_probability"), 1e-12);
        if (!each.empty()) {
            EXPECT_NEAR(number(object.get(), "score"), sum / std::pow(static_cast<double>(outputs), 0.6), 1e-12);
        }
        const json_t *rows = json_object_get(object.get(), "attention"),
                     *hard = json_object_get(object.get(), "alignment");
        ASSERT_EQ(json_array_size(rows), outputs);
        for (size_t t = 0; t < outputs; t++)
            EXPECT_EQ(json_array_size(json_array_get(rows, t)), n_source + 1);
        std::string as_text;
        for (size_t k = 0; k < json_array_size(hard); k++) {
            std::vector<double> pair = numbers(json_array_get(hard, k));
            as_text += (k > 0 ? " " : "") + std::to_string(static_cast<int>(pair[0])) + "-" +
                       std::to_string(static_cast<int>(pair[1]));
        }
        EXPECT_EQ(pairs[i], plain[i] + " ||| " + as_text);
    }
    Json plainly = parse(lines(translate(input, {"--output-format", "json"}).out)[0]);
    EXPECT_EQ(json_object_get(plainly.get(), "alignment"), nullptr);
    EXPECT_EQ(json_object_get(plainly.get(), "attention"), nullptr);
}

TEST_F(Translate, JsonOfManyHypotheses)
{
    std::vector<std::string> moses = lines(translate(two, {"--n-best", "-b", "4"}).out);
    size_t k = 0;
    for (const std::string &line : lines(translate(two, {"--output-format", "json", "--n-best", "-b", "4"}).out)) {
        Json object = parse(line);
        EXPECT_EQ(json_object_get(object.get(), "translation"), nullptr);
        const json_t *list = json_object_get(object.get(), "hypotheses");
        for (size_t i = 0; i < json_array_size(list); i++, k++) {
            ASSERT_LT(k, moses.size());
            std::vector<std::string> field = fields(moses[k]);
            EXPECT_EQ(std::to_string(static_cast<int>(number(object.get(), "id"))), field[0]);
            EXPECT_EQ(text(json_array_get(list, i), "translation"), field[1]);
            EXPECT_NEAR(number(json_array_get(list, i), "score"), std::stod(field[3]), 1e-4);
        }
    }
    EXPECT_EQ(k, moses.size());
}
