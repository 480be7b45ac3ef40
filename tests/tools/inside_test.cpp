/* The inside of a model made visible: gradients and gates, for a cell of any kind. */
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tools/program.hpp"

using program::Arguments;
using program::count;
using program::lines;
using program::Program;
using program::read;
using program::Result;

namespace
{

using Row = std::vector<std::string>;

const Row gradients_head = {"layer", "what", "of", "steps_back", "count", "value"};

/* The rows of a table behind its head. */
std::vector<Row> table(const std::string &path, const Row &head)
{
    std::vector<Row> rows;
    for (const std::string &line : lines(read(path))) {
        Row row;
        std::istringstream fields(line);
        for (std::string field; std::getline(fields, field, '\t');)
            row.push_back(field);
        EXPECT_EQ(row.size(), head.size()) << line;
        rows.push_back(row);
    }
    EXPECT_FALSE(rows.empty());
    EXPECT_EQ(rows[0], head);
    rows.erase(rows.begin());
    return rows;
}

class Inside : public Program
{
};

TEST_F(Inside, GradientsOfEveryLayerAndState)
{
    std::string own = folder.path("own.so"); // a cell that nobody here knows
    std::filesystem::copy_file(CAR_BINARY_DIR "/lib/carousel/cells/peephole.so", own);
    train("m",
          {"--after", "3u", "--enc-cell", own, "--dec-cell", "rhn:depth=3", "--enc-depth", "2", "--clip-norm", "0.01"});
    Result r = run({"gradients", "-m", folder.path("m"), "--sets", corpus("test.en"), corpus("test.cs"), "--table",
                    folder.path("t.tsv"), "--figure", folder.path("f.svg")});
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("20 sentences"), std::string::npos) << r.out;
    std::map<std::string, double> last; // of a layer and state: the size at the lag before
    std::map<std::string, Row> others;  // of a layer and what else there is
    for (const Row &row : table(folder.path("t.tsv"), gradients_head)) {
        const double value = std::stod(row[5]);
        EXPECT_TRUE(std::isfinite(value) && value >= 0) << row[5];
        if (row[1] != "gradient") {
            EXPECT_EQ(row[3], "");
            others[row[0] + " " + row[1] + " " + row[2]] = row;
            continue;
        }
        if (row[3] == "1") {
            EXPECT_GT(value, 0);
            EXPECT_EQ(row[4], "20");
        }
        last[row[0] + " " + row[2]] = value;
    }
    EXPECT_EQ(others["model clipped updates"], (Row{"model", "clipped", "updates", "", "3", "1"}));
    for (const char *gate :
         {"encoder.1.backward saturated i", "encoder.0.forward saturated f", "decoder.0 saturated t3"}) {
        ASSERT_EQ(others.count(gate), 1u) << gate;
        EXPECT_LE(std::stod(others[gate][5]), 1) << gate;
        EXPECT_GT(std::stol(others[gate][4]), 1000) << "units of words";
    }
    for (const std::string layer : {"encoder.0.forward", "encoder.1.backward", "decoder.0"}) {
        const double mean = std::stod(others[layer + " singular-value mean"].at(5)),
                     most = std::stod(others[layer + " singular-value most"].at(5));
        EXPECT_TRUE(mean > 0 && mean <= most) << layer << ": " << mean << ", " << most;
    }
    std::set<std::string> expected = {"decoder.0 h"};
    for (const char *layer : {"encoder.0.forward", "encoder.0.backward", "encoder.1.forward", "encoder.1.backward"})
        for (const char *state : {" h", " c"})
            expected.insert(std::string(layer) + state);
    for (const std::string &name : expected) {
        EXPECT_EQ(last.count(name), 1u) << name;
        EXPECT_NE(read(folder.path("f.svg")).find(">" + name + "</text>"), std::string::npos) << name;
    }
    EXPECT_EQ(last.size(), expected.size());
    EXPECT_EQ(count(r.out, "largest singular value"), 5) << r.out;
    EXPECT_EQ(count(r.out, "of that from 1 step back: it "), 9) << r.out;
    EXPECT_NE(r.out.find("clipped in training: 3 of 3 updates"), std::string::npos) << r.out;

    // The loss of all words is more than that of the last one, and no verdict on how far one of them reaches.
    r = run({"gradients", "-m", folder.path("m"), "--sets", corpus("test.en"), corpus("test.cs"), "--of", "loss"});
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("sizes of the gradient of the loss, "), std::string::npos) << r.out;
    EXPECT_EQ(count(r.out, "of that from 1 step back"), 0) << r.out;
    EXPECT_EQ(count(r.out, "of what there is 1 step back"), 9) << r.out;
}

/* Of all lines of the log, each of which has the share since the one before it. */
TEST_F(Inside, ClippedUpdatesAreCounted)
{
    const Arguments more = {"--after", "9u", "--clip-norm", "0.24"};
    train("each", program::join(more, {"--disp-freq", "1u"}));
    const int clipped = count(read(folder.path("each/metrics.jsonl")), "\"clipped\":1.0");
    EXPECT_TRUE(clipped > 0 && clipped < 9) << clipped;
    train("m", program::join(more, {"--disp-freq", "4u"}));
    EXPECT_EQ(metrics("m").size(), 3u);

    const std::string said = "\nclipped in training: " + std::to_string(clipped) + " of 9 updates\n";
    for (const char *name : {"each", "m", "m/latest.safetensors"}) {
        Result r = run({"gradients", "-m", folder.path(name), "--sets", corpus("test.en"), corpus("test.cs"), "--table",
                        folder.path("t.tsv")});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_NE(r.out.find(said), std::string::npos) << name << r.out;
        const Row row = table(folder.path("t.tsv"), gradients_head).back();
        EXPECT_EQ(row[4], "9") << name;
        EXPECT_NEAR(std::stod(row[5]), clipped / 9.0, 1e-8) << name;
    }
    std::filesystem::remove(folder.path("m/metrics.jsonl"));
    Result r = run({"gradients", "-m", folder.path("m"), "--sets", corpus("test.en"), corpus("test.cs")});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out.find("clipped"), std::string::npos) << r.out;
}

/* A network of one unit that classifies: the chain rule fits on a line, h' = w (1 - h^2). */
TEST_F(Inside, GradientsOfOneUnitByHand)
{
    const std::string words = folder.write("words", "a b c d b a c\nb b a\nc d d a\nd a b\n"),
                      labels = folder.write("labels", "good\nbad\nbad\ngood\n"),
                      one = folder.write("one", "a b c d b a c\n"), good = folder.write("good", "good\n");
    Result r = run({"train",
                    "-m",
                    folder.path("m"),
                    "-q",
                    "--task",
                    "classify",
                    "--tokenizer",
                    "space",
                    "-t",
                    words,
                    labels,
                    "--enc-cell",
                    "rnn",
                    "--enc-type",
                    "unidirectional",
                    "--dim-rnn",
                    "1",
                    "--dim-emb",
                    "4",
                    "--after",
                    "20u",
                    "--learn-rate",
                    "0.02"});
    ASSERT_EQ(r.code, 0) << r.err;
    ASSERT_EQ(run({"gates", "-m", folder.path("m"), "--table", folder.path("gates")}, read(one)).code, 0);
    std::vector<double> h = {0};
    int saturated = 0;
    for (const Row &row :
         table(folder.path("gates"), {"sentence", "layer", "kind", "name", "place", "word", "unit", "value"}))
        if (row[2] == "state")
            h.push_back(std::stod(row[7]));
        else
            saturated += std::abs(std::stod(row[7])) > 0.95;
    const auto steps = static_cast<int>(h.size()) - 1; // with the end
    ASSERT_EQ(steps, 8);

    std::map<std::string, std::vector<double>> size;
    for (const char *of : {"last-loss", "loss", "last-output"}) {
        ASSERT_EQ(
            run({"gradients", "-m", folder.path("m"), "--sets", one, good, "--of", of, "--table", folder.path(of)})
                .code,
            0);
        size[of] = {0};
        for (const Row &row : table(folder.path(of), gradients_head)) {
            if (row[1] == "gradient")
                size[of].push_back(std::stod(row[5]));
            if (row[1] == "saturated") {
                EXPECT_EQ(row[2], "a");
                EXPECT_EQ(row[4], "8");
                EXPECT_NEAR(std::stod(row[5]), saturated / 8.0, 1e-9);
            }
        }
        ASSERT_EQ(size[of].size(), 9u);
    }
    EXPECT_EQ(read(folder.path("loss")), read(folder.path("last-loss"))) << "there is but one";

    // |dh(T) / dh(T-k)|, w from the model; |dL / dh(T)| is |sum over labels v of (p_v - [v = label]) O_v|.
    const double w = static_cast<double>(tensor("m", "model.encoder.0.forward.h.a").at(0));
    const std::vector<float> rows = tensor("m", "model.output.words"), bias = tensor("m", "model.output.b");
    const double score = std::stod(run({"score", "-m", folder.path("m"), "--sets", one, good}).out);
    double sum = 0, mean = 0, of_label = 0, nearest = 1;
    for (size_t v = 0; v < rows.size(); v++) {
        const double p = std::exp(static_cast<double>(rows[v]) * h.back() + static_cast<double>(bias[v]));
        sum += p;
        mean += p * static_cast<double>(rows[v]);
    }
    for (size_t v = 0; v < rows.size(); v++) {
        const double off =
            std::abs(static_cast<double>(rows[v]) * h.back() + static_cast<double>(bias[v]) - std::log(sum) - score);
        of_label = off < nearest ? static_cast<double>(rows[v]) : of_label;
        nearest = std::min(nearest, off);
    }
    EXPECT_LT(nearest, 1e-4) << "the label is the row of that score";
    const double d_last = std::abs(mean / sum - of_label);
    double hand = 1;
    for (int k = 1; k <= steps; k++) {
        const double now = h[static_cast<size_t>(steps - k + 1)];
        hand *= std::abs(w) * (1 - now * now);
        EXPECT_NEAR(size["last-output"][static_cast<size_t>(k)] / hand, 1, 1e-3) << k;
        EXPECT_NEAR(size["loss"][static_cast<size_t>(k)] / (d_last * hand), 1, 1e-3) << k;
    }
    for (const Row &row : table(folder.path("loss"), gradients_head))
        if (row[1] == "singular-value") {
            EXPECT_NEAR(std::stod(row[5]) / (std::abs(w) * (1 - h[5] * h[5])), 1, 1e-3) << "of the step in the middle";
        }
}

/* Of a language model every word has its loss; of the last one's, what arrives has come through every later step. */
TEST_F(Inside, GradientsOfTheLastWord)
{
    const std::string text = folder.write("text", "a b c d b a c\nb b a\nc d d a\nd a b\n");
    Result r = run({"train",   "-m",  folder.path("m"), "-q",  "--task",    "lm", "--tokenizer", "space",
                    "-t",      text,  "--dec-cell",     "rnn", "--dim-rnn", "1",  "--dim-emb",   "4",
                    "--after", "20u", "--learn-rate",   "0.02"});
    ASSERT_EQ(r.code, 0) << r.err;
    const auto measure = [&](const std::string &given, const std::string &of) {
        const std::string path = folder.path("table");
        Result measured = run(
            {"gradients", "-m", folder.path("m"), "--sets", folder.write("given", given), "--of", of, "--table", path});
        EXPECT_EQ(measured.code, 0) << measured.err;
        std::vector<double> sizes;
        for (const Row &row : table(path, gradients_head))
            if (row[1] == "gradient")
                sizes.push_back(std::stod(row[5]));
        return sizes;
    };
    std::map<std::string, std::vector<double>> size;
    const std::string words = "a b c d b a c\n", few = "b b a\n";
    for (const char *of : {"last-loss", "loss", "last-output"}) {
        size[of] = measure(words, of);
        ASSERT_EQ(size[of].size(), 8u) << of;
        // Side by side with a shorter one: the mean of both as far back as both go, from there on its own.
        const std::vector<double> shorter = measure(few, of), both = measure(few + words, of);
        ASSERT_EQ(shorter.size(), 4u);
        ASSERT_EQ(both.size(), 8u);
        for (size_t k = 0; k < 8; k++)
            EXPECT_NEAR(both[k] / (k < 4 ? (size[of][k] + shorter[k]) / 2 : size[of][k]), 1, 1e-3) << of << k;
    }
    const double through = size["last-loss"][0] / size["last-output"][0];
    for (size_t k = 1; k < 8; k++) {
        EXPECT_NEAR(size["last-loss"][k] / (through * size["last-output"][k]), 1, 1e-3) << k;
        EXPECT_GT(std::abs(size["loss"][k] / size["last-loss"][k] - 1), 1e-3) << k;
    }
}

/* The same while a model is trained, which does not disturb it; also after a training was resumed. */
TEST_F(Inside, GradientsWhileTraining)
{
    const Arguments options = {"--enc-cell", "lstm",        "--dec-cell", "gru",         "--mini-batch",
                               "20",         "--clip-norm", "0.05",       "--disp-freq", "5u"};
    const Arguments looks = program::join(options, {"--gradients-freq", "4u"});
    const std::string plain = train("plain", program::join(options, {"--after", "23u"}));
    EXPECT_EQ(train("looked", program::join(looks, {"--after", "23u"})), plain);
    std::vector<std::string> seen;
    for (const std::string &line : metrics("looked")) {
        if (line.find("\"kind\":\"train\"") != std::string::npos) {
            EXPECT_NE(line.find("\"clipped\":1.0"), std::string::npos)
                << "all gradients are longer at the start: " << line;
        }
        if (line.find("\"kind\":\"gradients\"") == std::string::npos)
            continue;
        seen.push_back(line);
        for (const char *part :
             {"\"layer\":\"encoder.0.forward\"", "\"layer\":\"encoder.0.backward\"", "\"layer\":\"decoder.0\"",
              "\"steps_back\":[1,2,5", "\"sizes\":{\"h\":[", "\"c\":[", "\"singular_value\":", "\"saturated\":{\"i\":"})
            EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
    }
    EXPECT_EQ(seen.size(), 5u) << "4, 8, ... 20";

    (void)train("again", program::join(looks, {"--after", "8u"}));
    Result r = run({"train", "--model", folder.path("again"), "--resume", "--after", "23u"});
    ASSERT_EQ(r.code, 0) << r.err;
    std::vector<std::string> again;
    for (const std::string &line : metrics("again"))
        if (line.find("\"kind\":\"gradients\"") != std::string::npos)
            again.push_back(line);
    EXPECT_EQ(again, seen);

    (void)train("epochs", program::join(looks, {"--gradients-freq", "1e", "--after", "3e"}));
    int looked = 0;
    for (const std::string &line : metrics("epochs"))
        looked += line.find("\"kind\":\"gradients\"") != std::string::npos;
    EXPECT_EQ(looked, 2) << "at the start of the second and third";
}

TEST_F(Inside, GatesOfEveryWord)
{
    train("m", {"--after", "3u", "--enc-cell", "lstm", "--dec-cell", "gru", "--attention", "general"});
    const std::string text = "The queen was <tired>.\n\nThe dog & the cat.\n";
    Result r =
        run({"gates", "-m", folder.path("m"), "--page", folder.path("p.html"), "--table", folder.path("t.tsv")}, text);
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out.find('\033'), std::string::npos) << "no colours in a file";
    EXPECT_NE(r.out.find("encoder.0.backward, lstm"), std::string::npos) << r.out;

    // What a word does is at that word, for the reader from the end too.
    std::map<std::string, std::set<std::string>> words; // of a layer in the first sentence
    int sigmoids = 0;
    for (const Row &row :
         table(folder.path("t.tsv"), {"sentence", "layer", "kind", "name", "place", "word", "unit", "value"})) {
        EXPECT_TRUE(row[0] == "1" || row[0] == "3") << "line 2 is empty, and there are 3: " << row[0];
        if (row[0] == "1" && row[2] == "gate")
            words[row[1]].insert(row[4] + " " + row[5]);
        if (row[1] == "encoder.0.forward" && row[3] == "f" && row[2] == "gate") {
            EXPECT_GT(std::stod(row[7]), 0);
            EXPECT_LT(std::stod(row[7]), 1);
            sigmoids++;
        }
    }
    EXPECT_GT(sigmoids, 0);
    EXPECT_EQ(words["encoder.0.forward"], words["encoder.0.backward"]);
    EXPECT_EQ(words["encoder.0.forward"].count("1 The"), 1u);
    EXPECT_GT(words["decoder.0"].size(), 0u);

    const std::string page = read(folder.path("p.html"));
    EXPECT_NE(page.find("<h2>The queen was &lt;tired&gt;.</h2>"), std::string::npos);
    EXPECT_NE(page.find("<h2>The dog &amp; the cat.</h2>"), std::string::npos);
    // in two sentences: two readers of 4 gates and 2 states, a decoder of 4 gates (two of them for n) and 1 state,
    // attention
    EXPECT_EQ(count(page, "<svg "), 2 * (2 * 6 + 5 + 1));
    EXPECT_EQ(count(page, ">attention: "), 2 * 2) << "as title and as text of two figures";
    EXPECT_EQ(count(page, "state c"), 2 * 2 * 2);
    EXPECT_EQ(count(page, "http"), count(page, "http://www.w3.org/2000/svg")) << "nothing comes from elsewhere";
}

/* A figure has 64 rows at most: of more units, several have a row together. */
TEST_F(Inside, ManyUnitsShareRows)
{
    train("m", {"--after", "1u", "--dim-rnn", "70", "--enc-cell", "rnn", "--dec-cell", "rnn"});
    ASSERT_EQ(run({"gates", "-m", folder.path("m"), "--page", folder.path("p.html"), "--table", folder.path("t.tsv")},
                  "The dog.\n")
                  .code,
              0);
    std::vector<double> units; // of the first word written, in the state
    for (const Row &row :
         table(folder.path("t.tsv"), {"sentence", "layer", "kind", "name", "place", "word", "unit", "value"}))
        if (row[1] == "decoder.0" && row[2] == "state" && row[4] == "1")
            units.push_back(std::stod(row[7]));
    ASSERT_EQ(units.size(), 70u);
    const std::string page = read(folder.path("p.html")), title = ">state h (2 units a row)</text>";
    const size_t from = page.find(title, page.find("decoder.0, rnn"));
    ASSERT_NE(from, std::string::npos);
    const std::string figure = page.substr(from, page.find("</svg>", from) - from);
    std::map<int, double> rows; // by their height, what the first word has there
    std::istringstream cells(figure);
    for (std::string line; std::getline(cells, line);) {
        int x = 0, y = 0;
        double value = 0;
        if (std::sscanf(line.c_str(), "<rect x=\"%d\" y=\"%d\" %*[^>]><title>%lf", &x, &y, &value) == 3)
            rows.emplace(y, value);
    }
    ASSERT_EQ(rows.size(), 35u);
    size_t unit = 0;
    for (const auto &[y, value] : rows) {
        EXPECT_NEAR(value, (units[unit] + units[unit + 1]) / 2, 1e-3) << unit;
        unit += 2;
    }
}

TEST_F(Inside, Usage)
{
    train("m", {"--after", "1u"});
    EXPECT_EQ(run({"gradients", "-m", folder.path("m")}).code, 2) << "no text";
    EXPECT_EQ(run({"gradients", "-m", folder.path("none"), "--sets", corpus("test.en"), corpus("test.cs")}).code, 66);
    EXPECT_EQ(run({"gates"}, "The dog.\n").code, 2) << "no model";
    EXPECT_EQ(run({"gates", "-m", folder.path("m"), "--page", folder.path("none/p.html")}, "The dog.\n").code, 73);
}

} // namespace
