/* Tables of numbers: what a CSV file says, which columns a model takes of it at which scale, and
 * which windows of rows. */
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "corpora/table_generator.h"
#include "corpora/windows.h"
#include "support/handles.hpp"

namespace
{

using Table = support::Handle<car_table, car_table_free>;
using Windows = support::Handle<car_windows, car_windows_free>;

struct Columns : car_columns {
    Columns() : car_columns{} {}
    Columns(const Columns &) = delete;
    Columns &operator=(const Columns &) = delete;
    ~Columns() { car_columns_clear(this); }
};

class Tables : public ::testing::Test
{
  protected:
    Table load(const std::string &bytes, std::vector<const char *> names = {}, car_missing missing = CAR_MISSING_ERROR)
    {
        path_ = folder_.write("t.csv", bytes);
        return Table(car_table_load(path_.c_str(), names.data(), static_cast<int>(names.size()), missing, &e_));
    }

    std::string refusal(const std::string &bytes, std::vector<const char *> names = {},
                        car_missing missing = CAR_MISSING_ERROR)
    {
        EXPECT_EQ(load(bytes, std::move(names), missing), nullptr) << bytes;
        EXPECT_EQ(e_.code, CAR_EXIT_DATA);
        const std::string message = e_.message;
        EXPECT_EQ(message.find(path_), 0u) << message;
        return message.substr(std::min(path_.size(), message.size()));
    }

    void measure(Columns &columns, const Table &table, std::vector<const char *> targets = {}, bool apart = false,
                 int season = 1)
    {
        const car_column_names names = {nullptr, targets.data(), 0, static_cast<int>(targets.size()), apart};
        car_table *tables[] = {table.get()};
        ASSERT_TRUE(car_columns_measure(&columns, &names, tables, 1, season, &e_)) << e_.message;
    }

    Windows cut(const Table &table, const car_columns &columns, int lookback, int horizon, int before = 0,
                bool same_row = false)
    {
        car_windows_options options = {};
        options.lookback = lookback;
        options.horizon = horizon;
        options.same_row = same_row;
        options.before = before;
        options.mini_batch = 3;
        options.seed = 5;
        car_table *tables[] = {table.get()};
        return Windows(car_windows_new(tables, 1, &columns, &options, &e_));
    }

    support::Folder folder_;
    std::string path_;
    car_error e_ = {};
};

TEST_F(Tables, FieldsAndNames)
{
    Table t = load("\xef\xbb\xbf"
                   "day , \"a, \"\"b\"\"\",c\r\nmon,1,-2.5e1\r\n\r\ntue, \"3\" ,.5\n",
                   {"c", "a, \"b\""});
    ASSERT_NE(t, nullptr) << e_.message;
    ASSERT_EQ(t->rows, 2);
    ASSERT_EQ(t->columns, 2);
    EXPECT_STREQ(t->name[1], "a, \"b\"");
    EXPECT_EQ(std::vector<double>(t->value, t->value + 4), (std::vector<double>{-25, 1, .5, 3}));
    for (const char *other : {"a;b\n1;2\n", "a\tb\n1\t2\n"}) {
        t = load(other);
        ASSERT_NE(t, nullptr) << e_.message;
        EXPECT_EQ(t->columns, 2);
    }
}

TEST_F(Tables, WhatIsWrongIsNamedByFileLineAndColumn)
{
    EXPECT_NE(refusal("a,b\n1,2\n1,2x\n").find(":3: column b: '2x' is not a number"), std::string::npos);
    for (const char *odd : {"0x10", "inf", "1e999", "1 2", "--1", "1,"})
        EXPECT_EQ(refusal(std::string("a\n") + odd + "\n").find(":2: "), 0u) << odd;
    EXPECT_EQ(refusal("a,b\n1,2\n1\n"), ":3: it has 1 fields, and the header 2");
    EXPECT_EQ(refusal("a,b\n1,\"2\n").find(":2: field 2: the quote"), 0u);
    EXPECT_EQ(refusal("a,b\n\"1\"2,2\n").find(":2: field 1: something stands behind"), 0u);
    EXPECT_EQ(refusal("a,a\n1,2\n"), ":1: two columns are called 'a'");
    EXPECT_EQ(refusal("a,\n1,2\n"), ":1: field 2: the column has no name");
    EXPECT_NE(refusal("1,2\n3,4\n").find("names of the columns"), std::string::npos);
    for (const char *name : {"inf", "nan", "0x1f"}) /* which car_number_parse takes for none */
        EXPECT_NE(load(std::string("date,") + name + "\n1,2\n"), nullptr) << e_.message;
    EXPECT_NE(refusal("").find("it is empty"), std::string::npos);
    EXPECT_NE(refusal("load,sun\n1,2\n", {"laod"}).find("did you mean 'load'?"), std::string::npos);
}

TEST_F(Tables, MissingValues)
{
    const std::string holes = "a,b\n1,2\n,3\nNA,NaN\n7,8\n";
    EXPECT_EQ(refusal(holes).find(":3: column a: a value is missing"), 0u);
    EXPECT_EQ(refusal("a\n\n1\n", {}, CAR_MISSING_PREVIOUS).find(":2: column a: the first value"), 0u);
    Table t = load(holes, {}, CAR_MISSING_PREVIOUS);
    ASSERT_NE(t, nullptr) << e_.message;
    EXPECT_EQ(std::vector<double>(t->value, t->value + 8), (std::vector<double>{1, 2, 1, 3, 1, 3, 7, 8}));
    t = load(holes, {}, CAR_MISSING_SKIP);
    ASSERT_NE(t, nullptr) << e_.message;
    EXPECT_TRUE(std::isnan(t->value[4]));
    Columns columns;
    measure(columns, t);
    EXPECT_EQ(columns.at[0].mean, 4);
    EXPECT_EQ(cut(t, columns, 1, 1), nullptr) << "every two rows hold a hole";
    EXPECT_EQ(e_.code, CAR_EXIT_DATA);
}

TEST_F(Tables, ScalesAndNaiveErrors)
{
    Table t = load("a,b,c\n1,5,1000001\n3,5,1000003\n2,5,1000001\n6,5,1000003\n");
    Columns columns, back;
    measure(columns, t, {"b", "c"}, false, 2);
    EXPECT_EQ(columns.inputs, 3);
    EXPECT_EQ(columns.targets, 2);
    EXPECT_EQ(columns.target[1], 2);
    EXPECT_EQ(columns.at[0].mean, 3);
    EXPECT_DOUBLE_EQ(columns.at[0].deviation, std::sqrt(3.5));
    EXPECT_EQ(columns.at[0].naive_error, 2); // of |2 - 1| and |6 - 3|
    EXPECT_EQ(columns.at[1].deviation, 1) << "of what does not change";
    EXPECT_EQ(columns.at[2].deviation, 1);
    support::String text;
    car_columns_write(&columns, &text);
    ASSERT_TRUE(car_columns_read(&back, text.at, "m", &e_)) << e_.message;
    ASSERT_EQ(back.n, 3);
    EXPECT_EQ(back.at[0].deviation, columns.at[0].deviation);
    EXPECT_STREQ(back.at[2].name, "c");
    EXPECT_TRUE(back.at[2].target);
    for (const char *odd : {"", "[]", "{}", "[1]", "[{\"name\":\"a\"}]"}) {
        Columns none;
        EXPECT_FALSE(car_columns_read(&none, odd, "m", &e_)) << odd;
        EXPECT_EQ(e_.code, CAR_EXIT_DATA);
    }
}

TEST_F(Tables, WindowsOfAForecast)
{
    std::string csv = "x,y\n";
    for (int r = 0; r < 10; r++)
        csv += std::to_string(r) + "," + std::to_string(r * r) + "\n";
    Table t = load(csv);
    Columns columns;
    measure(columns, t, {"y"});
    Windows windows = cut(t, columns, 3, 2);
    ASSERT_NE(windows, nullptr) << e_.message;
    ASSERT_EQ(car_windows_count(windows.get()), 6);
    EXPECT_EQ(car_windows_at(windows.get(), 0).row, 3);
    EXPECT_EQ(car_windows_count(cut(t, columns, 3, 2, 7).get()), 2) << "seven rows before";
    EXPECT_EQ(cut(t, columns, 9, 2), nullptr);

    car_batch_source source = car_windows_source(windows.get());
    EXPECT_EQ(source.batches_per_epoch(source.self), 2);
    std::vector<int64_t> order[3];
    for (int epoch : {1, 2, 1}) {
        ASSERT_TRUE(source.start(source.self, epoch, 0, &e_));
        car_batch batch;
        std::vector<int64_t> &seen = order[epoch];
        seen.clear();
        while (source.next(source.self, &batch, &e_) == 1)
            for (int b = 0; b < batch.rows; b++) {
                const int row = car_windows_at(windows.get(), static_cast<int>(batch.line[b]) - 1).row;
                seen.push_back(row);
                ASSERT_EQ(batch.source[b].length, 3);
                ASSERT_EQ(batch.target[b].length, 1);
                const auto x = [](int r) { return (r - 4.5) / std::sqrt(8.25); };
                const auto y = [](int r) { return (r * r - 28.5) / std::sqrt(721.05); };
                for (int k = 0; k < 3; k++) {
                    EXPECT_NEAR(batch.source[b].numbers[2 * k], x(row - 3 + k), 1e-6);
                    EXPECT_NEAR(batch.source[b].numbers[2 * k + 1], y(row - 3 + k), 1e-6);
                }
                for (int h = 0; h < 2; h++)
                    EXPECT_NEAR(batch.target[b].numbers[h], y(row + h), 1e-6);
            }
        std::vector<int64_t> sorted = seen;
        std::sort(sorted.begin(), sorted.end());
        EXPECT_EQ(sorted, (std::vector<int64_t>{3, 4, 5, 6, 7, 8}));
    }
    EXPECT_NE(order[1], order[2]);
    ASSERT_TRUE(source.start(source.self, 1, 1, &e_)); // as after one minibatch
    car_batch batch;
    ASSERT_EQ(source.next(source.self, &batch, &e_), 1);
    EXPECT_EQ(car_windows_at(windows.get(), static_cast<int>(batch.line[0]) - 1).row, order[1][3]);
    EXPECT_FALSE(source.start(source.self, 1, 3, &e_));
}

/* What 32 bits cannot hold would be infinite in the model. */
TEST_F(Tables, ValuesTooFarFromTheTrainingAreRefused)
{
    Table narrow = load("x\n0\n1e-20\n2e-20\n"), wide = load("x\n1e-20\n2e29\n1e-20\n");
    Columns columns;
    measure(columns, narrow);
    float numbers[3];
    EXPECT_TRUE(car_windows_read(wide.get(), &columns, 0, 1, numbers, &e_)) << e_.message;
    EXPECT_FALSE(car_windows_read(wide.get(), &columns, 0, 2, numbers, &e_));
    EXPECT_EQ(e_.code, CAR_EXIT_DATA);
    EXPECT_NE(std::string(e_.message).find(": row 2, column x: 2e+29 is too far"), std::string::npos) << e_.message;
    EXPECT_NE(cut(narrow, columns, 1, 1), nullptr);
    EXPECT_EQ(cut(wide, columns, 1, 1), nullptr);
    EXPECT_EQ(e_.code, CAR_EXIT_DATA);
}

TEST_F(Tables, WindowsOfAMapAreRows)
{
    Table t = load("x,y\n1,10\n2,20\n3,30\n");
    Columns columns;
    measure(columns, t, {"y"}, true);
    EXPECT_EQ(columns.inputs, 1);
    Windows windows = cut(t, columns, 1, 1, 0, true);
    ASSERT_NE(windows, nullptr) << e_.message;
    EXPECT_EQ(car_windows_count(windows.get()), 3);
    EXPECT_EQ(car_windows_source_view(windows.get(), 1).numbers[0], 0);
    Columns none;
    const char *all[] = {"x", "y"};
    const car_column_names names = {nullptr, all, 0, 2, true};
    car_table *tables[] = {t.get()};
    EXPECT_FALSE(car_columns_measure(&none, &names, tables, 1, 0, &e_));
    EXPECT_EQ(e_.code, CAR_EXIT_USAGE);
}

TEST_F(Tables, GeneratedOnesAreTheSameAlwaysAndGoOn)
{
    for (const car_table_generator *const *g = car_table_generators(); *g != nullptr; g++) {
        const size_t columns = static_cast<size_t>((*g)->columns);
        std::vector<double> some(50 * columns), more(80 * columns), others(50 * columns);
        (*g)->make(1, 50, some.data());
        (*g)->make(1, 80, more.data());
        (*g)->make(2, 50, others.data());
        EXPECT_TRUE(std::equal(some.begin(), some.end(), more.begin())) << (*g)->name;
        EXPECT_NE(some, others) << (*g)->name;
        for (double value : more)
            EXPECT_TRUE(std::isfinite(value)) << (*g)->name;
        const std::string to = folder_.path((*g)->name);
        ASSERT_TRUE(car_table_generator_write(*g, 1, to.c_str(), {50, 20, 10}, &e_)) << e_.message;
        Table valid(car_table_load((to + "/valid.csv").c_str(), nullptr, 0, CAR_MISSING_ERROR, &e_));
        ASSERT_NE(valid, nullptr) << e_.message;
        EXPECT_EQ(valid->rows, 20);
        EXPECT_NEAR(valid->value[0], more[50 * columns], 0.0051);
        EXPECT_FALSE(car_table_generator_write(*g, 1, to.c_str(), {50, 0, 10}, &e_));
    }
}

} // namespace
