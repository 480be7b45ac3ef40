/* Plugins that do harm, by accident as it were: each is refused or survived, in the right
 * words, by the program and by the loader, and the host is afterwards what it was. */
#include <gtest/gtest.h>

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>

#include "base/parallel.h"
#include "hostile/hostile.hpp"
#include "support/random.hpp"

using namespace harm;
using program::Arguments;

namespace
{

/* tiny.so with `value` at a place of its ELF header. */
template <class Value> std::string patched(size_t at, Value value)
{
    std::string bytes = tiny();
    std::memcpy(&bytes[at], &value, sizeof value);
    return bytes;
}

/* tiny.so, whole by its headers, but with nothing in what they say is loaded. */
std::string hollow()
{
    std::string bytes = tiny();
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    size_t first = header.e_phoff + header.e_phnum * sizeof(Elf64_Phdr);
    std::fill(bytes.begin() + static_cast<ptrdiff_t>(first), bytes.end(), '\x55');
    return bytes;
}

/* ---- the zoo ------------------------------------------------------------------------- */

enum Who {
    BY_FILE,  /* before any code of it ran: by what the file is   */
    BY_TRIAL, /* in the process that tries it                     */
    BY_PLAN,  /* when somebody wants to use it                    */
};

struct Animal {
    const char *name;
    Who who;
    const char *said;                                  /* part of the message */
    std::function<void(const std::string &path)> make; /* none: it was compiled */
};

std::ostream &operator<<(std::ostream &out, const Animal &animal) { return out << animal.name; }

const std::vector<Animal> &zoo()
{
    static const std::vector<Animal> animals = {
        /* what the file is */
        {"empty", BY_FILE, "is not a shared object (no ELF header)", [](auto &path) { write_file(path, ""); }},
        {"text", BY_FILE, "is not a shared object (no ELF header)",
         [](auto &path) { write_file(path, "#include <carousel/cell.h>\n" + std::string(4000, ' ')); }},
        {"cut", BY_FILE, "is cut short or damaged",
         [](auto &path) { write_file(path, tiny().substr(0, tiny().size() * 2 / 3)); }},
        {"head-only", BY_FILE, "is cut short or damaged",
         [](auto &path) { write_file(path, tiny().substr(0, sizeof(Elf64_Ehdr))); }},
        {"for-32-bits", BY_FILE, "ELF class: expected 64-bit, found 32-bit",
         [](auto &path) { write_file(path, patched<unsigned char>(EI_CLASS, ELFCLASS32)); }},
        {"for-arm", BY_FILE, "ELF machine: expected 62, found 183; built for another kind of processor",
         [](auto &path) { write_file(path, patched<Elf64_Half>(offsetof(Elf64_Ehdr, e_machine), EM_AARCH64)); }},
        {"big-endian", BY_FILE, "built for another kind of processor",
         [](auto &path) { write_file(path, patched<unsigned char>(EI_DATA, ELFDATA2MSB)); }},
        {"object-file", BY_FILE, "ELF type: expected 3 (shared object), found 1",
         [](auto &path) { write_file(path, patched<Elf64_Half>(offsetof(Elf64_Ehdr, e_type), ET_REL)); }},
        {"folder", BY_FILE, "is not a regular file", [](auto &path) { fs::create_directory(path); }},
        {"pipe", BY_FILE, "is not a regular file", [](auto &path) { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); }},
        {"link-to-itself", BY_FILE, "cannot be opened: Too many levels of symbolic links",
         [](auto &path) { fs::create_symlink(path, path); }},
        {"link-to-nothing", BY_FILE, "cannot be opened: No such file",
         [](auto &path) { fs::create_symlink("/nonexistent.so", path); }},
        {"anybodys", BY_FILE, "everybody can write it",
         [](auto &path) {
             write_file(path, tiny());
             fs::permissions(path, fs::perms(0757));
         }},
        /* what the dynamic loader says, in the process that tries it */
        {"program", BY_TRIAL, "cannot be loaded: ",
         [](auto &path) { write_file(path, program::read(CAR_BINARY_DIR "/lib/carousel/probe")); }},
        {"hollow", BY_TRIAL, "", [](auto &path) { write_file(path, hollow()); }},
        {"undefined-symbol", BY_TRIAL, "undefined symbol: nobody_has_this", {}},
        {"unresolved-library", BY_TRIAL, "libcarousel-test-gone.so: cannot open shared object file", {}},
        {"huge-array", BY_TRIAL, "cannot be loaded: ", {}},
        /* what it says of itself */
        {"no-symbol", BY_TRIAL, "exports no carousel_plugin()", {}},
        {"null-plugin", BY_TRIAL, "carousel_plugin() returned NULL", {}},
        {"wrong-magic", BY_TRIAL, "magic: expected 0x4c524143, found 0x21222324", {}},
        {"newer-major", BY_TRIAL, "ABI major: expected 1, found 2", {}},
        {"newer-minor", BY_TRIAL, "ABI minor: expected at most 0, found 7", {}},
        {"other-real", BY_TRIAL, "size of car_real: expected 4 bytes, found 8", {}},
        {"other-cell-size", BY_TRIAL, "size of car_cell: expected 40 bytes, found 48", {}},
        {"twin-cells", BY_TRIAL, "has two cells called twin", {}},
        {"lies-about-cells", BY_TRIAL, "c", {}}, /* "crashed", or "cell 1": what lies behind its one cell? */
        {"lies-about-names", BY_TRIAL, "crashed (signal 11, SIGSEGV) in carousel_plugin()", {}},
        {"lies-about-help", BY_TRIAL, "crashed (signal 11, SIGSEGV) in carousel_plugin()", {}},
        {"escapes", BY_TRIAL, "cell escapes: its summary is not a line of text", {}},
        /* crashes */
        {"crash-at-load", BY_TRIAL, "crashed (signal 11, SIGSEGV) while it was loaded", {}},
        {"crash-at-entry", BY_TRIAL, "crashed (signal 8, SIGFPE) in carousel_plugin()", {}},
        {"crash-in-plan", BY_TRIAL, "crashed (signal 11, SIGSEGV) in the plan of cell crash-in-plan", {}},
        {"crash-in-forward",
         BY_TRIAL,
         "crashed (signal 11, SIGSEGV) in the forward kernels of cell crash-in-forward",
         {}},
        {"crash-in-backward",
         BY_TRIAL,
         "crashed (signal 11, SIGSEGV) in the backward kernels of cell crash-in-backward",
         {}},
        {"crash-at-exit", BY_TRIAL, "crashed (signal 6, SIGABRT) when the process ended", {}},
        {"illegal", BY_TRIAL, "crashed (signal 4, SIGILL) in the plan of cell illegal", {}},
        {"throws",
         BY_TRIAL,
         "SIGABRT) in the forward kernels of cell throws, saying \"terminate called after throwing",
         {}},
        {"eats-memory", BY_TRIAL, "in the plan of cell eats-memory", {}},
        /* does not come back, or takes all with it */
        {"loops-at-load", BY_TRIAL, "did not come back within 1 second of processor time while it was loaded", {}},
        {"loops-in-forward",
         BY_TRIAL,
         "did not come back within 1 second of processor time in the forward kernels of cell loops-in-forward",
         {}},
        {"sleeps", BY_TRIAL, "did nothing for 10 seconds while it was loaded", {}},
        {"exits", BY_TRIAL, "ended the program (exit code 3) in the plan of cell exits", {}},
        {"leaves-quietly", BY_TRIAL, "ended the program (exit code 0) while it was loaded", {}},
        /* changes what is everybody's */
        {"flushes", BY_TRIAL, "changed the floating-point mode from 0x1f80/0x37f to 0x9fc0/0x37f", {}},
        {"rounds-down", BY_TRIAL, "changed the floating-point mode from 0x1f80/0x37f to 0x3f80/0x77f", {}},
        {"sets-locale", BY_TRIAL, "changed the locale from \"C\" to \"C.UTF-8\" in the plan of cell sets-locale", {}},
        {"changes-folder", BY_TRIAL, "changed the working folder from / to /usr in carousel_plugin()", {}},
        {"handles-signals", BY_TRIAL, "changed what is done on signal 15, SIGTERM while it was loaded", {}},
        {"blocks-signals", BY_TRIAL, "blocked signal 2, SIGINT in the plan", {}},
        {"raises-limits", BY_TRIAL, "changed the limit on open files in the plan", {}},
        {"closes-output", BY_TRIAL, "closed file descriptor 1 (standard output) while it was loaded", {}},
        {"closes-all", BY_TRIAL, "closed file descriptor 4 in the plan", {}},
        {"leaves-open", BY_TRIAL, "left open file descriptor 3 in the plan", {}},
        {"starts-thread", BY_TRIAL, "started a thread, or ended one while it was loaded", {}},
        {"sets-environment", BY_TRIAL, "changed the environment variables while it was loaded", {}},
        {"sets-alarm", BY_TRIAL, "set or stopped a timer in the plan", {}},
        {"sets-umask", BY_TRIAL, "changed the mask of permissions (umask) from", {}},
        {"second-openmp", BY_TRIAL, "brought a second OpenMP run-time, ", {}},
        {"prints", BY_TRIAL, "wrote \"prints 1.0 (c) its author\" to standard output while it was loaded", {}},
        {"prints-at-exit",
         BY_TRIAL,
         "wrote \"prints-at-exit ran for a while\" to standard output when the process ended",
         {}},
        {"prints-on", BY_TRIAL, "wrote more than 1048576 bytes to a file in the plan", {}},
        /* computes wrongly, as far as is seen without checking its gradients */
        {"makes-nan", BY_TRIAL, "left NaN or infinity in state h, or did not write it, in the forward kernels", {}},
        {"leaves-gaps",
         BY_TRIAL,
         "left NaN or infinity in a gradient, or did not write it, in the backward kernels",
         {}},
        {"leaks", BY_TRIAL, "took memory and did not give it back", {}},
        /* plans what cannot be */
        {"huge-state", BY_PLAN, "width", {}},
        {"twin-gates", BY_PLAN, "two gates are called \"a\"", {}},
        {"no-state", BY_PLAN, "declares no state", {}},
        {"refuses", BY_PLAN, "input and hidden width must be equal", {}},
    };
    return animals;
}

/* Puts the animal into the folder. */
std::string bring(const Animal &animal, const std::string &folder)
{
    std::string path = folder + "/" + animal.name + ".so";
    if (animal.make) {
        animal.make(path);
        return path;
    }
    std::string compiled = hostile + "/" + animal.name + ".so";
    fs::copy_file(fs::exists(compiled) ? compiled : wrong + "/" + animal.name + ".so", path);
    fs::permissions(path, fs::perms(0755));
    return path;
}

/* ---- each of them ----------------------------------------------------------------------- */

class EachPlugin : public Hostile, public ::testing::WithParamInterface<Animal>
{
};

std::string name_of(const ::testing::TestParamInfo<Animal> &animal)
{
    std::string name = animal.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

TEST_P(EachPlugin, IsRefusedInTheRightWords)
{
    const Animal &animal = GetParam();
    if (sanitized && (std::string(animal.name) == "eats-memory"))
        GTEST_SKIP() << "memory has no limit beside a sanitizer's";
    std::string file = bring(animal, cells()), named = std::string(animal.name) + ".so: ";
    if (animal.who == BY_PLAN)
        named = std::string("cell ") + animal.name;

    Result list = run({"cell", "list"});
    EXPECT_EQ(list.code, 0) << list.err;
    if (animal.who != BY_PLAN) {
        EXPECT_TRUE(has(list.err, named)) << list.err;
        EXPECT_TRUE(has(list.err, animal.said)) << list.err;
        EXPECT_TRUE(has(list.out, "/lib/carousel/cells/lstm.so\n")) << list.out;
        EXPECT_FALSE(has(list.out, folder.path())) << list.out;
    }

    if (animal.who == BY_PLAN)
        Program::SetUp();
    Result train = run(training("model", {"--enc-cell", file, "--dim-emb", "6", "--after-batches", "1"}));
    EXPECT_EQ(train.code, 69) << train.err;
    EXPECT_TRUE(has(train.err, named)) << train.err;
    EXPECT_TRUE(has(train.err, animal.said)) << train.err;
    EXPECT_EQ(train.out, "");
    EXPECT_FALSE(fs::exists(folder.path("model/latest.safetensors")));

    if (std::string(animal.name) == "sleeps")
        return; /* for another ten seconds */
    std::string message = refusal(file);
    EXPECT_TRUE(animal.who == BY_PLAN || has(message, animal.said)) << message;
}

INSTANTIATE_TEST_SUITE_P(, EachPlugin, ::testing::ValuesIn(zoo()), name_of);

/* ---- all of them -------------------------------------------------------------------------- */

TEST_F(Hostile, ListGoesThroughAllOfThemAndRemembers)
{
    Result without = run({"cell", "list"});
    for (const Animal &animal : zoo())
        if (animal.who != BY_PLAN && std::string(animal.name) != "sleeps" &&
            !(sanitized && std::string(animal.name) == "eats-memory"))
            bring(animal, cells());
    Result first = run({"cell", "list"}), second = run({"cell", "list"});
    for (const Result *list : {&first, &second}) {
        EXPECT_EQ(list->code, 0) << list->err;
        EXPECT_EQ(list->out, without.out);
        for (const Animal &animal : zoo())
            if (fs::symlink_status(cells() + "/" + animal.name + ".so").type() != fs::file_type::not_found) {
                EXPECT_TRUE(has(list->err, std::string(animal.name) + ".so: ")) << animal.name;
                EXPECT_TRUE(has(list->err, animal.said)) << animal.name;
            }
    }
    EXPECT_GT(first.seconds, 1.5) << "two of them do not come back for a second each";
    EXPECT_LT(second.seconds, sanitized ? 3 : 1);
    EXPECT_FALSE(has(first.err, "so it was when it was tried"));
    EXPECT_TRUE(has(second.err, "so it was when it was tried; remove " + verdicts())) << second.err;
}

/* Whatever became of some of its bytes: it is refused, or it works, or it is named when it
 * crashes later. */
TEST_F(Hostile, FileWithDamagedBytesIsNamed)
{
    const std::string whole = program::read(CAR_BINARY_DIR "/lib/carousel/cells/lstmp.so");
    support::Random random(20);
    int worked = 0, refused = 0;
    for (int i = 0; i < (sanitized ? 30 : 150); i++) {
        std::string bytes = whole, file = cells() + "/damaged" + std::to_string(i) + ".so";
        for (int k = 1 + random.below(4); k > 0; k--) /* a half of them where the tables are */
            bytes[static_cast<size_t>(random.below(k % 2 != 0 ? 0x1000 : static_cast<int>(bytes.size())))] ^=
                static_cast<char>(1 << random.below(8));
        write_file(file, bytes);
        Result info = run({"cell", "info", file});
        worked += info.code == 0;
        refused += info.code == 69;
        if (info.code != 0) {
            EXPECT_TRUE(info.code == 69 || info.code > 128) << info.code;
            EXPECT_TRUE(has(info.err, "plugin " + file) || has(info.err, "carousel: cell ")) << info.err;
        }
        fs::remove(file);
    }
    EXPECT_GT(worked, 0);
    EXPECT_GT(refused, 0);
}

/* ---- one that is good when it is tried ----------------------------------------------------- */

struct Crash {
    const char *told;
    int signal;
    const char *where;
};

class LateCrash : public Hostile, public ::testing::WithParamInterface<Crash>
{
};

/* The line says where, and the program dies of the signal. */
TEST_P(LateCrash, IsExplained)
{
    Program::SetUp();
    const Crash &crash = GetParam();
    std::string file = cells() + "/late-crash.so";
    fs::copy_file(hostile + "/late-crash.so", file);
    fs::permissions(file, fs::perms(0755));
    EXPECT_EQ(run({"cell", "info", "late-crash"}).code, 0) << "it is found to be good";
    Variable told("CAROUSEL_TEST_CRASH", crash.told),
        raw("ASAN_OPTIONS", "handle_segv=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0");
    for (const char *threads : {"1", "2"}) {
        if (std::string(crash.told) == "stack" && *threads != '1')
            continue; /* only the main thread has another stack to say it from */
        Result train = run(training("model", {"--overwrite", "--enc-cell", "late-crash", "--enc-type", "unidirectional",
                                              "--cpu-threads", threads, "--after-batches", "2"}));
        EXPECT_EQ(train.code, 128 + crash.signal) << train.err;
        std::string line = "carousel: crashed (signal " + std::to_string(crash.signal) + ", " + crash.where;
        EXPECT_TRUE(has(train.err, line)) << train.err;
        EXPECT_TRUE(has(train.err, "; plugin " + file + "\n")) << train.err;
        EXPECT_EQ(has(train.err, ", width 8) in update 1;"), has(crash.where, "kernel")) << train.err;
    }
}

INSTANTIATE_TEST_SUITE_P(
    , LateCrash,
    ::testing::Values(
        Crash{"segv", SIGSEGV,
              "SIGSEGV) in the forward kernel of cell late-crash, stage 0, step 2 of layer encoder.0.forward ("},
        Crash{"load", SIGSEGV, "SIGSEGV) while a plugin was loaded"},
        Crash{"plan", SIGILL, "SIGILL) in the plan of cell late-crash"},
        Crash{"abort", SIGABRT,
              "SIGABRT) in the forward kernel of cell late-crash, stage 0, step 2 of layer encoder.0.forward ("},
        Crash{"ill", SIGILL,
              "SIGILL) in the forward kernel of cell late-crash, stage 0, step 2 of layer encoder.0.forward ("},
        Crash{"stack", SIGSEGV,
              "SIGSEGV) in the forward kernel of cell late-crash, stage 0, step 2 of layer encoder.0.forward ("},
        Crash{"fpe", SIGFPE,
              "SIGFPE) in the backward kernel of cell late-crash, stage 0, step 1 of layer encoder.0.forward ("}),
    [](const auto &crash) { return std::string(crash.param.told); });

/* In translate, of a model that was trained while the plugin behaved. */
TEST_F(Hostile, LateCrashIsExplainedByTranslate)
{
    Program::SetUp();
    std::string file = cells() + "/late-crash.so";
    fs::copy_file(hostile + "/late-crash.so", file);
    fs::permissions(file, fs::perms(0755));
    train("model", {"--dec-cell", "late-crash", "--after-batches", "1"});
    Arguments translate = {"translate", "--models", folder.path("model"), "--cpu-threads", "1"};
    EXPECT_EQ(run(translate, "a b c\n").code, 0);
    Variable told("CAROUSEL_TEST_CRASH", "always"), raw("ASAN_OPTIONS", "handle_segv=0");
    Result crashed = run(translate, "a b c\n");
    EXPECT_EQ(crashed.code, 128 + SIGSEGV);
    EXPECT_TRUE(has(crashed.err, "in the forward kernel of cell late-crash, stage 0, step 0 of layer decoder.0 ("))
        << crashed.err;
}

TEST_F(Hostile, CrashOutsideOfKernelsIsSaidToBe)
{
    Program::SetUp();
    Variable raw("ASAN_OPTIONS", "handle_segv=0");
    std::string pipe = folder.path("pipe"), err = folder.path("error");
    program::Pipe input(pipe);
    program::Process process({"vocab"}, pipe, folder.path("output"), err);
    ASSERT_TRUE(program::eventually([&] { /* until it catches SIGABRT, signal 6 */
                                          std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
                                          unsigned long caught = 0;
                                          for (std::string text; std::getline(status, text);)
                                              if (text.rfind("SigCgt:", 0) == 0)
                                                  caught = std::stoul(text.substr(7), nullptr, 16);
                                          return (caught & 0x20) != 0;
    }));
    process.send(SIGSEGV);
    EXPECT_EQ(process.wait(), 128 + SIGSEGV);
    EXPECT_TRUE(has(program::read(err), "crashed (signal 11, SIGSEGV) outside of all plugins")) << program::read(err);
}

/* ---- models and their cells ------------------------------------------------------------------- */

std::string version_1_1(std::string plugin)
{
    const std::string version("\0001.0\0", 5);
    size_t at = plugin.find(version);
    EXPECT_NE(at, std::string::npos);
    EXPECT_EQ(plugin.find(version, at + 1), std::string::npos);
    plugin[at + 3] = '1';
    return plugin;
}

/* What a model was made with is known when it is used and when its training goes on. */
TEST_F(Hostile, ModelTellsItsCellsFromOthersOfTheirNames)
{
    Program::SetUp();
    std::string file = cells() + "/tiny.so", said = "made with cell tiny of version 1.0, SHA-256 ";
    Arguments translate = {"translate", "--models", folder.path("model"), "--cpu-threads", "1"};
    write_file(file, tiny());
    train("model", {"--enc-cell", "tiny", "--dec-cell", "tiny", "--after-batches", "1"});
    Result same = run(translate, "a b c\n");
    EXPECT_EQ(same.code, 0);
    EXPECT_FALSE(has(same.err, "made with")) << same.err;

    fs::remove(file);
    write_file(file, version_1_1(tiny()));
    Result other = run(translate, "a b c\n");
    EXPECT_EQ(other.code, 0);
    EXPECT_EQ(other.out, same.out);
    EXPECT_EQ(program::count(other.err, said), 1) << "encoder and decoder have the same: " << other.err;
    EXPECT_TRUE(has(other.err, file + " has version 1.1, SHA-256 ")) << other.err;

    Result resumed =
        run(training("model", {"--enc-cell", "tiny", "--dec-cell", "tiny", "--after-batches", "2", "--resume"}));
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(program::count(resumed.err, said), 1) << resumed.err;
    EXPECT_EQ(program::count(run(translate, "a b c\n").err, "made with"), 0) << "it goes on with the new one";
}

/* A model that was trained with a file by its path says why that file is not taken. */
TEST_F(Hostile, ModelSaysWhyTheFileOfItsCellIsRefused)
{
    Program::SetUp();
    fs::create_directories(folder.path("own"));
    fs::permissions(folder.path("own"), fs::perms::owner_all);
    std::string own = folder.path("own/tiny.so");
    write_file(own, tiny());
    train("model", {"--dec-cell", own, "--after-batches", "1"});
    fs::permissions(own, fs::perms(0777));
    Arguments translate = {"translate", "--models", folder.path("model"), "--cpu-threads", "1"};
    Result refused = run(translate, "a b c\n");
    EXPECT_EQ(refused.code, 69);
    EXPECT_TRUE(has(refused.err, own + ": everybody can write it")) << refused.err;
    write_file(cells() + "/tiny.so", tiny());
    Result by_name = run(translate, "a b c\n");
    EXPECT_EQ(by_name.code, 0) << by_name.err;
    EXPECT_TRUE(has(by_name.err, own + ": everybody can write it")) << by_name.err;
}

/* ---- what else a program may be doing ------------------------------------------------------- */

/* The threads of OpenMP wait in this process while a plugin is tried. */
TEST_F(Hostile, IsTriedFromAProgramWithThreads)
{
    int sums[64] = {};
    car_parallel_set_threads(4);
    auto add = [](void *context, int task) { static_cast<int *>(context)[task] += task; };
    car_parallel(64, add, sums);
    for (const char *name : {"crash-in-forward", "closes-output", "exits"}) {
        std::string file = cells() + "/" + name + ".so";
        fs::copy_file(hostile + "/" + name + ".so", file);
        fs::permissions(file, fs::perms(0755));
        EXPECT_NE(refusal(file), "");
    }
    write_file(cells() + "/tiny.so", tiny());
    Cells in(car_cells_new());
    car_error e;
    EXPECT_NE(car_cell_find(in.get(), "tiny", &e), nullptr) << e.message;
    car_parallel(64, add, sums);
    EXPECT_EQ(sums[63], 126);
    car_parallel_set_threads(0);
}

TEST_F(Hostile, IsTriedByAProgramThatWaitsForNoChild)
{
    signal(SIGCHLD, SIG_IGN);
    for (const char *name : {"crash-at-load", "crash-at-exit", "exits"})
        for (const Animal &animal : zoo()) {
            if (std::string(animal.name) != name)
                continue;
            EXPECT_TRUE(has(refusal(bring(animal, cells())), animal.said)) << name;
        }
    EXPECT_EQ(signal(SIGCHLD, SIG_DFL), SIG_IGN);
}

TEST_F(Hostile, SecondOfANameIsNotUsed)
{
    fs::create_directories(folder.path("other"));
    fs::permissions(folder.path("other"), fs::perms::owner_all);
    write_file(cells() + "/gru.so", program::read(CAR_BINARY_DIR "/lib/carousel/cells/gru.so"));
    write_file(folder.path("other/gru.so"), program::read(CAR_BINARY_DIR "/lib/carousel/cells/gru.so") + "x");
    Variable both("CAROUSEL_PATH", cells() + ":" + folder.path("other"));
    Result list = run({"cell", "list"}), info = run({"cell", "info", "gru"});
    EXPECT_TRUE(has(list.err, "cell gru: " + cells() + "/gru.so is used, " + folder.path("other/gru.so") + " is not"))
        << list.err;
    EXPECT_TRUE(has(info.out, cells() + "/gru.so, version")) << info.out;
}

} // namespace
