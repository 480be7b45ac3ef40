#include "corpora/reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/handles.hpp"

namespace
{

using Handle = support::Handle<car_reader, car_reader_close>;
using Lines = std::vector<std::string>;

/* What a reader makes of bytes, from memory. */
class Reader : public ::testing::Test
{
  protected:
    /* All lines; "<why>" for one that was left out. */
    Lines read(const std::string &bytes, car_utf8_policy policy, ptrdiff_t longest = 0)
    {
        text = bytes;
        car_reading reading = {policy, longest, exact};
        Handle reader(car_reader_take(
            car_lines_open_memory("text", text.data(), static_cast<ptrdiff_t>(text.size())), &reading));
        Lines all;
        car_text_line line;
        while ((last = car_reader_next(reader.get(), &line, &e)) == 1) {
            all.push_back(line.skipped ? std::string("<") + car_reader_why_view(reader.get()) + ">"
                                       : std::string(line.at, static_cast<size_t>(line.length)));
            EXPECT_EQ(car_reader_number(reader.get()), static_cast<int64_t>(all.size()));
        }
        support::String found;
        car_reader_report(reader.get(), &found);
        report = found.text();
        return all;
    }

    bool exact = false;
    std::string text, report;
    int last = 0;
    car_error e = {};
};

const std::string nul(1, '\0');

TEST_F(Reader, LeavesTextAlone)
{
    for (car_utf8_policy policy : {CAR_UTF8_ERROR, CAR_UTF8_REPLACE, CAR_UTF8_SKIP}) {
        EXPECT_EQ(read("one\n\n \xf0\x9f\x98\x80\xef\xbf\xbd\nend", policy),
                  (Lines{"one", "", " \xf0\x9f\x98\x80\xef\xbf\xbd", "end"}));
        EXPECT_EQ(last, 0);
        EXPECT_EQ(report, "");
        EXPECT_EQ(read("", policy), Lines{});
    }
}

TEST_F(Reader, RefusesWithFileLineAndByte)
{
    struct {
        std::string bytes, message;
    } const cases[] = {
        {"one\ntw\xffo\n", "text:2: byte 3 (0xff) is not UTF-8; convert the file"},
        {"\xef\xbb\xbfo\xff" "e\n", "text:1: byte 5 (0xff) is not UTF-8;"},
        {"o" + nul + "ne\n", "text:1: byte 2 (0x00) is NUL; no text holds that"},
        {"a" + nul + "\xff\n", "text:1: byte 2 (0x00) is NUL"},
        {"a\xff" + nul + "\n", "text:1: byte 2 (0xff) is not UTF-8"},
        {"\xff\xfe" "a" + nul, "text:1: byte 1 (0xff) is not UTF-8; the file looks like UTF-16"},
        {"12345678\n123456789\n", "text:2: the line is longer than 8 bytes; is this text?"},
    };
    for (const auto &c : cases) {
        read(c.bytes, CAR_UTF8_ERROR, 8);
        EXPECT_EQ(last, -1);
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        EXPECT_EQ(std::string(e.message).find(c.message), 0u) << e.message;
    }
}

TEST_F(Reader, Replaces)
{
    const std::string fffd = "\xef\xbf\xbd";
    EXPECT_EQ(read("a\xe2\x82" "z\nfine\n" + nul + "b\xc3\n\xf0\x9f\xff" + nul, CAR_UTF8_REPLACE),
              (Lines{"a" + fffd + "z", "fine", fffd + "b" + fffd, fffd + fffd + fffd}));
    EXPECT_EQ(report, "text: 3 lines with bytes that are not UTF-8, the first is 1: 6 places in all are U+FFFD now\n"
                      "text: 2 lines with NUL, the first is 3: 6 places in all are U+FFFD now\n");
}

TEST_F(Reader, Skips)
{
    EXPECT_EQ(read("a\xff\nfine\n" + nul + "\n", CAR_UTF8_SKIP),
              (Lines{"<byte 2 (0xff) is not UTF-8>", "fine", "<byte 1 (0x00) is NUL>"}));
    EXPECT_EQ(last, 0);
    EXPECT_EQ(report, "text: 1 line with bytes that are not UTF-8, the first is 1: left out\n"
                      "text: 1 line with NUL, the first is 3: left out\n");
}

TEST_F(Reader, LeavesOutWhatIsTooLongUnlessThatIsAnError)
{
    std::string endless(300000, 'x');
    for (car_utf8_policy policy : {CAR_UTF8_REPLACE, CAR_UTF8_SKIP}) {
        EXPECT_EQ(read("1234\n12345\n" + endless + "\n\nend\n" + endless, policy, 4),
                  (Lines{"1234", "<the line is longer than 4 bytes>", "<the line is longer than 4 bytes>", "", "end",
                         "<the line is longer than 4 bytes>"}));
        EXPECT_EQ(last, 0);
        EXPECT_EQ(report, "text: 3 lines over --max-line-bytes, the first is 2: left out\n");
    }
}

TEST_F(Reader, OnlyLineFeedEndsALine)
{
    EXPECT_EQ(read("a\rb\r\nc\xe2\x80\xa8" "d\ne\xc2\x85\nf\x0bg\n\r", CAR_UTF8_ERROR),
              (Lines{"a\rb", "c\xe2\x80\xa8" "d", "e\xc2\x85", "f\x0bg", ""}));
    EXPECT_EQ(report, "text: 2 lines with CR LF at the end, the first is 1: CR dropped\n"
                      "text: 1 line with a CR inside, the first is 1: kept, as lines end at LF alone\n"
                      "text: 2 lines with U+0085, U+2028 or U+2029 inside, the first is 2: kept, as lines end at LF "
                      "alone\n");
}

TEST_F(Reader, DropsOneByteOrderMark)
{
    const std::string mark = "\xef\xbb\xbf";
    EXPECT_EQ(read(mark + mark + "a\n" + mark + "b", CAR_UTF8_ERROR), (Lines{mark + "a", mark + "b"}));
    EXPECT_EQ(report, "text: starts with a byte order mark: dropped\n");
    EXPECT_EQ(read(mark, CAR_UTF8_ERROR), Lines{""});
}

TEST_F(Reader, KeepsEndsIfAsked)
{
    exact = true;
    EXPECT_EQ(read("\xef\xbb\xbf" "a\r\nb\r", CAR_UTF8_ERROR), (Lines{"\xef\xbb\xbf" "a\r", "b\r"}));
}

} // namespace
