#include "tools/program.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "base/tensors.h"

extern char **environ;

namespace program
{

Process::Process(const Arguments &arguments, const std::string &in, const std::string &out, const std::string &err)
{
    std::string path = CAR_BINARY_DIR "/bin/carousel";
    std::vector<char *> argv{path.data()};
    Arguments copy = arguments;
    for (std::string &argument : copy)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (posix_spawn(&pid_, path.c_str(), &files, nullptr, argv.data(), environ) != 0)
        pid_ = -1;
    posix_spawn_file_actions_destroy(&files);
    EXPECT_GT(pid_, 0) << path << " does not start";
}

Process::~Process()
{
    if (runs()) {
        send(SIGKILL);
        (void)wait();
    }
}

static int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

bool Process::runs()
{
    int status;
    std::ifstream about("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(about, line);)
        if (line.rfind("VmHWM:", 0) == 0)
            peak_kib_ = std::stol(line.substr(6));
    if (code_ < 0 && pid_ > 0 && wait4(pid_, &status, WNOHANG, &used_) == pid_)
        code_ = code_of(status);
    return code_ < 0 && pid_ > 0;
}

int Process::wait()
{
    int status;
    if (code_ < 0 && pid_ > 0 && wait4(pid_, &status, 0, &used_) == pid_)
        code_ = code_of(status);
    return code_;
}

double Process::seconds() const
{
    auto of = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return of(used_.ru_utime) + of(used_.ru_stime);
}

Arguments join(Arguments first, const Arguments &more)
{
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

std::string read(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::vector<std::string> lines(const std::string &text)
{
    std::vector<std::string> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        all.push_back(line);
    return all;
}

int count(const std::string &text, const std::string &part)
{
    int n = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
        n++;
    return n;
}

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

Json parse(const std::string &text)
{
    json_error_t error;
    Json value(json_loads(text.c_str(), 0, &error));
    EXPECT_NE(value, nullptr) << error.text << " in " << text;
    return value;
}

void Program::SetUp()
{
    Result made = run(
        {"corpus", "generate", "agreement", folder.path("corpus"), "--train", "200", "--valid", "20", "--test", "20"});
    ASSERT_EQ(made.code, 0) << made.err;
}

Result Program::run(const Arguments &arguments, const std::string &input)
{
    std::string number = std::to_string(runs_++);
    std::string in = folder.write("in" + number, input), out = folder.path("out" + number),
                err = folder.path("err" + number);
    Result result;
    Process process(arguments, in, out, err);
    while (process.runs())
        usleep(2000);
    result.code = process.wait();
    result.peak_kib = process.peak_kib();
    result.seconds = process.seconds();
    result.out = read(out);
    result.err = read(err);
    return result;
}

Arguments Program::training(const std::string &name, const Arguments &more) const
{
    return join({"train", "--model", folder.path(name), "--train-sets", corpus("train.en"), corpus("train.cs"),
                 "--dim-emb", "8", "--dim-rnn", "8", "--mini-batch", "16", "--disp-freq", "5u", "--cpu-threads", "1"},
                more);
}

std::string Program::train(const std::string &name, const Arguments &more)
{
    Result trained = run(training(name, more));
    EXPECT_EQ(trained.code, 0) << trained.err;
    std::string bytes = model(name);
    EXPECT_FALSE(bytes.empty());
    return bytes;
}

std::vector<float> Program::tensor(const std::string &name, const std::string &tensor) const
{
    car_error e;
    const support::Handle<car_tensors, car_tensors_close> file(
        car_tensors_open(folder.path(name + "/latest.safetensors").c_str(), true, &e));
    const car_tensor *found = file ? car_tensors_find(file.get(), tensor.c_str()) : nullptr;
    if (found == nullptr || found->dtype != CAR_F32) {
        ADD_FAILURE() << "no " << tensor << " of " << name << " in 32 bits" << (file ? "" : e.message);
        return {};
    }
    const auto *numbers = static_cast<const float *>(found->data);
    return {numbers, numbers + found->count};
}

std::vector<std::string> Program::metrics(const std::string &name) const
{
    std::vector<std::string> all = lines(read(folder.path(name + "/metrics.jsonl")));
    for (std::string &line : all) {
        size_t clock = line.find(",\"seconds\"");
        line.erase(clock != std::string::npos ? clock : line.find(",\"time\""));
    }
    return all;
}

Result Shell::shell(const std::string &command, const std::string &path) const
{
    std::string all = "cd '" + folder.path() + "' && export CAROUSEL='" CAR_BINARY_DIR "/bin/carousel'" +
                      (path.empty() ? "" : " PATH='" + path + "'") + " && ( " + command +
                      " ) >said.out 2>said.err </dev/null";
    Result result;
    result.code = code_of(std::system(all.c_str()));
    result.out = folder.read("said.out");
    result.err = folder.read("said.err");
    return result;
}

} // namespace program
