#include "base/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/memory.h"
#include "support/handles.hpp"

namespace fs = std::filesystem;
using Path = support::Handle<char, car_free>;

class Files : public support::InFolder
{
  protected:
    std::vector<std::string> list(const char *suffix = "")
    {
        car_listing listing = {};
        EXPECT_TRUE(car_listing_load(folder.path().c_str(), suffix, &listing, &e)) << e.message;
        std::vector<std::string> names(listing.names, listing.names + listing.count);
        car_listing_clear(&listing);
        return names;
    }
    bool save(const std::string &name, const std::string &bytes)
    {
        return car_file_save(folder.path(name).c_str(), bytes.data(), static_cast<ptrdiff_t>(bytes.size()), &e);
    }
};

using Names = std::vector<std::string>;

TEST(FilesPaths, JoinAndFolder)
{
    EXPECT_STREQ("a/b", Path(car_path_join("a", "b")).get());
    EXPECT_STREQ("a/b", Path(car_path_join("a/", "b")).get());
    EXPECT_STREQ("/b", Path(car_path_join("a", "/b")).get());
    EXPECT_STREQ("b", Path(car_path_join("", "b")).get());
    EXPECT_STREQ("a/b", Path(car_path_folder("a/b/c")).get());
    EXPECT_STREQ("/", Path(car_path_folder("/c")).get());
    EXPECT_STREQ(".", Path(car_path_folder("c")).get());
}

TEST(FilesPaths, TheProgramLiesWhereItWasBuilt)
{
    EXPECT_EQ(fs::canonical(CAR_BINARY_DIR "/bin").string(), Path(car_program_folder()).get());
}

TEST_F(Files, MakesAllFoldersOfAPath)
{
    std::string deep = folder.path("a/b//c/");
    EXPECT_FALSE(car_path_exists(deep.c_str()));
    ASSERT_TRUE(car_folder_make(deep.c_str(), &e)) << e.message;
    ASSERT_TRUE(car_folder_make(deep.c_str(), &e)) << e.message;
    EXPECT_TRUE(car_path_is_folder(deep.c_str()));
    folder.write("file", "");
    EXPECT_TRUE(car_path_exists(folder.path("file").c_str()));
    EXPECT_FALSE(car_path_is_folder(folder.path("file").c_str()));
    EXPECT_FALSE(car_folder_make(folder.path("file/x").c_str(), &e));
    EXPECT_EQ(CAR_EXIT_CREATE, e.code);
    EXPECT_NE(std::string::npos, std::string(e.message).find(folder.path("file")));
}

TEST_F(Files, ListsSortedBySuffix)
{
    for (const char *name : {"b.so", "a.so", "a.txt", "so", ".so", "B.so"})
        folder.write(name, "");
    EXPECT_EQ((Names{".so", "B.so", "a.so", "b.so"}), list(".so"));
    EXPECT_EQ(6u, list().size());
    car_listing listing = {};
    EXPECT_FALSE(car_listing_load(folder.path("absent").c_str(), "", &listing, &e));
    EXPECT_EQ(CAR_EXIT_NO_INPUT, e.code);
}

TEST_F(Files, ReplacesTheContentAtOnce)
{
    folder.write("f", "old");
    car_file_writer *writer = car_file_writer_open(folder.path("f").c_str(), &e);
    ASSERT_NE(nullptr, writer);
    car_file_writer_write(writer, "new", 3);
    EXPECT_EQ("old", folder.read("f"));
    EXPECT_EQ((Names{"f", "f.tmp." + std::to_string(getpid())}), list());
    ASSERT_TRUE(car_file_writer_commit(writer, &e)) << e.message;
    EXPECT_EQ("new", folder.read("f"));
    EXPECT_EQ(Names{"f"}, list());
}

TEST_F(Files, AbandonedWritingLeavesNoTrace)
{
    folder.write("f", "old");
    car_file_writer *writer = car_file_writer_open(folder.path("f").c_str(), &e);
    car_file_writer_write(writer, "new", 3);
    car_file_writer_abandon(writer);
    car_file_writer_abandon(nullptr);
    EXPECT_EQ("old", folder.read("f"));
    EXPECT_EQ(Names{"f"}, list());
}

TEST_F(Files, WritesPiecesOfEverySize)
{
    std::string want;
    car_file_writer *writer = car_file_writer_open(folder.path("f").c_str(), &e);
    for (size_t size : {0, 1, 65535, 1, 65536, 65537, 3, 200000, 7, 65533, 5}) {
        std::string piece(size, static_cast<char>('a' + want.size() % 23));
        car_file_writer_write(writer, piece.data(), static_cast<ptrdiff_t>(size));
        want += piece;
    }
    ASSERT_TRUE(car_file_writer_commit(writer, &e)) << e.message;
    EXPECT_EQ(want, folder.read("f"));
}

TEST_F(Files, AFailedWriteLeavesTheOldContent)
{
    folder.write("f", "old");
    /* A limit on the size of files makes write(2) come back short, then fail. */
    void (*former)(int) = signal(SIGXFSZ, SIG_IGN);
    rlimit before;
    ASSERT_EQ(0, getrlimit(RLIMIT_FSIZE, &before));
    rlimit small = before;
    small.rlim_cur = 100000;
    ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &small));
    bool saved = save("f", std::string(300000, 'x'));
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, former);
    EXPECT_FALSE(saved);
    EXPECT_EQ(CAR_EXIT_IO, e.code);
    EXPECT_NE(std::string::npos, std::string(e.message).find(folder.path("f:")));
    EXPECT_EQ("old", folder.read("f"));
    EXPECT_EQ(Names{"f"}, list());
}

TEST_F(Files, ErrorsOfCreatingHaveTheirCodes)
{
    EXPECT_FALSE(save("absent/f", "x"));
    EXPECT_EQ(CAR_EXIT_CREATE, e.code);
    fs::create_directory(folder.path("g"));
    folder.write("g/inside", "");
    EXPECT_FALSE(save("g", "x")); /* a folder stands in the way of the rename */
    EXPECT_EQ(CAR_EXIT_CREATE, e.code);
    EXPECT_EQ(Names{"g"}, list());
}

TEST_F(Files, NoPermissionHasACodeOfItsOwn)
{
    if (geteuid() == 0)
        GTEST_SKIP() << "root may write everywhere";
    fs::create_directory(folder.path("locked"));
    fs::permissions(folder.path("locked"), fs::perms::owner_read);
    EXPECT_FALSE(save("locked/f", "x"));
    EXPECT_EQ(CAR_EXIT_PERMISSION, e.code);
}

TEST_F(Files, RemovesWhatDeadProcessesLeft)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    ASSERT_EQ(child, waitpid(child, nullptr, 0)); /* its number is free now */
    folder.write("f.tmp." + std::to_string(child), "");
    folder.write("f.tmp." + std::to_string(getpid()), "");
    Names stay = {"f", "f.tmp", "f.tmp." + std::to_string(getppid()), "f.tmp.12x", "f.tmp.x", "tmp.1234567"};
    for (const std::string &name : stay)
        folder.write(name, "");
    EXPECT_EQ(2, car_folder_remove_stale(folder.path().c_str()));
    std::sort(stay.begin(), stay.end());
    EXPECT_EQ(stay, list());
    EXPECT_EQ(0, car_folder_remove_stale(folder.path("absent").c_str()));
}

TEST_F(Files, AStaleFileWithOurNumberIsNoHindrance)
{
    folder.write("f.tmp." + std::to_string(getpid()), "half of something else, and longer");
    ASSERT_TRUE(save("f", "new")) << e.message;
    EXPECT_EQ("new", folder.read("f"));
}

TEST_F(Files, ReplacesLinks)
{
    std::string link = folder.path("latest");
    ASSERT_TRUE(car_link_replace("u1", link.c_str(), &e)) << e.message;
    ASSERT_TRUE(car_link_replace("u2", link.c_str(), &e)) << e.message;
    EXPECT_EQ("u2", fs::read_symlink(link).string());
    EXPECT_EQ(Names{"latest"}, list());
    EXPECT_FALSE(car_link_replace("u2", folder.path("absent/latest").c_str(), &e));
    EXPECT_EQ(CAR_EXIT_CREATE, e.code);
}
