/* Models of tables and of vectors: the same program, the same options. */
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Process;
using program::Program;
using program::Result;

namespace
{

class Series : public Program
{
  protected:
    void generate(const std::string &name, const std::string &train = "1500")
    {
        Result r =
            run({"corpus", "generate", name, folder.path(name), "--train", train, "--valid", "300", "--test", "400"});
        ASSERT_EQ(r.code, 0) << r.err;
    }

    std::string file(const std::string &name) const { return folder.path("series/" + name + ".csv"); }

    Arguments forecaster(const std::string &name, const Arguments &more) const
    {
        return program::join({"train",
                              "--task",
                              "forecast",
                              "--model",
                              folder.path(name),
                              "--train-sets",
                              file("train"),
                              "--enc-cell",
                              "gru",
                              "--enc-type",
                              "unidirectional",
                              "--dim-rnn",
                              "24",
                              "--lookback",
                              "30",
                              "--horizon",
                              "6",
                              "--season",
                              "24",
                              "--targets",
                              "load",
                              "--dropout-rnn",
                              "0",
                              "--mini-batch",
                              "32",
                              "--learn-rate",
                              "0.005"},
                             more);
    }

    std::string train_on(const std::string &name, const Arguments &more)
    {
        Result r = run(forecaster(name, more));
        EXPECT_EQ(r.code, 0) << r.err;
        return model(name);
    }

    /* The numbers of the line of evaluate that begins so. */
    std::vector<double> errors(const std::string &report, const std::string &column, const std::string &by)
    {
        for (const std::string &line : lines(report)) {
            if (line.compare(0, column.size(), column) != 0 || line.size() < 16 || line.compare(16, by.size(), by) != 0)
                continue;
            std::istringstream rest(line.substr(16 + by.size()));
            std::vector<double> numbers;
            for (double number; rest >> number;)
                numbers.push_back(number);
            return numbers;
        }
        ADD_FAILURE() << column << " by " << by << " is not in\n" << report;
        return {NAN, NAN, NAN};
    }
};

/* Margin stated beforehand: errors at most 0.85 of those of the seasonal naive forecast. */
TEST_F(Series, ForecastsBeatTheSeasonalNaive)
{
    generate("series");
    train_on("m", {"--after", "6e", "--valid-sets", file("valid"), "--valid-freq", "1e", "--valid-metrics", "mase",
                   "mse", "rmse", "mae"});
    Result r = run({"evaluate", "-m", folder.path("m"), "--test-sets", file("test")});
    ASSERT_EQ(r.code, 0) << r.err;
    const std::vector<double> by_model = errors(r.out, "load", folder.path("m")),
                              by_season = errors(r.out, "load", "seasonal naive"),
                              by_naive = errors(r.out, "load", "naive");
    for (int i = 0; i < 3; i++) {
        EXPECT_LT(by_model.at(i), 0.85 * by_season.at(i)) << r.out;
        EXPECT_LT(by_season.at(i), by_naive.at(i)) << r.out;
    }
    Result json = run({"evaluate", "-m", folder.path("m"), "--test-sets", file("test"), "--json"});
    EXPECT_NE(json.out.find("\"mase\""), std::string::npos) << json.out;

    /* The forecast of the rows before row r is that which evaluate measures: it is reproduced by hand. */
    const std::vector<std::string> rows = lines(program::read(file("test")));
    std::string recent = rows[0] + "\n";
    for (size_t i = rows.size() - 36; i < rows.size() - 6; i++)
        recent += rows[i] + "\n";
    Result forecast = run({"forecast", "-m", folder.path("m")}, recent);
    ASSERT_EQ(forecast.code, 0) << forecast.err;
    const std::vector<std::string> steps = lines(forecast.out);
    ASSERT_EQ(steps.size(), 7u);
    EXPECT_EQ(steps[0], "step,load");
    double off = 0;
    for (size_t h = 0; h < 6; h++) {
        EXPECT_EQ(steps[h + 1].find(std::to_string(h + 1) + ","), 0u);
        off += std::fabs(std::stod(steps[h + 1].substr(2)) - std::stod(rows[rows.size() - 6 + h])) / 6;
    }
    EXPECT_GT(off, 0);
    EXPECT_LT(off, 3 * by_naive.at(0));
    const std::string one = folder.write(
        "one.csv", rows[0] + "\n" + recent.substr(recent.find('\n') + 1) + [&] {
            std::string last;
            for (size_t i = rows.size() - 6; i < rows.size(); i++)
                last += rows[i] + "\n";
            return last;
        }());
    Result alone = run({"evaluate", "-m", folder.path("m"), "--test-sets", one});
    ASSERT_EQ(alone.code, 0) << alone.err;
    EXPECT_NEAR(errors(alone.out, "load", folder.path("m")).at(0), off, 1e-3 * off + 1e-3);
}

TEST_F(Series, SameBitsOnAnyNumberOfThreadsAfterResumeAndAfterBeingKilled)
{
    generate("series", "400");
    const Arguments whole = {"--after",    "30u",  "--dropout-rnn", "0.1",
                             "--enc-cell", "lstm", "--enc-type",    "bidirectional"};
    const std::string expected = train_on("a", program::join(whole, {"--cpu-threads", "1"}));
    for (const char *threads : {"2", "3", "4", "8"})
        EXPECT_TRUE(train_on(std::string("t") + threads, program::join(whole, {"--cpu-threads", threads})) == expected)
            << threads;
    train_on("b", program::join(whole, {"--after", "13u"}));
    Result r = run({"train", "--model", folder.path("b"), "--resume", "--after", "30u"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(model("b") == expected);
    {
        Arguments arguments = program::join(forecaster("c", whole), {"--save-freq", "3u"});
        Process process(arguments, "/dev/null", folder.path("out"), folder.path("err"));
        ASSERT_TRUE(program::eventually([&] { return !model("c").empty(); }));
        process.send(SIGKILL);
        (void)process.wait();
    }
    r = run({"train", "--model", folder.path("c"), "--resume"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(model("c") == expected);

    std::string other = program::read(file("train"));
    other.replace(other.rfind(",") + 1, 1, "9");
    folder.write("series/train.csv", other);
    r = run({"train", "--model", folder.path("b"), "--resume", "--after", "40u"});
    EXPECT_EQ(r.code, 65) << "other numbers\n" << r.err;
}

TEST_F(Series, TheInsideIsShownByRows)
{
    generate("series", "200");
    train_on("m", {"--after", "3u", "--inputs", "load", "sun"});
    Result gates = run({"gates", "-m", folder.path("m"), "-i", file("test"), "--page", folder.path("page.html")});
    EXPECT_EQ(gates.code, 0) << gates.err;
    EXPECT_NE(gates.out.find("rows 371 to 400: load, sun"), std::string::npos) << gates.out;
    EXPECT_NE(gates.out.find("\n  400: "), std::string::npos) << gates.out;
    EXPECT_EQ(gates.out.find("decoder"), std::string::npos);
    Result flow = run({"gradients", "-m", folder.path("m"), "--sets", file("test")});
    EXPECT_EQ(flow.code, 0) << flow.err;
    EXPECT_NE(flow.out.find("signal from 30 steps back"), std::string::npos) << flow.out;
}

TEST_F(Series, WhatDoesNotFit)
{
    generate("series", "200");
    auto refused = [&](const Arguments &more) { return run(forecaster("bad", more)); };
    Result near = refused({"--targets", "laod"});
    EXPECT_EQ(near.code, 2);
    EXPECT_NE(near.err.find("did you mean 'load'?"), std::string::npos) << near.err;
    EXPECT_EQ(refused({"--set-weights", "2"}).code, 2);
    EXPECT_EQ(refused({"--mini-batch-words", "100"}).code, 2);
    EXPECT_EQ(refused({"--inputs", "laod"}).code, 65);
    EXPECT_EQ(refused({"--lookback", "200"}).code, 65) << "as many rows as there are";
    EXPECT_EQ(refused({"--valid-metrics", "bleu", "--valid-sets", file("valid")}).code, 2);
    EXPECT_EQ(refused({"--train-sets", folder.write("hole.csv", "load\n1\n\n2\n")}).code, 65);
    EXPECT_EQ(refused({"--train-sets", folder.path("none.csv")}).code, 66);
    EXPECT_EQ(refused({"--season", "200", "--valid-metrics", "mase", "--valid-sets", file("valid")}).code, 78);
    EXPECT_EQ(run({"train", "--model", folder.path("bad"), "--train-sets", file("train"), file("train"),
                   "--valid-metrics", "mase", "--valid-sets", file("valid"), file("valid")})
                  .code,
              2);

    train_on("m", {"--after", "1u"});
    for (const Arguments &command : std::vector<Arguments>{{"translate", "-m", folder.path("m")},
                                                           {"score", "-m", folder.path("m"), "-t", "a", "b"}}) {
        Result r = run(command, "x\n");
        EXPECT_EQ(r.code, 78) << r.err;
        EXPECT_NE(r.err.find("carousel forecast"), std::string::npos) << r.err;
    }
    EXPECT_EQ(run({"forecast", "-m", folder.path("m")}, "load,temperature,sun\n1,2,3\n").code, 65) << "too few rows";
    EXPECT_EQ(run({"evaluate", "-m", folder.path("m"), "-t", file("test"), "--metrics", "bleu"}).code, 2);
    train("words", {"--after", "1u"});
    EXPECT_EQ(run({"forecast", "-m", folder.path("words")}, "load\n1\n").code, 78);
    EXPECT_EQ(run({"evaluate", "-m", folder.path("m"), folder.path("words"), "--test-sets", file("test")}).code, 78);
}

/* Margin stated beforehand: errors at most a fifth of those of the mean. */
TEST_F(Series, MapsBeatTheMean)
{
    generate("throws", "1000");
    const std::string set = folder.path("throws/train.csv"), test = folder.path("throws/test.csv");
    const Arguments mapper = {"train",
                              "--task",
                              "map",
                              "--train-sets",
                              set,
                              "--targets",
                              "distance",
                              "duration",
                              "--enc-cell",
                              "rnn",
                              "--enc-type",
                              "unidirectional",
                              "--dim-rnn",
                              "24",
                              "--dropout-rnn",
                              "0",
                              "--mini-batch",
                              "32",
                              "--learn-rate",
                              "0.01",
                              "--after",
                              "20e"};
    for (const char *threads : {"1", "3"})
        ASSERT_EQ(run(program::join(mapper, {"--model", folder.path(threads), "--cpu-threads", threads})).code, 0);
    EXPECT_TRUE(model("1") == model("3"));
    Result r = run({"evaluate", "-m", folder.path("1"), "--test-sets", test});
    ASSERT_EQ(r.code, 0) << r.err;
    for (const char *column : {"distance", "duration", "(mean)"})
        for (size_t i = 0; i < 2; i++)
            EXPECT_LT(errors(r.out, column, folder.path("1")).at(i), errors(r.out, column, "mean").at(i) / 5) << r.out;
    r = run({"forecast", "-m", folder.path("1")}, "angle,height,speed\n45,0,10\n45,0,20\n");
    ASSERT_EQ(r.code, 0) << r.err;
    ASSERT_EQ(lines(r.out).size(), 3u) << r.out;
    EXPECT_EQ(lines(r.out)[0], "distance,duration");
    EXPECT_NEAR(std::stod(lines(r.out)[1]), 10.2, 2) << "v^2 / g";
    EXPECT_NEAR(std::stod(lines(r.out)[2]), 40.8, 5);
    Result gates = run({"gates", "-m", folder.path("1")}, "angle,height,speed\n45,0,10\n45,0,20\n");
    EXPECT_NE(gates.out.find("rows 2 to 2: speed, angle, height"), std::string::npos) << gates.out << gates.err;
    EXPECT_EQ(run(program::join(mapper, {"--model", folder.path("bad"), "--targets", "weight"})).code, 2);
    EXPECT_EQ(run({"train", "--task", "map", "--model", folder.path("bad"), "--train-sets", set}).code, 2);
}

/* ---- vectors ------------------------------------------------------------------------- */

class Vectors : public Program
{
  protected:
    void generate(const std::string &train)
    {
        Result r = run({"corpus", "generate", "captions", folder.path("captions"), "--train", train, "--valid", "100",
                        "--test", "200"});
        ASSERT_EQ(r.code, 0) << r.err;
    }

    std::string file(const std::string &name) const { return folder.path("captions/" + name); }

    Arguments captioner(const std::string &name, const Arguments &more) const
    {
        return program::join({"train",         "--source-vectors",
                              "--model",       folder.path(name),
                              "--tokenizer",   "space",
                              "--enc-cell",    "rnn",
                              "--enc-type",    "unidirectional",
                              "--dec-cell",    "gru",
                              "--attention",   "none",
                              "--context",     "every",
                              "--dim-emb",     "16",
                              "--dim-rnn",     "48",
                              "--dropout-rnn", "0",
                              "--mini-batch",  "32",
                              "--learn-rate",  "0.01"},
                             more);
    }

    std::string train_on(const std::string &name, const Arguments &more)
    {
        Result r =
            run(captioner(name, program::join({"--train-sets", file("train.vectors"), file("train.text")}, more)));
        EXPECT_EQ(r.code, 0) << r.err;
        return model(name);
    }

    double exact(const Arguments &arguments)
    {
        Result r = run(program::join(program::join({"evaluate"}, arguments), {"--metrics", "exact"}));
        const size_t at = r.out.find("exact match = ");
        EXPECT_NE(at, std::string::npos) << r.out << r.err;
        return at == std::string::npos ? NAN : std::stod(r.out.substr(at + 14));
    }
};

/* Margin stated beforehand: at least half of the captions exact, where the commonest caption is one of fifty. */
TEST_F(Vectors, CaptionsBeatTheCommonestOne)
{
    generate("3000");
    train_on("m", {"--after", "6e", "--valid-sets", file("valid.vectors"), file("valid.text"), "--valid-freq", "2e",
                   "--valid-metrics", "exact", "bleu"});
    std::map<std::string, int> count;
    for (const std::string &caption : lines(program::read(file("train.text"))))
        count[caption]++;
    const auto commonest =
        std::max_element(count.begin(), count.end(), [](const auto &a, const auto &b) { return a.second < b.second; });
    std::string always;
    for (int i = 0; i < 200; i++)
        always += commonest->first + "\n";
    const double baseline = exact({"--hypothesis", folder.write("always", always), "--reference", file("test.text")});
    EXPECT_LT(baseline, 5);
    EXPECT_GT(exact({"--models", folder.path("m"), "--test-sets", file("test.vectors"), file("test.text")}), 50);

    const std::vector<std::string> vectors = lines(program::read(file("test.vectors")));
    Result r =
        run({"translate", "-m", folder.path("m"), "-b", "4", "--n-best"}, vectors[0] + "\n\n" + vectors[1] + "\n");
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(lines(r.out).size(), 9u) << r.out;
    const std::string best = lines(r.out).at(0);
    std::string commas = vectors[0];
    std::replace(commas.begin(), commas.end(), ' ', ',');
    r = run({"translate", "-m", folder.path("m"), folder.path("m"), "-b", "4"}, commas + "\n");
    EXPECT_NE(best.find(lines(r.out).at(0)), std::string::npos) << "with commas, by an ensemble of itself";
    Result score = run({"score", "-m", folder.path("m"), "-t", file("test.vectors"), file("test.text")});
    EXPECT_EQ(lines(score.out).size(), 200u) << score.err;
    Result gates = run({"gates", "-m", folder.path("m")}, vectors[0] + "\n");
    EXPECT_NE(gates.out.find("\n  vector "), std::string::npos) << gates.out << gates.err;
    EXPECT_EQ(run({"gradients", "-m", folder.path("m"), "-t", file("test.vectors"), file("test.text")}).code, 0);
}

TEST_F(Vectors, SameBitsOnAnyNumberOfThreadsAndAfterResume)
{
    generate("300");
    const std::string expected = train_on("a", {"--after", "12u", "--cpu-threads", "1"});
    for (const char *threads : {"2", "3", "4", "8"})
        EXPECT_TRUE(train_on(std::string("t") + threads, {"--after", "12u", "--cpu-threads", threads}) == expected);
    train_on("b", {"--after", "5u"});
    EXPECT_EQ(run({"train", "--model", folder.path("b"), "--resume", "--after", "12u"}).code, 0);
    EXPECT_TRUE(model("b") == expected);
}

/* One to one: a hidden layer is an encoder of one step. */
TEST_F(Vectors, AreClassified)
{
    generate("600");
    for (const char *part : {"train", "test"}) {
        std::string classes;
        for (const std::string &caption : lines(program::read(file(std::string(part) + ".text"))))
            classes += caption.find("left") != std::string::npos    ? "left\n"
                       : caption.find("above") != std::string::npos ? "above\n"
                                                                    : "one\n";
        folder.write(std::string("captions/") + part + ".class", classes);
    }
    Result r = run(captioner(
        "m", {"--task", "classify", "--train-sets", file("train.vectors"), file("train.class"), "--after", "10e"}));
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_GT(exact({"--models", folder.path("m"), "--test-sets", file("test.vectors"), file("test.class")}), 80)
        << "half of them are one";
}

TEST_F(Vectors, WhatDoesNotFit)
{
    const std::string words = folder.write("words", "a b\nc d\n");
    auto refused = [&](const std::string &bytes, const Arguments &more = {}) {
        return run(captioner("bad", program::join({"--train-sets", folder.write("v", bytes), words}, more)));
    };
    Result r = refused("1 2\n3\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("v:2: it has 1 numbers, and the first line 2"), std::string::npos) << r.err;
    r = refused("1 2\n3 x\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("v:2: 'x' is not a number"), std::string::npos) << r.err;
    EXPECT_EQ(refused("\n\n").code, 65);
    EXPECT_EQ(refused("1 2\n3 4\n", {"--task", "tag"}).code, 2);
    EXPECT_EQ(refused("1 2\n3 4\n", {"--tied-embeddings-src"}).code, 78);
    EXPECT_EQ(refused("1 2\n3 4\n", {"--after", "1u"}).code, 0);
    r = run({"translate", "-m", folder.path("bad")}, "1 2\n3\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find(":2: it has 1 numbers, and those of the training text 2"), std::string::npos) << r.err;
    r = run({"translate", "-m", folder.path("bad"), "--shortlist", folder.write("table", "a\tb\t1\n")}, "1 2\n");
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find("--shortlist is for models that translate words"), std::string::npos) << r.err;
    r = run({"lexicon", "-m", folder.path("bad"), "--sets", folder.path("v"), words});
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find("the model translates no words"), std::string::npos) << r.err;
}

} // namespace
