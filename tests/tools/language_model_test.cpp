/* Language models: the same program, the same options, text without a source. */
#include "tools/program.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

using program::Arguments;
using program::lines;
using program::Program;
using program::Result;

namespace
{

class LanguageModels : public Program
{
  protected:
    /* Trains on this text, and returns the bytes of the model. */
    std::string train_on(const std::string &name, const std::string &text, const Arguments &more)
    {
        Result r = run(program::join({"train", "--task", "lm", "--model", folder.path(name), "--train-sets", text,
                                      "--dec-cell", "lstm", "--dim-emb", "16", "--dim-rnn", "24", "--mini-batch", "16",
                                      "--learn-rate", "0.02", "--dropout-rnn", "0"},
                                     more));
        EXPECT_EQ(r.code, 0) << r.err;
        return model(name);
    }

    /* The two numbers of a line of evaluate. */
    std::pair<double, double> measured(const std::string &name, const std::string &text, const std::string &metric)
    {
        Result r = run({"evaluate", "-m", folder.path(name), "-t", text, "--metrics", metric});
        EXPECT_EQ(r.code, 0) << r.err;
        const size_t first = r.out.find(" = ") + 3, second = r.out.find_last_of(' ') + 1;
        return {std::stod(r.out.substr(first)), std::stod(r.out.substr(second))};
    }

    std::string generate(const std::string &name, const Arguments &more, const std::string &beginnings = "")
    {
        Result r = run(program::join({"generate", "-m", folder.path(name)}, more), beginnings);
        EXPECT_EQ(r.code, 0) << r.err;
        return r.out;
    }

    /* Lines of which each goes on with what the one before ended with. */
    std::string chain() const
    {
        std::string text;
        for (int i = 0; i < 400; i++)
            text += std::string(1, static_cast<char>('a' + i % 7)) + " then " +
                    std::string(1, static_cast<char>('a' + (i + 1) % 7)) + "\n";
        return folder.write("chain", text);
    }
};

/* The margin that was set beforehand: half the perplexity of the best guess without context, on
 * lines that are not in the training text. */
TEST_F(LanguageModels, BeatTheFrequenciesOfThePieces)
{
    ASSERT_EQ(run({"corpus", "generate", "agreement", folder.path("more"), "--train", "1000", "--valid", "50", "--test",
                   "50"})
                  .code,
              0);
    const std::string text = folder.path("more/train.en"), test = folder.path("more/test.en");
    struct Kind {
        std::string name;
        Arguments options;
    };
    for (const Kind &kind : {Kind{"words", {}}, Kind{"characters", {"--tokenizer", "char", "--max-length", "0"}},
                             Kind{"bytes", {"--tokenizer", "byte", "--bptt", "20"}},
                             Kind{"subwords", {"--bpe-symbols", "60", "--bptt", "10"}}}) {
        train_on(kind.name, text,
                 program::join(kind.options, {"-e", "3", "--valid-sets", test, "--valid-freq", "1e", "--valid-metrics",
                                              "perplexity", "accuracy"}));
        const auto [model, guess] = measured(kind.name, test, "perplexity");
        EXPECT_LT(model, guess / 2) << kind.name;
        const auto [right, most] = measured(kind.name, test, "accuracy");
        EXPECT_GT(right, 2 * most) << kind.name;
    }
    EXPECT_NE(program::read(folder.path("words/train.log")).find("by the frequencies of its pieces alone"),
              std::string::npos);
    const auto [words, words_guess] = measured("words", test, "bits");
    EXPECT_LT(words, words_guess);
}

/* What a line is about stands in the line before: only carried states can know. */
TEST_F(LanguageModels, CarriedStatesRememberTheLineBefore)
{
    const std::string text = chain();
    train_on("lines", text, {"-e", "12"});
    train_on("windows", text, {"-e", "12", "--bptt", "6"});
    EXPECT_GT(measured("lines", text, "perplexity").first, 1.4); /* which of seven letters comes first */
    EXPECT_LT(measured("windows", text, "perplexity").first, 1.1);
    EXPECT_EQ(lines(generate("windows", {"--length", "12"}, "c then d\n")),
              (std::vector<std::string>{"c then d", "d then e", "e then f", "f then g"}));
    EXPECT_EQ(lines(generate("windows", {}, "c then\n")), std::vector<std::string>{"c then d"});
}

TEST_F(LanguageModels, SameBitsOnAnyNumberOfThreadsAndAfterResume)
{
    const std::string text = corpus("train.en");
    const Arguments windows = {"--bptt", "7", "--mini-batch", "40", "--dropout-rnn", "0.2", "--dec-depth", "2"};
    const std::string expected = train_on("a", text, program::join(windows, {"--after", "20u", "--cpu-threads", "1"}));
    for (const std::string threads : {"2", "3", "4", "8"})
        EXPECT_EQ(train_on("t" + threads, text, program::join(windows, {"--after", "20u", "--cpu-threads", threads})),
                  expected)
            << threads << " threads";
    for (const std::string after : {"1u", "9u", "1e", "19u"}) { /* in the first epoch, at its end, later */
        const std::string name = "r" + after;
        train_on(name, text, program::join(windows, {"--after", after}));
        Result r = run({"train", "--model", folder.path(name), "--resume", "--after", "20u"});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(model(name), expected) << "stopped after " << after;
    }
    Arguments killed = program::join({"train", "--task", "lm", "--model", folder.path("k"), "--train-sets", text,
                                      "--dec-cell", "lstm", "--dim-emb", "16", "--dim-rnn", "24", "--learn-rate",
                                      "0.02", "--after", "400u", "--save-freq", "7u"},
                                     windows);
    {
        program::Process process(killed, "/dev/null", "/dev/null", folder.path("k.err"));
        ASSERT_TRUE(program::eventually([&] { return !model("k").empty(); }));
        process.send(SIGKILL);
        (void)process.wait();
    }
    EXPECT_EQ(run(program::join(killed, {"--resume"})).code, 0);
    EXPECT_EQ(model("k"), train_on("whole", text, program::join(windows, {"--after", "400u"})));

    const std::string line = train_on("l", text, {"--after", "20u", "--cpu-threads", "1"});
    EXPECT_EQ(train_on("l3", text, {"--after", "20u", "--cpu-threads", "3"}), line);
    train_on("lr", text, {"--after", "9u"});
    EXPECT_EQ(run({"train", "--model", folder.path("lr"), "--resume", "--after", "20u"}).code, 0);
    EXPECT_EQ(model("lr"), line);
}

TEST_F(LanguageModels, TextsAreAFunctionOfSeedAndBeginning)
{
    train_on("m", corpus("train.en"), {"-e", "3"});
    const Arguments drawn = {"--output-sampling", "topk", "20", "topp", "0.95", "--temperature", "0.9"};
    const std::string beginnings = "The\n\nWhen my\nThe\n", first = generate("m", drawn, beginnings);
    const std::vector<std::string> text = lines(first);
    ASSERT_EQ(text.size(), 4u);
    EXPECT_EQ(text[0].find("The "), 0u) << first;
    EXPECT_EQ(text[2].find("When my "), 0u) << first;
    EXPECT_NE(text[0], text[3]) << "each line is drawn for itself";
    for (const Arguments &more :
         std::vector<Arguments>{{"--cpu-threads", "1"}, {"--cpu-threads", "4"}, {"--mini-batch", "1"}})
        EXPECT_EQ(generate("m", program::join(drawn, more), beginnings), first);
    EXPECT_NE(generate("m", program::join(drawn, {"--seed", "2"}), beginnings), first);
    EXPECT_EQ(lines(generate("m", program::join(drawn, {"--lines", "3"}))).size(), 3u);
    EXPECT_EQ(generate("m", {"--lines", "2"}), generate("m", {}, "\n\n")) << "the likeliest, from nothing";
    EXPECT_EQ(generate("m", {}, ""), "");
    const std::string shorter = lines(generate("m", {"--length", "2"}, "The\n")).at(0);
    EXPECT_EQ(std::count(shorter.begin(), shorter.end(), ' '), 2) << shorter;
}

/* One to many: a label is the first piece of a line. */
TEST_F(LanguageModels, WriteWhatALabelAsksFor)
{
    const char *const subjects[] = {"dog", "cat", "horse", "goose"};
    std::string text;
    for (int i = 0; i < 300; i++) {
        const std::string subject = subjects[i / 2 % 4];
        text += i % 2 == 0 ? "praise the " + subject + " is good\n" : "blame the " + subject + " was bad\n";
    }
    train_on("m", folder.write("labelled", text), {"-e", "6", "--tokenizer", "space"});
    for (int seed = 1; seed <= 3; seed++) {
        const Arguments drawn = {"--output-sampling", "topp", "0.9", "--seed", std::to_string(seed)};
        const std::vector<std::string> written = lines(generate("m", drawn, "praise\nblame\n"));
        ASSERT_EQ(written.size(), 2u);
        EXPECT_NE(written[0].find(" is good"), std::string::npos) << written[0];
        EXPECT_NE(written[1].find(" was bad"), std::string::npos) << written[1];
    }
}

TEST_F(LanguageModels, ScoresAreThoseOfTheText)
{
    const std::string text = corpus("test.en");
    for (const std::string window : {"0", "5"}) {
        train_on("m" + window, corpus("train.en"), {"-e", "2", "--bptt", window});
        Result r = run({"score", "-m", folder.path("m" + window), "--sets", text});
        EXPECT_EQ(r.code, 0) << r.err;
        double sum = 0;
        for (const std::string &line : lines(r.out))
            sum += std::stod(line);
        EXPECT_EQ(lines(r.out).size(), 20u);
        Result words = run({"tokenize", "--vocab", folder.path("m" + window + "/vocab.trg"), text});
        const double pieces = 20 + static_cast<double>(std::count(words.out.begin(), words.out.end(), ' ')) + 20;
        EXPECT_NEAR(std::exp(-sum / pieces), measured("m" + window, text, "perplexity").first, 1e-3);
    }
    /* Without carried states, a line's score is its own. */
    const std::string alone = folder.write("alone", lines(program::read(text)).back() + "\n");
    const auto last = [&](const std::string &name, const std::string &of) {
        return lines(run({"score", "-m", folder.path(name), "--sets", of}).out).back();
    };
    EXPECT_EQ(last("m0", alone), last("m0", text));
    EXPECT_NE(last("m5", alone), last("m5", text));
}

/* Against counts: of characters that are two bytes, in words that are several characters. */
TEST_F(LanguageModels, FiguresByHand)
{
    const std::string text = folder.write("text", "öde äcker\nüber öde äcker\n");
    train_on("m", text, {"-e", "40", "--mini-batch", "2"});
    const double pieces = 7, characters = 25, /* twice END; 9 and 14, and two ends of lines */
        entropy = -(3 * 2 / pieces * std::log(2 / pieces) + 1 / pieces * std::log(1 / pieces));
    double sum = 0;
    for (const std::string &line : lines(run({"score", "-m", folder.path("m"), "--sets", text}).out))
        sum -= std::stod(line);
    struct Expected {
        const char *metric;
        double model, unigram;
    };
    const Expected all[] = {{"perplexity", std::exp(sum / pieces), std::exp(entropy)},
                            {"cross-entropy", sum / pieces, entropy},
                            {"bits", sum / characters / std::log(2), entropy * pieces / characters / std::log(2)},
                            {"accuracy", 600 / pieces, 200 / pieces}}; /* which word comes first cannot be known */
    Result r = run({"evaluate", "-m", folder.path("m"), "-t", text, "--json"});
    ASSERT_EQ(r.code, 0) << r.err;
    const program::Json json = program::parse(r.out);
    EXPECT_EQ(json_object_size(json.get()), 5u) << "the name too";
    for (const Expected &x : all) {
        const json_t *of = json_object_get(json.get(), x.metric);
        EXPECT_NEAR(json_real_value(json_object_get(of, "score")), x.model, 1e-5 * x.model) << x.metric;
        EXPECT_NEAR(json_real_value(json_object_get(of, "unigram")), x.unigram, 1e-12 * x.unigram) << x.metric;
        const auto [model, unigram] = measured("m", text, x.metric);
        EXPECT_NEAR(model, x.model, 0.0052) << x.metric;
        EXPECT_NEAR(unigram, x.unigram, 0.0052) << x.metric;
    }
}

/* Each beginning is a case of its own: what is searched for is what it goes on with. */
TEST_F(LanguageModels, TextsAreSearchedForAsTold)
{
    std::string text;
    for (int i = 0; i < 20; i++) { /* of 10 lines, 6 begin with a, each in its own way */
        for (int k = 0; k < 6; k++)
            text += "search a " + std::string(1, static_cast<char>('k' + k)) + "\n";
        for (int k = 0; k < 4; k++)
            text += "search b b\n";
        for (int k = 0; k < 5; k++) /* 6 of 10 are short */
            text += k < 3 ? "length s\n" : "length u v w x y z\n";
        text += "again x y x y x y\nrare once" + std::to_string(i) + "\n";
    }
    train_on("m", folder.write("text", text), {"-e", "8", "--tokenizer", "space", "--min-count", "2"});
    const auto goes_on = [&](const std::string &with, const Arguments &more) {
        return lines(generate("m", more, with + "\n")).at(0).substr(with.size());
    };
    EXPECT_EQ(goes_on("search", {}).substr(0, 2), " a") << "the likeliest word";
    EXPECT_EQ(goes_on("search", {"--beam-size", "8"}), " b b") << "the likeliest line";
    EXPECT_EQ(goes_on("length", {"--beam-size", "8", "--normalize", "0"}), " s");
    EXPECT_EQ(goes_on("length", {"--beam-size", "8", "--normalize", "1"}), " u v w x y z") << "for its length";
    EXPECT_EQ(goes_on("length", {}), " s");
    const std::string longer = goes_on("length", {"--min-length", "5"});
    EXPECT_GE(std::count(longer.begin(), longer.end(), ' '), 4) << longer;
    EXPECT_EQ(goes_on("again", {}), " x y x y x y");
    const std::string once = goes_on("again", {"--no-repeat-ngram", "2"});
    EXPECT_EQ(once.find("x y"), once.rfind("x y")) << once;
    EXPECT_EQ(goes_on("rare", {}).find("<unk>"), std::string::npos);
    EXPECT_EQ(goes_on("rare", {"--allow-unk"}), " <unk>");
}

TEST_F(LanguageModels, TheInsideIsThatOfTheDecoder)
{
    const std::string cell = folder.path("own.so"); // a cell that nobody here knows
    std::filesystem::copy_file(CAR_BINARY_DIR "/lib/carousel/cells/mgu.so", cell);
    train_on("m", corpus("train.en"), {"--after", "5u", "--dec-cell", cell, "--dec-depth", "2"});
    Result gates =
        run({"gates", "-m", folder.path("m"), "--page", folder.path("page.html"), "--table", folder.path("t")},
            "The dog\n\nThe cat\n");
    EXPECT_EQ(gates.code, 0) << gates.err;
    EXPECT_NE(gates.out.find("decoder.1, mgu"), std::string::npos) << gates.out;
    EXPECT_EQ(gates.out.find("encoder"), std::string::npos);
    EXPECT_NE(gates.out.find("  <s> "), std::string::npos) << "the words that are read";
    EXPECT_NE(program::read(folder.path("t")).find("3\tdecoder.0\tgate\tf\t3\tcat\t"), std::string::npos);
    Result flow =
        run({"gradients", "-m", folder.path("m"), "--sets", corpus("test.en"), "--table", folder.path("flow")});
    EXPECT_EQ(flow.code, 0) << flow.err;
    EXPECT_NE(flow.out.find("decoder.0: mgu, 24 units"), std::string::npos) << flow.out;
    EXPECT_NE(program::read(folder.path("flow")).find("decoder.1\tgradient\th\t5\t"), std::string::npos);
}

/* The example of lecture notes: 50 ReLU units on windows of three characters, 100 epochs of Adam:
 * accuracy about 0.96, loss about 0.06, which is what such windows can know. */
TEST_F(LanguageModels, TheCharacterGenerator)
{
    const std::string out = folder.path("out");
    const std::string command = "CAROUSEL='" CAR_BINARY_DIR "/bin/carousel' '" CAR_SOURCE_DIR
                                "/tools/character-generator' --dir '" +
                                folder.path("characters") + "' >'" + out + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
    const std::vector<std::string> said = lines(program::read(out));
    ASSERT_EQ(said.size(), 9u);
    const auto figures = [&](size_t line) {
        std::istringstream words(said[line].substr(45));
        double accuracy = 0, loss = 0;
        words >> accuracy >> loss;
        return std::make_pair(accuracy, loss);
    };
    EXPECT_EQ(figures(1), std::make_pair(0.96, 0.058)) << said[1];
    EXPECT_EQ(figures(2).first, 0.96) << said[2];
    EXPECT_NEAR(figures(2).second, 0.06, 0.005) << said[2];
    EXPECT_EQ(figures(3).first, 1) << said[3];
    const std::string sentence = "the painted horses turn while the organ hums a tune";
    EXPECT_EQ(said[6].size(), sentence.size()) << said[6];
    EXPECT_EQ(said[6].substr(0, 9), "the paint");
    EXPECT_EQ(said[8], sentence) << "who has read all characters knows the rest";
}

TEST_F(LanguageModels, WhatDoesNotFit)
{
    const std::string text = corpus("train.en");
    const auto refused = [&](const Arguments &more) {
        return run(program::join({"train", "--model", folder.path("x"), "--train-sets", text}, more)).code;
    };
    EXPECT_EQ(refused({"--task", "lm", "--tied-embeddings-all"}), 78);
    EXPECT_EQ(refused({text, "--bptt", "5"}), 2) << "a translation is not read in windows";
    EXPECT_EQ(refused({"--task", "lm", "--bptt", "5", "--mini-batch-words", "100"}), 2);
    EXPECT_EQ(refused({"--task", "lm", "--valid-sets", text, "--valid-metrics", "bleu"}), 2);
    EXPECT_EQ(refused({"--task", "lm", "--valid-sets", folder.path("none")}), 66);

    train_on("m", text, {"--after", "1u"});
    train("translator", {"--after", "1u"});
    const std::string own = folder.path("m"), other = folder.path("translator");
    EXPECT_EQ(run({"translate", "-m", own}, "a\n").code, 78);
    EXPECT_EQ(run({"generate", "-m", other}, "a\n").code, 78);
    EXPECT_EQ(run({"generate", "-m", own, other}, "a\n").code, 78);
    EXPECT_EQ(run({"generate", "-m", own, "--temperature", "0.5"}, "a\n").code, 2) << "nothing is drawn";
    EXPECT_EQ(run({"evaluate", "-m", own, "-t", text, "--metrics", "bleu"}).code, 2);
    EXPECT_EQ(run({"evaluate", "-m", own, other, "-t", text}).code, 78);
    for (const Arguments &meaningless : std::vector<Arguments>{{"--paired", "bootstrap"},
                                                               {"--baseline", text},
                                                               {"--weights", "1"},
                                                               {"--lowercase"},
                                                               {"--samples", "9"},
                                                               {"--tokenize", "char"},
                                                               {"--beam-size", "2"},
                                                               {"--missing", "skip"},
                                                               {"--ensemble"},
                                                               {"--tsv"}}) {
        Result r = run(program::join({"evaluate", "-m", own, "-t", text}, meaningless));
        EXPECT_EQ(r.code, 2) << meaningless[0];
        EXPECT_NE(r.err.find(meaningless[0] + " has no meaning when language models are evaluated"), std::string::npos)
            << r.err;
    }
    const std::string usual = folder.write("usual.yml", run({"evaluate", "--dump-config"}).out);
    EXPECT_EQ(run({"evaluate", "-c", usual, "-m", own, "-t", text}).code, 0) << "what is said is what is usual";
}

} // namespace
