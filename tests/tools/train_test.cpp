/* Training: every kind of model, and the same bits whatever happens on the way. */
#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "support/shipped_cells.hpp"
#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Process;
using program::Program;
using program::Result;

class Train : public Program
{
  protected:
    Arguments validation() const { return {"--valid-sets", corpus("valid.en"), corpus("valid.cs")}; }

    /* Starts training in folder NAME. */
    Process start(const std::string &name, const Arguments &more)
    {
        return Process(training(name, more), "/dev/null", "/dev/null", folder.path(name + ".err"));
    }
};

/* ---- configurations ---------------------------------------------------------------- */

TEST_F(Train, KindsOfModels)
{
    const std::vector<Arguments> kinds = {
        {"--enc-cell", "lstm", "--dec-cell", "rnn:activation=relu", "--attention", "dot", "--input-feeding"},
        {"--attention", "none", "--context", "every", "--enc-type", "reverse"},
        {"--enc-depth", "2", "--dec-depth", "3", "--skip", "--attention", "general", "--enc-type", "unidirectional"},
        {"--tied-embeddings-all", "--tokenizer", "char", "--normalization", "nfkc", "--max-length", "0"},
        {"--tied-embeddings-src", "--dim-vocabs", "90", "--init", "he"},
        {"--tied-embeddings", "--min-count", "2", "3", "--tokenizer", "space", "word"},
        {"--optimizer", "sgd", "--optimizer-params", "0.9", "--learn-rate", "0.1", "--clip-value", "0.1"},
        {"--optimizer", "rmsprop", "--lr-warmup", "3", "--lr-decay", "0.5", "--lr-decay-strategy", "batches"},
        {"--label-smoothing", "0.1", "--dropout-rnn", "0", "--mini-batch-words", "100", "--max-length", "9",
         "--max-length-crop", "--lr-decay-inv-sqrt", "4"},
        {"--layer-normalization", "--dropout-state", "0.1", "--zoneout", "0.05", "0.1", "--clip-gates", "1"},
        {"--batch-normalization", "--enc-depth", "2", "--attention", "general"},
    };
    for (size_t i = 0; i < kinds.size(); i++) {
        std::string name = "m" + std::to_string(i);
        train(name, program::join({"--after", "6u"}, kinds[i]));
        Result r = run({"translate", "-m", folder.path(name)}, "The queen was tired.\n\nThe dog.\n");
        EXPECT_EQ(r.code, 0) << i << ": " << r.err;
        EXPECT_EQ(lines(r.out).size(), 3u) << i;
    }
}

TEST_F(Train, ARefusedTrainingLeavesNoFolderOfItsOwn)
{
    const Arguments none = {"--train-sets", folder.path("none.en"), folder.path("none.cs")};
    std::filesystem::create_directory(folder.path("there"));
    for (const char *name : {"new", "there"}) {
        EXPECT_EQ(run(training(name, none)).code, 66);
        EXPECT_EQ(run(training(name, {"--enc-cell", "lstm:forget_bias=x"})).code, 2);
        EXPECT_EQ(std::filesystem::exists(folder.path(name)), std::string(name) == "there");
    }
    train("new", {"--after", "1u"});
    EXPECT_EQ(run(training("new", program::join(none, {"--overwrite"}))).code, 66);
    EXPECT_TRUE(std::filesystem::exists(folder.path("new/config.yml"))) << "of the training before";
}

TEST_F(Train, CellsFromFiles)
{
    std::string own = folder.path("own.so");
    std::filesystem::copy_file(CAR_BINARY_DIR "/lib/carousel/cells/lstm.so", own);
    train("m", {"--after", "2u", "--enc-cell", own + ":forget_bias=2"});
    Result with = run({"translate", "-m", folder.path("m")}, "The dog.\n");
    EXPECT_EQ(with.code, 0) << with.err;
    std::filesystem::remove(own);
    Result without = run({"translate", "-m", folder.path("m")}, "The dog.\n"); /* found by its name */
    EXPECT_EQ(without.code, 0) << without.err;
    EXPECT_EQ(without.out, with.out);
}

TEST_F(Train, SaysWhereTheTimeWent)
{
    train("m", {"--after", "20u", "--disp-freq", "5u", "--valid-freq", "0"});
    auto value = [](const std::string &line, const std::string &name) {
        size_t at = line.find("\"" + name + "\":");
        return at == std::string::npos ? -1 : std::stod(line.substr(at + name.size() + 3));
    };
    double sum = 0, all = 0;
    for (const std::string &line : lines(program::read(folder.path("m/metrics.jsonl")))) {
        for (const char *part : {"reading", "forward", "output", "backward", "weights", "step", "packing"}) {
            EXPECT_LT(0, value(line, part)) << part << " of " << line;
            sum += value(line, part);
        }
        all += value(line, "seconds");
    }
    EXPECT_LE(sum, all);
    EXPECT_GE(sum, 0.3 * all) << "most of it is known";
    EXPECT_NE(program::read(folder.path("m/train.log")).find(" seconds: reading "), std::string::npos);
}

TEST_F(Train, Learns)
{
    train("m", {"-e", "12", "--learn-rate", "0.01", "--dim-emb", "32", "--dim-rnn", "32", "--dropout-rnn", "0",
                "--disp-freq", "1e"});
    std::vector<double> losses;
    for (const std::string &line : metrics("m"))
        losses.push_back(std::stod(line.substr(line.find("\"loss\":") + 7)));
    ASSERT_GE(losses.size(), 12u);
    EXPECT_LT(losses.back(), losses.front() - 2);
}

TEST_F(Train, GivenVocabularies)
{
    std::string source = folder.write("src.vocab", run({"vocab", corpus("train.en")}).out);
    std::string target = folder.write("trg.vocab", run({"vocab", corpus("train.cs")}).out);
    EXPECT_EQ(train("given", {"--after", "3u", "--vocabs", source, target}), train("made", {"--after", "3u"}));
    EXPECT_EQ(folder.read("made/vocab.src"), folder.read("src.vocab"));
    EXPECT_EQ(folder.read("made/vocab.trg"), folder.read("trg.vocab"));
    Result r = run(training("other", {"--vocabs", source, target, "--tied-embeddings-all"}));
    EXPECT_EQ(r.code, 78);
    EXPECT_EQ(run(training("another", {"--vocabs", source, target, "--tokenizer", "char"})).code, 78);
    train("joint", {"--after", "3u", "--vocabs", source, source, "--tied-embeddings-all"});
}

TEST_F(Train, DumpedConfiguration)
{
    Arguments more = {"--after", "4u", "--dec-cell", "lstm", "--dim-vocabs", "100", "120", "--learn-rate", "0.02"};
    Result dumped = run(program::join(training("m", more), {"--dump-config"}));
    EXPECT_EQ(dumped.code, 0);
    EXPECT_FALSE(std::filesystem::exists(folder.path("m")));
    Result again = run({"train", "--config", folder.write("m.yml", dumped.out)});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(model("m"), train("direct", more));
    Result twice = run({"train", "--config", folder.path("m.yml"), "--dump-config"});
    EXPECT_EQ(twice.out, dumped.out);
}

TEST_F(Train, Metrics)
{
    train("m", program::join({"-e", "2", "--valid-freq", "1e", "--valid-metrics", "bleu", "chrf", "exact", "accuracy",
                              "perplexity", "cross-entropy"},
                             validation()));
    int trained = 0, validated = 0;
    for (const std::string &line : metrics("m")) {
        bool is_valid = line.find("{\"kind\":\"valid\"") == 0;
        trained += line.find("{\"kind\":\"train\"") == 0;
        validated += is_valid;
        for (const char *key : {"\"bleu\":", "\"chrf\":", "\"exact\":", "\"accuracy\":", "\"perplexity\":"})
            EXPECT_TRUE(!is_valid || line.find(key) != std::string::npos) << line;
    }
    EXPECT_EQ(validated, 2);
    EXPECT_GE(trained, 2);
    EXPECT_TRUE(std::filesystem::exists(folder.path("m/best-bleu.safetensors")));
    EXPECT_NE(folder.read("m/train.log").find(" : bleu : "), std::string::npos);
}

TEST_F(Train, EarlyStopping)
{
    Result r = run(training(
        "m", program::join({"--after", "1000u", "--valid-freq", "2u", "--early-stopping", "2", "--learn-rate", "1e-30"},
                           validation())));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.err.find("stopped early"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("after 6 updates"), std::string::npos) << r.err;
}

TEST_F(Train, Diverges)
{
    Result r = run(training("m", {"--after", "200u", "--optimizer", "sgd", "--learn-rate", "1e6", "--clip-norm", "0",
                                  "--dec-cell", "rnn:activation=relu", "--enc-cell", "rnn:activation=relu"}));
    EXPECT_EQ(r.code, 76) << r.err;
    EXPECT_NE(r.err.find("diverged"), std::string::npos) << r.err;
}

/* ---- the same bits -------------------------------------------------------------------- */

class EveryCell : public Train, public ::testing::WithParamInterface<std::string>
{
};

TEST_P(EveryCell, SameBitsOnAnyNumberOfThreads)
{
    Arguments more = {"--after", "4u", "--mini-batch", "64", "--enc-cell", GetParam(), "--dec-cell", GetParam()};
    std::string one = train("t1", program::join(more, {"--cpu-threads", "1"}));
    const bool all = GetParam() == "gru"; /* the host's part is the same for all */
    for (const char *threads : all ? std::vector<const char *>{"2", "3", "4", "8"} : std::vector<const char *>{"3"})
        EXPECT_TRUE(train("t" + std::string(threads), program::join(more, {"--cpu-threads", threads})) == one)
            << threads << " threads";
}

INSTANTIATE_TEST_SUITE_P(, EveryCell, ::testing::ValuesIn(support::shipped_cells), [](const auto &cell) {
    std::string name = cell.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST_F(Train, ResumeEqualsUninterrupted)
{
    Arguments more =
        program::join({"--valid-freq", "7u", "--lr-decay", "0.7", "--lr-decay-strategy", "epoch"}, validation());
    train("once", program::join(more, {"--after", "40u"}));
    /* 13 updates are an epoch; every 7 there is a validation */
    train("parts", program::join(more, {"--after", "7u"}));
    for (const char *after : {"21u", "35u", "40u"}) {
        Result r = run({"train", "--model", folder.path("parts"), "--resume", "--after", after});
        EXPECT_EQ(r.code, 0) << r.err;
    }
    EXPECT_TRUE(model("parts") == model("once"));
}

/* The running statistics of batch normalisation are of the model: saved, gone on from, used. */
TEST_F(Train, BatchNormalizationIsTheSameBits)
{
    Arguments more = program::join({"--batch-normalization", "--valid-freq", "7u", "--save-freq", "1u"}, validation());
    std::string once = train("once", program::join(more, {"--after", "20u"}));
    EXPECT_TRUE(train("threads", program::join(more, {"--after", "20u", "--cpu-threads", "3"})) == once);
    EXPECT_EQ(metrics("threads"), metrics("once")) << "the validations";
    train("parts", program::join(more, {"--after", "7u"}));
    EXPECT_EQ(run({"train", "--model", folder.path("parts"), "--resume", "--after", "20u"}).code, 0);
    EXPECT_TRUE(model("parts") == once);
    for (const char *name : {"gain", "mean", "variance"}) {
        EXPECT_NE(once.find("\"model.decoder.0." + std::string(name) + ".x.r\""), std::string::npos) << name;
        EXPECT_EQ(once.find("\"model.decoder.0." + std::string(name) + ".h.r\""), std::string::npos) << name;
    }
    for (const std::string layer : {"model.encoder.0.forward", "model.encoder.0.backward", "model.decoder.0"}) {
        for (float mean : tensor("once", layer + ".mean.x.r"))
            EXPECT_NE(mean, 0) << layer << ": not where it began";
        for (float variance : tensor("once", layer + ".variance.x.r"))
            EXPECT_NE(variance, 1) << layer;
    }

    Result r = run(training("m", {"--batch-normalization", "--layer-normalization"}));
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find("leave out one"), std::string::npos) << r.err;
    r = run(training("m", {"--batch-normalization", "--input-feeding"}));
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find("--input-feeding"), std::string::npos) << r.err;
}

/* As good a model as in fp32, and as reproducible; the precision is kept, and chosen anew to translate. */
TEST_F(Train, InBf16)
{
    Arguments more = {"--after", "100u", "--learn-rate", "0.01", "--dropout-rnn", "0", "--disp-freq", "50u"};
    Arguments in_bf16 = program::join(more, {"--precision", "bf16"});
    std::string one = train("bf16", in_bf16);
    train("fp32", more);
    EXPECT_TRUE(one == train("t3", program::join(in_bf16, {"--cpu-threads", "3"})));
    train("parts", program::join(in_bf16, {"--after", "40u"}));
    Result r = run({"train", "--model", folder.path("parts"), "--resume", "--after", "100u"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(one == model("parts"));
    r = run({"train", "--model", folder.path("parts"), "--resume", "--after", "110u", "--precision", "fp32"});
    EXPECT_EQ(r.code, 78) << r.err;
    EXPECT_NE(r.err.find("precision"), std::string::npos) << r.err;

    auto loss = [&](const std::string &name) {
        const std::string line = metrics(name).back();
        return std::stod(line.substr(line.find("\"loss\":") + 7));
    };
    EXPECT_NEAR(loss("bf16"), loss("fp32"), 0.03 * loss("fp32"));
    EXPECT_NE(loss("bf16"), loss("fp32"));

    auto scores = [&](const char *precision) {
        return lines(run({"score", "-m", folder.path("bf16"), "-t", corpus("valid.en"), corpus("valid.cs"),
                          "--precision", precision})
                         .out);
    };
    const std::vector<std::string> exact = scores("fp32"), rounded = scores("bf16");
    ASSERT_EQ(exact.size(), rounded.size());
    ASSERT_GT(exact.size(), 10u);
    EXPECT_NE(exact, rounded);
    for (size_t i = 0; i < exact.size(); i++)
        EXPECT_NEAR(std::stod(exact[i]), std::stod(rounded[i]), 0.05 + 0.02 * std::fabs(std::stod(exact[i])));
    const std::string log = folder.read("bf16/train.log");
    EXPECT_NE(log.find("products in bf16 by "), std::string::npos) << log;

    for (const Arguments &command :
         {Arguments{"translate", "-m", folder.path("bf16"), "-i", corpus("test.en"), "--n-best"},
          Arguments{"evaluate", "-m", folder.path("bf16"), "-t", corpus("test.en"), corpus("test.cs"), "--json"},
          Arguments{"gradients", "-m", folder.path("bf16"), "--sets", corpus("test.en"), corpus("test.cs")}}) {
        const Result as_fp32 = run(command), as_bf16 = run(program::join(command, {"--precision", "bf16"}));
        EXPECT_EQ(as_bf16.code, 0) << as_bf16.err;
        EXPECT_NE(as_bf16.out, as_fp32.out) << command[0];
        EXPECT_EQ(lines(as_bf16.out).size(), lines(as_fp32.out).size()) << command[0];
    }
}

/* BPE-dropout, with what else decides about a pair: weights, and a corpus in a file. */
TEST_F(Train, BpeDropoutIsTheSameBits)
{
    Arguments more = {"--bpe-symbols", "60", "--bpe-dropout", "0.2", "--set-weights", "1.5", "--valid-freq", "7u"};
    more = program::join(more, validation());
    Arguments to_the_end = program::join(more, {"--after", "40u"});
    std::string once = train("once", to_the_end);
    EXPECT_TRUE(train("threads", program::join(to_the_end, {"--cpu-threads", "3"})) == once);
    train("parts", program::join(more, {"--after", "7u"}));
    for (const char *after : {"21u", "40u"})
        EXPECT_EQ(run({"train", "--model", folder.path("parts"), "--resume", "--after", after}).code, 0);
    EXPECT_TRUE(model("parts") == once);
    Process process = start("killed", program::join(to_the_end, {"--save-freq", "3u"}));
    ASSERT_TRUE(program::eventually([&] { return !model("killed").empty(); }));
    process.send(SIGKILL);
    (void)process.wait();
    EXPECT_EQ(run(program::join(training("killed", to_the_end), {"--resume", "--save-freq", "3u"})).code, 0);
    EXPECT_TRUE(model("killed") == once);
    EXPECT_EQ(metrics("killed"), metrics("once"));
}

TEST_F(Train, BpeDropoutCutsOnlyTrainingText)
{
    Arguments more = {"--bpe-symbols", "60", "--after", "26u"};
    std::string plain = train("plain", more);
    EXPECT_TRUE(train("zero", program::join(more, {"--bpe-dropout", "0"})) == plain);
    EXPECT_FALSE(train("tenth", program::join(more, {"--bpe-dropout", "0.1"})) == plain);
    /* All merges of one side passed over: it is trained on characters, and the other is not. */
    auto words = [&](const std::string &name) {
        int64_t sum = 0;
        for (const std::string &line : metrics(name))
            sum += std::stoll(line.substr(line.find("\"sum_words\":") + 12));
        return sum;
    };
    train("source", program::join(more, {"--bpe-dropout", "1", "0"}));
    train("target", program::join(more, {"--bpe-dropout", "0", "1"}));
    EXPECT_EQ(words("source"), words("plain"));
    EXPECT_GT(words("target"), words("plain") * 5 / 4);
    std::string text = program::read(corpus("test.cs"));
    Result before = run({"tokenize", "--vocab", folder.path("plain/vocab.trg")}, text);
    EXPECT_EQ(before.code, 0) << before.err;
    EXPECT_EQ(run({"tokenize", "--vocab", folder.path("target/vocab.trg")}, text).out, before.out)
        << "what a model reads is cut without dropout";
}

TEST_F(Train, BpeDropoutNeedsMerges)
{
    for (const Arguments &more : {Arguments{"--bpe-dropout", "0.1"}, {"--bpe-dropout", "0", "0.1"}}) {
        Result r = run(training("m", more));
        EXPECT_EQ(r.code, 78);
        EXPECT_NE(r.err.find("--bpe-dropout needs byte pair encoding"), std::string::npos) << r.err;
    }
    EXPECT_EQ(run(training("n", {"--bpe-symbols", "60", "--bpe-dropout", "0.1", "0.1", "0.1"})).code, 2);
    EXPECT_EQ(run(training("n", {"--bpe-symbols", "60", "--bpe-dropout", "1.5"})).code, 2);
}

TEST_F(Train, ResumeRefusesWhatDiffers)
{
    train("m", {"--after", "3u"});
    Result r =
        run({"train", "-m", folder.path("m"), "--resume", "--after", "5u", "--seed", "7", "--learn-rate", "0.5"});
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find("--seed 7"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("--learn-rate 0.5"), std::string::npos) << r.err;
    EXPECT_EQ(r.err.find("--after"), std::string::npos) << r.err;

    std::string text = program::read(corpus("train.cs"));
    text[text.find("Tat") != std::string::npos ? text.find("Tat") : 0] = 'Q';
    r = run({"train", "-m", folder.path("m"), "--resume", "--after", "5u", "-t", corpus("train.en"),
             folder.write("other.cs", text)});
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("other text"), std::string::npos) << r.err;

    r = run({"train", "-m", folder.path("m"), "--resume", "--after", "5u", "--disp-freq", "1u", "--keep-last", "1",
             "--cpu-threads", "1", "--save-freq", "1u"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(model("m") == train("straight", {"--after", "5u"}));
}

TEST_F(Train, ResumeWithoutACheckpointBegins)
{
    EXPECT_TRUE(train("m", {"--after", "3u", "--resume"}) == train("plain", {"--after", "3u"}));
}

/* ---- interruptions --------------------------------------------------------------------- */

TEST_F(Train, Signals)
{
    const struct {
        int number;
        const char *name;
    } signals[] = {{SIGTERM, "term"}, {SIGINT, "int"}, {SIGHUP, "hup"}, {SIGXCPU, "xcpu"}};
    train("once", {"--after", "150u"});
    for (const auto &signal : signals) {
        std::string name = signal.name, log = folder.path(name + "/train.log");
        {
            Process process = start(name, {"--after", "150u", "--disp-freq", "1u"});
            ASSERT_TRUE(program::eventually([&] { return program::read(log).find("Up. 3 ") != std::string::npos; }));
            process.send(signal.number);
            EXPECT_EQ(process.wait(), 128 + signal.number) << name;
        }
        EXPECT_NE(program::read(log).find("interrupted"), std::string::npos) << name;
        EXPECT_EQ(run({"train", "-m", folder.path(name), "--resume", "-q"}).code, 0);
        EXPECT_TRUE(model(name) == model("once")) << name;
    }
}

TEST_F(Train, SavesWhenAsked)
{
    Process process = start("m", {"--after", "1000000u", "--save-freq", "0"});
    ASSERT_TRUE(program::eventually([&] { return !metrics("m").empty(); }));
    EXPECT_EQ(model("m"), "");
    process.send(SIGUSR1);
    EXPECT_TRUE(program::eventually([&] { return !model("m").empty(); }));
    EXPECT_TRUE(process.runs());
    Result second = run(training("m", {"--resume"}));
    EXPECT_EQ(second.code, 73) << "two trainings in one folder";
    process.send(SIGTERM);
    EXPECT_EQ(process.wait(), 143);
}

TEST_F(Train, KilledAtAnyMoment)
{
    Arguments more =
        program::join({"--after", "60u", "--save-freq", "4u", "--valid-freq", "9u", "--quiet"}, validation());
    auto now = [] { return std::chrono::steady_clock::now(); };
    auto began = now();
    train("once", more);
    auto whole = now() - began;
    const int moments = 20;
    int killed = 0;
    for (int i = 0; i < 3 * moments && killed < moments; i++) {
        std::string name = "killed" + std::to_string(i);
        {
            Process process = start(name, more);
            auto moment = whole * (killed + 1) / (moments + 1);
            usleep(static_cast<useconds_t>(std::chrono::duration_cast<std::chrono::microseconds>(moment).count()));
            process.send(SIGKILL);
            if (process.wait() != 128 + SIGKILL) { /* this one was faster */
                whole = whole * 4 / 5;
                continue;
            }
            killed++;
        }
        Result r = run(program::join(training(name, more), {"--resume"}));
        EXPECT_EQ(r.code, 0) << i << ": " << r.err;
        EXPECT_TRUE(model(name) == model("once")) << i;
        EXPECT_EQ(metrics(name), metrics("once")) << i;
    }
    EXPECT_EQ(killed, moments);
}

/* One training, killed again and again until it is through. */
TEST_F(Train, KilledAgainAndAgain)
{
    Arguments more = {"--after", "60u", "--save-freq", "2u", "--quiet"};
    train("once", more);
    int code = -1;
    for (int i = 0; i < 300 && code != 0; i++) {
        Process process = start("m", program::join(more, {"--resume"}));
        usleep(static_cast<useconds_t>(5000 + 2000 * i));
        process.send(SIGKILL);
        code = process.wait();
    }
    EXPECT_EQ(code, 0);
    EXPECT_TRUE(model("m") == model("once"));
    EXPECT_EQ(metrics("m"), metrics("once"));
}

/* ---- what is shown ------------------------------------------------------------------------ */

TEST_F(Train, AReaderOfTheLogThatLeaves)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    std::string err = "/dev/fd/" + std::to_string(ends[1]);
    {
        Process process(training("m", {"--after", "5u", "--disp-freq", "1u"}), "/dev/null", "/dev/null", err);
        close(ends[1]);
        close(ends[0]);
        EXPECT_EQ(process.wait(), 0);
    }
    EXPECT_TRUE(model("m") == train("plain", {"--after", "5u"}));
}

TEST_F(Train, StatusLineOnATerminal)
{
    int primary, terminal;
    char path[128];
    ASSERT_EQ(openpty(&primary, &terminal, path, nullptr, nullptr), 0);
    setenv("TERM", "xterm", 1);
    setenv("COLUMNS", "60", 1);
    std::string shown;
    {
        Process process(training("m", {"--after", "1000000u"}), "/dev/null", "/dev/null", path);
        char bytes[4096];
        while (shown.find("epoch 1 | update ") == std::string::npos || shown.find("\r\033[K") == std::string::npos) {
            ssize_t n = ::read(primary, bytes, sizeof bytes);
            ASSERT_GT(n, 0) << shown;
            shown.append(bytes, static_cast<size_t>(n));
        }
        EXPECT_EQ(shown.find(": Cost "), std::string::npos) << shown;
        fcntl(primary, F_SETFL, O_NONBLOCK);
        process.send(SIGKILL);
        (void)process.wait();
    }
    unsetenv("COLUMNS");
    close(primary);
    close(terminal);
}
