/* What the loader finds, and what it refuses and says about it. */
#include <gtest/gtest.h>

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cfenv>
#include <cstring>
#include <filesystem>

#include "base/memory.h"
#include "cell/plan.h"
#include "loading.hpp"

extern "C" const car_plugin *carousel_plugin_lstm(void);

using support::Cells;
using support::cells_in;
namespace fs = std::filesystem;

namespace
{

const std::string bad = CAR_BINARY_DIR "/tests/plugins";
const std::string shipped = CAR_BINARY_DIR "/lib/carousel/cells";

const std::vector<std::string> shipped_names = [] {
    std::vector<std::string> names = support::shipped_cells;
    std::sort(names.begin(), names.end());
    return names;
}();

/* A folder that plugins may be loaded from. */
class Loader : public support::InFolder
{
  protected:
    Loader() { fs::permissions(folder.path(), fs::perms::owner_all); }

    std::string copy(const std::string &plugin, const std::string &name)
    {
        std::string to = folder.path() + "/" + name;
        fs::create_directories(fs::path(to).parent_path());
        fs::permissions(fs::path(to).parent_path(), fs::perms::owner_all);
        fs::copy_file(plugin, to);
        fs::permissions(to, fs::perms(0755));
        return to;
    }

    /* The message with which the file is refused; "" if it is not. */
    std::string refusal(const std::string &path, bool insecure = false)
    {
        Cells cells = cells_in("");
        car_cells_allow_insecure(cells.get(), insecure);
        if (car_cell_find(cells.get(), path.c_str(), &e) != nullptr)
            return "";
        EXPECT_EQ(e.code, CAR_EXIT_PLUGIN);
        return e.message;
    }
};

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

/* ---- finding ---- */

TEST_F(Loader, FindsEveryShippedCellByName)
{
    Cells cells = cells_in("");
    for (const std::string &name : shipped_names) {
        const car_loaded_cell *found = car_cell_find(cells.get(), name.c_str(), &e);
        ASSERT_NE(found, nullptr) << e.message;
        EXPECT_EQ(found->cell->name, name);
        EXPECT_EQ(found->path, fs::canonical(shipped + "/" + name + ".so"));
        EXPECT_EQ(std::strlen(found->sha256), 64u);
        car_cell_plan *plan = car_cell_plan_new(found->cell, 5, 7, "", &e);
        EXPECT_NE(plan, nullptr) << e.message;
        car_cell_plan_free(plan);
    }
    EXPECT_EQ(car_cells_count(cells.get()), static_cast<int>(shipped_names.size()));
    EXPECT_STREQ(car_cells_notes_view(cells.get()), "");
}

TEST_F(Loader, OpensOnlyWhatIsAskedFor)
{
    Cells cells = cells_in(bad);
    ASSERT_NE(car_cell_find(cells.get(), "gru", &e), nullptr) << e.message;
    EXPECT_EQ(car_cells_count(cells.get()), 1);
    EXPECT_STREQ(car_cells_notes_view(cells.get()), "");
}

TEST_F(Loader, FindsTheSameCellTwice)
{
    Cells cells = cells_in("");
    const car_loaded_cell *first = car_cell_find(cells.get(), "lstm", &e);
    EXPECT_EQ(car_cell_find(cells.get(), "lstm", &e), first);
    EXPECT_EQ(car_cell_find(cells.get(), (shipped + "/lstm.so").c_str(), &e), first);
    EXPECT_EQ(car_cells_count(cells.get()), 1);
}

TEST_F(Loader, LoadedCellIsTheLinkedOne)
{
    Cells cells = cells_in("");
    const car_loaded_cell *loaded = car_cell_find(cells.get(), "lstm", &e);
    ASSERT_NE(loaded, nullptr) << e.message;
    const car_cell *linked = &carousel_plugin_lstm()->cells[0];
    EXPECT_NE(loaded->cell, linked);
    EXPECT_STREQ(loaded->cell->name, linked->name);
    EXPECT_STREQ(loaded->cell->reference, linked->reference);
    EXPECT_STREQ(loaded->plugin->version, carousel_plugin_lstm()->version);
}

TEST_F(Loader, ListsAllAndNotesWhatItRefused)
{
    std::string other = copy(bad + "/tiny.so", "tiny.so");
    copy(bad + "/wrong-magic.so", "odd.so");
    folder.write("readme.txt", "no plugin");
    Cells cells = cells_in(folder.path());
    car_cells_open_all(cells.get());
    EXPECT_EQ(car_cells_count(cells.get()), 1 + static_cast<int>(shipped_names.size()));
    EXPECT_EQ(car_cells_at(cells.get(), 0)->path, fs::canonical(other));
    std::string notes = car_cells_notes_view(cells.get());
    EXPECT_TRUE(contains(notes, "odd.so: magic")) << notes;
    EXPECT_EQ(std::count(notes.begin(), notes.end(), '\n'), 1) << notes;
    car_cells_open_all(cells.get());
    EXPECT_EQ(car_cells_notes_view(cells.get()), notes) << "a second look adds nothing";
    EXPECT_EQ(car_cells_count(cells.get()), 1 + static_cast<int>(shipped_names.size()));
}

TEST_F(Loader, FindsACellInAFileOfAnotherName)
{
    std::string path = copy(bad + "/pair.so", "two.so");
    Cells cells = cells_in(folder.path());
    const car_loaded_cell *right = car_cell_find(cells.get(), "right", &e);
    ASSERT_NE(right, nullptr) << e.message;
    EXPECT_EQ(right->path, fs::canonical(path));
    EXPECT_EQ(car_cell_find(cells.get(), path.c_str(), &e), nullptr) << "which of the two?";
    EXPECT_TRUE(contains(e.message, "2 cells")) << e.message;
}

TEST_F(Loader, SearchesInOrderAndNotesTheHidden)
{
    std::string first = copy(bad + "/tiny.so", "a/tiny.so"), second = copy(bad + "/tiny.so", "b/tiny.so");
    std::string user = copy(bad + "/tiny.so", "home/carousel/cells/tiny.so");
    fs::permissions(folder.path() + "/home/carousel", fs::perms::owner_all);
    std::string path = folder.path() + "/a::" + folder.path() + "/b/";
    Cells cells = cells_in(path, folder.path() + "/home");
    const car_loaded_cell *found = car_cell_find(cells.get(), "tiny", &e);
    ASSERT_NE(found, nullptr) << e.message;
    EXPECT_EQ(found->path, fs::canonical(first));
    for (const std::string &hidden : {second, user})
        EXPECT_TRUE(contains(car_cells_notes_view(cells.get()), "cell tiny: " + std::string(found->path) +
                                                                    " is used, " + fs::canonical(hidden).string() +
                                                                    " is not"))
            << car_cells_notes_view(cells.get());

    Cells all = cells_in(path, folder.path() + "/home");
    car_cells_open_all(all.get());
    EXPECT_TRUE(contains(car_cells_notes_view(all.get()), second)) << car_cells_notes_view(all.get());
    EXPECT_EQ(car_cell_find(all.get(), "tiny", &e)->path, fs::canonical(first));

    Cells at_home = cells_in("", folder.path() + "/home");
    EXPECT_EQ(car_cell_find(at_home.get(), "tiny", &e)->path, fs::canonical(user));
}

TEST_F(Loader, UsesHomeWithoutDataHome)
{
    std::string path = copy(bad + "/tiny.so", ".local/share/carousel/cells/tiny.so");
    support::Variable a("HOME", folder.path()), b("XDG_DATA_HOME", "");
    Cells cells(car_cells_new());
    const car_loaded_cell *found = car_cell_find(cells.get(), "tiny", &e);
    ASSERT_NE(found, nullptr) << e.message;
    EXPECT_EQ(found->path, fs::canonical(path));
}

TEST_F(Loader, NeverLooksInTheCurrentFolder)
{
    copy(bad + "/tiny.so", "tiny.so");
    fs::path before = fs::current_path();
    fs::current_path(folder.path());
    for (const char *path : {"", ":", ".", "::.:"}) {
        Cells cells = cells_in(path);
        EXPECT_EQ(car_cell_find(cells.get(), "tiny", &e), nullptr) << path;
        EXPECT_EQ(contains(car_cells_notes_view(cells.get()), "not an absolute folder"), contains(path, "."));
    }
    Cells cells = cells_in("");
    EXPECT_NE(car_cell_find(cells.get(), "./tiny.so", &e), nullptr) << "by its path it is found: " << e.message;
    fs::current_path(before);
}

TEST_F(Loader, MissNamesTheNearestAndAllFolders)
{
    Cells cells = cells_in(folder.path() + ":/no/such/folder");
    EXPECT_EQ(car_cell_find(cells.get(), "lsmt", &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_PLUGIN);
    for (const std::string &part : {std::string("'lsmt'"), std::string("did you mean 'lstm'?"), folder.path(),
                                    std::string("/no/such/folder (does not exist)"), shipped})
        EXPECT_TRUE(contains(e.message, part)) << part << "\n" << e.message;
    EXPECT_EQ(car_cell_find(cells.get(), "transformer", &e), nullptr);
    EXPECT_TRUE(contains(e.message, "there are cfn, coupled, gru-v1, gru, indrnn, irnn, janet, ln-lstm")) << e.message;
    EXPECT_EQ(car_cell_find(cells.get(), "", &e), nullptr);
}

TEST_F(Loader, MissSaysWhatWasRefused)
{
    copy(bad + "/newer-major.so", "future.so");
    Cells cells = cells_in(folder.path());
    EXPECT_EQ(car_cell_find(cells.get(), "newer-major", &e), nullptr);
    EXPECT_TRUE(contains(e.message, "future.so: ABI major")) << e.message;
}

TEST_F(Loader, SplitsNameAndSettings)
{
    const char *cases[][3] = {{"lstm", "lstm", ""},
                              {"rnn:activation=relu", "rnn", "activation=relu"},
                              {"/a:b/c.so:x=1,y=2", "/a:b/c.so", "x=1,y=2"},
                              {"/a:b/c.so", "/a:b/c.so", ""},
                              {":x=1", "", "x=1"}};
    for (auto &c : cases) {
        const char *settings;
        char *name = car_cell_spec_split(c[0], &settings);
        EXPECT_STREQ(name, c[1]);
        EXPECT_STREQ(settings, c[2]);
        car_free(name);
    }
}

/* ---- refusing ---- */

struct Fault {
    const char *plugin, *message;
};

/* For the names of tests, which take no hyphens. */
std::string name_of(const ::testing::TestParamInfo<Fault> &fault)
{
    std::string name = fault.param.plugin;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

class BadPlugin : public Loader, public ::testing::WithParamInterface<Fault>
{
};

TEST_P(BadPlugin, IsRefusedByTheLoader)
{
    std::string path = bad + "/" + GetParam().plugin + ".so";
    std::string message = refusal(path);
    EXPECT_TRUE(contains(message, fs::canonical(path).string())) << message;
    EXPECT_TRUE(contains(message, GetParam().message)) << message;
}

INSTANTIATE_TEST_SUITE_P(
    , BadPlugin,
    ::testing::Values(Fault{"wrong-magic", "magic: expected 0x4c524143, found 0x21222324"},
                      Fault{"newer-major", "ABI major: expected 1, found 2"},
                      Fault{"newer-minor", "ABI minor: expected at most 0, found 7"},
                      Fault{"other-real", "size of car_real: expected 4 bytes, found 8"},
                      Fault{"other-cell-size", "size of car_cell: expected 40 bytes, found 48"},
                      Fault{"no-symbol", "exports no carousel_plugin()"},
                      Fault{"undefined-symbol", "undefined symbol: nobody_has_this"},
                      Fault{"null-plugin", "returned NULL"}, Fault{"flushes", "floating-point mode"},
                      Fault{"bad-name", "found \"Bad Name\""}, Fault{"no-plan", "cell no-plan: has no plan function"},
                      Fault{"twin-cells", "two cells called twin"}, Fault{"no-cells", "number of cells"},
                      Fault{"option-default", "option 0 (\"speed\"): its default lies outside"},
                      Fault{"option-choices", "option 0 (\"colour\"): it has no choices"},
                      Fault{"option-range", "option 0 (\"colour\"): a choice goes from 0"}),
    name_of);

class BadPlan : public Loader, public ::testing::WithParamInterface<Fault>
{
};

TEST_P(BadPlan, IsRefusedWithCellAndItem)
{
    Cells cells = cells_in(bad);
    const car_loaded_cell *cell = car_cell_find(cells.get(), GetParam().plugin, &e);
    ASSERT_NE(cell, nullptr) << e.message;
    EXPECT_EQ(car_cell_plan_new(cell->cell, 5, 7, "", &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_PLUGIN);
    EXPECT_TRUE(contains(e.message, std::string("cell ") + GetParam().plugin)) << e.message;
    EXPECT_TRUE(contains(e.message, GetParam().message)) << e.message;
}

INSTANTIATE_TEST_SUITE_P(
    , BadPlan,
    ::testing::Values(Fault{"twin-gates", "two gates are called \"a\""},
                      Fault{"undeclared-local", "gate \"b\" is fed by a state or local (feed bit 9)"},
                      Fault{"index-gap", "gate \"c\" has index 2, but the next gate is 1"},
                      Fault{"no-state", "declares no state"}, Fault{"no-backward", "stage 0 lacks its backward kernel"},
                      Fault{"refuses", "input and hidden width must be equal"},
                      Fault{"unknown-option", "asks for its option \"bias\""},
                      Fault{"early-gate", "gate \"a\" comes before the first stage"}),
    name_of);

TEST_F(Loader, RefusesByNameWhatItWouldRefuseByPath)
{
    Cells cells = cells_in(bad);
    EXPECT_EQ(car_cell_find(cells.get(), "newer-minor", &e), nullptr);
    EXPECT_TRUE(contains(e.message, "ABI minor")) << e.message;
}

TEST_F(Loader, PutsTheFloatingPointModeBack)
{
    std::fesetround(FE_DOWNWARD);
    volatile float tiny = 1e-38f;
    EXPECT_TRUE(contains(refusal(bad + "/flushes.so"), "floating-point mode"));
    EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
    std::fesetround(FE_TONEAREST);
    EXPECT_GT(tiny / 16, 0.0f) << "small numbers are flushed to zero";
}

TEST_F(Loader, RefusesAFileCutShortAnywhere)
{
    std::string path = copy(bad + "/tiny.so", "tiny.so");
    std::string whole = folder.read("tiny.so");
    ASSERT_EQ(refusal(path), "");
    for (size_t parts = 0; parts < 40; parts++) {
        fs::remove(path); /* not written over: the first copy is loaded */
        folder.write("tiny.so", whole.substr(0, whole.size() * parts / 40));
        std::string message = refusal(path);
        EXPECT_TRUE(contains(message, parts == 0 ? "not a shared object" : "cut short")) << parts << ": " << message;
    }
}

/* Just before and just behind each program header and each part it tells of. */
TEST_F(Loader, RefusesAFileCutShortAtEachProgramHeader)
{
    std::string path = copy(bad + "/tiny.so", "tiny.so"), whole = folder.read("tiny.so");
    Elf64_Ehdr header;
    std::memcpy(&header, whole.data(), sizeof header);
    ASSERT_GT(header.e_phnum, 3);
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr part;
        size_t at = header.e_phoff + i * sizeof part;
        std::memcpy(&part, &whole[at], sizeof part);
        for (size_t size : {at, at + sizeof part - 1, static_cast<size_t>(part.p_offset + part.p_filesz) - 1}) {
            if (part.p_filesz == 0 && size + 1 == part.p_offset) /* the stack's: no bytes to lack */
                continue;
            fs::remove(path);
            folder.write("tiny.so", whole.substr(0, size));
            std::string message = refusal(path);
            EXPECT_TRUE(contains(message, "cut short")) << i << ", " << size << " bytes: " << message;
        }
    }
}

TEST_F(Loader, RefusesLinksThatLeadNowhere)
{
    fs::create_symlink("there.so", folder.path() + "/here.so");
    fs::create_symlink("here.so", folder.path() + "/there.so");
    EXPECT_TRUE(contains(refusal(folder.path() + "/here.so"), "here.so: cannot be opened: Too many levels"));
    fs::create_symlink("gone.so", folder.path() + "/lost.so");
    EXPECT_TRUE(contains(refusal(folder.path() + "/lost.so"), "lost.so: cannot be opened: No such file"));
    copy(bad + "/tiny.so", "good/tiny.so");
    fs::create_symlink("good/tiny.so", folder.path() + "/link.so");
    EXPECT_EQ(refusal(folder.path() + "/link.so"), "") << "a link to a plugin is one";
}

TEST_F(Loader, RefusesWhatIsNoPlugin)
{
    std::string text = folder.write("text.so", std::string(5000, 'x'));
    EXPECT_TRUE(contains(refusal(text), "not a shared object"));
    EXPECT_TRUE(contains(refusal(folder.path() + "/"), "not a regular file"));
    std::string pipe = folder.path() + "/pipe.so";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_TRUE(contains(refusal(pipe), "not a regular file")) << "and does not wait for a writer";
    EXPECT_TRUE(contains(refusal(folder.path() + "/none.so"), "none.so: cannot be opened"));
    EXPECT_TRUE(contains(refusal(fs::canonical("/proc/self/exe").string()), "cannot be loaded")) << "a program";
}

TEST_F(Loader, RefusesAnotherKindOfMachine)
{
    std::string path = copy(bad + "/tiny.so", "tiny.so"), whole = folder.read("tiny.so");
    struct {
        size_t at;
        unsigned short value;
        const char *message;
    } patches[] = {{EI_CLASS, ELFCLASS32 | (ELFDATA2LSB << 8), "ELF class: expected 64-bit, found 32-bit"},
                   {offsetof(Elf64_Ehdr, e_machine), EM_ARM, "ELF machine"},
                   {offsetof(Elf64_Ehdr, e_type), ET_REL, "ELF type"}};
    for (auto &patch : patches) {
        std::string changed = whole;
        std::memcpy(&changed[patch.at], &patch.value, sizeof patch.value);
        fs::remove(path);
        folder.write("tiny.so", changed);
        std::string message = refusal(path);
        EXPECT_TRUE(contains(message, patch.message)) << message;
    }
}

TEST_F(Loader, RefusesFilesThatOthersCanWrite)
{
    std::string path = copy(bad + "/tiny.so", "tiny.so");
    fs::permissions(path, fs::perms(0757));
    EXPECT_TRUE(contains(refusal(path), "everybody can write it")) << e.message;
    EXPECT_EQ(refusal(path, true), "") << "insecure";

    fs::permissions(path, fs::perms(0755));
    EXPECT_EQ(refusal(path), "");
    fs::permissions(folder.path(), fs::perms(0707));
    EXPECT_TRUE(contains(refusal(path), folder.path() + ": everybody can write it")) << e.message;
    EXPECT_EQ(refusal(path, true), "");
}

TEST_F(Loader, RefusesFilesOfOtherUsersAndGroups)
{
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can give files away";
    std::string path = copy(bad + "/tiny.so", "tiny.so");
    ASSERT_EQ(chown(path.c_str(), 12345, 0), 0);
    EXPECT_TRUE(contains(refusal(path), "belongs to user 12345")) << e.message;
    ASSERT_EQ(chown(path.c_str(), 0, 12345), 0);
    EXPECT_EQ(refusal(path), "");
    fs::permissions(path, fs::perms(0775));
    EXPECT_TRUE(contains(refusal(path), "its group can write it")) << e.message;
    ASSERT_EQ(chown(path.c_str(), 0, 0), 0);
    EXPECT_EQ(refusal(path), "") << "root is alone in its group";
}

/* ---- what is shipped ---- */

TEST_F(Loader, ShippedCellsExportOneSymbol)
{
    for (const std::string &place : {shipped, shipped + "64"})
        for (const std::string &name : shipped_names) {
            std::string command = NM_PROGRAM " -D --defined-only " + place + "/" + name + ".so";
            FILE *pipe = popen(command.c_str(), "r");
            ASSERT_NE(pipe, nullptr);
            std::string output(4096, '\0');
            output.resize(std::fread(output.data(), 1, output.size(), pipe));
            ASSERT_EQ(pclose(pipe), 0) << command;
            EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
            EXPECT_TRUE(contains(output, " T carousel_plugin\n")) << output;
        }
}

} // namespace
