/* Small tables through the program: several of them, with holes, and errors that can be had by hand. */
#include <cmath>

#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Program;
using program::Result;

namespace
{

/* What evaluate --json says. */
struct Report {
    explicit Report(const Result &r) : all(program::parse(r.out))
    {
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_TRUE(json_is_object(all.get())) << r.out;
    }

    int windows() const { return static_cast<int>(json_integer_value(json_object_get(all.get(), "windows"))); }

    /* Of "models" or "baselines", the one at this place. */
    double error(const char *kind, size_t place, const char *column, const char *measure) const
    {
        const json_t *by = json_array_get(json_object_get(all.get(), kind), place);
        const json_t *of = json_object_get(json_object_get(by, "columns"), column);
        const json_t *value = json_object_get(of, measure);
        EXPECT_TRUE(json_is_real(value)) << kind << " " << place << " " << column << " " << measure;
        return json_real_value(value);
    }

    program::Json all;
};

/* Rows of numbers, as columns of a CSV file. */
std::string csv(const std::vector<std::pair<std::string, std::vector<double>>> &columns, size_t first = 0, size_t n = 0)
{
    std::string text;
    for (const auto &column : columns)
        text += (text.empty() ? "" : ",") + column.first;
    for (size_t r = first; r < (n > 0 ? first + n : columns[0].second.size()); r++)
        for (size_t c = 0; c < columns.size(); c++)
            text += (c > 0 ? "," : "\n") + std::to_string(columns[c].second[r]);
    return text + "\n";
}

class Tables : public Program
{
  protected:
    void SetUp() override {}

    /* A model that learns next to nothing, as what is said of it is asked here. */
    Result fit(const std::string &name, const Arguments &tables, const Arguments &more = {})
    {
        return run(program::join(
            program::join({"train", "--task", "forecast", "--model", folder.path(name), "--train-sets"}, tables),
            program::join({"--enc-cell", "rnn", "--enc-type", "unidirectional", "--dim-rnn", "4", "--lookback", "3",
                           "--horizon", "5", "--season", "2", "--dropout-rnn", "0", "--mini-batch", "4", "--after",
                           "2u"},
                          more)));
    }

    Report evaluate(const std::string &name, const Arguments &tables)
    {
        return Report(run(program::join({"evaluate", "--json", "-m", folder.path(name), "--test-sets"}, tables)));
    }

    std::string forecast(const std::string &name, const std::string &rows, const Arguments &more = {})
    {
        Result r = run(program::join({"forecast", "-m", folder.path(name)}, more), rows);
        EXPECT_EQ(r.code, 0) << r.err;
        return r.out;
    }

    const std::vector<double> a = {1, 2, 4, 3, 5, 9, 6, 8, 7, 10, 11, 9};
    const std::vector<double> b = {2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 4};
    const std::vector<double> test_a = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    const std::vector<double> test_b = {2, 7, 1, 8, 2, 8, 1, 8, 2, 8};
};

/* Rows 3 .. 7, 4 .. 8 and 5 .. 9 are foretold.  Changes over a season of 2 in the rows to train on: 21 in ten
 * of a, 4 in ten of b. */
TEST_F(Tables, ErrorsByHand)
{
    const std::string train = folder.write("train.csv", csv({{"a", a}, {"b", b}})),
                      test = folder.write("test.csv", csv({{"a", test_a}, {"b", test_b}}));
    Result trained = fit("m", {train},
                         {"--after", "1u", "--mini-batch", "8", "--valid-sets", test, "--valid-freq", "1u",
                          "--valid-metrics", "mse", "mae", "rmse", "mase"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Report report = evaluate("m", {test});
    EXPECT_EQ(report.windows(), 3);
    struct Expected {
        const char *column;
        size_t by; /* naive, seasonal naive */
        double absolute, squares;
    };
    for (const Expected &x : {Expected{"a", 0, 13 + 22 + 10, 43 + 122 + 30},
                              {"a", 1, 16 + 17 + 18, 94 + 95 + 102},
                              {"b", 0, 22 + 19 + 19, 148 + 121 + 109},
                              {"b", 1, 4 + 2 + 1, 4 + 2 + 1}}) {
        EXPECT_DOUBLE_EQ(report.error("baselines", x.by, x.column, "mae"), x.absolute / 15) << x.column << x.by;
        EXPECT_DOUBLE_EQ(report.error("baselines", x.by, x.column, "rmse"), std::sqrt(x.squares / 15));
        EXPECT_DOUBLE_EQ(report.error("baselines", x.by, x.column, "mase"),
                         x.absolute / 15 / (*x.column == 'a' ? 2.1 : 0.4));
    }

    /* The model's, by what it foretells from the rows before. */
    double absolute[2] = {0, 0}, squares[2] = {0, 0};
    for (size_t r = 3; r <= 5; r++) {
        const std::vector<std::string> steps = lines(forecast("m", csv({{"a", test_a}, {"b", test_b}}, r - 3, 3)));
        ASSERT_EQ(steps.size(), 6u);
        for (size_t h = 0; h < 5; h++) {
            size_t past;
            const double said_a = std::stod(steps[h + 1].substr(2), &past),
                         said_b = std::stod(steps[h + 1].substr(2 + past + 1));
            const double off[2] = {said_a - test_a[r + h], said_b - test_b[r + h]};
            for (int k = 0; k < 2; k++) {
                absolute[k] += std::fabs(off[k]);
                squares[k] += off[k] * off[k];
            }
        }
    }
    const double variance[2] = {587.0 / 12 - 6.25 * 6.25, 14.0 / 9};
    double mse = 0, mae = 0, rmse = 0, mase = 0;
    for (size_t k = 0; k < 2; k++) {
        const char *column = k == 0 ? "a" : "b";
        EXPECT_NEAR(report.error("models", 0, column, "mae"), absolute[k] / 15, 1e-5);
        EXPECT_NEAR(report.error("models", 0, column, "rmse"), std::sqrt(squares[k] / 15), 1e-5);
        EXPECT_NEAR(report.error("models", 0, column, "mase"), absolute[k] / 15 / (k == 0 ? 2.1 : 0.4), 1e-4);
        mse += squares[k] / 15 / variance[k] / 2;
        mae += absolute[k] / 15 / 2;
        rmse += std::sqrt(squares[k] / 15) / 2;
        mase += absolute[k] / 15 / (k == 0 ? 2.1 : 0.4) / 2;
    }

    /* As validation has them: means over the columns, mse of scaled numbers. */
    const std::string metrics = program::read(folder.path("m/metrics.jsonl"));
    const size_t valid = metrics.find("\"kind\":\"valid\"");
    ASSERT_NE(valid, std::string::npos) << metrics;
    const auto validated = [&](const std::string &name) {
        const size_t at = metrics.find("\"" + name + "\":", valid);
        EXPECT_NE(at, std::string::npos) << name << " in " << metrics;
        return std::stod(metrics.substr(at + name.size() + 3));
    };
    EXPECT_NEAR(validated("mse"), mse, 1e-4 * mse);
    EXPECT_NEAR(validated("mae"), mae, 1e-4 * mae);
    EXPECT_NEAR(validated("rmse"), rmse, 1e-4 * rmse);
    EXPECT_NEAR(validated("mase"), mase, 1e-4 * mase);

    Result text = run({"evaluate", "-m", folder.path("m"), "--test-sets", test});
    EXPECT_EQ(text.out.find("3 windows: 3 rows read, 5 predicted; season 2\n"), 0u) << text.out;
    for (const char *row : {"a               naive                              3     3.60555      1.4286\n",
                            "a               seasonal naive                   3.4     4.40454      1.6190\n",
                            "b               seasonal naive              0.466667     0.68313      1.1667\n",
                            "(mean)          seasonal naive               1.93333     2.54384      1.3929\n"})
        EXPECT_NE(text.out.find(row), std::string::npos) << row << "is not in\n" << text.out;
}

/* By what, if the seasonal naive forecast makes no error in the rows to train on? */
TEST_F(Tables, NothingIsScaledByNought)
{
    const std::string table = folder.write("t.csv", "a\n0\n1\n0\n1\n0\n1\n0\n1\n0\n1\n");
    ASSERT_EQ(fit("m", {table}).code, 0);
    const Report report = evaluate("m", {table});
    const json_t *by = json_array_get(json_object_get(report.all.get(), "baselines"), 1);
    EXPECT_TRUE(json_is_null(json_object_get(json_object_get(json_object_get(by, "columns"), "a"), "mase")));
    EXPECT_EQ(report.error("baselines", 1, "a", "mae"), 0);
    EXPECT_NE(run({"evaluate", "-m", folder.path("m"), "--test-sets", table})
                  .out.find("a               seasonal naive                     0           0           -\n"),
              std::string::npos);
}

/* Their columns in any order; what is measured is of all rows, and no window reaches from one into the next. */
TEST_F(Tables, SeveralAreSeriesOfTheirOwn)
{
    const std::string one = folder.write("one.csv", csv({{"a", a}, {"b", b}}));
    const std::vector<double> first(a.begin(), a.end() - 1), second(b.begin() + 1, b.end());
    const std::string two = folder.write("two.csv", csv({{"a", second}, {"b", first}}));
    std::string other = csv({{"b", first}, {"a", second}});
    for (size_t at = 0; (at = other.find('\n', at)) != std::string::npos; at += 5)
        other.replace(at, 1, at == 3 ? ",day\n" : ",mon\n");
    Result trained = fit("m", {one, two});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_NE(trained.err.find("one.csv and more: 9 windows; 2 columns to read, 2 to predict"), std::string::npos)
        << trained.err;
    Result same = fit("same", {one, folder.write("other.csv", other)});
    ASSERT_EQ(same.code, 0) << same.err;
    EXPECT_EQ(model("same"), model("m")) << "a text that is not read, and the order of the columns";

    /* Changes over a season: 21 and 4 in ten of the first; of the second, which has b for a, in nine of each
     * 4 and 21 - |9 - 10|. */
    const std::string test = folder.write("test.csv", csv({{"a", test_a}, {"b", test_b}})),
                      more = folder.write("more.csv", csv({{"b", a}, {"a", b}}));
    const Report both = evaluate("m", {test, more}), left = evaluate("m", {test}), right = evaluate("m", {more});
    EXPECT_EQ(left.windows(), 3);
    EXPECT_EQ(right.windows(), 5);
    EXPECT_EQ(both.windows(), 8);
    for (const char *column : {"a", "b"}) {
        EXPECT_NEAR(left.error("models", 0, column, "mae") / left.error("models", 0, column, "mase"),
                    *column == 'a' ? 25.0 / 19 : 24.0 / 19, 1e-12);
        for (size_t by = 0; by < 3; by++) {
            const char *kind = by == 2 ? "models" : "baselines";
            const size_t place = by % 2;
            EXPECT_NEAR(8 * both.error(kind, place, column, "mae"),
                        3 * left.error(kind, place, column, "mae") + 5 * right.error(kind, place, column, "mae"), 1e-6);
            EXPECT_NEAR(8 * std::pow(both.error(kind, place, column, "rmse"), 2),
                        3 * std::pow(left.error(kind, place, column, "rmse"), 2) +
                            5 * std::pow(right.error(kind, place, column, "rmse"), 2),
                        1e-5);
        }
    }
    EXPECT_EQ(fit("bad", {one, folder.write("a.csv", csv({{"a", a}}))}).code, 65) << "it has no b";
}

/* To a map it does not matter where a row stands. */
TEST_F(Tables, RowsOfSeveralMapsAreThoseOfOne)
{
    const Arguments map = {"--task", "map", "--targets", "b", "--after", "3e"};
    const std::string whole = folder.write("whole.csv", csv({{"a", a}, {"b", b}})),
                      first = folder.write("first.csv", csv({{"a", a}, {"b", b}}, 0, 5)),
                      rest = folder.write("rest.csv", csv({{"a", a}, {"b", b}}, 5, 7));
    ASSERT_EQ(fit("one", {whole}, map).code, 0);
    Result two = fit("two", {first, rest}, map);
    ASSERT_EQ(two.code, 0) << two.err;
    EXPECT_NE(two.err.find("first.csv and more: 12 windows; 1 columns to read, 1 to predict"), std::string::npos)
        << two.err;
    EXPECT_EQ(forecast("two", "a\n1\n5\n9\n"), forecast("one", "a\n1\n5\n9\n"));
    const Report one = evaluate("one", {whole}), parts = evaluate("two", {first, rest});
    EXPECT_EQ(parts.windows(), 12);
    EXPECT_EQ(parts.error("models", 0, "b", "rmse"), one.error("models", 0, "b", "rmse"));
    EXPECT_NEAR(one.error("baselines", 0, "b", "rmse"), std::sqrt(14.0 / 9), 1e-12) << "by the mean: the deviation";
}

/* Row 10 of 20 lacks a value, and has one in the other table. */
TEST_F(Tables, MissingValuesAsTold)
{
    std::string holes = "a\n", filled = "a\n";
    for (int r = 0; r < 20; r++) {
        holes += r == 10 ? "NA\n" : std::to_string(r * r % 7) + "\n";
        filled += std::to_string((r == 10 ? 9 * 9 : r * r) % 7) + "\n";
    }
    const std::string with = folder.write("with.csv", holes), without = folder.write("without.csv", filled);
    Result refused = fit("m", {with});
    EXPECT_EQ(refused.code, 65);
    EXPECT_NE(refused.err.find("with.csv:12: column a: a value is missing"), std::string::npos) << refused.err;
    ASSERT_EQ(fit("filled", {without}).code, 0);
    ASSERT_EQ(fit("previous", {with}, {"--missing", "previous"}).code, 0);
    const std::string last = "a\n3\n1\n5\n", said = forecast("filled", last);
    EXPECT_EQ(forecast("previous", last), said);
    Result skip = fit("skip", {with}, {"--missing", "skip"});
    EXPECT_EQ(skip.code, 0) << skip.err;
    EXPECT_NE(skip.err.find(": 5 windows; "), std::string::npos) << "rows 3 to 5 and 14 to 15\n" << skip.err;

    const Arguments test = {"evaluate", "--json", "-m", folder.path("filled"), "--test-sets", with};
    EXPECT_EQ(run(test).code, 65);
    EXPECT_EQ(Report(run(program::join(test, {"--missing", "previous"}))).windows(), 13);
    EXPECT_EQ(Report(run(program::join(test, {"--missing", "skip"}))).windows(), 5);

    const Arguments ask = {"forecast", "-m", folder.path("filled")};
    const std::string before = "a\nNA\n3\n1\n5\n", within = "a\n3\n1\n\n";
    EXPECT_EQ(run(ask, before).code, 65);
    EXPECT_EQ(forecast("filled", before, {"--missing", "skip"}), said) << "what is missing is not read";
    EXPECT_EQ(run(program::join(ask, {"--missing", "skip"}), within).code, 65);
    EXPECT_EQ(forecast("filled", within, {"--missing", "previous"}), forecast("filled", "a\n3\n1\n1\n"));

    for (const Arguments &inside : {Arguments{"gates", "-m", folder.path("filled"), "-i", with},
                                    Arguments{"gradients", "-m", folder.path("filled"), "--sets", with}}) {
        EXPECT_EQ(run(inside).code, 65) << inside[0];
        EXPECT_EQ(run(program::join(inside, {"--missing", "previous"})).code, 0) << inside[0];
    }
}

TEST_F(Tables, AreNotEvaluatedAsText)
{
    const std::string table = folder.write("t.csv", csv({{"a", a}, {"b", b}}));
    ASSERT_EQ(fit("m", {table}).code, 0);
    for (const Arguments &meaningless : std::vector<Arguments>{{"--metrics", "bleu"},
                                                               {"--baseline", table},
                                                               {"--weights", "1"},
                                                               {"--lowercase"},
                                                               {"--samples", "9"},
                                                               {"--tokenize", "char"},
                                                               {"--utf8", "skip"},
                                                               {"--mini-batch", "2"}}) {
        Result r = run(program::join({"evaluate", "-m", folder.path("m"), "-t", table}, meaningless));
        EXPECT_EQ(r.code, 2) << meaningless[0];
        EXPECT_NE(r.err.find(meaningless[0] + " has no meaning when models of tables are evaluated"), std::string::npos)
            << r.err;
    }
}

} // namespace
