/* A cell's author at work: carousel cell new. */
#include "tools/program.hpp"

using program::Program;
using program::read;
using program::Result;

class Cell : public Program
{
};

static bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

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
    EXPECT_EQ(run({"cell", "info"}).err, "carousel: usage: carousel cell info CELL\n");
    EXPECT_EQ(run({"cell", "list", "lstm"}).code, 2);
}
