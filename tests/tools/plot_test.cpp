/* Tables drawn: what stands in the figure, and what is no table. */
#include "tools/program.hpp"

using program::count;
using program::Result;

namespace
{

class Plot : public program::Program
{
  protected:
    void SetUp() override {} // no corpus
};

TEST_F(Plot, CurvesWithAGap)
{
    Result r =
        run({"plot", "--title", "A <b>", "--y-axis", "right"}, "gap\tone & two\tthree\n1\t10\t0\n2\t-\t5\n3\t20\t\n");
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(count(r.out, "<svg "), 1);
    EXPECT_EQ(count(r.out, "<path "), 2);
    EXPECT_EQ(count(r.out, "<circle "), 4) << "\"-\" and nothing are no points";
    EXPECT_EQ(count(r.out, ">one &amp; two</text>"), 1);
    EXPECT_EQ(count(r.out, ">gap</text>"), 1) << "the head of the first column names the axis";
    EXPECT_EQ(count(r.out, ">A &lt;b&gt;</text>"), 1);
    const size_t first = r.out.find(" d=\"M"), end = r.out.find('"', first + 4);
    EXPECT_EQ(count(r.out.substr(first, end - first), "M"), 2) << "a curve is broken where a point is missing";
}

TEST_F(Plot, FromZero)
{
    const std::string table = "x\ty\n1\t90\n2\t95\n";
    EXPECT_EQ(count(run({"plot"}, table).out, ">0</text>"), 0);
    EXPECT_EQ(count(run({"plot", "--from-zero"}, table).out, ">0</text>"), 1);
}

TEST_F(Plot, PowersOfTen)
{
    Result r = run({"plot", "--log-y"}, "lag\tsize\n1\t1\n2\t0.01\n3\t0\n4\t0.0001\n");
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(count(r.out, "<circle "), 3) << "0 has no logarithm";
    for (const char *tick : {">1e0<", ">1e-2<", ">1e-4<"})
        EXPECT_EQ(count(r.out, tick), 1) << tick;
}

TEST_F(Plot, PowersOfTenToTheRight)
{
    Result r = run({"plot", "--log-x"}, "x\ty\n1\t1\n10\t2\n100\t3\n");
    ASSERT_EQ(r.code, 0) << r.err;
    for (const char *tick : {">1e0<", ">1e1<", ">1e2<"})
        EXPECT_EQ(count(r.out, tick), 1) << tick;
    const size_t first = r.out.find("<circle cx=\"") + 12, second = r.out.find("<circle cx=\"", first) + 12,
                 third = r.out.find("<circle cx=\"", second) + 12;
    const double left = std::stod(r.out.substr(first)), middle = std::stod(r.out.substr(second)),
                 right = std::stod(r.out.substr(third));
    EXPECT_NEAR(middle - left, right - middle, 0.2) << "ten times as much is as far again";
}

TEST_F(Plot, PointsWithoutALine)
{
    const std::string table = "x\tline\tmarks\n1\t1\t2\n2\t2\t3\n";
    Result r = run({"plot", "--points", "marks"}, table);
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(count(r.out, "<path "), 1);
    EXPECT_EQ(count(r.out, "r=\"3\""), 2) << "of the line";
    EXPECT_EQ(count(r.out, "r=\"4\""), 3) << "the points, and one beside the name";
    EXPECT_EQ(count(r.out, ">marks</text>"), 1);
    r = run({"plot", "--points", "mark"}, table);
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("no column 'mark'"), std::string::npos) << r.err;
}

/* From 1e-6 to 1e21 a tick stands at every fifth power, and none beyond the axis. */
TEST_F(Plot, TicksStayOnTheAxis)
{
    Result r = run({"plot", "--log-y"}, "lag\tsize\n1\t1e-6\n2\t1e21\n");
    EXPECT_EQ(count(r.out, ">1e-10<"), 1) << r.out;
    EXPECT_EQ(count(r.out, ">1e25<"), 1) << r.out;
    EXPECT_EQ(count(r.out, ">1e30<"), 0) << r.out;
    EXPECT_EQ(count(r.out, "class=\"line\""), 8) << r.out;
}

TEST_F(Plot, Bars)
{
    Result r = run({"plot", "--bars"}, "kind\ta\tb\nverb\t50\t100\nnoun\t-\t25\n");
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(count(r.out, "<rect "), 3);
    EXPECT_EQ(count(r.out, ">verb</text>"), 1);
    EXPECT_EQ(count(r.out, ">0</text>"), 1) << "bars begin at 0";
}

TEST_F(Plot, WhatIsNoTable)
{
    EXPECT_EQ(run({"plot", folder.path("none.tsv")}).code, 66);
    EXPECT_EQ(run({"plot", "a", "b"}).code, 2);
    Result r = run({"plot"}, "");
    EXPECT_EQ(r.code, 65);
    r = run({"plot"}, "x\ty\n1\tmuch\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("-:2: column 2 is 'much'"), std::string::npos) << r.err;
    r = run({"plot"}, "x\ty\n1\t2\t3\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("3 columns where the head has 2"), std::string::npos) << r.err;
}

} // namespace
