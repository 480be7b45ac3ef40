// Model folders: links lead to whole files whatever happens, old generations go, one trainer at a time.
#include "train/folder.h"

#include <signal.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <thread>

#include "base/parallel.h"
#include "train/small_model.hpp"

namespace
{

using support::Checkpoint;
using support::Handle;
using support::SmallModel;
using support::SmallOptimizer;
using support::Snapshot;
using Folder = Handle<car_folder, car_folder_close>;

class ModelFolder : public support::InFolder
{
  protected:
    ModelFolder() { model.fill(0); }

    Folder open(int keep = 0, const char *metric = "bleu")
    {
        e = car_error{};
        return Folder(car_folder_open(path().c_str(), metric, keep, &e));
    }
    /* A state that is a function of `update`. */
    bool save(const Folder &f, int64_t update, const char *best = nullptr, double loss = 2)
    {
        model.fill(update);
        Snapshot snapshot(model, nullptr);
        snapshot.numbers = {{"update", static_cast<double>(update)}, {"loss", loss}};
        return car_folder_save(f.get(), update, snapshot.get(), &best, best != nullptr ? 1 : 0, &e);
    }
    Checkpoint latest(const Folder &f)
    {
        car_checkpoint *checkpoint = nullptr;
        e = car_error{};
        found = car_folder_load_latest(f.get(), &checkpoint, &note, &e);
        return Checkpoint(checkpoint);
    }
    /* The update of a checkpoint whose numbers and weights belong together, else -1. */
    static int64_t update_of(const Checkpoint &checkpoint)
    {
        int n = 0;
        car_error e = {};
        SmallModel read, wanted;
        if (checkpoint == nullptr || !car_checkpoint_read_parameters(checkpoint.get(), read.get(), &e))
            return -1;
        auto update = static_cast<int64_t>(car_checkpoint_numbers(checkpoint.get(), &n)[0].value);
        wanted.fill(update);
        return wanted.values() == read.values() ? update : -1;
    }
    int64_t best() const
    {
        car_error why = {};
        return update_of(Checkpoint(car_folder_load_model(path().c_str(), &why)));
    }
    void damage(const std::string &name) const
    {
        std::string bytes = folder.read("m/" + name);
        bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 1);
        folder.write("m/" + name, bytes);
    }
    std::string path(const std::string &name = "") const { return folder.path("m" + (name.empty() ? "" : "/" + name)); }
    std::string link(const std::string &name) const { return std::filesystem::read_symlink(path(name)).string(); }

    /* Names in the folder, links and the lock left out. */
    std::vector<std::string> files() const
    {
        std::vector<std::string> names;
        for (const auto &entry : std::filesystem::directory_iterator(path()))
            if (!entry.is_symlink() && entry.path().filename() != ".lock")
                names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
    static std::string name(int64_t update)
    {
        std::string digits = std::to_string(update);
        return "u" + std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0') + digits + ".safetensors";
    }
    static std::vector<std::string> names(std::initializer_list<int64_t> updates)
    {
        std::vector<std::string> all;
        for (int64_t update : updates)
            all.push_back(name(update));
        return all;
    }

    /* Runs `child` in a process of its own, on one thread, and gives its exit code. */
    static int in_child(const std::function<int()> &child)
    {
        pid_t pid = start(child);
        int status = 0;
        waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    static pid_t start(const std::function<int()> &child)
    {
        pid_t pid = fork();
        if (pid == 0) {
            car_parallel_set_threads(1);
            _exit(child());
        }
        return pid;
    }

    void says(int code, std::initializer_list<std::string> parts) const
    {
        EXPECT_EQ(code, e.code) << e.message;
        contains(e.message, parts);
    }
    static void contains(const std::string &text, std::initializer_list<std::string> parts)
    {
        for (const std::string &part : parts)
            EXPECT_NE(std::string::npos, text.find(part)) << part << "\nin: " << text;
    }

    SmallModel model;
    support::String note;
    bool found = false;
};

TEST_F(ModelFolder, SavesGenerationsAndLinks)
{
    Folder f = open();
    ASSERT_NE(nullptr, f) << e.message;
    EXPECT_EQ(nullptr, latest(f));
    EXPECT_TRUE(found);
    EXPECT_EQ("", note.text());

    ASSERT_TRUE(save(f, 1000, "bleu")) << e.message;
    ASSERT_TRUE(save(f, 2000, "chrf")) << e.message;
    ASSERT_TRUE(save(f, 3000)) << e.message;
    EXPECT_EQ(names({1000, 2000, 3000}), files());
    EXPECT_EQ(name(3000), link("latest.safetensors"));
    EXPECT_EQ(name(1000), link("best-bleu.safetensors"));
    EXPECT_EQ(name(2000), link("best-chrf.safetensors"));
    EXPECT_EQ("best-bleu.safetensors", link("best.safetensors"));
    EXPECT_EQ(3000, update_of(latest(f)));
    EXPECT_EQ("", note.text());
    EXPECT_EQ(1000, best());
}

TEST_F(ModelFolder, SavesTheSameStateOnce)
{
    Folder f = open();
    ASSERT_TRUE(save(f, 1000));
    const std::string file = path(name(1000));
    folder.write("m/" + name(1000), "not written again");
    ASSERT_TRUE(save(f, 1000, "bleu"));
    EXPECT_EQ("not written again", folder.read("m/" + name(1000)));
    EXPECT_EQ(name(1000), link("best-bleu.safetensors"));

    ASSERT_TRUE(save(f, 1000, nullptr, 3)); /* other numbers: another state */
    EXPECT_EQ(1000, update_of(latest(f)));
    std::filesystem::remove(file);
    ASSERT_TRUE(save(f, 1000, nullptr, 3));
    EXPECT_EQ(1000, update_of(latest(f)));

    folder.write("m/" + name(1000), "of a former process");
    f.reset();
    f = open();
    ASSERT_TRUE(save(f, 1000, nullptr, 3));
    EXPECT_EQ(1000, update_of(latest(f)));
}

TEST_F(ModelFolder, KeepsTheNewestAndWhatLinksLeadTo)
{
    Folder f = open(2);
    for (int64_t update = 1000; update <= 7000; update += 1000) {
        ASSERT_TRUE(save(f, update, update == 2000 ? "bleu" : update == 4000 ? "chrf" : nullptr)) << e.message;
        if (update == 3000)
            std::filesystem::create_symlink("./" + name(3000), path("mine"));
        if (update == 1000) {
            folder.write("m/u0.safetensors", "no generation");
            folder.write("m/metrics.jsonl", "");
        }
    }
    std::vector<std::string> wanted = names({2000, 3000, 4000, 6000, 7000});
    wanted.insert(wanted.begin(), "u0.safetensors");
    wanted.insert(wanted.begin(), "metrics.jsonl");
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(wanted, files());

    ASSERT_TRUE(save(f, 8000, "bleu")); /* 2000 is the best no more */
    EXPECT_EQ(8000, best());
    EXPECT_FALSE(std::filesystem::exists(path(name(2000))));
}

TEST_F(ModelFolder, CountsGenerationsByNumberUpToThisOne)
{
    Folder f = open(1);
    ASSERT_TRUE(save(f, 99999999));
    ASSERT_TRUE(save(f, 100000000));
    EXPECT_EQ(names({100000000}), files());
    ASSERT_TRUE(save(f, 1000)); /* gone back: the other course stays */
    ASSERT_TRUE(save(f, 2000));
    EXPECT_EQ(names({2000, 100000000}), files());
    EXPECT_EQ(2000, update_of(latest(f)));
}

TEST_F(ModelFolder, GoesBackToAWholeGeneration)
{
    Folder f = open();
    for (int64_t update : {1000, 2000, 3000, 4000})
        ASSERT_TRUE(save(f, update));
    ASSERT_TRUE(save(f, 3000)); /* latest is 3000: 4000 is of another course */

    damage(name(3000));
    EXPECT_EQ(2000, update_of(latest(f)));
    contains(note.text(), {path(name(3000)), "damaged (its SHA-256 differs)", "going on from " + path(name(2000))});

    folder.write("m/" + name(2000), "");
    EXPECT_EQ(1000, update_of(latest(f)));
    contains(note.text(), {path(name(3000)), path(name(2000)), "going on from " + path(name(1000))});

    std::filesystem::remove(path(name(1000)));
    EXPECT_EQ(nullptr, latest(f));
    EXPECT_FALSE(found);
    says(CAR_EXIT_DATA, {path() + ": there is no whole generation", path(name(3000)), path(name(2000))});

    std::filesystem::remove(path("latest.safetensors"));
    EXPECT_EQ(4000, update_of(latest(f)));
    contains(note.text(), {path() + ": there is no latest.safetensors; going on from " + path(name(4000))});
}

TEST_F(ModelFolder, GoesBackFromALinkThatLeadsNowhere)
{
    Folder f = open();
    ASSERT_TRUE(save(f, 1000));
    ASSERT_TRUE(save(f, 2000));
    std::filesystem::remove(path(name(2000)));
    EXPECT_EQ(1000, update_of(latest(f)));
    contains(note.text(), {path(name(2000)), "going on from"});
}

TEST_F(ModelFolder, TakesAFileInPlaceOfTheLink)
{
    Folder f = open();
    ASSERT_TRUE(save(f, 1000));
    std::filesystem::remove(path("latest.safetensors"));
    std::filesystem::rename(path(name(1000)), path("latest.safetensors"));
    EXPECT_EQ(1000, update_of(latest(f)));
    EXPECT_EQ("", note.text());
}

TEST_F(ModelFolder, AModelIsAFileOrTheBestOrTheLatestOfAFolder)
{
    Folder f = open();
    EXPECT_EQ(nullptr, car_folder_load_model(path().c_str(), &e));
    says(CAR_EXIT_NO_INPUT, {path(), "no model yet"});
    ASSERT_TRUE(save(f, 1000, "chrf"));
    ASSERT_TRUE(save(f, 2000));
    EXPECT_EQ(2000, best()); /* none is best by the first metric */
    ASSERT_TRUE(save(f, 3000, "bleu"));
    ASSERT_TRUE(save(f, 4000));
    EXPECT_EQ(3000, best());
    EXPECT_EQ(1000, update_of(Checkpoint(car_folder_load_model(path(name(1000)).c_str(), &e))));

    damage(name(3000)); /* translating never falls back */
    Checkpoint damaged(car_folder_load_model(path().c_str(), &e));
    ASSERT_NE(nullptr, damaged) << e.message;
    SmallModel read;
    EXPECT_FALSE(car_checkpoint_read_parameters(damaged.get(), read.get(), &e));
    says(CAR_EXIT_DATA, {path("best.safetensors"), "damaged"});
    EXPECT_EQ(nullptr, car_folder_load_model(path("absent").c_str(), &e));
    says(CAR_EXIT_NO_INPUT, {path("absent")});
}

TEST_F(ModelFolder, OneTrainerAtATime)
{
    Folder f = open();
    ASSERT_NE(nullptr, f) << e.message;
    EXPECT_EQ(nullptr, open());
    says(CAR_EXIT_CREATE, {path() + ": process " + std::to_string(getpid()) + " trains in this folder"});
    EXPECT_EQ(CAR_EXIT_CREATE, in_child([&] { return open() == nullptr ? e.code : 0; }));
    f.reset();
    EXPECT_EQ(-SIGKILL, in_child([&] {
        f = open();
        raise(SIGKILL);
        return 0;
    }));
    EXPECT_NE(nullptr, open()) << e.message;
}

TEST_F(ModelFolder, RefusesAFileForAFolder)
{
    folder.write("m", "");
    EXPECT_EQ(nullptr, open());
    says(CAR_EXIT_CREATE, {path()});
}

TEST_F(ModelFolder, RemovesWhatDeadProcessesLeft)
{
    open().reset();
    pid_t dead = start([] { return 0; });
    waitpid(dead, nullptr, 0);
    const std::string stale = name(1000) + ".tmp." + std::to_string(dead), living = name(1000) + ".tmp.1";
    folder.write("m/" + stale, "half");
    folder.write("m/" + living, "half");
    Folder f = open();
    EXPECT_EQ(std::vector<std::string>{living}, files());
}

TEST_F(ModelFolder, AFailedSaveLeavesTheOldState)
{
    Folder f = open(1);
    ASSERT_TRUE(save(f, 1000, "bleu"));
    EXPECT_EQ(CAR_EXIT_IO, in_child([&] {
                  const rlimit limit = {1000, 1000}; /* bytes: less than a checkpoint has */
                  signal(SIGXFSZ, SIG_IGN);
                  setrlimit(RLIMIT_FSIZE, &limit);
                  return save(f, 2000, "bleu") ? 0 : e.code;
              }));
    EXPECT_EQ(names({1000}), files());
    EXPECT_EQ(1000, update_of(latest(f)));
    EXPECT_EQ(1000, best());
    ASSERT_TRUE(save(f, 2000, "bleu")) << e.message;
    EXPECT_EQ(2000, best());
}

/* On a disk of its own, seen by the child alone, with room for one and a half. */
TEST_F(ModelFolder, AFullDiskLeavesTheOldStateAndMayBeFreed)
{
    enum { NO_MOUNT = 1, NO_FOLDER, NO_FIRST, NOT_FULL, OTHER_CODE, OLD_STATE, LEFTOVER, NOT_FREED };
    std::filesystem::create_directory(path());
    int result = in_child([&]() -> int {
        if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("none", path().c_str(), "tmpfs", 0, "size=64k") != 0)
            return NO_MOUNT;
        Folder f = open(1);
        if (f == nullptr)
            return NO_FOLDER;
        if (!save(f, 1000, "bleu"))
            return NO_FIRST;
        const std::string filler = folder.write("m/filler", std::string(64 << 10, 'x')); /* as much as there is */
        if (save(f, 2000, "bleu"))
            return NOT_FULL;
        if (e.code != CAR_EXIT_IO && e.code != CAR_EXIT_CREATE)
            return OTHER_CODE;
        if (update_of(latest(f)) != 1000 || best() != 1000)
            return OLD_STATE;
        if (files() != std::vector<std::string>{"filler", name(1000)})
            return LEFTOVER;
        std::filesystem::remove(filler);
        return save(f, 2000, "bleu") && update_of(latest(f)) == 2000 && best() == 2000 ? 0 : NOT_FREED;
    });
    if (result == NO_MOUNT)
        GTEST_SKIP() << "needs the right to mount a tmpfs";
    EXPECT_EQ(0, result);
}

TEST_F(ModelFolder, KilledAtAnyMomentItOpensWhole)
{
    std::mt19937 random(7);
    int64_t update = 0;
    for (int round = 0; round < 25; round++) {
        pid_t child = start([&] {
            Folder f = open(2);
            for (int64_t next = update + 1;; next++)
                if (f == nullptr || !save(f, next, next % 3 == 0 ? "bleu" : nullptr))
                    return 1;
        });
        std::this_thread::sleep_for(std::chrono::microseconds(2000 + random() % 20000));
        ASSERT_EQ(0, kill(child, SIGKILL));
        int status = 0;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed to save";

        Folder f = open(2);
        ASSERT_NE(nullptr, f) << e.message;
        Checkpoint checkpoint = latest(f);
        ASSERT_TRUE(found) << e.message;
        std::string said = note.text();
        if (checkpoint != nullptr) {
            ASSERT_TRUE(said.empty() || !std::filesystem::is_symlink(path("latest.safetensors"))) << said;
            int64_t now = update_of(checkpoint);
            ASSERT_GE(now, update);
            update = now;
        }
        for (const std::string &file : files()) { /* all others are whole, too */
            Checkpoint other(car_checkpoint_open(path(file).c_str(), CAR_WHOLE_CHECKPOINT, &e));
            ASSERT_LE(0, update_of(other)) << e.message;
        }
        if (std::filesystem::is_symlink(path("best.safetensors"))) {
            ASSERT_EQ(0, best() % 3);
        }
    }
    EXPECT_LT(0, update) << "no round lasted long enough to save";
    Folder f = open(2);
    ASSERT_TRUE(save(f, update + 1, nullptr)) << e.message; /* which also removes what they did not come to remove */
    EXPECT_GE(3U, files().size()) << "two to keep, and the best";
}

} // namespace
