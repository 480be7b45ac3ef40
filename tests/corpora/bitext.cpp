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
        return Handle(car_bitext_open(folder.write("a.en", source).c_str(), folder.write("a.cs", target).c_str(), &e));
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
};

using Lines = std::vector<std::string>;

TEST_F(Bitext, PairsLineByLine)
{
    Handle bitext = open("one\n\nthree dogs\n", "jeden\n\ntři psi");
    ASSERT_TRUE(bitext) << e.message;
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden", "|", "three dogs|tři psi"}));
    EXPECT_EQ(last, 0);
    EXPECT_STREQ(car_bitext_notes_view(bitext.get()), "");
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
    EXPECT_EQ(std::string(car_bitext_notes_view(bitext.get())),
              folder.path("a.en") + ": dropped a byte order mark at the start\n" + folder.path("a.en") +
                  ": lines end in CR LF, first line 1; dropped the CR\n");
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
    EXPECT_EQ(message.find(folder.path("a.en") + ":2: byte 3 is NUL"), 0u) << message;
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
    Handle bitext(car_bitext_open(folder.write("a.en", "one\ntwo\n").c_str(), packed.c_str(), &e));
    ASSERT_TRUE(bitext) << e.message;
    EXPECT_EQ(read(bitext.get()), (Lines{"one|jeden", "two|dva"}));
}

TEST_F(Bitext, RefusesWhatIsMissingAndStandardInputTwice)
{
    EXPECT_EQ(car_bitext_open(folder.write("a.en", "one\n").c_str(), folder.path("none").c_str(), &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_NO_INPUT) << e.message;
    EXPECT_EQ(car_bitext_open("-", "-", &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
}

} // namespace
