/* Text to pieces and back: tokenize and detokenize. */
#include "support/sentencepiece.hpp"
#include "tools/program.hpp"

using program::Arguments;
using program::has;
using program::lines;
using program::Program;
using program::Result;

class Tokenize : public Program
{
  protected:
    std::string out(const Arguments &arguments, const std::string &input)
    {
        Result r = run(arguments, input);
        EXPECT_EQ(r.code, 0) << r.err;
        return r.out;
    }
};

TEST_F(Tokenize, LineByLine)
{
    EXPECT_EQ(out({"tokenize"}, "The dog, (NATO).\n\n  a\n"), "The dog ￭, (￭ NATO ￭) ￭.\n\n▁ ▁ a\n");
    EXPECT_EQ(out({"tokenize", "--tokenizer", "space"}, " a  b\n"), "a b\n");
    EXPECT_EQ(out({"tokenize", "--case", "mark"}, "The NATO"), "⇧ the ⇪ nato\n");
    EXPECT_EQ(out({"tokenize", "--case", "lower", "--normalization", "nfkc"}, "ﬁX"), "fix\n");
    EXPECT_EQ(out({"tokenize", "--tokenizer", "char"}, "a b"), "a ▁ b\n");
    EXPECT_EQ(out({"tokenize"}, ""), "");
}

TEST_F(Tokenize, EveryLineComesBack)
{
    std::string text = program::read(corpus("train.cs")) + "\n  \n\tx \u00a0\n\u2028 ⇧ ▁ ￭ ␛\nＡ 漢字 (ﬁ)\na\r \r\r\n";
    for (const char *name : {"word", "char", "byte"}) {
        std::string codes = folder.write("codes", out({"bpe", "learn", "--symbols", "300"},
                                                      out({"tokenize", "--tokenizer", name, "--case", "lower"}, text)));
        const Arguments chosen[] = {{}, {"--normalization", "none"}, {"--bpe-codes", codes}};
        for (const Arguments &more : chosen) {
            Arguments options = program::join({"--tokenizer", name}, more);
            std::string pieces = out(program::join({"tokenize"}, options), text);
            EXPECT_EQ(lines(pieces).size(), lines(text).size());
            std::string expected = text;
            expected.erase(expected.size() - 2, 1); /* a CR before LF is part of the line's end */
            EXPECT_EQ(out(program::join({"detokenize"}, options), pieces), expected) << name;
        }
    }
    EXPECT_EQ(out({"detokenize", "--case", "mark"}, out({"tokenize", "--case", "mark"}, text)),
              out({"detokenize"}, out({"tokenize"}, text)));
}

TEST_F(Tokenize, SameOnAnyNumberOfThreads)
{
    std::string text;
    for (int i = 0; i < 20; i++)
        text += program::read(corpus("train.en")) + program::read(corpus("train.cs"));
    std::string one = out({"tokenize", "--cpu-threads", "1"}, text);
    EXPECT_EQ(out({"tokenize", "--cpu-threads", "3"}, text), one);
    EXPECT_EQ(out({"detokenize", "--cpu-threads", "3"}, one), text);
    EXPECT_EQ(out({"tokenize", folder.write("a", text), folder.write("b", text)}, ""), one + one);
}

TEST_F(Tokenize, AsAVocabularySays)
{
    std::string text = program::read(corpus("train.cs"));
    std::string path = folder.write("text", text);
    std::string vocabulary =
        folder.write("vocab", out({"vocab", "--case", "mark", "--bpe-symbols", "200", "--min-count", "2", path}, ""));
    EXPECT_TRUE(has(folder.read("vocab"), "# tokenizer: name=word normalization=nfc case=mark bpe=200 bytes=yes\n"));
    std::string pieces = out({"tokenize", "--vocab", vocabulary}, text + "漢\n");
    EXPECT_TRUE(has(pieces, "<0xE6>@@ <0xBC>@@ <0xA2>\n"));
    EXPECT_EQ(out({"detokenize", "--vocab", vocabulary}, pieces), text + "漢\n");
    EXPECT_EQ(out({"tokenize", "--vocab", vocabulary, "--case", "mark"}, text + "漢\n"), pieces);
    Result other = run({"tokenize", "--vocab", vocabulary, "--case", "keep"}, text);
    EXPECT_EQ(other.code, 78);
    EXPECT_TRUE(has(other.err, "leave one of them out")) << other.err;
    EXPECT_EQ(run({"tokenize", "--vocab", vocabulary, "--bpe-codes", vocabulary}, text).code, 78);
    EXPECT_EQ(run({"tokenize", "--vocab", folder.path("none")}, text).code, 66);
}

TEST_F(Tokenize, TrainingKeepsTheCaseMarks)
{
    train("m", {"--case", "keep", "mark", "--tokenizer", "word", "space", "--after", "5u"});
    EXPECT_TRUE(has(folder.read("m/vocab.trg"), "# tokenizer: name=space normalization=nfc case=mark\n"));
    EXPECT_TRUE(has(folder.read("m/vocab.src"), "# tokenizer: name=word normalization=nfc\n"));
    EXPECT_TRUE(has(folder.read("m/vocab.trg"), "\n⇧\t"));
    EXPECT_EQ(run({"translate", "-m", folder.path("m")}, "The dog came.\n").code, 0);
    Result r = run(training("m", {"--resume", "--case", "keep", "--after", "6u"}));
    EXPECT_EQ(r.code, 78);
    EXPECT_TRUE(has(r.err, "it was --case keep mark, now it is --case keep")) << r.err;
    EXPECT_EQ(run(training("n", {"--case", "upper"})).code, 78);
    EXPECT_EQ(run(training("n", {"--case", "mark", "--tokenizer", "byte"})).code, 78);
}

TEST_F(Tokenize, VocabulariesOfOtherPrograms)
{
    std::string source, target; /* as OpenNMT-py and Marian write them */
    std::vector<std::string> own = lines(out({"vocab", "--case", "mark", corpus("train.en")}, ""));
    for (size_t i = 6; i < own.size(); i++)
        source += own[i] + "\n";
    own = lines(out({"vocab", corpus("train.cs")}, ""));
    target = "</s>: 0\n<unk>: 1\n";
    for (size_t i = 6; i < own.size(); i++)
        target += "\"" + own[i].substr(0, own[i].find('\t')) + "\": " + std::to_string(i - 4) + "\n";
    std::string v[] = {folder.write("v.src", source), folder.write("v.yml", target)};
    Result r = run(training("m", {"--vocabs", v[0], v[1], "--case", "mark", "keep", "--after", "3u"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(folder.read("m/vocab.src"), out({"vocab", "--convert", v[0], "--case", "mark"}, ""));
    EXPECT_EQ(folder.read("m/vocab.trg"), out({"vocab", "--convert", v[1]}, ""));
    EXPECT_TRUE(has(folder.read("m/vocab.src"), "name=word normalization=nfc case=mark\n"));
    EXPECT_EQ(lines(folder.read("m/vocab.trg")).size(), own.size());

    std::string codes = folder.write("codes", "#version: 0.2\na b\n");
    EXPECT_TRUE(has(out({"vocab", "--convert", v[1], "--tokenizer", "space", "--bpe-codes", codes}, ""),
                    "# tokenizer: name=space normalization=nfc bpe=1 bytes=no\n"));
    EXPECT_EQ(run(training("n", {"--vocabs", v[0], v[1], "--bpe-codes", codes, "--after", "2u"})).code, 0);
    r = run(training("o", {"--vocabs", v[0], v[1], "--bpe-symbols", "100"}));
    EXPECT_EQ(r.code, 78);
    EXPECT_TRUE(has(r.err, "give them as --bpe-codes")) << r.err;
    r = run(training("o", {"--vocabs", folder.path("m/vocab.src"), v[1], "--bpe-codes", codes}));
    EXPECT_EQ(r.code, 78);
    EXPECT_TRUE(has(r.err, "has the merges it was made with")) << r.err;
    r = run({"vocab", "--convert", folder.write("bad", "a\nb c\n")});
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "bad:2: ")) << r.err;
    EXPECT_EQ(run({"vocab", "--convert", folder.path("m/vocab.src")}).code, 65);
    EXPECT_EQ(run({"vocab", "--convert", v[0], v[1]}).code, 2);
    EXPECT_EQ(run({"vocab", "--convert", v[0], "--min-count", "2"}).code, 2);
    EXPECT_EQ(run({"vocab", "--convert", folder.path("none")}).code, 66);
}

TEST_F(Tokenize, SentencePiece)
{
    std::string text = program::read(corpus("train.en"));
    std::string bytes = support::sentencepiece_model(lines(text), "--vocab_size=150 --model_type=bpe");
    if (bytes.empty())
        GTEST_SKIP() << "built without SentencePiece";
    std::string path = folder.write("en.model", bytes);
    Arguments wanted = {"--tokenizer", "sentencepiece", "--sentencepiece-model", path};
    std::string pieces = out(program::join({"tokenize"}, wanted), text);
    EXPECT_TRUE(has(pieces, "▁the"));
    EXPECT_EQ(out(program::join({"detokenize"}, wanted), pieces), text);

    train("m", {"--tokenizer", "sentencepiece", "word", "--sentencepiece-model", path, "--after", "3u"});
    std::string answer = out({"translate", "-m", folder.path("m")}, "The dog came home.\n");
    std::filesystem::remove(path); /* the model has it */
    EXPECT_EQ(out({"translate", "-m", folder.path("m")}, "The dog came home.\n"), answer);
    EXPECT_EQ(out({"tokenize", "--vocab", folder.path("m/vocab.src")}, text), pieces);
    EXPECT_EQ(run(training("m", {"--resume", "--tokenizer", "sentencepiece", "word", "--after", "4u"})).code, 0);

    EXPECT_EQ(run(program::join({"tokenize"}, wanted)).code, 66);
    Result r = run({"tokenize", "--tokenizer", "sentencepiece", "--sentencepiece-model", folder.write("x", "x")}, "a");
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "/x: this is no model of SentencePiece")) << r.err;
    EXPECT_EQ(run({"tokenize", "--tokenizer", "sentencepiece"}, "a").code, 78);
    folder.write("en.model", bytes);
    r = run(training("n", program::join(wanted, {"--bpe-symbols", "10"})));
    EXPECT_EQ(r.code, 78);
    EXPECT_TRUE(has(r.err, "leave out byte pair encoding")) << r.err;
}

TEST_F(Tokenize, WarnsOfAnotherUnicode)
{
    std::string vocabulary = out({"vocab", corpus("train.en")}, "");
    size_t icu = vocabulary.find("icu=") + 4;
    vocabulary.replace(icu, vocabulary.find(' ', icu) - icu, "50.1");
    std::string path = folder.write("vocab", vocabulary);
    Result r = run({"tokenize", "--vocab", path}, "a\n");
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(has(r.err, path + ": its text was cut by icu=50.1 ")) << r.err;
    r = run(training("m", {"--vocabs", path, path, "--after", "2u"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(has(r.err, path + ": its text was cut by icu=50.1 ")) << r.err;
    r = run({"translate", "-m", folder.path("m")}, "a\n");
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(has(r.err, "its text was cut by icu=50.1 ")) << r.err;
}

TEST_F(Tokenize, APipeIsAnsweredAsItComes)
{
    program::Pipe in(folder.path("in.pipe"));
    program::Process process({"tokenize"}, in.path(), folder.path("out"), folder.path("err"));
    in.send("The dog.\nA ");
    EXPECT_TRUE(program::eventually([&] { return folder.read("out") == "The dog ￭.\n" || !process.runs(); }));
    EXPECT_TRUE(process.runs());
    in.send("cat.");
    in.close();
    EXPECT_EQ(process.wait(), 0);
    EXPECT_EQ(folder.read("out"), "The dog ￭.\nA cat ￭.\n");
}

TEST_F(Tokenize, WhatCannotBeRead)
{
    Result r = run({"tokenize"}, "good\nb\xff"
                                 "ad\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_EQ(r.out, "good\n");
    EXPECT_TRUE(has(r.err, "-:2: byte 2 (0xff) is not UTF-8")) << r.err;
    r = run({"detokenize"}, "good\nb\xff"
                            "ad\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_EQ(r.out, "good\n");
    EXPECT_TRUE(has(r.err, "-:2: byte 2 (0xff) is not UTF-8")) << r.err;
    EXPECT_EQ(run({"detokenize"}, std::string("a\0b\n", 4)).code, 65);
    EXPECT_EQ(run({"tokenize", folder.path("none")}).code, 66);
    EXPECT_EQ(run({"tokenize", "--tokenizer", "wrod"}).code, 78);
    EXPECT_EQ(run({"tokenize", "--bpe-codes", folder.write("codes", "")}).code, 65);
}
