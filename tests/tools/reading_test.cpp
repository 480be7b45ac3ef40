/* Text as it comes: sets in several forms, text that is no text, more than fits into memory. */
#include "tools/program.hpp"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <zlib.h>

using program::Arguments;
using program::has;
using program::join;
using program::lines;
using program::Program;
using program::read;
using program::Result;
using program::sanitized;

class Reading : public Program
{
  protected:
    /* What no text may cost, whatever it is. */
    static void expect_cheap(const Result &r, const std::string &what)
    {
        if (!sanitized) {
            EXPECT_LT(r.peak_kib, 256 * 1024) << what;
            EXPECT_LT(r.seconds, 5) << what;
        }
    }

    std::string gzip(const std::string &name, const std::string &piece, int times = 1) const
    {
        gzFile file = gzopen(folder.path(name).c_str(), "wb");
        for (int i = 0; i < times; i++)
            EXPECT_EQ(gzwrite(file, piece.data(), static_cast<unsigned>(piece.size())), static_cast<int>(piece.size()));
        gzclose(file);
        return folder.path(name);
    }

    /* The training text as one file, "source TAB target TAB licence". */
    std::string columns(const std::string &name, size_t first = 0, size_t last = SIZE_MAX) const
    {
        std::vector<std::string> source = lines(read(corpus("train.en"))), target = lines(read(corpus("train.cs")));
        std::string text;
        for (size_t i = first; i < std::min(last, source.size()); i++)
            text += source[i] + "\t" + target[i] + "\tCC0\n";
        return folder.write(name, text);
    }

    Arguments train_on(const std::string &name, const Arguments &sets, const Arguments &more = {}) const
    {
        return join(join({"train", "--model", folder.path(name), "--dim-emb", "8", "--dim-rnn", "8", "--mini-batch",
                          "16", "--cpu-threads", "1", "--after", "5u", "--train-sets"},
                         sets),
                    more);
    }

    /* The bytes of the weights of a model, without what the file says of options. */
    std::string weights(const std::string &name) const
    {
        std::string bytes = model(name);
        uint64_t header = 0;
        memcpy(&header, bytes.data(), sizeof header);
        return bytes.substr(sizeof header + header);
    }

    std::string weights_on(const std::string &name, const Arguments &sets, const Arguments &more = {})
    {
        Result r = run(train_on(name, sets, more));
        EXPECT_EQ(r.code, 0) << r.err;
        return r.code == 0 ? weights(name) : "";
    }
};

TEST_F(Reading, TheSameTextInAnyFormIsTheSameTraining)
{
    std::string both = weights_on("files", {corpus("train.en"), corpus("train.cs")});
    EXPECT_TRUE(both == weights_on("tsv", {columns("train.tsv")}));
    std::filesystem::copy(folder.path("train.tsv"), folder.path("list.txt"));
    EXPECT_TRUE(both == weights_on("named", {folder.path("list.txt")}, {"--tsv"}));
    EXPECT_TRUE(both == weights_on("packed", {gzip("train.tsv.gz", folder.read("train.tsv"))}));
    EXPECT_TRUE(both == weights_on("parts", {columns("a.tsv", 0, 80), columns("b.tsv", 80)}));
    EXPECT_TRUE(both == weights_on("crlf", {corpus("train.en"), folder.write("crlf.cs", [&] {
                                                std::string text = "\xef\xbb\xbf";
                                                for (const std::string &line : lines(read(corpus("train.cs"))))
                                                    text += line + "\r\n";
                                                return text;
                                            }())}));
    EXPECT_TRUE(weights_on("back", {corpus("train.cs"), corpus("train.en")}) ==
                weights_on("columns", {folder.path("train.tsv")}, {"--tsv-columns", "2", "1"}));
    EXPECT_FALSE(both == weights("back"));
}

TEST_F(Reading, StandardInputIsReadOnce)
{
    std::string text = read(columns("train.tsv"));
    Result twice = run(train_on("m", {"-"}, {"--tsv"}), text);
    EXPECT_EQ(twice.code, 2);
    EXPECT_TRUE(has(twice.err, "needs --vocabs")) << twice.err;
    std::string expected = weights_on("file", {folder.path("train.tsv")});
    Result r =
        run(train_on("m", {"-"}, {"--tsv", "--vocabs", folder.path("file/vocab.src"), folder.path("file/vocab.trg")}),
            text);
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(weights("m") == expected);
}

TEST_F(Reading, SetsWithWeights)
{
    Arguments sets = {columns("a.tsv", 0, 80), columns("b.tsv", 80)};
    std::string plain = weights_on("plain", sets);
    EXPECT_TRUE(plain == weights_on("ones", sets, {"--set-weights", "1", "1"}));
    EXPECT_FALSE(plain == weights_on("more", sets, {"--set-weights", "1", "2.5"}));
    Result r = run(train_on("more", sets, {"--set-weights", "1", "2", "--resume", "--after", "6u"}));
    EXPECT_EQ(r.code, 78) << "other weights are another training";
    EXPECT_EQ(run(train_on("x", sets, {"--set-weights", "1"})).code, 2);
    EXPECT_EQ(run(train_on("x", sets, {"--set-weights", "1", "-1"})).code, 2);
    r = run(train_on("none", sets, {"--set-weights", "0", "0"}));
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "the weights leave no pair")) << r.err;
}

TEST_F(Reading, WhatSetsCannotBe)
{
    Result r = run(train_on("m", {corpus("train.en")}));
    EXPECT_EQ(r.code, 2);
    EXPECT_TRUE(has(r.err, "train.en' has no partner")) << r.err;
    EXPECT_EQ(run(train_on("m", {corpus("train.en"), columns("a.tsv"), corpus("train.cs")})).code, 2);
    r = run(train_on("m", {columns("a.tsv")}, {"--tsv-columns", "1", "4"}));
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "a.tsv:1: the line has 3 columns parted by tabs; column 4 is wanted")) << r.err;
    EXPECT_EQ(run(train_on("m", {corpus("train.en"), corpus("train.cs"), folder.path("none.tsv")})).code, 66);
}

TEST_F(Reading, ModelsAreTestedOnColumnsToo)
{
    std::string model = folder.path("m");
    train("m", {"--after", "5u", "--valid-sets", columns("valid.tsv", 0, 20), "--valid-freq", "3u", "--valid-metrics",
                "cross-entropy", "bleu"});
    EXPECT_TRUE(has(metrics("m").back(), "bleu")) << metrics("m").back();
    std::string tsv;
    std::vector<std::string> source = lines(read(corpus("test.en"))), target = lines(read(corpus("test.cs")));
    for (size_t i = 0; i < source.size(); i++)
        tsv += source[i] + "\t" + target[i] + "\n";
    folder.write("test.tsv", tsv);
    Result two = run({"score", "-m", model, "--sets", corpus("test.en"), corpus("test.cs")});
    Result one = run({"score", "-m", model, "--sets", folder.path("test.tsv")});
    EXPECT_EQ(one.code, 0) << one.err;
    EXPECT_EQ(one.out, two.out);
    EXPECT_EQ(lines(one.out).size(), 20u);
    two = run({"evaluate", "-m", model, "-b", "1", "--test-sets", corpus("test.en"), corpus("test.cs")});
    one = run({"evaluate", "-m", model, "-b", "1", "--test-sets", folder.path("test.tsv")});
    EXPECT_EQ(one.code, 0) << one.err;
    EXPECT_EQ(one.out, two.out);

    folder.write("broken.tsv", "\xff\t\xff\n" + tsv);
    EXPECT_EQ(run({"score", "-m", model, "--sets", folder.path("broken.tsv")}).code, 65);
    Result skipped = run({"score", "-m", model, "--utf8", "skip", "--sets", folder.path("broken.tsv")});
    EXPECT_EQ(skipped.code, 0) << skipped.err;
    EXPECT_EQ(skipped.out.substr(skipped.out.find('\n') + 1),
              run({"score", "-m", model, "--sets", folder.path("test.tsv")}).out)
        << "line n stays line n";
    EXPECT_TRUE(has(skipped.err, "broken.tsv: 1 line with bytes that are not UTF-8, the first is 1: left out"));
}

TEST_F(Reading, TrainingTellsWhatItLeftOut)
{
    std::string source = read(corpus("train.en")), target = read(corpus("train.cs"));
    source += "bad \xff\n\nlong long long long long long long long\n" + std::string(2000, 'x') + "\nfine\n";
    target += "dobry\nprazdny\ndlouhy\nx\nfajn\n";
    Arguments sets = {folder.write("a.en", source), folder.write("a.cs", target)};
    Result r = run(train_on("m", sets));
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "a.en:201: byte 5 (0xff) is not UTF-8")) << r.err;
    r = run(train_on("m", sets, {"--utf8", "skip", "--max-line-bytes", "1000", "--max-ratio", "6"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(has(r.err, "201 pairs, ")) << r.err;
    EXPECT_TRUE(has(r.err, "left out 4 of 205 pairs: 2 without proper text (--utf8, --max-line-bytes), 1 with an "
                           "empty side, 1 too uneven in length (--max-ratio)"))
        << r.err;
    EXPECT_TRUE(has(r.err, "a.en: 1 line over --max-line-bytes, the first is 204: left out")) << r.err;
    r = run(train_on("r", sets, {"--utf8", "replace"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(
        has(r.err, "a.en: 1 line with bytes that are not UTF-8, the first is 201: 1 place in all is U+FFFD now"))
        << r.err;
}

/* ---- text that is no text --------------------------------------------------------------- */

TEST_F(Reading, EveryMalformedFileEndsAsItShould)
{
    const std::string where = CAR_SHARED_DIR "/corpora/unicode/malformed/";
    if (!std::filesystem::exists(where))
        GTEST_SKIP() << "the reference data is not at " << where;
    std::vector<std::string> rows = lines(read(where + "manifest.tsv"));
    for (size_t i = 1; i < rows.size(); i++) {
        std::vector<std::string> column;
        std::istringstream stream(rows[i]);
        for (std::string part; std::getline(stream, part, '\t');)
            column.push_back(part);
        std::string file = where + column[0];
        bool packed = column[0] == "gzip.txt.gz", good = packed || (column[4] == "1" && column[8] == "0");
        size_t n = std::stoul(column[3]);
        for (const char *policy : {"error", "replace", "skip"}) {
            bool refused = !good && std::string(policy) == "error";
            Result r = run({"tokenize", "--tokenizer", "char", "--utf8", policy, file});
            EXPECT_EQ(r.code, refused ? 65 : 0) << file << " " << policy << " " << r.err;
            EXPECT_EQ(std::count(r.out.begin(), r.out.end(), '\n') == static_cast<ptrdiff_t>(n), !refused || n == 0)
                << file << " " << policy;
            if (refused) {
                EXPECT_EQ(lines(r.err).size(), 1u) << r.err;
                EXPECT_TRUE(has(r.err, file + ":")) << r.err;
            }
            expect_cheap(r, file);
        }
        Result r = run({"vocab", file});
        EXPECT_EQ(r.code, good ? 0 : 65) << file << " " << r.err;
        r = run(train_on("m", {file, file}, {"--overwrite", "--after", "1u", "--utf8", "replace"}));
        bool nothing = r.code == 65 && (has(r.err, "no pair is left") || has(r.err, " empty"));
        EXPECT_TRUE(r.code == 0 || nothing) << file << " " << r.err;
        EXPECT_EQ(nothing, column[0] == "empty.txt" || column[0] == "only-newline.txt" ||
                               column[0] == "only-crlf.txt" || column[0] == "utf8-bom-only.txt" ||
                               column[0] == "only-spaces.txt")
            << file << " " << r.err;
        expect_cheap(r, file);
    }
}

TEST_F(Reading, UnevenFilesAreRefusedWithBothCounts)
{
    std::string source = folder.write("uneven.src", "one\ntwo\nthree\n"),
                target = folder.write("uneven.tgt", "un\ndeux\n");
    for (const Arguments &command : {train_on("m", {source, target}), train_on("m", {target, source})}) {
        Result r = run(command);
        EXPECT_EQ(r.code, 65);
        EXPECT_TRUE(has(r.err, "uneven.src has 3 lines") || has(r.err, "uneven.src has 3;")) << r.err;
        EXPECT_TRUE(has(r.err, "uneven.tgt has 2 lines") || has(r.err, "uneven.tgt has 2;")) << r.err;
    }
}

TEST_F(Reading, ALineWithoutEndTakesNoMemory)
{
    std::string path = folder.write("endless", "");
    ASSERT_EQ(truncate(path.c_str(), 1 << 28), 0); /* takes no room on the disk either */
    Result r = run({"tokenize", path});
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "endless:1: the line is longer than 1048576 bytes")) << r.err;
    expect_cheap(r, "refused");
    r = run({"tokenize", "--utf8", "skip", path});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, "\n");
    expect_cheap(r, "left out");
    if (!sanitized) {
        EXPECT_LT(r.peak_kib, 32 * 1024);
    }
    EXPECT_EQ(run({"vocab", path}).code, 65);
    r = run(train_on("m", {path, path}));
    EXPECT_EQ(r.code, 65);
    expect_cheap(r, "train");
}

TEST_F(Reading, AMillionCombiningMarks)
{
    std::string text = "e";
    for (int i = 0; i < 1000000; i++)
        text += "\xcc\x81";
    std::string path = folder.write("marks", text + "\n");
    EXPECT_EQ(run({"vocab", path}).code, 65);
    for (const char *name : {"word", "char", "space", "byte"}) {
        Result r = run({"tokenize", "--max-line-bytes", "4000000", "--tokenizer", name, path});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(std::count(r.out.begin(), r.out.end(), '\n'), 1) << name;
        expect_cheap(r, name);
    }
}

TEST_F(Reading, WhatUnpacksToAThousandTimesItsSize)
{
    std::string lines_bomb = gzip("lines.gz", std::string(1 << 20, '\n'), 80);
    std::string line_bomb = gzip("line.gz", std::string(1 << 20, 'x'), 80);
    EXPECT_LT(std::filesystem::file_size(line_bomb) * 900, size_t{80} << 20);
    struct {
        Arguments command;
        int code;
        const char *says;
    } const cases[] = {
        {{"tokenize", line_bomb}, 65, "line.gz:1: the line is longer than 1048576 bytes"},
        {{"tokenize", "--utf8", "skip", line_bomb}, 0, "the line of the output is empty"},
        {{"tokenize", "--vocab", line_bomb}, 65, "line.gz: holds more than 64 MiB of text"},
        {{"tokenize", "--bpe-codes", lines_bomb}, 65, "lines.gz: holds more than 64 MiB of text"},
        {{"vocab", "--config", lines_bomb}, 78, "lines.gz: is larger than 1 MiB"},
        {train_on("m", {line_bomb, line_bomb}), 65, "line.gz:1: the line is longer"},
    };
    for (const auto &c : cases) {
        Result r = run(c.command);
        EXPECT_EQ(r.code, c.code) << r.err;
        EXPECT_TRUE(has(r.err, c.says)) << r.err;
        expect_cheap(r, c.says);
    }
}

/* The target is cut while the source, a pipe, is still being written: the lines that are
 * gone are missed, and nothing crashes. */
TEST_F(Reading, AFileThatShrinksIsAShortFile)
{
    std::string text, pipe = folder.path("pipe");
    for (int i = 0; i < 200000; i++)
        text += "some words\n";
    std::string target = folder.write("target", text);
    for (const char *side : {"src", "trg"}) {
        Result r = run({"vocab", corpus("train.en")});
        folder.write(side, r.out);
    }
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    program::Process process(
        train_on("m", {pipe, target}, {"--vocabs", folder.path("src"), folder.path("trg"), "--max-length", "0"}),
        "/dev/null", folder.path("out"), folder.path("err"));
    int fd = open(pipe.c_str(), O_WRONLY);
    ASSERT_GE(fd, 0);
    auto write_all = [fd](const std::string &bytes) {
        for (size_t done = 0; done < bytes.size();) {
            ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
            if (n <= 0)
                break;
            done += static_cast<size_t>(n);
        }
    };
    auto former = signal(SIGPIPE, SIG_IGN);
    write_all(text.substr(0, text.size() / 4));
    ASSERT_EQ(truncate(target.c_str(), 1000), 0);
    write_all(text.substr(text.size() / 4));
    close(fd);
    signal(SIGPIPE, former);
    EXPECT_EQ(process.wait(), 65) << read(folder.path("err"));
    EXPECT_TRUE(has(read(folder.path("err")), "pipe has 200000 lines")) << read(folder.path("err"));
}

/* ---- more than fits into memory ------------------------------------------------------------ */

class Streaming : public Reading
{
  protected:
    void SetUp() override
    {
        Reading::SetUp();
        std::string source, target;
        std::vector<std::string> en = lines(read(corpus("train.en"))), cs = lines(read(corpus("train.cs")));
        for (int i = 0; i < 12000; i++) {
            source += en[static_cast<size_t>(i) % en.size()] + " " + std::to_string(i) + "\n";
            target += cs[static_cast<size_t>(i * 7) % cs.size()] + " " + std::to_string(i) + "\n";
        }
        sets = {folder.write("big.en", source), folder.write("big.cs", target)};
    }

    Arguments big(const std::string &name, const Arguments &more) const
    {
        return join({"train", "--model", folder.path(name), "--dim-emb", "4", "--dim-rnn", "4", "--mini-batch", "200",
                     "--cpu-threads", "1", "--tokenizer", "space", "--dim-vocabs", "300", "300", "--train-sets",
                     sets[0], sets[1]},
                    more);
    }

    Arguments sets;
};

TEST_F(Streaming, ResumeEqualsUninterrupted)
{
    Arguments small = {"--corpus-memory", "1"};
    Result r = run(big("once", join(small, {"--after", "100u"})));
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(has(r.err, "more than --corpus-memory: the pairs are in a temporary file in " + folder.path("once")))
        << r.err;
    for (const char *after : {"7u", "37u", "81u", "100u"}) { /* 60 updates are an epoch */
        r = run(big("parts", join(small, {"--after", after, "--resume"})));
        ASSERT_EQ(r.code, 0) << r.err;
    }
    EXPECT_TRUE(model("parts") == model("once"));
    r = run(big("parts", {"--corpus-memory", "2", "--after", "101u", "--resume"}));
    EXPECT_EQ(r.code, 78) << "another memory is another order";
    for (const auto &entry : std::filesystem::directory_iterator(folder.path("once")))
        EXPECT_EQ(entry.path().filename().string().find("carousel-"), std::string::npos) << "a file was left behind";
}

TEST_F(Streaming, SameOnAnyNumberOfThreads)
{
    std::string one;
    for (const char *threads : {"1", "3"}) {
        Result r = run(big("m", {"--corpus-memory", "1", "--after", "10u", "--overwrite", "--cpu-threads", threads}));
        ASSERT_EQ(r.code, 0) << r.err;
        one = one.empty() ? model("m") : one;
        EXPECT_TRUE(model("m") == one);
    }
}

TEST_F(Streaming, MemoryDoesNotGrowWithTheText)
{
    if (sanitized)
        GTEST_SKIP() << "memory says nothing under sanitizers";
    Arguments vocabularies = {"--vocabs"}; /* whose making is not what is looked at here */
    for (const std::string &text : sets)
        vocabularies.push_back(folder.write(
            text.substr(text.rfind('.') + 1), run({"vocab", "--tokenizer", "space", "--dim-vocabs", "300", text}).out));
    auto peak = [&](int times, const char *memory) {
        Arguments command = {"train", "--model", folder.path("m"), "--dim-emb", "4", "--dim-rnn", "4", "--cpu-threads",
                             "1", "--corpus-memory", memory, "--after", "2u", "--overwrite"};
        Arguments all = {"--train-sets"};
        for (int i = 0; i < times; i++)
            all.insert(all.end(), sets.begin(), sets.end());
        Result r = run(join(join(command, vocabularies), all));
        EXPECT_EQ(r.code, 0) << r.err;
        return r.peak_kib;
    };
    long small = peak(2, "1"), large = peak(12, "1"), held = peak(12, "1024");
    EXPECT_LT(large, small + 2 * 1024) << "12 times 1.4 MB, 1 MiB at a time";
    EXPECT_GT(held, large + 10 * 1024) << "all of it; little was " << small;
}

TEST_F(Streaming, NeedsAPlaceForTheRest)
{
    Result r = run(big("m", {"--corpus-memory", "1", "--after", "1u", "--tempdir", folder.path("none")}));
    EXPECT_EQ(r.code, 73);
    EXPECT_TRUE(has(r.err, "name another folder with --tempdir")) << r.err;
    EXPECT_EQ(run(big("m", {"--after", "1u", "--overwrite", "--tempdir", folder.path("none")})).code, 0)
        << "it is not looked at when there is memory enough";
}
