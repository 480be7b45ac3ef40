/* The inside of a model made visible: gradients and gates, for a cell of any kind. */
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Program;
using program::read;
using program::Result;

namespace
{

using Row = std::vector<std::string>;

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

int count(const std::string &text, const std::string &part)
{
    int n = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
        n++;
    return n;
}

class Inside : public Program
{
};

TEST_F(Inside, GradientsOfEveryLayerAndState)
{
    std::string own = folder.path("own.so"); // a cell that nobody here knows
    std::filesystem::copy_file(CAR_BINARY_DIR "/lib/carousel/cells/peephole.so", own);
    train("m", {"--after", "3u", "--enc-cell", own, "--dec-cell", "rhn:depth=3", "--enc-depth", "2"});
    Result r = run({"gradients", "-m", folder.path("m"), "--sets", corpus("test.en"), corpus("test.cs"), "--table",
                    folder.path("t.tsv"), "--figure", folder.path("f.svg")});
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("20 sentences"), std::string::npos) << r.out;
    std::map<std::string, double> last; // of a layer and state: the size at the lag before
    for (const Row &row : table(folder.path("t.tsv"), {"layer", "state", "steps_back", "sentences", "size"})) {
        const double size = std::stod(row[4]);
        EXPECT_TRUE(std::isfinite(size) && size >= 0) << row[4];
        if (row[2] == "1") {
            EXPECT_GT(size, 0);
            EXPECT_EQ(row[3], "20");
        }
        last[row[0] + " " + row[1]] = size;
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

TEST_F(Inside, Usage)
{
    train("m", {"--after", "1u"});
    EXPECT_EQ(run({"gradients", "-m", folder.path("m")}).code, 2) << "no text";
    EXPECT_EQ(run({"gradients", "-m", folder.path("none"), "--sets", corpus("test.en"), corpus("test.cs")}).code, 66);
    EXPECT_EQ(run({"gates"}, "The dog.\n").code, 2) << "no model";
    EXPECT_EQ(run({"gates", "-m", folder.path("m"), "--page", folder.path("none/p.html")}, "The dog.\n").code, 73);
}

} // namespace
