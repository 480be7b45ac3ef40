/* Every change to the process that is looked for is seen, named, and nothing else is. */
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <functional>
#include <memory>
#include <thread>

#include "cell/process_state.h"
#include "support/handles.hpp"

namespace
{

/* What is said to have been done between two looks; "" if nothing was. */
std::string done_by(const std::function<void()> &change)
{
    auto before = std::make_unique<car_process_state>(), after = std::make_unique<car_process_state>();
    char done[1024] = "";
    car_process_state_take(before.get());
    change();
    car_process_state_take(after.get());
    return car_process_state_same(before.get(), after.get(), done, sizeof done) ? "" : done;
}

void expect_done(const std::string &part, const std::function<void()> &change, const std::function<void()> &back)
{
    EXPECT_EQ(done_by([&] {
                  change();
                  back();
              }),
              "")
        << part;
    const std::string done = done_by(change);
    EXPECT_NE(done.find(part), std::string::npos) << done;
    back();
}

TEST(ProcessState, StaysWhenNothingIsDone)
{
    EXPECT_EQ(done_by([] {
                  volatile double x = 1;
                  x = x / 0.0; /* raises an exception flag, which is not the mode */
              }),
              "");
}

TEST(ProcessState, FloatingPointMode)
{
    expect_done(
        "floating-point mode", [] { std::fesetround(FE_UPWARD); }, [] { std::fesetround(FE_TONEAREST); });
}

TEST(ProcessState, Locale)
{
    ASSERT_STREQ(std::setlocale(LC_ALL, nullptr), "C");
    expect_done(
        "locale from \"C\" to \"", [] { EXPECT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr); },
        [] { std::setlocale(LC_ALL, "C"); });
}

TEST(ProcessState, Folder)
{
    const std::string here = std::filesystem::current_path();
    expect_done(
        "working folder from " + here + " to /", [] { std::filesystem::current_path("/"); },
        [&] { std::filesystem::current_path(here); });
}

TEST(ProcessState, CreationMask)
{
    const mode_t mask = umask(022);
    expect_done(
        "umask) from 022 to 077", [] { umask(077); }, [] { umask(022); });
    umask(mask);
}

TEST(ProcessState, Signals)
{
    expect_done(
        "signal 31, SIGSYS", [] { signal(SIGSYS, SIG_IGN); }, [] { signal(SIGSYS, SIG_DFL); });
    expect_done(
        "signal 64", [] { signal(64, SIG_IGN); }, [] { signal(64, SIG_DFL); });
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    expect_done(
        "blocked signal 12, SIGUSR2", [&] { sigprocmask(SIG_BLOCK, &one, nullptr); },
        [&] { sigprocmask(SIG_UNBLOCK, &one, nullptr); });
}

TEST(ProcessState, Limits)
{
    struct rlimit old;
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit lower = {old.rlim_cur / 2, old.rlim_max};
    expect_done(
        "limit on open files", [&] { setrlimit(RLIMIT_NOFILE, &lower); }, [&] { setrlimit(RLIMIT_NOFILE, &old); });
}

TEST(ProcessState, Files)
{
    int file = -1;
    expect_done(
        "left open file descriptor", [&] { file = open("/dev/null", O_RDONLY); }, [&] { close(file); });
    const int kept = dup(0);
    expect_done(
        "closed file descriptor 0 (standard input)", [] { close(0); }, [&] { dup2(kept, 0); });
    close(kept);
    const int other = open("/", O_RDONLY), output = dup(1);
    expect_done(
        "replaced file descriptor 1 (standard output)", [&] { dup2(other, 1); }, [&] { dup2(output, 1); });
    close(other);
    close(output);
}

TEST(ProcessState, Timers)
{
    expect_done(
        "timer", [] { alarm(1000); }, [] { alarm(0); });
}

TEST(ProcessState, Threads)
{
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    std::thread waiting;
    EXPECT_EQ(done_by([&] {
                  waiting = std::thread([&] {
                      char byte;
                      EXPECT_EQ(read(pipe_ends[0], &byte, 1), 1);
                  });
              }),
              "started a thread, or ended one");
    EXPECT_EQ(write(pipe_ends[1], "x", 1), 1);
    waiting.join();
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

TEST(ProcessState, Environment)
{
    expect_done(
        "environment", [] { setenv("CAROUSEL_TEST_VARIABLE", "1", 1); }, [] { unsetenv("CAROUSEL_TEST_VARIABLE"); });
}

} // namespace
