#include "corpora/bitext.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "support/handles.hpp"

namespace
{

using Handle = support::Handle<car_bitext, car_bitext_close>;

class Bitext : public support::InFolder
{
  protected:
    Handle open(const std::string &source, const std::string &target)
    {
        return open({{folder.write("a.en", source), folder.write("a.cs", target)}});
    }

    /* Sets of two files, or of one with columns. */
    Handle open(const std::vector<std::vector<std::string>> &files)
    {
        names = files;
        sets.clear();
        for (const auto &set : names)
            sets.push_back({{set[0].c_str(), set.size() > 1 ? set[1].c_str() : nullptr}, {columns[0], columns[1]}});
        return Handle(car_bitext_open(sets.data(), static_cast<int>(sets.size()), &reading, &e));
    }

    /* "source|target" of all pairs; what next said last goes to `last`. */
    std::vector<std::string> read(car_bitext *bitext)
    {
        std::vector<std::string> pairs;
        car_line_pair pair;
        while ((last = car_bitext_next(bitext, &pair, &e)) == 1) {
            pairs.push_back(std::string(pair.line[CAR_SOURCE], static_cast<size_t>(pair.length[CAR_SOURCE])) + "|" +
                            std::string(pair.line[CAR_TARGET], static_cast<size_t>(pair.length[CAR_TARGET])));
            EXPECT_EQ(pair.number, static_cast<int64_t>(pairs.size()));
        }
        return pairs;
    }

    std::string failure(const std::string &source, const std::string &target)
    {
        Handle bitext = open(source, target);
        read(bitext.get());
        EXPECT_EQ(last, -1);
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        return e.message;
    }

    int last = 0;
    car_reading reading = {};
    int columns[CAR_SIDES] = {1, 2};

  private:
    std::vector<std::vector<std::string>> names;
    std::vector<car_text_set> sets;
};

using Lines = std::vector<std::string>;

TEST_F(Bitext, PairsLineByLine)
{
    Handle bitext = open("one\n\nthree dogs\n", "jeden\n\ntři psi");
    ASSERT_TRUE(bitext) << e.message;
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden", "|", "three dogs|tři psi"}));
    EXPECT_EQ(last, 0);
    EXPECT_STREQ(car_bitext_report_view(bitext.get()), "");
}

TEST_F(Bitext, OnlyLineFeedEndsALine)
{
    Handle bitext = open("a\xe2\x80\xa8"
                         "b\x0b"
                         "c\n",
                         "d\rf\n");
    EXPECT_EQ(read(bitext.get()), (Lines{"a\xe2\x80\xa8"
                                         "b\x0b"
                                         "c|d\rf"}));
}

TEST_F(Bitext, DropsCarriageReturnsAndByteOrderMarksAndSaysSoOnce)
{
    Handle bitext = open("\xef\xbb\xbf"
                         "one\r\ntwo\r\n",
                         "jeden\ndva\n");
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden", "two|dva"}));
    EXPECT_EQ(std::string(car_bitext_report_view(bitext.get())),
              folder.path("a.en") + ": starts with a byte order mark: dropped\n" + folder.path("a.en") +
                  ": 2 lines with a CR at the end, the first is 1: CR dropped\n");
}

TEST_F(Bitext, ByteOrderMarkElsewhereIsText)
{
    Handle bitext = open("one\n\xef\xbb\xbf"
                         "two\n",
                         "jeden\ndva\n");
    EXPECT_EQ(read(bitext.get())[1], "\xef\xbb\xbf"
                                     "two|dva");
}

TEST_F(Bitext, NamesFileLineAndByteOfWhatIsNotUtf8)
{
    std::string message = failure("one\ntwo\n", "jeden\ndv\xe1\n");
    EXPECT_EQ(message.find(folder.path("a.cs") + ":2: byte 3 (0xe1) is not UTF-8"), 0u) << message;
}

TEST_F(Bitext, NamesFileLineAndByteOfANul)
{
    std::string message = failure(std::string("one\ntw\0o\n", 9), "jeden\ndva\n");
    EXPECT_EQ(message.find(folder.path("a.en") + ":2: byte 3 (0x00) is NUL"), 0u) << message;
}

TEST_F(Bitext, RefusesFilesOfDifferentLengthWithBothNumbers)
{
    std::string message = failure("1\n2\n3\n4\n5\n", "1\n2\n");
    EXPECT_NE(message.find("a.en has 5 lines"), std::string::npos) << message;
    EXPECT_NE(message.find("a.cs has 2;"), std::string::npos) << message;
    message = failure("1\n", "1\n2\n3");
    EXPECT_NE(message.find("a.en has 1 lines"), std::string::npos) << message;
    EXPECT_NE(message.find("a.cs has 3;"), std::string::npos) << message;
}

TEST_F(Bitext, RefusesEmptyFiles)
{
    EXPECT_NE(failure("", "").find("are empty"), std::string::npos);
    EXPECT_NE(failure("", "one\n").find("a.en has 0 lines"), std::string::npos);
}

TEST_F(Bitext, ReadsGzip)
{
    std::string packed = folder.path("a.cs.gz");
    gzFile file = gzopen(packed.c_str(), "wb");
    ASSERT_NE(file, nullptr);
    gzputs(file, "jeden\ndva\n");
    gzclose(file);
    Handle bitext = open({{folder.write("a.en", "one\ntwo\n"), packed}});
    ASSERT_TRUE(bitext) << e.message;
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden", "two|dva"}));
}

TEST_F(Bitext, RefusesWhatIsMissingAndStandardInputTwice)
{
    EXPECT_FALSE(open({{folder.write("a.en", "one\n"), folder.path("none")}}));
    EXPECT_EQ(e.code, CAR_EXIT_NO_INPUT) << e.message;
    EXPECT_FALSE(open({{"-", "-"}}));
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    EXPECT_FALSE(open({{"-"}, {folder.path("a.en"), "-"}}));
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    EXPECT_FALSE(open({{folder.path("a.en"), folder.path("a.en")}, {folder.path("later")}}));
    EXPECT_EQ(e.code, CAR_EXIT_NO_INPUT) << "before anything is read: " << e.message;
}

TEST_F(Bitext, ReadsColumns)
{
    std::string text = "one\tjeden\tCC-BY\n\ntwo\tdva\n\t\nthree\ttři\r\n";
    Handle bitext = open({{folder.write("a.tsv", text)}});
    ASSERT_TRUE(bitext) << e.message;
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden", "|", "two|dva", "|", "three|tři"}));
    EXPECT_EQ(last, 0) << e.message;
    EXPECT_STREQ(car_bitext_name_view(bitext.get()), folder.path("a.tsv").c_str());

    columns[CAR_SOURCE] = 3, columns[CAR_TARGET] = 1;
    bitext = open({{folder.write("a.tsv", "one\tjeden\tCC-BY\nx\ty\t\n")}});
    EXPECT_EQ(read(bitext.get()), (Lines{"CC-BY|one", "|x"}));
}

TEST_F(Bitext, RefusesTooFewColumns)
{
    Handle bitext = open({{folder.write("a.tsv", "one\tjeden\ntwo dva\n")}});
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden"}));
    EXPECT_EQ(last, -1);
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
    EXPECT_EQ(std::string(e.message).find(folder.path("a.tsv") + ":2: the line has 1 column parted by tabs; column 2"),
              0u)
        << e.message;
    bitext = open({{folder.write("a.tsv", "")}});
    read(bitext.get());
    EXPECT_NE(std::string(e.message).find("a.tsv is empty"), std::string::npos) << e.message;
}

TEST_F(Bitext, SetsFollowEachOther)
{
    Handle bitext = open({{folder.write("a.en", "one\n"), folder.write("a.cs", "jeden\n")},
                          {folder.write("b.tsv", "two\tdva\nthree\ttři\r\n")},
                          {folder.path("a.cs"), folder.path("a.en")}});
    ASSERT_TRUE(bitext) << e.message;
    std::vector<int> numbers;
    std::vector<int64_t> lines;
    car_line_pair pair;
    while ((last = car_bitext_next(bitext.get(), &pair, &e)) == 1) {
        numbers.push_back(pair.set);
        lines.push_back(pair.line_number);
        EXPECT_EQ(pair.number, static_cast<int64_t>(numbers.size()));
    }
    EXPECT_EQ(last, 0) << e.message;
    EXPECT_EQ(numbers, (std::vector<int>{0, 1, 1, 2}));
    EXPECT_EQ(lines, (std::vector<int64_t>{1, 1, 2, 1}));
    EXPECT_EQ(car_bitext_next(bitext.get(), &pair, &e), 0) << "the end stays the end";
    EXPECT_EQ(std::string(car_bitext_name_view(bitext.get())),
              folder.path("a.en") + " and " + folder.path("a.cs") + " and 2 more sets");
    EXPECT_EQ(std::string(car_bitext_report_view(bitext.get())),
              folder.path("b.tsv") + ": 1 line with a CR at the end, the first is 2: CR dropped\n");
}

TEST_F(Bitext, MarksPairsOfWhichASideWasLeftOut)
{
    reading.utf8 = CAR_UTF8_SKIP;
    Handle bitext = open("one\ntwo\nthree\n", "jeden\n\xff\ntři\n");
    std::vector<bool> skipped;
    car_line_pair pair;
    while ((last = car_bitext_next(bitext.get(), &pair, &e)) == 1) {
        skipped.push_back(pair.skipped);
        EXPECT_EQ(pair.length[CAR_TARGET] == 0, pair.skipped);
        EXPECT_GT(pair.length[CAR_SOURCE], 0);
    }
    EXPECT_EQ(skipped, (std::vector<bool>{false, true, false}));
}

} // namespace
