#include "base/text.h"

#include <unistd.h>
#include <zlib.h>

#include <cstdlib>

#include <vector>

#include "support/handles.hpp"

using support::Handle;
using support::String;
using Lines = Handle<car_lines, car_lines_close>;

static std::string gzip(const std::string &text)
{
    z_stream z = {};
    EXPECT_EQ(Z_OK, deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY));
    std::string out(deflateBound(&z, text.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef *>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(Z_STREAM_END, deflate(&z, Z_FINISH));
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

class Text : public support::InFolder
{
  protected:
    /* All lines, or what the error code was. */
    int read_lines(const std::string &path, std::vector<std::string> *all)
    {
        all->clear();
        Lines lines(car_lines_open(path.c_str(), &e));
        if (!lines)
            return e.code;
        const char *line;
        ptrdiff_t length;
        int state;
        while ((state = car_lines_next(lines.get(), &line, &length, &e)) == 1) {
            all->emplace_back(line, static_cast<size_t>(length));
            EXPECT_EQ(static_cast<int64_t>(all->size()), car_lines_number(lines.get()));
        }
        return state == 0 ? 0 : e.code;
    }
    std::vector<std::string> lines_of(const std::string &bytes)
    {
        std::vector<std::string> all;
        EXPECT_EQ(0, read_lines(folder.write("file", bytes), &all)) << e.message;
        return all;
    }
};

using Texts = std::vector<std::string>;

TEST(TextString, GrowsAndStaysTerminated)
{
    String string;
    car_string_empty(&string);
    EXPECT_STREQ("", string.at);
    for (int i = 0; i < 1000; i++)
        car_string_format(&string, "%d,", i);
    car_string_add(&string, "a\0b", 3);
    car_string_add(&string, nullptr, 0);
    car_string_add_text(&string, "!");
    EXPECT_EQ(10 + 2 * 90 + 3 * 900 + 1000 + 4, string.length);
    EXPECT_EQ(std::string("998,999,a\0b!", 12), string.text().substr(static_cast<size_t>(string.length) - 12));
    EXPECT_EQ('\0', string.at[string.length]);
    car_string_empty(&string);
    EXPECT_EQ(0, string.length);
}

TEST_F(Text, LinesEndAtLineFeedAlone)
{
    EXPECT_EQ(Texts{}, lines_of(""));
    EXPECT_EQ((Texts{"", "", "last"}), lines_of("\n\nlast"));
    EXPECT_EQ((Texts{"a\r",
                     "b\xe2\x80\xa8"
                     "c",
                     std::string("d\0e", 3)}),
              lines_of(std::string("a\r\nb\xe2\x80\xa8"
                                   "c\nd\0e\n",
                                   13)));
}

TEST_F(Text, PlainTextMayBeginWithOneByteOfGzip)
{
    EXPECT_EQ(Texts{"\x1f"}, lines_of("\x1f"));
    EXPECT_EQ((Texts{"\x1f"
                     "x",
                     "y"}),
              lines_of("\x1fx\ny\n"));
}

TEST_F(Text, GzipIsReadWhateverItsNameAndConcatenated)
{
    EXPECT_EQ((Texts{"one", "two", "three"}), lines_of(gzip("one\ntw") + gzip("") + gzip("o\nthree\n")));
    EXPECT_EQ((Texts{"padded"}), lines_of(gzip("padded\n") + std::string(700, '\0')));
    EXPECT_EQ(Texts{}, lines_of(gzip("")));
}

TEST_F(Text, LongFilesComeBackWhole)
{
    Texts want;
    std::string bytes;
    for (int i = 0; i < 20000; i++) {
        want.push_back(std::string(static_cast<size_t>(i * 7919 % 301), static_cast<char>('a' + i % 26)));
        bytes += want.back() + "\n";
    }
    EXPECT_EQ(want, lines_of(bytes));
    EXPECT_EQ(want, lines_of(gzip(bytes)));
    String text;
    ASSERT_TRUE(car_text_load(folder.write("all.gz", gzip(bytes)).c_str(), &text, &e));
    EXPECT_EQ(bytes, text.text());
}

TEST_F(Text, TruncatedGzipIsRefusedAtEveryLength)
{
    std::string whole = gzip("some words that are compressed\nand more of them\n") + gzip("second member\n");
    size_t first = gzip("some words that are compressed\nand more of them\n").size();
    Texts all;
    for (size_t length = 2; length < whole.size(); length++) {
        if (length == first)
            continue; /* a whole file of its own */
        EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("cut", whole.substr(0, length)), &all)) << length;
    }
    EXPECT_NE(std::string::npos, std::string(e.message).find(folder.path("cut")));
}

/* By zstd's own program, so that nothing but the files is shared with the reader. */
TEST_F(Text, ZstdIsReadWhateverItsNameAndConcatenated)
{
    std::string big;
    for (int i = 0; i < 60000; i++)
        big += std::to_string(i * 7919 % 1000003) + "\n";
    folder.write("plain", big);
    if (std::system(("zstd -q -19 " + folder.path("plain") + " -o " + folder.path("packed") + " 2>/dev/null").c_str()))
        GTEST_SKIP() << "there is no zstd program";
    std::string packed = folder.read("packed");
    Texts all;
    int code = read_lines(folder.path("packed"), &all);
    if (code != 0 && std::string(e.message).find("built without") != std::string::npos)
        GTEST_SKIP() << e.message;
    ASSERT_EQ(0, code) << e.message;
    EXPECT_EQ(lines_of(big), all);
    EXPECT_EQ(lines_of(big + big), lines_of(packed + packed));
    String text;
    ASSERT_TRUE(car_text_load(folder.path("packed").c_str(), &text, &e)) << e.message;
    EXPECT_EQ(big, text.text());
    for (size_t length : {size_t{4}, size_t{5}, packed.size() / 2, packed.size() - 1})
        EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("cut", packed.substr(0, length)), &all)) << length;
    EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("bad", packed + "garbage"), &all));
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
    EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("bad", packed), &all));
    EXPECT_EQ((Texts{"(", "x"}), lines_of("(\nx"));
}

TEST_F(Text, DamagedGzipIsRefused)
{
    std::string one = gzip("some words that are compressed\n"), two = one + gzip("more\n");
    Texts all;
    for (size_t i : {one.size() - 1, one.size() - 5, one.size() - 9, one.size(), one.size() + 1}) {
        std::string damaged = two;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x11);
        EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("bad", damaged), &all)) << i;
    }
    EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("bad", one + "garbage"), &all));
}

TEST_F(Text, LinesMayHaveOneMebibyteAndNoMore)
{
    std::string longest(1 << 20, 'x');
    EXPECT_EQ((Texts{"a", longest, "b"}), lines_of("a\n" + longest + "\nb"));
    EXPECT_EQ((Texts{longest}), lines_of(gzip(longest)));
    Texts all;
    for (const std::string &bytes : {"a\n" + longest + "x\nb", "a\n" + longest + "x", "a\n" + longest + longest})
        EXPECT_EQ(CAR_EXIT_DATA, read_lines(folder.write("long", bytes), &all));
    EXPECT_EQ(Texts{"a"}, all);
    EXPECT_NE(std::string::npos, std::string(e.message).find("long:2:")) << e.message;
}

TEST_F(Text, TheStartOfALongLineAndNoMoreOfIt)
{
    std::string endless(400000, 'x'), bytes = "ab\nabc\n" + endless + "\n\n" + endless;
    Lines lines(car_lines_open_memory("memory", bytes.data(), static_cast<ptrdiff_t>(bytes.size())));
    car_lines_limit(lines.get(), 2);
    Texts all;
    std::vector<bool> wholes;
    const char *line;
    ptrdiff_t length;
    bool whole;
    while (car_lines_next_start(lines.get(), &line, &length, &whole, &e) == 1) {
        all.emplace_back(line, static_cast<size_t>(length));
        wholes.push_back(whole);
    }
    EXPECT_EQ(all, (Texts{"ab", "ab", "xx", "", "xx"}));
    EXPECT_EQ(wholes, (std::vector<bool>{true, false, false, true, false}));
    EXPECT_EQ(car_lines_number(lines.get()), 5);
}

TEST_F(Text, WholeFilesHaveALimit)
{
    String text;
    std::string bomb = gzip(std::string((1 << 20) + 1, '\n')), all;
    for (int i = 0; i < 64; i++)
        all += bomb;
    EXPECT_FALSE(car_text_load(folder.write("bomb", all).c_str(), &text, &e));
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
    EXPECT_NE(std::string::npos, std::string(e.message).find("bomb: holds more than 64 MiB of text")) << e.message;
}

TEST_F(Text, ErrorsNameTheFileAndHaveTheirCode)
{
    Texts all;
    EXPECT_EQ(CAR_EXIT_NO_INPUT, read_lines(folder.path("absent"), &all));
    EXPECT_NE(std::string::npos, std::string(e.message).find("absent"));
    EXPECT_EQ(CAR_EXIT_IO, read_lines(folder.path(), &all)); /* a folder */
    String text;
    EXPECT_FALSE(car_text_load(folder.path("absent").c_str(), &text, &e));
    EXPECT_EQ(CAR_EXIT_NO_INPUT, e.code);
}

TEST_F(Text, DashIsStandardInput)
{
    int ends[2];
    ASSERT_EQ(0, pipe(ends));
    int saved = dup(STDIN_FILENO);
    ASSERT_EQ(STDIN_FILENO, dup2(ends[0], STDIN_FILENO));
    Lines lines(car_lines_open("-", &e));
    const char *line;
    ptrdiff_t length;
    ASSERT_EQ(1, write(ends[1], "\n", 1)); /* answered before the pipe has a second byte */
    EXPECT_EQ(1, car_lines_next(lines.get(), &line, &length, &e));
    EXPECT_EQ(0, length);
    ASSERT_EQ(3, write(ends[1], "two", 3));
    close(ends[1]);
    EXPECT_EQ(1, car_lines_next(lines.get(), &line, &length, &e));
    EXPECT_EQ("two", std::string(line, static_cast<size_t>(length)));
    EXPECT_EQ(0, car_lines_next(lines.get(), &line, &length, &e));
    EXPECT_STREQ("-", car_lines_path(lines.get()));
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
}

TEST_F(Text, ReadyIsWhatNeedNotBeWaitedFor)
{
    int ends[2];
    ASSERT_EQ(0, pipe(ends));
    int saved = dup(STDIN_FILENO);
    ASSERT_EQ(STDIN_FILENO, dup2(ends[0], STDIN_FILENO));
    Lines lines(car_lines_open("-", &e));
    const char *line;
    ptrdiff_t length;
    auto next = [&] {
        EXPECT_EQ(1, car_lines_next(lines.get(), &line, &length, &e));
        return std::string(line, static_cast<size_t>(length));
    };
    EXPECT_FALSE(car_lines_ready(lines.get()));
    ASSERT_EQ(8, write(ends[1], "one\n\ntwo", 8));
    EXPECT_TRUE(car_lines_ready(lines.get()));
    EXPECT_EQ("one", next());
    EXPECT_TRUE(car_lines_ready(lines.get()));
    EXPECT_EQ("", next());
    EXPECT_FALSE(car_lines_ready(lines.get())) << "half a line";
    ASSERT_EQ(1, write(ends[1], "!", 1));
    EXPECT_FALSE(car_lines_ready(lines.get()));
    ASSERT_EQ(7, write(ends[1], "\nthree\n", 7));
    EXPECT_TRUE(car_lines_ready(lines.get()));
    EXPECT_EQ("two!", next());
    EXPECT_EQ("three", next());
    EXPECT_FALSE(car_lines_ready(lines.get()));
    close(ends[1]);
    EXPECT_TRUE(car_lines_ready(lines.get())) << "the end is known";
    EXPECT_EQ(0, car_lines_next(lines.get(), &line, &length, &e));
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);

    std::string all;
    for (int i = 0; i < 30000; i++)
        all += std::to_string(i) + "\n";
    lines.reset(car_lines_open(folder.write("long", all).c_str(), &e));
    for (int i = 0; i < 30000; i++) {
        ASSERT_TRUE(car_lines_ready(lines.get())) << "files do not let wait";
        ASSERT_EQ(std::to_string(i), next());
    }
}

static ptrdiff_t check(const std::string &bytes)
{
    return car_utf8_check(bytes.data(), static_cast<ptrdiff_t>(bytes.size()));
}

static std::string encode(uint32_t c)
{
    std::string s;
    auto add = [&s](uint32_t byte) { s += static_cast<char>(byte); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xc0 | c >> 6), add(0x80 | (c & 63));
    } else if (c < 0x10000) {
        add(0xe0 | c >> 12), add(0x80 | (c >> 6 & 63)), add(0x80 | (c & 63));
    } else {
        add(0xf0 | c >> 18), add(0x80 | (c >> 12 & 63)), add(0x80 | (c >> 6 & 63)), add(0x80 | (c & 63));
    }
    return s;
}

TEST(TextBlank, IsWhiteSpaceAlone)
{
    EXPECT_TRUE(car_text_is_blank("", 0));
    EXPECT_TRUE(car_text_is_blank(" \t\v\f\r ", 6));
    EXPECT_TRUE(car_text_is_blank("  x", 2)) << "no further than its length";
    EXPECT_FALSE(car_text_is_blank(" ,", 2));
    EXPECT_FALSE(car_text_is_blank("\n", 1)) << "that ends a line";
    EXPECT_FALSE(car_text_is_blank("\0", 1));
    EXPECT_FALSE(car_text_is_blank("\xc2\xa0", 2));
}

TEST(TextNumber, IsDecimalAndFinite)
{
    double number = 0;
    for (const auto &[text, value] : {std::pair<const char *, double>{"0", 0},
                                      {"-2.5e1", -25},
                                      {"+.5", .5},
                                      {"7.", 7},
                                      {"1E-3", 1e-3},
                                      {"1e308", 1e308}}) {
        EXPECT_TRUE(car_number_parse(text, &number)) << text;
        EXPECT_EQ(number, value) << text;
    }
    for (const char *text :
         {"", " ", "1 ", " 1", "1 2", "0x10", "inf", "nan", "-", ".", "e", "1e", "1e309", "--1", "1,5", "1x"})
        EXPECT_FALSE(car_number_parse(text, &number)) << text;
    EXPECT_TRUE(car_number_parse_part("0.25 apples", 4, &number));
    EXPECT_EQ(number, 0.25);
    EXPECT_FALSE(car_number_parse_part("0.25 apples", 6, &number));
    EXPECT_FALSE(car_number_parse_part("0.25", 0, &number));
    EXPECT_FALSE(car_number_parse_part("0.25\0" "5", 6, &number));
    EXPECT_TRUE(car_number_parse_part(("0." + std::string(900, '5') + "x").c_str(), 902, &number));
    EXPECT_FALSE(car_number_parse_part(std::string(5000, '1').c_str(), 5000, &number));
}

TEST(TextUtf8, AcceptsEveryScalarValueAndNoSurrogate)
{
    for (uint32_t c = 0; c <= 0x110fff; c++) {
        bool scalar = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        ASSERT_EQ(scalar ? -1 : 0, check(encode(c))) << std::hex << c;
    }
}

TEST(TextUtf8, RefusesOverlongTruncatedAndStrayBytes)
{
    for (const char *bad :
         {"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80", "\x80", "\xbf", "\xff",
          "\xfe", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98("})
        EXPECT_EQ(0, check(bad)) << bad;
}

TEST(TextUtf8, NamesThePlaceAtEveryAlignment)
{
    for (size_t at = 0; at < 40; at++) {
        std::string text(60, 'x');
        EXPECT_EQ(-1, check(text));
        text.replace(at, 2, "\xc3\xa4");
        EXPECT_EQ(-1, check(text));
        text[at + 1] = 'x';
        EXPECT_EQ(static_cast<ptrdiff_t>(at), check(text));
    }
    EXPECT_EQ(-1, check(""));
}

/* What Unicode 3.9, table 3-8 has, and more. */
TEST(TextUtf8, RepairsByMaximalSubparts)
{
    struct {
        std::string broken, repaired;
        int64_t replaced;
    } const cases[] = {
        {"", "", 0},
        {"h\xc3\xa4", "h\xc3\xa4", 0},
        {"a\xf1\x80\x80\xe1\x80\xc2" "b\x80" "c\x80\xbf" "d", "a###b#c##d", 6},
        {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82" "A", "########A", 8},
        {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf" "A", "########A", 8},
        {"\xf4\x91\x92\x93\xff" "A\x80\xbf" "B", "#####A##B", 7},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", "####A", 4},
        {"x\xf0\x9f\x98", "x#", 1},
    };
    for (const auto &c : cases) {
        String text;
        std::string want;
        for (char letter : c.repaired)
            want += letter == '#' ? "\xef\xbf\xbd" : std::string(1, letter);
        EXPECT_EQ(c.replaced, car_utf8_repair(c.broken.data(), static_cast<ptrdiff_t>(c.broken.size()), &text));
        EXPECT_EQ(want, text.text());
        EXPECT_EQ(-1, check(text.text()));
    }
}

TEST(TextUtf8, CharactersAreCounted)
{
    const std::string text = "a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80z";
    EXPECT_EQ(5, car_utf8_count(text.data(), static_cast<ptrdiff_t>(text.size())));
    EXPECT_EQ(2, car_utf8_count(text.data(), 3));
    EXPECT_EQ(0, car_utf8_count(nullptr, 0));
}
