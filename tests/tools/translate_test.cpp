/* What translate writes, and when: forms of output, forced and drawn translations, ensembles, pipes. */
#include <cmath>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <set>
#include <unistd.h>

#include "tools/program.hpp"

using program::Arguments;
using program::Json;
using program::lines;
using program::parse;
using program::Pipe;
using program::Process;
using program::Program;
using program::Result;
using program::sanitized;

namespace
{

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

bool begins(const std::string &text, const std::string &with) { return text.rfind(with, 0) == 0; }

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
        train("m", {"--after", "120u", "--learn-rate", "0.03", "--dim-emb", "16", "--dim-rnn", "16", "--tokenizer",
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

TEST_F(Translate, BeginsWithAPrefix)
{
    std::string plain = lines(translate(two).out)[0], beginning = plain.substr(0, plain.find(' '));
    Result r = translate("The dog came home.\t" + beginning +
                             "\nThe dog came home.\tMůj klíč!\n\tStarý\n\nThe dog came home.\n",
                         {"--force-decode"});
    std::vector<std::string> out = lines(r.out);
    ASSERT_EQ(out.size(), 5u);
    EXPECT_EQ(out[0], plain) << "the likeliest beginning";
    EXPECT_TRUE(begins(out[1], "Můj klíč! ")) << "a word that the model does not know stays what it is";
    EXPECT_TRUE(begins(out[2], "Starý"));
    EXPECT_EQ(out[3], "");
    EXPECT_EQ(out[4], plain);
    for (const Arguments &more :
         {Arguments{"--n-best", "-b", "3"}, Arguments{"--n-best", "-b", "3", "--output-sampling", "full"}})
        for (const std::string &line :
             lines(translate("The dog came home.\tMůj klíč\n", program::join({"--force-decode"}, more)).out))
            EXPECT_TRUE(begins(fields(line)[1], "Můj klíč ")) << line;
    EXPECT_TRUE(begins(translate("The dog\tcame home.\n", {"--output-format", "json"}).out,
                       R"({"id":0,"source":"The dog\tcame home.",)"))
        << "else a tab is a tab";
}

TEST_F(Translate, DrawsTheSameAgain)
{
    std::string many;
    for (int i = 0; i < 40; i++)
        many += "The dog came home.\n";
    const Arguments full = {"--output-sampling", "full", "--temperature", "1.5"};
    std::string drawn = translate(many, full).out;
    std::vector<std::string> out = lines(drawn);
    EXPECT_GT(std::set<std::string>(out.begin(), out.end()).size(), 10u) << "equal lines are drawn for anew";
    EXPECT_EQ(translate(many, program::join(full, {"--mini-batch", "3", "--cpu-threads", "3"})).out, drawn);
    EXPECT_EQ(translate(many, program::join(full, {"--line-buffered"})).out, drawn);
    EXPECT_NE(translate(many, program::join(full, {"--seed", "2"})).out, drawn);
    EXPECT_EQ(lines(translate(two, program::join(full, {"--n-best", "-b", "5"})).out).size(), 10u);

    Arguments greedy = {"--output-sampling", "topk", "1"};
    EXPECT_EQ(translate(two, greedy).out, translate(two, {"-b", "1"}).out);
    EXPECT_EQ(translate(two, {"--output-sampling", "topk", "5", "topp", "0.0001"}).out,
              translate(two, {"-b", "1"}).out);
    for (const Arguments &wrong :
         {Arguments{"--output-sampling", "topk"}, Arguments{"--output-sampling", "topk", "0"},
          Arguments{"--output-sampling", "topp", "1.5"}, Arguments{"--output-sampling", "topp", "0x.8"},
          Arguments{"--output-sampling", "some"}, Arguments{"--temperature", "2"}})
        EXPECT_EQ(run(program::join({"translate", "-m", folder.path("m")}, wrong), two).code, 2) << wrong[0];
}

TEST_F(Translate, OptionsComeFromFilesToo)
{
    const Arguments said = {
        "--output-sampling", "topk", "3",        "topp", "0.9", "--temperature", "1.5", "--seed", "9",
        "--alignment",       "0.25", "--n-best", "-b",   "2"};
    for (const Arguments &more : {said, Arguments{}, Arguments{"--output-sampling", "full"}}) {
        std::string config =
            folder.write("translate.yml", run(program::join({"translate", "--dump-config"}, more)).out);
        EXPECT_EQ(translate(two, {"--config", config}).out, translate(two, more).out) << folder.read("translate.yml");
    }
}

TEST_F(Translate, RulesHold)
{
    auto tokens = [](const std::string &line) {
        std::istringstream stream(line);
        return std::vector<std::string>(std::istream_iterator<std::string>(stream), {});
    };
    for (const std::string &line : lines(translate(two, {"--min-length", "25", "--max-length-factor", "10"}).out))
        EXPECT_GE(tokens(line).size(), 25u) << line;
    for (const std::string &line :
         lines(translate(two, {"--min-length", "25", "--max-length-factor", "10", "--no-repeat-ngram", "1"}).out)) {
        std::vector<std::string> all = tokens(line);
        EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size()) << line;
    }
    std::string plain = translate(two, {"--n-best"}).out,
                covered = translate(two, {"--n-best", "--coverage-penalty", "0.5"}).out;
    EXPECT_NE(plain, covered);
    for (const std::string &line : lines(covered)) {
        std::vector<std::string> field = fields(line);
        EXPECT_LE(std::stod(field[3]),
                  std::stod(field[2].substr(4)) / std::pow(static_cast<double>(words(field[1]) + 1), 0.6) + 1e-4)
            << line;
    }
}

TEST_F(Translate, UnknownWordsAreReplacedByWhatWasLookedAt)
{
    train("u", {"--after", "100u", "--learn-rate", "0.02", "--tokenizer", "space", "--min-count", "40", "--attention",
                "general"});
    std::string source = program::read(corpus("test.en"));
    auto run_u = [&](const Arguments &more) {
        Result r = run(program::join({"translate", "-q", "-m", folder.path("u"), "-b", "2"}, more), source);
        EXPECT_EQ(r.code, 0) << r.err;
        return lines(r.out);
    };
    std::vector<std::string> never = run_u({}),
                             allowed = run_u({"--allow-unk", "--output-format", "json", "--alignment", "soft"}),
                             replaced = run_u({"--replace-unk"});
    int unknown = 0;
    for (size_t i = 0; i < replaced.size(); i++) {
        EXPECT_EQ(never[i].find("<unk>"), std::string::npos);
        EXPECT_EQ(replaced[i].find("<unk>"), std::string::npos);
        Json object = parse(allowed[i]);
        std::vector<std::string> tokens = texts(object.get(), "tokens"), from = texts(object.get(), "source_tokens");
        std::string expected;
        for (size_t t = 0; t < tokens.size(); t++) {
            std::vector<double> weight = numbers(json_array_get(json_object_get(object.get(), "attention"), t));
            weight.pop_back(); // the end is no word to copy
            bool is_unknown = tokens[t] == "<unk>";
            unknown += is_unknown;
            expected +=
                (t > 0 ? " " : "") +
                (is_unknown ? from[static_cast<size_t>(std::max_element(weight.begin(), weight.end()) - weight.begin())]
                            : tokens[t]);
        }
        EXPECT_EQ(replaced[i], expected);
    }
    EXPECT_GT(unknown, 5);
}

TEST_F(Translate, WhatNeedsAttentionSaysSo)
{
    train("n", {"--after", "1u", "--attention", "none"});
    for (const Arguments &more :
         {Arguments{"--alignment"}, Arguments{"--replace-unk"}, Arguments{"--coverage-penalty", "1"}}) {
        Result r = run(program::join({"translate", "-m", folder.path("n")}, more), two);
        EXPECT_EQ(r.code, 78);
        EXPECT_NE(r.err.find("need attention"), std::string::npos) << r.err;
    }
}

TEST_F(Translate, AnEnsembleIsTheMeanOfItsModels)
{
    const std::string m = folder.path("m"), other = folder.path("o");
    train("o", {"--after", "120u", "--learn-rate", "0.02", "--dim-emb", "12", "--dim-rnn", "20", "--tokenizer", "space",
                "--enc-cell", "lstm", "--dec-cell", "rnn", "--attention", "none", "--seed", "7"});
    Result r = run({"translate", "-q", "--models", m, other, "--n-best", "-b", "3"}, two);
    ASSERT_EQ(r.code, 0) << r.err;
    std::vector<std::string> best = fields(lines(r.out)[0]);
    auto score = [&](const Arguments &models) {
        Result scored =
            run(program::join(program::join({"score"}, models), {"-q", "-t", folder.write("s", "The dog came home.\n"),
                                                                 folder.write("t", best[1] + "\n")}));
        EXPECT_EQ(scored.code, 0) << scored.err;
        return std::stod(scored.out);
    };
    double of_m = score({"-m", m}), of_o = score({"-m", other});
    EXPECT_NEAR(std::stod(best[2].substr(4)), (of_m + of_o) / 2, 1e-3);
    EXPECT_NEAR(score({"-m", m, other}), (of_m + of_o) / 2, 1e-5);
    EXPECT_NEAR(score({"-m", m, other, "--weights", "2", "0.5"}), 2 * of_m + 0.5 * of_o, 1e-5);
    EXPECT_EQ(run({"translate", "-q", "--models", m, other, "--weights", "1000", "0.000001"}, two).out,
              translate(two).out);

    train("v", {"--after", "1u", "--tokenizer", "space", "--min-count", "2"});
    r = run({"translate", "--models", m, folder.path("v")}, two);
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find(m + " and " + folder.path("v") + " have different source vocabularies"), std::string::npos)
        << r.err;
    EXPECT_EQ(run({"score", "--models", m, folder.path("v"), "-t", corpus("test.en"), corpus("test.cs")}).code, 78);
    EXPECT_EQ(run({"translate", "--models", m, other, "--weights", "1"}, two).code, 2);
}

TEST_F(Translate, EvaluateKnowsEnsembles)
{
    const std::string m = folder.path("m"), other = folder.path("o");
    train("o", {"--after", "120u", "--learn-rate", "0.02", "--dim-emb", "12", "--dim-rnn", "20", "--tokenizer", "space",
                "--enc-cell", "lstm", "--dec-cell", "rnn", "--attention", "none", "--seed", "7"});
    const Arguments models = {"--models", m, other}, sets = {"-t", corpus("test.en"), corpus("test.cs")};
    auto evaluate = [&](const Arguments &more) {
        return run(program::join(program::join({"evaluate", "-q", "--metrics", "chrf", "bleu"}, more), sets));
    };
    auto scores = [](const Result &result, const std::string &system) {
        for (const std::string &line : lines(result.out))
            if (line.size() > system.size() && line.substr(line.size() - system.size()) == system)
                return line.substr(0, 20);
        return "no " + system + " in\n" + result.out;
    };
    for (const Arguments &weights : {Arguments{}, {"--weights", "0.2", "0.9"}}) {
        Result r = evaluate(program::join(models, program::join({"--ensemble"}, weights)));
        ASSERT_EQ(r.code, 0) << r.err;
        Result text = run(program::join(program::join({"translate", "-q", "-i", corpus("test.en")}, models), weights));
        std::string file = folder.write("together", text.out);
        Result of_text = run({"evaluate", "-q", "--metrics", "chrf", "bleu", "--hypothesis", file, file, "--reference",
                              corpus("test.cs")});
        EXPECT_EQ(scores(r, " all models together"), scores(of_text, file));
        EXPECT_EQ(scores(r, m), scores(evaluate(models), m)) << "the models each for itself are there too";
        EXPECT_NE(scores(r, " all models together"), scores(r, other));
    }
    Result r = evaluate({"--models", m, "--ensemble"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("--ensemble is of several --models"), std::string::npos) << r.err;
    EXPECT_EQ(evaluate(program::join(models, {"--weights", "1", "2"})).code, 2);
    EXPECT_EQ(evaluate(program::join(models, {"--ensemble", "--weights", "1"})).code, 2);
    Result compared = evaluate(program::join(models, {"--ensemble", "--paired", "bootstrap"}));
    EXPECT_EQ(compared.code, 0) << compared.err;
    EXPECT_NE(compared.out.find("all models together"), std::string::npos) << compared.out;
}

TEST_F(Translate, WhatIsOfOtherTasksHasNoMeaning)
{
    const std::string m = folder.path("m"), source = corpus("test.en"), target = corpus("test.cs");
    for (const Arguments &meaningless :
         std::vector<Arguments>{{"--source", source}, {"--reference", target}, {"--missing", "skip"}}) {
        Result r = run(program::join({"evaluate", "-m", m, "-t", source, target}, meaningless));
        EXPECT_EQ(r.code, 2) << meaningless[0];
        EXPECT_NE(r.err.find(meaningless[0] + " has no meaning when models that translate are evaluated"),
                  std::string::npos)
            << r.err;
    }
}

/* ---- as it comes ----------------------------------------------------------------------- */

TEST_F(Translate, WithAShortlistOnlyWhatIsOnItIsWritten)
{
    const Arguments lexicon = {"lexicon", "-m", folder.path("m"), "--sets", corpus("train.en"), corpus("train.cs")};
    Result table = run(lexicon);
    ASSERT_EQ(table.code, 0) << table.err;
    std::string first; /* of each source word */
    std::set<std::string> sources;
    for (const std::string &line : lines(table.out)) {
        const size_t one = line.find('\t'), two_tabs = line.find('\t', one + 1);
        ASSERT_NE(two_tabs, std::string::npos) << line;
        if (sources.insert(line.substr(one + 1, two_tabs - one - 1)).second)
            first += line + "\n";
    }
    EXPECT_EQ(run(program::join(lexicon, {"--best", "1"})).out, first);
    Result of_two =
        run({"lexicon", "-m", folder.path("m"), folder.path("m"), "-t", corpus("test.en"), corpus("test.cs")});
    EXPECT_EQ(of_two.code, 2) << of_two.err;
    EXPECT_EQ(of_two.out, "");
    EXPECT_NE(first.find("\tking\t"), std::string::npos);

    auto shortlist = [&](const Arguments &more) {
        return translate(two, program::join({"--n-best", "-b", "3", "--shortlist"}, more)).out;
    };
    const std::string plain = translate(two, {"--n-best", "-b", "3"}).out, all = folder.write("all", table.out);
    EXPECT_EQ(shortlist({all, "100000"}), plain) << "all words are on it";
    EXPECT_EQ(shortlist({all}), shortlist({all, "100", "20"}));
    const std::string target = first.substr(0, first.find('\t'));
    std::string tabs = target + "\tThe\t1\n", spaces = target + " The 1\n";
    for (const std::string &entry : {tabs, spaces}) {
        const std::string one = folder.write("one", entry);
        for (const Arguments &how : {Arguments{"-b", "3"}, {"--output-sampling", "full"}}) {
            Result r = translate("The The\n", program::join(how, {"--min-length", "2", "--shortlist", one, "0", "1"}));
            EXPECT_GE(words(r.out), 2u) << r.out;
            std::istringstream written(r.out);
            for (std::string word; written >> word;)
                EXPECT_EQ(word, target);
        }
    }
    Result evaluated = run({"evaluate", "-m", folder.path("m"), "--test-sets", corpus("test.en"), corpus("test.cs"),
                            "--shortlist", folder.write("one", tabs), "0", "1", "--metrics", "chrf"});
    EXPECT_EQ(evaluated.code, 0) << evaluated.err;
    EXPECT_NE(evaluated.out, run({"evaluate", "-m", folder.path("m"), "--test-sets", corpus("test.en"),
                                  corpus("test.cs"), "--metrics", "chrf"})
                                 .out);

    const struct {
        Arguments shortlist;
        int code;
        std::string says;
    } wrong[] = {
        {{all, "many"}, 2, "--shortlist has a file"},
        {{all, "1", "1", "1"}, 2, "--shortlist has a file"},
        {{folder.path("none")}, 66, folder.path("none")},
        {{folder.write("two", target + "\tThe\n")}, 65, "two:1: this is no target word"},
        {{folder.write("four", tabs + target + "\tThe\t1\t1\n")}, 65, "four:2: "},
        {{folder.write("number", target + "\tThe\tone\n")}, 65, "number:1: "},
        {{folder.write("above", target + "\tThe\t1.5\n")}, 65, "above:1: "},
        {{folder.write("foreign", "xyzzy\tThe\t1\n")}, 78, "`carousel lexicon` makes a table"},
    };
    for (const auto &w : wrong) {
        Result r = run(program::join({"translate", "-m", folder.path("m"), "--shortlist"}, w.shortlist), two);
        EXPECT_EQ(r.code, w.code) << r.err;
        EXPECT_NE(r.err.find(w.says), std::string::npos) << r.err;
    }
}

TEST_F(Translate, HoldsTheWeightsOnceAndLittleBesides)
{
    if (sanitized)
        GTEST_SKIP() << "memory says nothing under sanitizers";
    train("large",
          {"--after", "1u", "--dim-emb", "256", "--dim-rnn", "512", "--tokenizer", "space", "--attention", "general"});
    auto peak_kib = [&](const char *name) {
        Pipe in(folder.path(std::string(name) + ".pipe"));
        std::string out = folder.path(std::string(name) + ".out");
        Process p({"translate", "-q", "-b", "1", "--cpu-threads", "1", "-m", folder.path(name)}, in.path(), out,
                  folder.path("err"));
        in.send("The dog came home.\n");
        EXPECT_TRUE(program::eventually([&] { return !program::read(out).empty() || !p.runs(); }));
        EXPECT_TRUE(p.runs());
        return p.peak_kib();
    };
    long weights_kib = static_cast<long>(model("large").size()) / 3 / 1024; /* of the file with Adam's moments */
    ASSERT_GT(weights_kib, 10000);
    EXPECT_LT(peak_kib("large") - peak_kib("m"), weights_kib * 3 / 2);
}

TEST_F(Translate, APipeIsAnsweredAsItComes)
{
    Pipe in(folder.path("in.pipe"));
    Process process({"translate", "-q", "-m", folder.path("m")}, in.path(), folder.path("out"), folder.path("err"));
    auto answers = [&](size_t n) {
        return program::eventually([&] { return lines(folder.read("out")).size() >= n || !process.runs(); }) &&
               lines(folder.read("out")).size() == n;
    };
    in.send("The dog came home.\n");
    EXPECT_TRUE(answers(1)) << "one line, alone, while the pipe is open";
    in.send("\n");
    EXPECT_TRUE(answers(2)) << "an empty one too";
    in.send("The queen was tired.\nThe boy slept.\nThe ");
    EXPECT_TRUE(answers(4)) << "but not half a line";
    in.send("dog.");
    in.close();
    EXPECT_EQ(process.wait(), 0);
    EXPECT_EQ(folder.read("out"),
              translate("The dog came home.\n\nThe queen was tired.\nThe boy slept.\nThe dog.").out);
    EXPECT_EQ(folder.read("err"), "");
}

TEST_F(Translate, AnInterruptEndsIt)
{
    Pipe in(folder.path("in.pipe"));
    Process process({"translate", "-q", "-m", folder.path("m")}, in.path(), folder.path("out"), folder.path("err"));
    in.send("The dog came home.\n");
    EXPECT_TRUE(program::eventually([&] { return !folder.read("out").empty() || !process.runs(); }));
    process.send(SIGINT);
    EXPECT_EQ(process.wait(), 130);
    EXPECT_EQ(folder.read("out"), translate("The dog came home.\n").out);
    EXPECT_EQ(folder.read("err"), "");
}

TEST_F(Translate, AReaderWhoLeavesEndsIt)
{
    Pipe in(folder.path("in.pipe")), out(folder.path("out.pipe"));
    Process process({"translate", "-q", "-m", folder.path("m")}, in.path(), out.path(), folder.path("err"));
    int reader = open(out.path().c_str(), O_RDONLY | O_CLOEXEC);
    in.send("The dog came home.\n");
    char byte;
    EXPECT_EQ(read(reader, &byte, 1), 1);
    out.close();
    (void)close(reader);
    in.send("The queen was tired.\n");
    EXPECT_EQ(process.wait(), 128 + SIGPIPE);
    EXPECT_EQ(folder.read("err"), "");
}

TEST_F(Translate, ATerminalIsPrompted)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_TRUE(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const std::string path = ptsname(terminal);
    int held = open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC); /* else reading fails before the program starts */
    Process process({"translate", "--log-level", "error", "-m", folder.path("m")}, path, folder.path("out"), path);
    auto read_until = [&](const std::string &end) {
        std::string all;
        char byte;
        pollfd input{terminal, POLLIN, 0};
        while ((all.size() < end.size() || all.compare(all.size() - end.size(), end.size(), end) != 0) &&
               poll(&input, 1, 60000) == 1 && read(terminal, &byte, 1) == 1)
            all += byte;
        return all;
    };
    EXPECT_EQ(read_until("> "), "> ");
    ASSERT_EQ(write(terminal, "The dog came home.\n", 19), 19);
    EXPECT_EQ(read_until("> "), "The dog came home.\r\n> ");
    EXPECT_EQ(folder.read("out"), translate("The dog came home.\n").out) << "nothing but translations";
    ASSERT_EQ(write(terminal, "\x04", 1), 1); /* the end of input, as typed */
    EXPECT_EQ(process.wait(), 0);
    (void)close(held);
    (void)close(terminal);
}
