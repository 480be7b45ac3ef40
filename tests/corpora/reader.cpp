#include "corpora/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
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
        Handle reader(
            car_reader_take(car_lines_open_memory("text", text.data(), static_cast<ptrdiff_t>(text.size())), &reading));
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
        {"\xef\xbb\xbfo\xff"
         "e\n",
         "text:1: byte 5 (0xff) is not UTF-8;"},
        {"o" + nul + "ne\n", "text:1: byte 2 (0x00) is NUL; no text holds that"},
        {"a" + nul + "\xff\n", "text:1: byte 2 (0x00) is NUL"},
        {"a\xff" + nul + "\n", "text:1: byte 2 (0xff) is not UTF-8"},
        {"\xff\xfe"
         "a" +
             nul,
         "text:1: byte 1 (0xff) is not UTF-8; the file looks like UTF-16"},
        {"\xff\xfe" + nul + nul + "a", "text:1: byte 1 (0xff) is not UTF-8; the file looks like UTF-32"},
        {nul + nul + "\xfe\xff", "text:1: byte 1 (0x00) is NUL; the file looks like UTF-32"},
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
    EXPECT_EQ(read("a\xe2\x82"
                   "z\nfine\n" +
                       nul + "b\xc3\n\xf0\x9f\xff" + nul,
                   CAR_UTF8_REPLACE),
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
    EXPECT_EQ(read("a\rb\r\nc\xe2\x80\xa8"
                   "d\ne\xc2\x85\nf\x0bg\n\r",
                   CAR_UTF8_ERROR),
              (Lines{"a\rb",
                     "c\xe2\x80\xa8"
                     "d",
                     "e\xc2\x85", "f\x0bg", ""}));
    EXPECT_EQ(report, "text: 2 lines with a CR at the end, the first is 1: CR dropped\n"
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
    EXPECT_EQ(read("\xef\xbb\xbf"
                   "a\r\nb\r",
                   CAR_UTF8_ERROR),
              (Lines{"\xef\xbb\xbf"
                     "a\r",
                     "b\r"}));
}

/* ---- every file of the reference data that is not as text should be ---------------------- */

struct Malformed {
    std::string name;
    int64_t lines, replacements, nuls;
    std::set<int64_t> bad_lines; /* by number */
};

std::vector<std::string> split(const std::string &line, char by)
{
    std::vector<std::string> all;
    std::istringstream stream(line);
    for (std::string part; std::getline(stream, part, by);)
        all.push_back(part);
    return all;
}

const std::string malformed_folder = CAR_SHARED_DIR "/corpora/unicode/malformed/";

/* What its manifest says. */
std::vector<Malformed> malformed()
{
    std::vector<Malformed> all;
    std::ifstream manifest(malformed_folder + "manifest.tsv");
    std::string line;
    std::getline(manifest, line);
    EXPECT_EQ(line.find("file\tbytes\tline_feeds\tlines\tvalid_utf8\tfirst_bad_offset\treplacements\tbad_lines\tnuls"),
              0u);
    while (std::getline(manifest, line)) {
        std::vector<std::string> part = split(line, '\t');
        Malformed one{part[0], std::stoll(part[3]), std::stoll(part[6]), std::stoll(part[8]), {}};
        for (const std::string &number : split(part[7], ','))
            one.bad_lines.insert(std::stoll(number));
        all.push_back(one);
    }
    return all;
}

class MalformedFiles : public Reader
{
  protected:
    void SetUp() override
    {
        if (!std::filesystem::exists(malformed_folder))
            GTEST_SKIP() << "the reference data is not at " << malformed_folder;
        files = malformed();
        ASSERT_GE(files.size(), 50u);
        files.erase(
            std::remove_if(files.begin(), files.end(), [](const Malformed &f) { return f.name == "gzip.txt.gz"; }),
            files.end()); /* which is text, packed */
    }

    static std::string bytes(const Malformed &file)
    {
        std::ifstream stream(malformed_folder + file.name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }

    /* The numbers of its lines that hold NUL or are not UTF-8. */
    static std::set<int64_t> faulty(const Malformed &file)
    {
        std::set<int64_t> all = file.bad_lines;
        std::string text = bytes(file);
        int64_t line = 1;
        for (char c : text) {
            if (c == '\0')
                all.insert(line);
            line += c == '\n';
        }
        return all;
    }

    std::vector<Malformed> files;
};

TEST_F(MalformedFiles, AreRefusedAtTheFirstFaultyLine)
{
    for (const Malformed &file : files) {
        std::set<int64_t> bad = faulty(file);
        Lines all = read(bytes(file), CAR_UTF8_ERROR);
        EXPECT_EQ(last, bad.empty() ? 0 : -1) << file.name;
        EXPECT_EQ(static_cast<int64_t>(all.size()), bad.empty() ? file.lines : *bad.begin() - 1) << file.name;
        if (!bad.empty()) {
            EXPECT_EQ(e.code, CAR_EXIT_DATA);
            EXPECT_EQ(std::string(e.message).find("text:" + std::to_string(*bad.begin()) + ": byte "), 0u)
                << file.name << " " << e.message;
        }
    }
}

TEST_F(MalformedFiles, AreRepairedAsTheManifestCounts)
{
    const std::string fffd = "\xef\xbf\xbd";
    for (const Malformed &file : files) {
        Lines all = read(bytes(file), CAR_UTF8_REPLACE);
        EXPECT_EQ(last, 0) << file.name << " " << e.message;
        EXPECT_EQ(static_cast<int64_t>(all.size()), file.lines) << file.name;
        int64_t places = 0;
        for (const std::string &line : all) {
            EXPECT_EQ(car_utf8_check(line.data(), static_cast<ptrdiff_t>(line.size())), -1) << file.name;
            EXPECT_EQ(line.find('\0'), std::string::npos) << file.name;
            for (size_t at = 0; (at = line.find(fffd, at)) != std::string::npos; at += fffd.size())
                places++;
        }
        EXPECT_EQ(places, file.replacements + file.nuls) << file.name;
        bool told = report.find(std::to_string(places) + " place") != std::string::npos;
        EXPECT_EQ(told, places > 0) << file.name << " " << report;
    }
}

TEST_F(MalformedFiles, LoseTheirFaultyLinesAndNoOthers)
{
    for (const Malformed &file : files) {
        std::set<int64_t> bad = faulty(file), skipped;
        Lines all = read(bytes(file), CAR_UTF8_SKIP);
        EXPECT_EQ(last, 0) << file.name << " " << e.message;
        EXPECT_EQ(static_cast<int64_t>(all.size()), file.lines) << file.name;
        for (size_t i = 0; i < all.size(); i++)
            if (all[i].find("<byte ") == 0)
                skipped.insert(static_cast<int64_t>(i) + 1);
        EXPECT_EQ(skipped, bad) << file.name;
    }
}

} // namespace
