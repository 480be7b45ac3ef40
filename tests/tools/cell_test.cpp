/* A cell's author at work: carousel cell new, list, info, graph, bench. */
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "support/shipped_cells.hpp"
#include "tools/program.hpp"

using program::has;
using program::Program;
using program::read;
using program::Result;

class Cell : public Program
{
};

TEST_F(Cell, NewWritesAFolderAndSaysHowToGoOn)
{
    for (const char *kind : {"one-stage", "two-stage", "options", "weights"}) {
        const std::string name = std::string("from-") + kind, at = folder.path(name);
        Result made = run({"cell", "new", at, "--from", kind});
        EXPECT_EQ(made.code, 0) << made.err;
        for (const char *command : {"cmake -S ", "carousel cell check ", "carousel train --enc-cell "})
            EXPECT_TRUE(has(made.out, command)) << made.out;
        const std::string source = read(at + "/" + name + ".c"), rules = read(at + "/CMakeLists.txt");
        EXPECT_TRUE(has(source, "{\"" + name + "\", ")) << source;
        EXPECT_TRUE(has(rules, "car_add_cell(" + name + " " + name + ".c)")) << rules;
        for (const std::string &text : {source, rules, read(at + "/README.md")})
            EXPECT_FALSE(has(text, "mycell")) << text;
    }
    EXPECT_TRUE(has(read(folder.path("from-two-stage/from-two-stage.c")), "CAR_LOCAL("));
    EXPECT_TRUE(has(read(folder.path("from-options/from-options.c")), "CAR_CHOICE"));
    EXPECT_TRUE(has(read(folder.path("from-weights/from-weights.c")), "car_weight("));
}

TEST_F(Cell, NewDoesNotOverwrite)
{
    folder.write("mine", "precious");
    Result again = run({"cell", "new", folder.path("mine")});
    EXPECT_EQ(again.code, 73);
    EXPECT_EQ(again.err, "carousel: " + folder.path("mine") + " exists already; nothing was written\n");
    EXPECT_EQ(read(folder.path("mine")), "precious");
    EXPECT_EQ(run({"cell", "new", "/proc/mine"}).code, 73);
}

TEST_F(Cell, NewRefusesNamesThatCannotBe)
{
    for (const char *name : {"", "My", "9lives", "-x", "a_b", "a.b", "a b", "\xc3\xa9t\xc3\xa9", "mine/"}) {
        Result made = run({"cell", "new", "--", name});
        EXPECT_EQ(made.code, 2) << name;
        EXPECT_TRUE(has(made.err, "is no name for a cell: ")) << made.err;
    }
    EXPECT_EQ(run({"cell", "new", folder.path(std::string(48, 'a'))}).code, 2);
    EXPECT_EQ(run({"cell", "new", folder.path(std::string(47, 'a'))}).code, 0);
    Result taken = run({"cell", "new", folder.path("lstm")});
    EXPECT_EQ(taken.code, 2);
    EXPECT_TRUE(has(taken.err, "there is a cell 'lstm' already, ")) << taken.err;
}

TEST_F(Cell, NewQuotesForTheShell)
{
    Result made = run({"cell", "new", folder.path("it's mine/cell")});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_TRUE(has(made.out, "it'\\''s mine/cell'/build/lib/carousel/cells/cell.so")) << made.out;
}

TEST_F(Cell, SaysWhatThereIs)
{
    EXPECT_EQ(run({"cell", "inof", "lstm"}).err, "carousel: there is no `carousel cell inof`; did you mean 'info'?\n");
    EXPECT_EQ(run({"cell", "xyz"}).err,
              "carousel: there is no `carousel cell xyz`; `carousel cell --help` shows what there is\n");
    EXPECT_EQ(run({"cell"}).err, "carousel: carousel cell wants to know what to do; `carousel cell --help` shows it\n");
    EXPECT_EQ(run({"cell", "info"}).err, "carousel: usage: carousel cell info CELL\n");
    EXPECT_EQ(run({"cell", "list", "lstm"}).code, 2);
}

/* ---- list, info, graph, bench ------------------------------------------------------------ */

TEST_F(Cell, ListAndInfoForScripts)
{
    Result list = run({"cell", "list", "--json"});
    EXPECT_EQ(list.code, 0) << list.err;
    for (const std::string &name : support::shipped_cells)
        EXPECT_TRUE(has(list.out, "\"name\": \"" + name + "\"")) << name;
    Result info = run({"cell", "info", "lstmp:projection=0.25", "--json", "--dim-emb", "3", "--dim-rnn", "8"});
    EXPECT_EQ(info.code, 0) << info.err;
    for (const char *part : {"\"input\": 3", "\"hidden\": 8", "\"output\": 2", "\"value\": 0.25",
                             "\"multiply_adds\": 176", "\"parameters\": 232", "\"sha256\": \"", "\"name\": \"p.i\""})
        EXPECT_TRUE(has(info.out, part)) << part << "\n" << info.out;
}

/* Every name that an edge has must be a node's: DOT would make up the others. */
static void expect_graph(const std::string &dot)
{
    std::set<std::string> nodes;
    int edges = 0, open = 0;
    for (std::string line : program::lines(dot)) {
        open += static_cast<int>(std::count(line.begin(), line.end(), '{') - std::count(line.begin(), line.end(), '}'));
        line.erase(0, line.find_first_not_of(' '));
        const size_t arrow = line.find(" -> "), name_end = line.find_first_of(" ;");
        if (arrow != std::string::npos) {
            edges++;
            const std::string to = line.substr(arrow + 4, line.find_first_of(" ;", arrow + 4) - arrow - 4);
            EXPECT_EQ(nodes.count(line.substr(0, arrow)), 1u) << line;
            EXPECT_EQ(nodes.count(to), 1u) << line;
        } else if (line.find(" [label=") == name_end) {
            nodes.insert(line.substr(0, name_end));
        }
    }
    EXPECT_EQ(open, 0);
    EXPECT_GT(edges, 3);
}

TEST_F(Cell, GraphOfEveryCell)
{
    const bool graphviz = std::system("dot -V >/dev/null 2>&1") == 0;
    for (const std::string &name : support::shipped_cells) {
        Result graph = run({"cell", "graph", name});
        EXPECT_EQ(graph.code, 0) << graph.err;
        SCOPED_TRACE(name);
        expect_graph(graph.out);
        const std::string drawn = "dot -Tsvg -o /dev/null " + folder.write(name + ".dot", graph.out);
        EXPECT_TRUE(!graphviz || std::system(drawn.c_str()) == 0);
    }
    EXPECT_TRUE(has(run({"cell", "graph", "lstm"}).out, "  prev1 -> stage0 [style=dashed];")) << "c' is multiplied";
    EXPECT_EQ(run({"cell", "graph", "lstn"}).code, 69);
}

TEST_F(Cell, BenchMeasuresBesideTheLstm)
{
    const program::Arguments small = {"--dim-emb", "8",       "--dim-rnn", "8",         "--rows",
                                      "3",         "--steps", "2",         "--seconds", "0"};
    Result table = run(program::join({"cell", "bench", "gru", "rnn:activation=relu"}, small));
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_TRUE(has(table.out, "input 8, width 8, 3 sequences of 2 steps, one thread")) << table.out;
    EXPECT_TRUE(has(table.out, "\nrnn:activation=relu ")) << table.out;
    Result json = run(program::join({"cell", "bench", "gru", "--json"}, small));
    EXPECT_EQ(json.code, 0) << json.err;
    for (const char *part : {"\"reference\": \"lstm\"", "\"multiply_adds\": 384", "\"rounds\": 5", "\"ratio\": "})
        EXPECT_TRUE(has(json.out, part)) << part << "\n" << json.out;
    const Result itself = run({"cell", "bench", "lstm", "--json", "--dim-emb", "32", "--dim-rnn", "32", "--rows", "8",
                               "--steps", "8", "--seconds", "0.05"});
    const std::string key = "\"ratio\": ";
    EXPECT_NEAR(std::log(std::stod(itself.out.substr(itself.out.find(key) + key.size()))), 0, std::log(1.5));
    Result all = run(program::join({"cell", "bench"}, small));
    for (const std::string &name : support::shipped_cells)
        EXPECT_TRUE(has(all.out, "\n" + name + " ")) << name;
    Result wrong = run({"cell", "bench", "lstm", "lstn"});
    EXPECT_EQ(wrong.code, 69);
    EXPECT_EQ(wrong.out, "") << "no measuring before all are found";
}
