/* program.hpp - runs the program as a user does and looks at what it leaves. */
#ifndef CAROUSEL_TESTS_TOOLS_PROGRAM_HPP
#define CAROUSEL_TESTS_TOOLS_PROGRAM_HPP

#include <csignal>
#include <fcntl.h>
#include <jansson.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "support/handles.hpp"

namespace program
{

#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true; /* memory and time say nothing then */
#else
constexpr bool sanitized = false;
#endif

using Arguments = std::vector<std::string>;

struct Result {
    int code = -1;      /* of the exit; 128 + n if signal n ended it */
    long peak_kib = 0;  /* most memory it had, as far as one sees who looks every 2 ms */
    double seconds = 0; /* of processors, in and below the program */
    std::string out, err;
};

/* A program that runs; killed, if it still does, when this goes. */
class Process
{
  public:
    /* Paths of files for its standard output and error, and its input. */
    Process(const Arguments &arguments, const std::string &in, const std::string &out, const std::string &err);
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    void send(int signal) const { (void)kill(pid_, signal); }
    bool runs(); /* has it not ended yet? */
    int wait();  /* the code, as in Result */
    /* As in Result: the memory as of the last call of runs(), the seconds once it has
     * ended.  (What the system says of the memory of a child that has ended is no less
     * than what its parent had.) */
    long peak_kib() const { return peak_kib_; }
    double seconds() const;

  private:
    pid_t pid_ = -1;
    int code_ = -1;
    long peak_kib_ = 0;
    struct rusage used_ = {};
};

/* A pipe with a name, whose writing end this holds until it is closed. */
class Pipe
{
  public:
    explicit Pipe(std::string path) : path_(std::move(path))
    {
        EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
        fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
        EXPECT_GE(fd_, 0);
    }
    ~Pipe() { close(); }
    void send(const std::string &bytes) const
    {
        EXPECT_EQ(::write(fd_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    void close()
    {
        if (fd_ >= 0)
            (void)::close(fd_);
        fd_ = -1;
    }
    const std::string &path() const { return path_; }

  private:
    std::string path_;
    int fd_ = -1;
};

/* `first`, then what each of `more` says. */
Arguments join(Arguments first, const Arguments &more);

std::string read(const std::string &path);
std::vector<std::string> lines(const std::string &text);

/* How often the part is in the text; is it there at all? */
int count(const std::string &text, const std::string &part);
bool has(const std::string &text, const std::string &part);

struct JsonFree {
    void operator()(json_t *value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, JsonFree>;

/* A text that must be JSON. */
Json parse(const std::string &text);

/* Waits until the condition holds, a minute at most. */
template <class Condition> bool eventually(Condition holds)
{
    for (int i = 0; i < 12000; i++) {
        if (holds())
            return true;
        usleep(5000);
    }
    return false;
}

/* A folder with a small generated corpus, 200 pairs to train on and 20 to test with. */
class Program : public ::testing::Test
{
  protected:
    void SetUp() override;

    Result run(const Arguments &arguments, const std::string &input = "");

    /* "train --model folder/NAME" of a tiny model on the corpus, with more options. */
    Arguments training(const std::string &name, const Arguments &more = {}) const;

    /* Runs that, expects 0 and returns the bytes of the last checkpoint. */
    std::string train(const std::string &name, const Arguments &more = {});

    std::string model(const std::string &name) const { return read(folder.path(name + "/latest.safetensors")); }

    /* A tensor of that checkpoint. */
    std::vector<float> tensor(const std::string &name, const std::string &tensor) const;

    std::string corpus(const std::string &name) const { return folder.path("corpus/" + name); }

    /* The lines of metrics.jsonl without what a clock says. */
    std::vector<std::string> metrics(const std::string &name) const;

    support::Folder folder;

  private:
    int runs_ = 0;
};

/* For scripts that run the program: $CAROUSEL. */
class Shell : public support::InFolder
{
  protected:
    /* Runs a command of the shell in the folder; PATH is `path` if that is not empty. */
    Result shell(const std::string &command, const std::string &path = "") const;
};

} // namespace program
#endif
