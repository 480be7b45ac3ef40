/* Models that tag words and classify lines: the same program, the same options. */
#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Program;
using program::Result;

namespace
{

class Tasks : public Program
{
  protected:
    /* Makes the corpus of a task and returns its file, such as "train.words". */
    void generate(const std::string &task)
    {
        Result r =
            run({"corpus", "generate", task, folder.path(task), "--train", "600", "--valid", "100", "--test", "100"});
        ASSERT_EQ(r.code, 0) << r.err;
    }

    /* Trains on it, and returns the bytes of the model. */
    std::string train_on(const std::string &name, const Arguments &files, const Arguments &more)
    {
        Result r = run(program::join({"train", "--model", folder.path(name), "--train-sets", folder.path(files[0]),
                                      folder.path(files[1]), "--tokenizer", "space", "--enc-cell", "gru", "--dim-emb",
                                      "16", "--dim-rnn", "24", "--mini-batch", "16", "--learn-rate", "0.02"},
                                     more));
        EXPECT_EQ(r.code, 0) << r.err;
        return model(name);
    }

    Arguments files(const std::string &task, const std::string &part, const std::string &source,
                    const std::string &target) const
    {
        return {task + "/" + part + "." + source, task + "/" + part + "." + target};
    }

    /* The number behind `name = ` of evaluate. */
    double measured(const std::string &model_name, const Arguments &test, const std::string &metric,
                    const std::string &name)
    {
        Result r = run({"evaluate", "--models", folder.path(model_name), "--test-sets", folder.path(test[0]),
                        folder.path(test[1]), "--metrics", metric});
        EXPECT_EQ(r.code, 0) << r.err;
        const size_t at = r.out.find(name + " = ");
        EXPECT_NE(at, std::string::npos) << r.out;
        return at == std::string::npos ? 0 : std::stod(r.out.substr(at + name.size() + 3));
    }
};

TEST_F(Tasks, TagsEveryWord)
{
    generate("tags");
    const Arguments set = files("tags", "train", "words", "tags"), test = files("tags", "test", "words", "tags");
    train_on("m", set, {"--task", "tag", "-e", "3"});
    EXPECT_GT(measured("m", test, "accuracy", "token accuracy"), 97);
    Result r = run({"translate", "-m", folder.path("m")}, "the cook can cook .\n\nthe unheard word walks .\n");
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(lines(r.out).at(0), "DET NOUN AUX VERB PUNCT");
    EXPECT_EQ(lines(r.out).at(1), "");
    EXPECT_EQ(std::count(r.out.begin(), r.out.end(), ' '), 8);
    Result best = run({"translate", "-m", folder.path("m"), "--n-best", "--word-scores"}, "the cook can cook .\n");
    EXPECT_EQ(lines(best.out).size(), 1u) << best.out;
}

TEST_F(Tasks, ClassifiesLines)
{
    generate("sentiment");
    const Arguments set = files("sentiment", "train", "text", "class"),
                    test = files("sentiment", "test", "text", "class");
    train_on("m", set,
             {"--task", "classify", "-e", "5", "--dropout-rnn", "0", "--valid-sets", folder.path(test[0]),
              folder.path(test[1]), "--valid-freq", "1e", "--valid-metrics", "accuracy", "exact"});
    EXPECT_GT(measured("m", test, "exact", "exact match"), 90);
    Result r = run({"translate", "-m", folder.path("m"), "--n-best"}, "the plot was not great .\n");
    EXPECT_EQ(r.code, 0) << r.err;
    ASSERT_EQ(lines(r.out).size(), 2u) << r.out; /* the likelier class first */
    EXPECT_EQ(lines(r.out)[0].find("0 ||| negative ||| F0= "), 0u) << r.out;
    EXPECT_EQ(lines(r.out)[1].find("0 ||| positive ||| F0= "), 0u) << r.out;
}

TEST_F(Tasks, SameBitsOnAnyNumberOfThreadsAndAfterResume)
{
    generate("tags");
    generate("sentiment");
    const Arguments tags = files("tags", "train", "words", "tags"),
                    classes = files("sentiment", "train", "text", "class");
    const std::string tagger = train_on("a", tags, {"--task", "tag", "--after", "40u", "--cpu-threads", "1"});
    EXPECT_EQ(train_on("b", tags, {"--task", "tag", "--after", "40u", "--cpu-threads", "3"}), tagger);
    const std::string classifier =
        train_on("c", classes, {"--task", "classify", "--after", "40u", "--cpu-threads", "2"});
    train_on("d", classes, {"--task", "classify", "--after", "25u"});
    Result r = run({"train", "--model", folder.path("d"), "--resume", "--after", "40u"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(model("d"), classifier);
}

TEST_F(Tasks, TheInsideIsThatOfTheEncoder)
{
    generate("tags");
    const Arguments set = files("tags", "train", "words", "tags");
    train_on("m", set, {"--task", "tag", "--after", "5u"});
    Result gates = run({"gates", "-m", folder.path("m"), "--page", folder.path("page.html")}, "the cook walks .\n");
    EXPECT_EQ(gates.code, 0) << gates.err;
    EXPECT_NE(gates.out.find("encoder.0.backward, gru"), std::string::npos) << gates.out;
    EXPECT_EQ(gates.out.find("decoder"), std::string::npos);
    Result flow = run({"gradients", "-m", folder.path("m"), "--sets", folder.path(set[0]), folder.path(set[1])});
    EXPECT_EQ(flow.code, 0) << flow.err;
    Result score = run({"score", "-m", folder.path("m"), "--sets", folder.path(set[0]), folder.path(set[1])});
    EXPECT_EQ(score.code, 0) << score.err;
    EXPECT_EQ(lines(score.out).size(), 600u);
}

TEST_F(Tasks, WhatDoesNotFit)
{
    const std::string words = folder.write("words", "a b c\nd e\n"), tags = folder.write("tags", "X X X\nX X X\n"),
                      classes = folder.write("classes", "good\nvery bad\n"), one = folder.write("one", "X\nX\n");
    auto refused = [&](const Arguments &more) {
        return run(program::join({"train", "--model", folder.path("m"), "--tokenizer", "space", "--train-sets"}, more));
    };
    Result r = refused({words, tags, "--task", "tag"});
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("tags:2: 3 tags for 2 pieces of the source"), std::string::npos) << r.err;
    r = refused({words, classes, "--task", "classify"});
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("classes:2: 2 pieces; the class of a line is one"), std::string::npos) << r.err;
    EXPECT_EQ(refused({words, one, "--task", "classify", "--tied-embeddings"}).code, 78);
    EXPECT_EQ(refused({words, one, "--task", "guess"}).code, 2);
    EXPECT_EQ(refused({words, words, "--task", "tag", "--bpe-symbols", "9", "--bpe-dropout", "0.1"}).code, 2);

    train_on("m", {"words", "one"}, {"--task", "classify", "--after", "1u"});
    for (const Arguments &more : std::vector<Arguments>{{"--output-sampling", "full"},
                                                        {"--force-decode"},
                                                        {"--min-length", "2"},
                                                        {"--alignment"},
                                                        {folder.path("m")}})
        EXPECT_EQ(run(program::join({"translate", "--models", folder.path("m")}, more), "a b\n").code, 78) << more[0];
    r = run({"translate", "-m", folder.path("m"), "--shortlist", folder.write("table", "X\ta\t1\n")}, "a b\n");
    EXPECT_EQ(r.code, 78);
    EXPECT_NE(r.err.find("--shortlist is for models that translate"), std::string::npos) << r.err;
}

} // namespace
