#include "base/options.h"

#include <vector>

#include "support/handles.hpp"

using support::String;
using OptionsHandle = support::Handle<car_options, car_options_free>;

enum : unsigned { TRAIN = 1, TRANSLATE = 2 };

static const car_option_row table[] = {
    {"help", 'h', CAR_OPTION_FLAG, nullptr, 0, 0, "all", "General options", "[all]", "print this help",
     TRAIN | TRANSLATE | CAR_OPTION_COMMAND_LINE},
    {"config", 'c', CAR_OPTION_TEXTS, nullptr, 0, 0, nullptr, "General options", "FILE ...", "read options from files",
     TRAIN | TRANSLATE | CAR_OPTION_COMMAND_LINE},
    {"quiet", 'q', CAR_OPTION_FLAG, nullptr, 0, 0, nullptr, "General options", nullptr, "say nothing",
     TRAIN | TRANSLATE},
    {"verbose", 'v', CAR_OPTION_FLAG, "true", 0, 0, nullptr, "General options", nullptr, "say more", TRAIN},
    {"model", 'm', CAR_OPTION_TEXT, nullptr, 0, 0, nullptr, "Model options", "DIR", "where the model is",
     TRAIN | TRANSLATE},
    {"dim-emb", 0, CAR_OPTION_COUNT, "256", 1, 65536, nullptr, "Model options", nullptr, "size of embeddings", TRAIN},
    {"dim-vocabs", 0, CAR_OPTION_COUNTS, "0 0", 0, 1 << 24, nullptr, "Model options", "SRC TRG",
     "sizes of vocabularies", TRAIN},
    {"learn-rate", 'l', CAR_OPTION_NUMBER, "0.001", 0, 10, nullptr, "Training options", nullptr,
     "step of the optimizer, which is described at such length here that the text does not fit into one line", TRAIN},
    {"offset", 0, CAR_OPTION_NUMBER, "-0.5", 0, 0, nullptr, "Training options", nullptr, "any number",
     TRAIN | CAR_OPTION_RARE},
    {"optimizer-params", 0, CAR_OPTION_NUMBERS, "0.9 0.999 1e-8", 0, 1, nullptr, "Training options", nullptr,
     "of the optimizer", TRAIN},
    {"optimizer", 'o', CAR_OPTION_CHOICE, "adam", 0, 0, "sgd|adam|adagrad", "Training options", nullptr, "how to step",
     TRAIN},
    {"train-sets", 't', CAR_OPTION_TEXTS, nullptr, 0, 0, nullptr, "Training options", "SRC TRG", "training text",
     TRAIN},
    {"after", 0, CAR_OPTION_LENGTH, "0", 0, 0, nullptr, "Training options", nullptr, "stop after", TRAIN},
    {"mini-batch", 0, CAR_OPTION_COUNT, "64", 1, 65536, nullptr, "Training options", nullptr, "pairs at once", TRAIN},
    {"mini-batch", 0, CAR_OPTION_COUNT, "32", 1, 65536, nullptr, "Search options", nullptr, "sentences at once",
     TRANSLATE},
    {"alignment", 0, CAR_OPTION_FLAG, nullptr, 0, 1, "hard|soft", "Search options", "[hard|soft|P]", "where to look",
     TRANSLATE},
    {"beam-size", 'b', CAR_OPTION_COUNT, "6", 1, 1000, nullptr, "Search options", nullptr, "width", TRANSLATE},
    {nullptr, 0, CAR_OPTION_FLAG, nullptr, 0, 0, nullptr, nullptr, nullptr, nullptr, 0}};

class Options : public support::InFolder
{
  protected:
    bool parse(std::vector<std::string> arguments, unsigned command = TRAIN)
    {
        kept = std::move(arguments);
        kept.insert(kept.begin(), "program");
        std::vector<char *> argv;
        for (std::string &argument : kept)
            argv.push_back(argument.data());
        options.reset(car_options_new(table, command));
        e = car_error{};
        return car_options_parse(options.get(), static_cast<int>(argv.size()), argv.data(), &e);
    }
    void refused(const std::vector<std::string> &arguments, const std::string &message, unsigned command = TRAIN)
    {
        EXPECT_FALSE(parse(arguments, command)) << message;
        EXPECT_EQ(CAR_EXIT_USAGE, e.code);
        EXPECT_EQ(0u, std::string(e.message).find(message)) << e.message << "\n for " << message;
    }
    bool load(const std::string &yaml)
    {
        options.reset(car_options_new(table, TRAIN));
        e = car_error{};
        return car_options_load_text(options.get(), yaml.data(), static_cast<ptrdiff_t>(yaml.size()), "c.yml", &e);
    }
    void refused_in_file(const std::string &yaml, const std::string &message)
    {
        EXPECT_FALSE(load(yaml)) << message;
        EXPECT_EQ(CAR_EXIT_CONFIG, e.code);
        EXPECT_EQ(message, e.message);
    }
    std::string dump()
    {
        String yaml;
        car_options_dump(options.get(), &yaml);
        return yaml.text();
    }
    std::string text(const char *name) { return car_options_text(options.get(), name); }
    std::string texts(const char *name)
    {
        std::string all;
        for (int i = 0; i < car_options_texts_count(options.get(), name); i++)
            all += std::string(car_options_texts(options.get(), name, i)) + ";";
        return all;
    }
    int64_t count(const char *name) { return car_options_count(options.get(), name); }
    bool flag(const char *name) { return car_options_flag(options.get(), name); }

    std::vector<std::string> kept;
    OptionsHandle options;
};

TEST_F(Options, HaveTheDefaultsOfTheTable)
{
    ASSERT_TRUE(parse({})) << e.message;
    EXPECT_FALSE(flag("quiet"));
    EXPECT_TRUE(flag("verbose"));
    EXPECT_EQ("", text("model"));
    EXPECT_EQ(256, count("dim-emb"));
    EXPECT_EQ(2, car_options_texts_count(options.get(), "dim-vocabs"));
    EXPECT_EQ(0, car_options_counts(options.get(), "dim-vocabs", 1));
    EXPECT_EQ(1e-8, car_options_numbers(options.get(), "optimizer-params", 2));
    EXPECT_EQ(0.001, car_options_number(options.get(), "learn-rate"));
    EXPECT_EQ("adam", text("optimizer"));
    EXPECT_EQ("", texts("train-sets"));
    EXPECT_FALSE(car_options_is_set(options.get(), "dim-emb"));
    EXPECT_EQ(64, count("mini-batch"));
    ASSERT_TRUE(parse({}, TRANSLATE)) << e.message;
    EXPECT_EQ(32, count("mini-batch"));
}

TEST_F(Options, AreChangedWhereTheyAreNotAsUsual)
{
    ASSERT_TRUE(parse({"--dim-emb", "256", "--optimizer-params", "0.9", "0.999", "1e-8", "--verbose", "--model", "dir",
                       "--quiet=false", "--mini-batch", "65", "--dim-vocabs", "0", "1", "--train-sets", "a"}))
        << e.message;
    for (const char *usual : {"dim-emb", "optimizer-params", "verbose", "quiet", "learn-rate"})
        EXPECT_FALSE(car_options_is_changed(options.get(), usual)) << usual;
    for (const char *other : {"model", "mini-batch", "dim-vocabs", "train-sets"})
        EXPECT_TRUE(car_options_is_changed(options.get(), other)) << other;

    ASSERT_TRUE(parse({"--dim-emb", "0256", "--learn-rate", "1e-3", "--optimizer-params", "0.90", ".999", "1E-8",
                       "--dim-vocabs", "0", "-0", "--offset=-0.4"}))
        << e.message;
    for (const char *same : {"dim-emb", "learn-rate", "optimizer-params", "dim-vocabs"})
        EXPECT_FALSE(car_options_is_changed(options.get(), same)) << same;
    EXPECT_TRUE(car_options_is_changed(options.get(), "offset"));
}

TEST_F(Options, AreReadInEveryForm)
{
    ASSERT_TRUE(parse({"one",
                       "--dim-emb",
                       "7",
                       "--learn-rate=0.5",
                       "-m",
                       "dir",
                       "--offset",
                       "-1.5",
                       "-oadagrad",
                       "-q",
                       "two",
                       "-t",
                       "a",
                       "b",
                       "--verbose=false",
                       "--dim-vocabs",
                       "10",
                       "20",
                       "--after=10e,100Ku",
                       "--train-sets=c",
                       "--",
                       "--dim-emb",
                       "-x"}))
        << e.message;
    EXPECT_EQ(7, count("dim-emb"));
    EXPECT_TRUE(car_options_is_set(options.get(), "dim-emb"));
    EXPECT_EQ(0.5, car_options_number(options.get(), "learn-rate"));
    EXPECT_EQ("dir", text("model"));
    EXPECT_EQ(-1.5, car_options_number(options.get(), "offset"));
    EXPECT_EQ("adagrad", text("optimizer"));
    EXPECT_TRUE(flag("quiet"));
    EXPECT_FALSE(flag("verbose"));
    EXPECT_EQ("a;b;c;", texts("train-sets"));
    EXPECT_EQ(20, car_options_counts(options.get(), "dim-vocabs", 1));
    EXPECT_EQ("10e,100Ku", text("after"));
    std::string operands;
    for (int i = 0; i < car_options_operand_count(options.get()); i++)
        operands += std::string(car_options_operand(options.get(), i)) + ";";
    EXPECT_EQ("one;two;--dim-emb;-x;", operands);
}

TEST_F(Options, FlagsTakeTrueAndFalseOnly)
{
    ASSERT_TRUE(parse({"--verbose", "false", "--quiet", "file", "-"})) << e.message;
    EXPECT_FALSE(flag("verbose"));
    EXPECT_TRUE(flag("quiet"));
    EXPECT_EQ(2, car_options_operand_count(options.get()));
    ASSERT_TRUE(parse({"-vq", "false"})) << e.message;
    EXPECT_TRUE(flag("verbose"));
    EXPECT_FALSE(flag("quiet"));
    ASSERT_TRUE(parse({"--help=all"})) << e.message;
    EXPECT_TRUE(flag("help"));
    EXPECT_EQ("all", text("help"));
    ASSERT_TRUE(parse({"--help"})) << e.message;
    EXPECT_EQ("true", text("help"));
    refused({"--quiet=yes"}, "--quiet: 'yes' is neither true nor false");
    for (const char *value : {"hard", "0.25", "1", "false"}) { /* a choice or a number */
        ASSERT_TRUE(parse({"--alignment", value, "--quiet"}, TRANSLATE)) << e.message;
        EXPECT_EQ(value, text("alignment"));
        EXPECT_EQ(0, car_options_operand_count(options.get()));
    }
    ASSERT_TRUE(parse({"--alignment", "--quiet"}, TRANSLATE)) << e.message;
    EXPECT_EQ("true", text("alignment"));
    refused({"--alignment=1.5"}, "--alignment: 1.5 is above the largest allowed, 1", TRANSLATE);
    refused({"--alignment=sift"}, "--alignment: 'sift' is none of hard|soft; did you mean 'soft'?", TRANSLATE);
    refused({"--help=al"}, "--help: 'al' is none of all; did you mean 'all'?");
}

TEST_F(Options, LastOfSeveralWins)
{
    ASSERT_TRUE(parse({"--dim-emb", "1", "--dim-emb", "2"})) << e.message;
    EXPECT_EQ(2, count("dim-emb"));
}

TEST_F(Options, UnknownOnesNameTheNearest)
{
    refused({"--dim-emv", "3"}, "unknown option --dim-emv; did you mean --dim-emb?");
    refused({"--beam-sz=3"}, "unknown option --beam-sz; did you mean --beam-size?", TRANSLATE);
    refused({"--beam=3"}, "unknown option --beam; did you mean --beam-size?", TRANSLATE); /* a prefix is no name */
    refused({"--beam-size=3"}, "--beam-size is an option of another command");
    refused({"--nothing-like-it"}, "unknown option --nothing-like-it");
    refused({"--=3"}, "unknown option --");
    refused({"-qx"}, "unknown option -x in -qx");
    EXPECT_EQ(std::string("unknown option -x in -qx; --help lists what there is"), e.message);
}

TEST_F(Options, ValuesAreChecked)
{
    refused({"--dim-emb", "0"}, "--dim-emb: 0 is below the smallest allowed, 1");
    refused({"--dim-emb", "65537"}, "--dim-emb: 65537 is above the largest allowed, 65536");
    for (const char *bad : {"1.5", "1x", "", " 1", "+1", "99999999999999999999", "0x10", "-"})
        refused({std::string("--dim-emb=") + bad}, std::string("--dim-emb: '") + bad + "' is no whole number");
    for (const char *bad : {"nan", "inf", "-inf", "1e999", "0x1p3", "1,5", "", " 1", "1e", "."})
        refused({std::string("--learn-rate=") + bad}, std::string("--learn-rate: '") + bad + "' is no number");
    refused({"-l", "-1"}, "-l: -1 is below the smallest allowed, 0");
    refused({"--learn-rate=10.5"}, "--learn-rate: 10.5 is above the largest allowed, 10");
    refused({"--dim-vocabs", "1", "x"}, "--dim-vocabs: 'x' is no whole number");
    refused({"--optimizer-params", "0.5", "2"}, "--optimizer-params: 2 is above the largest allowed, 1");
    refused({"-o", "adm"}, "-o: 'adm' is none of sgd|adam|adagrad; did you mean 'adam'?");
    refused({"-o", "newton"}, "-o: 'newton' is none of sgd|adam|adagrad");
    refused({"--after", "soon"}, "--after: 'soon' is no length");
    refused({"-m", "\xff"}, "-m: '\xff' is not UTF-8");
    ASSERT_TRUE(parse({"--dim-emb=1"}) && parse({"--dim-emb=65536"}) && parse({"-l", "0"}) && parse({"-l1e1"}));
}

TEST_F(Options, MissingValuesAreNoticed)
{
    refused({"--dim-emb"}, "--dim-emb needs a value");
    refused({"--model", "--quiet"}, "--model needs a value (one that begins with '-' is written --model=VALUE)");
    refused({"-t", "-q"}, "-t needs a value");
    ASSERT_TRUE(parse({"--model=--quiet"}));
    EXPECT_EQ("--quiet", text("model"));
    ASSERT_TRUE(parse({"--model", "-"}));
    EXPECT_EQ("-", text("model"));
}

TEST_F(Options, CommandLineWinsOverFilesAndLaterFilesOverEarlier)
{
    std::string first = folder.write("1.yml", "dim-emb: 11\nmini-batch: 12\nlearn-rate: 0.1\ntrain-sets: [a, b]\n");
    std::string second = folder.write("2.yml", "dim-emb: 21\nmini-batch: 22\n");
    for (int order = 0; order < 3; order++) {
        std::vector<std::string> arguments = {"--dim-emb", "31", "-t", "c"};
        std::vector<std::string> files = {"-c", first, second};
        if (order == 1)
            files = {"--config", first, "--config=" + second};
        arguments.insert(order < 2 ? arguments.begin() : arguments.end(), files.begin(), files.end());
        ASSERT_TRUE(parse(arguments)) << e.message;
        EXPECT_EQ(31, count("dim-emb"));
        EXPECT_EQ(22, count("mini-batch"));
        EXPECT_EQ(0.1, car_options_number(options.get(), "learn-rate"));
        EXPECT_EQ("c;", texts("train-sets"));
        EXPECT_TRUE(car_options_is_set(options.get(), "learn-rate"));
    }
    EXPECT_FALSE(parse({"-c", folder.path("absent")}));
    EXPECT_EQ(CAR_EXIT_NO_INPUT, e.code);
}

TEST_F(Options, FilesAreChecked)
{
    refused_in_file("dim-emv: 1", "c.yml:1: unknown option dim-emv; did you mean dim-emb?");
    refused_in_file("\nbeam-size: 1", "c.yml:2: beam-size is an option of another command");
    refused_in_file("dim-emb: 0", "c.yml:1: dim-emb: 0 is below the smallest allowed, 1");
    refused_in_file("dim-emb:", "c.yml:1: dim-emb: '' is no whole number");
    refused_in_file("dim-emb: [1]", "c.yml:1: dim-emb takes one value, not a list");
    refused_in_file("quiet: yes", "c.yml:1: quiet: 'yes' is neither true nor false");
    refused_in_file("help: true", "c.yml:1: help is only for the command line");
    refused_in_file("model: a\nmodel: b", "c.yml:2: 'model' is given twice");
    ASSERT_TRUE(load("train-sets: a\ndim-vocabs: []\nquiet: true\n")) << e.message;
    EXPECT_EQ("a;", texts("train-sets"));
    EXPECT_EQ(0, car_options_texts_count(options.get(), "dim-vocabs"));
    EXPECT_TRUE(flag("quiet"));
    /* A wrong value is wrong also where the command line has another. */
    EXPECT_FALSE(parse({"--dim-emb", "3", "-c", folder.write("c.yml", "dim-emb: x")}));
    EXPECT_EQ(CAR_EXIT_CONFIG, e.code);
}

TEST_F(Options, ADumpReadsBackTheSame)
{
    ASSERT_TRUE(
        parse({"-t", "a b", "# c", "-m", "\xc3\xa4: \"x\"\n", "--dim-vocabs", "1", "2", "3", "-q", "--offset=-2"}));
    std::string yaml = dump();
    ASSERT_TRUE(load(yaml)) << e.message << "\n" << yaml;
    EXPECT_EQ(yaml, dump());
    EXPECT_EQ("a b;# c;", texts("train-sets"));
    EXPECT_EQ("\xc3\xa4: \"x\"\n", text("model"));
    EXPECT_EQ(std::string::npos, yaml.find("help"));
    EXPECT_EQ(std::string::npos, yaml.find("config"));
    ASSERT_TRUE(parse({}));
    EXPECT_EQ("quiet: false\nverbose: true\ndim-emb: 256\ndim-vocabs:\n  - 0\n  - 0\nlearn-rate: 0.001\noffset: -0.5\n"
              "optimizer-params:\n  - 0.9\n  - 0.999\n  - 1e-8\noptimizer: adam\ntrain-sets: []\nafter: 0\n"
              "mini-batch: 64\n",
              dump());
}

TEST_F(Options, HelpIsGroupedAlignedAndNarrow)
{
    ASSERT_TRUE(parse({}));
    String help;
    car_options_help(options.get(), false, &help);
    EXPECT_EQ("General options:\n"
              "  -h, --help [all]                print this help; also all\n"
              "  -c, --config FILE ...           read options from files\n"
              "  -q, --quiet                     say nothing\n"
              "  -v, --verbose                   say more (default: true)\n"
              "\n"
              "Model options:\n"
              "  -m, --model DIR                 where the model is\n"
              "      --dim-emb N                 size of embeddings (default: 256)\n"
              "      --dim-vocabs SRC TRG        sizes of vocabularies (default: 0 0)\n"
              "\n"
              "Training options:\n"
              "  -l, --learn-rate X              step of the optimizer, which is described at such length here that\n"
              "                                  the text does not fit into one line (default: 0.001)\n"
              "      --optimizer-params X ...    of the optimizer (default: 0.9 0.999 1e-8)\n"
              "  -o, --optimizer NAME            how to step: sgd, adam, adagrad (default: adam)\n"
              "  -t, --train-sets SRC TRG        training text\n"
              "      --after LENGTH              stop after (default: 0)\n"
              "      --mini-batch N              pairs at once (default: 64)\n",
              help.text());
    String all;
    car_options_help(options.get(), true, &all);
    EXPECT_NE(std::string::npos, all.text().find("--offset X"));
}

using OptionsDeathTest = Options;

TEST_F(OptionsDeathTest, AskingForWhatIsNotThereIsAMistakeInTheProgram)
{
    ASSERT_TRUE(parse({}));
    EXPECT_DEATH(count("beam-size"), "bug");
    EXPECT_DEATH(count("model"), "bug");
    EXPECT_DEATH(text("train-sets"), "bug");
    EXPECT_DEATH(car_options_texts(options.get(), "train-sets", 0), "bug");
    EXPECT_DEATH(car_options_operand(options.get(), 0), "bug");
}

static std::string length_of(const char *text)
{
    car_length length = {-1, -1, -1};
    bool good = car_length_parse(text, &length);
    return !good && length.updates == -1 ? "no"
                                         : std::to_string(length.updates) + "u " + std::to_string(length.epochs) +
                                               "e " + std::to_string(length.tokens) + "t";
}

TEST(OptionsLength, HasUnitsAndMultipliers)
{
    EXPECT_EQ("1000u 0e 0t", length_of("1000u"));
    EXPECT_EQ("1000u 0e 0t", length_of("1000"));
    EXPECT_EQ("0u 10e 0t", length_of("10e"));
    EXPECT_EQ("0u 0e 5000t", length_of("5Kt"));
    EXPECT_EQ("2000000u 0e 3000000000t", length_of("2M,3Gt"));
    EXPECT_EQ("100000u 10e 1t", length_of("10e,100Ku,1t"));
    EXPECT_EQ("0u 0e 0t", length_of("0"));
    for (const char *bad : {"", "u", "K", "-1u", "+1", " 1", "1 u", "1x", "1uu", "1ku", "1.5K", "1u,", ",1u", "1u,2",
                            "1e,2e", "9223372036854775808", "9223372036854776K", "99999999999G"})
        EXPECT_EQ("no", length_of(bad)) << bad;
}
