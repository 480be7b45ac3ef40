// Plugins that behave badly are named for what they do, and do no harm.
#include "check/checking.hpp"

#include <set>

namespace
{

using checking::Report;

const std::string folder = CAR_BINARY_DIR "/tests/mistakes/behaviour/";

struct Mistake {
    const char *name, *id, *text; // the plugin, the check that finds it, and what it says
};

std::ostream &operator<<(std::ostream &out, const Mistake &mistake) { return out << mistake.name; }

const Mistake mistakes[] = {
    // what leaves the process otherwise than it was
    {"prints", "hygiene.output", "a forward kernel printed"},
    {"complains", "hygiene.output", "a forward kernel printed"},
    {"plan-prints", "hygiene.output", "its plan printed"},
    {"load-prints", "hygiene.output", "loading it printed"},
    {"locale", "hygiene.locale", "a forward kernel changed the locale from \"C\" to"},
    {"load-locale", "hygiene.locale", "loading it changed the locale"},
    {"folder", "hygiene.folder", "changed the working folder from"},
    {"umask", "hygiene.umask", "to 0137"},
    {"signal", "hygiene.signals", "changed what is done on signal 15, SIGTERM"},
    {"blocks", "hygiene.signals", "blocked signal 1, SIGHUP"},
    {"rounds", "hygiene.float", "changed the floating-point mode from"},
    {"environment", "hygiene.environment", "changed the environment variables"},
    {"files", "hygiene.files", "left open file descriptor"},
    {"thread", "hygiene.threads", "started a thread"},
    {"limits", "hygiene.limits", "changed the limit on open files"},
    {"timer", "hygiene.timers", "set or stopped a timer"},
    {"leaks", "hygiene.memory", "bytes behind in every step"},
    {"load-slow", "library.time", "ms to load"},

    // plans
    {"plan-crashes", "plan.accepted", "crashed in its plan for input 5 and width 7: segmentation fault"},
    {"plan-loops", "plan.accepted", "did not come to an end: its plan for input 5 and width 7"},
    {"refuses", "plan.accepted", "no day for a plan"},
    {"large-crashes", "plan.large", "crashed in its plan for input 1 and width 65536: abort"},
    {"changes-plan", "plan.deterministic", "gate t starts with a bias of"},
    {"early-local", "plan.locals", "gate t of stage 0 is fed by local t*u, which stage 0 writes"},
    {"stage-empty", "plan.stages", "stage 1 has no gates"},
    {"state-unread", "plan.states-used", "state m is carried from step to step, but nothing reads it"},
    {"option-unused", "plan.option-used", "with bias=4"},
    {"reads-x", "plan.reads-x", "car_reads_x(p)"},

    // forward
    {"loops", "forward.runs", "did not come to an end: the forward kernel of stage 0"},
    {"sleeps-for-ever", "forward.runs", "did not come to an end: the forward kernel of stage 0"},
    {"exits", "forward.runs", "ended the process in the forward kernel of stage 0 (input 5, width 7, 4 rows): exit("},
    {"aborts", "forward.runs", "crashed in the forward kernel of stage 0 (input 5, width 7, 4 rows): abort"},
    {"divides", "forward.runs", "division by zero"},
    {"jumps", "forward.runs", "segmentation fault"},
    {"eats-memory", "forward.runs", "the forward kernel of stage 0"},
    {"kills", "forward.runs", "killed, by itself or for want of memory"},
    {"overruns-far", "forward.runs", "numbers behind all panels"},
    {"overruns", "forward.bounds", "wrote to the new state h (next[0]), row 0, unit 7: it is 7 wide"},
    {"underruns", "forward.bounds", "wrote to the new state h (next[0]), row 0, unit -1: it is 7 wide"},
    {"dead-row", "forward.dead-rows", "wrote to the new state h (next[0]), row 4, unit 0: there are 4 rows"},
    {"writes-prev", "forward.read-only", "wrote to the old state h (prev[0]), row 0, unit 0"},
    {"writes-x", "forward.read-only", "wrote to x, row 0, unit 0"},
    {"writes-weight", "forward.read-only", "wrote to weight scale (weight[0])"},
    {"leaves-unit", "forward.states", "the new state h (next[0]), row 0, unit 6"},
    {"leaves-row", "forward.states", "the new state h (next[0]), row 3, unit 0"},
    {"leaves-local", "forward.locals", "local t*u (local[0]), row 0, unit 0"},
    {"nan", "forward.finite", "the new state h (next[0]), row 0, unit 1"},
    {"infinity", "forward.finite", "the new state h (next[0]), row 0, unit 0"},
    {"keeps", "forward.repeatable", "other results the second time"},
    {"padding", "forward.padding", "what lies between the rows"},
    {"old-next", "forward.waste", "what stood in next"},
    {"rows", "forward.order", "depends on the other rows"},
    {"rows", "forward.split", "depends on the other rows"},
    {"first-row", "forward.split", "depends on the other rows"},
    {"strides", "forward.strides", "how far apart the rows lie"},
    {"alignment", "forward.alignment", "the addresses of the rows"},
    {"time", "forward.time", "the number of the step"},

    // backward
    {"backward-crashes", "backward.runs", "crashed in the backward kernel of stage 0"},
    {"backward-loops", "backward.runs", "did not come to an end: the backward kernel of stage 0"},
    {"backward-overruns", "backward.bounds", "the gradient of gate u (d_gate[0]), row 0, unit 7"},
    {"backward-dead-row", "backward.dead-rows", "the gradient of the old state h (d_prev[0]), row 4, unit 0"},
    {"backward-writes-gate", "backward.read-only", "wrote to gate u (gate[0]), row 0, unit 0"},
    {"writes-d-next", "backward.read-only", "the gradient arriving at state h (d_next[0])"},
    {"leaves-d-gate", "backward.gates", "the gradient of gate t (d_gate[1]), row 0, unit 0"},
    {"backward-nan", "backward.finite", "the gradient of the old state h (d_prev[0]), row 0, unit 0"},
    {"overwrites-prev", "backward.adds-prev", "(d_prev[0]) is overwritten, not added to"},
    {"overwrites-weight", "backward.adds-weight", "(d_weight[0]) is overwritten, not added to"},
    {"not-linear", "backward.linear", "linear in what arrives"},
    {"backward-keeps", "backward.repeatable", "other results the second time"},
    {"adds-d-gate", "backward.waste", "what stood in d_gate before"},
    {"backward-padding", "backward.padding", "what lies between the rows"},
    {"backward-rows", "backward.order", "depends on the other rows"},
    {"backward-rows", "backward.split", "depends on the other rows"},
    {"backward-time", "backward.time", "the number of the step"},

    // numbers, sequences, uses
    {"gates-overflow", "extremes.gates", "from affine parts of gates of -50, 0 and 50"},
    {"states-overflow", "extremes.states", "from old states and x of -50, 0 and 50"},
    {"divides-by-norm", "extremes.zero", "from nothing but zeros"},
    {"divides-by-tiny", "extremes.tiny", "from numbers below 1e-38"},
    {"spreads-nan", "extremes.nan", "NaN in row 2 changes the new state h (next[0]), row 3"},
    {"leaves-unit", "sequence.whole", "holds no number"},
    {"time", "sequence.steps", "one step after another gives something else"},
    {"rows", "sequence.rows", "a sequence alone gives something else"},
    {"runs-away", "sequence.long", "the output is no number after"},
    {"shares-memory", "threads.shards", "8 shards on 4 threads give other outputs"},
    {"starts-far", "storage.starts", "scale starts with 1e+06"},
    {"keeps", "storage.round-trip", "saved and loaded, it computes something else"},
    {"forgets", "learning.echo", "does not learn to say which of two tokens came"},
    {"slow", "speed.forward", "times what those of lstm take"},
    {"twin-differs", "plan.twin", "the cell and its twin compute different things: the new state h"},
};

// One learns nothing, though it is correct: its outputs are far too large for the task.
TEST(Behaviours, CorrectCellsOfUnusualKindsPass)
{
    for (const std::string &kind : checking::kinds_of("honest"))
        for (const checking::Result &result :
             Report(CAR_BINARY_DIR "/tests/mistakes/honest/" + kind + ".so").with(CAR_VERDICT_FAILED))
            EXPECT_TRUE(kind == "large" && result.id == "learning.echo") << kind << ": " << result;
}

// Gradients that are overwritten need no differences to be seen.
TEST(Behaviours, OverwrittenGradientsAreNamed)
{
    const std::string other = CAR_BINARY_DIR "/tests/mistakes/";
    EXPECT_EQ(Report(other + "gradients/overwrites-prev.so").with(CAR_VERDICT_FAILED, "backward.adds-prev").size(), 1u);
    EXPECT_EQ(Report(other + "gradients/overwrites-weight.so").with(CAR_VERDICT_FAILED, "backward.adds-weight").size(),
              1u);
    EXPECT_EQ(Report(other + "stages/overwrites-x.so").with(CAR_VERDICT_FAILED, "backward.adds-x").size(), 1u);
}

class Behaviour : public ::testing::TestWithParam<Mistake>
{
};

TEST_P(Behaviour, IsNamed)
{
    const Mistake &mistake = GetParam();
    const std::string twin = CAR_BINARY_DIR "/tests/mistakes/behaviour64/" + std::string(mistake.name) + ".so";
#if defined(__SANITIZE_ADDRESS__)
    if (std::set<std::string>{"eats-memory", "leaks", "divides"}.count(mistake.name) > 0)
        GTEST_SKIP() << "the sanitizer takes memory and arithmetic over";
    if (mistake.name == std::string("slow"))
        GTEST_SKIP() << "the sanitizer makes the kernels of lstm slow, which are compared with";
#endif
    const Report report(folder + mistake.name + ".so", 1, {mistake.id}, 1, twin);
    bool found = false;
    std::string said;
    for (const checking::Result &result : report.results) {
        said += ::testing::PrintToString(result) + "\n";
        found = found || (result.id == mistake.id && result.text.find(mistake.text) != std::string::npos &&
                          (result.verdict == CAR_VERDICT_FAILED || result.verdict == CAR_VERDICT_WARNED));
    }
    EXPECT_TRUE(found) << "expected from " << mistake.id << ": " << mistake.text << "\n" << said;
}

INSTANTIATE_TEST_SUITE_P(Mistakes, Behaviour, ::testing::ValuesIn(mistakes), [](const auto &mistake) {
    std::string name = std::string(mistake.param.name) + "_" + mistake.param.id;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
});

TEST(Behaviours, TheSamePluginWithoutAMistakePasses)
{
    const Report report(folder + "none.so", 1, {}, 20, CAR_BINARY_DIR "/tests/mistakes/behaviour64/none.so");
    EXPECT_EQ(report.with(CAR_VERDICT_FAILED), std::vector<checking::Result>());
    EXPECT_EQ(report.with(CAR_VERDICT_NOT_RUN), std::vector<checking::Result>());
    for (const checking::Result &warned : report.with(CAR_VERDICT_WARNED))
        EXPECT_EQ(warned.id.substr(0, 6), "speed.") << warned; // its loops are not vectorised
}

TEST(Behaviours, EveryMistakeOfTheSourceIsExpectedOfSomeCheck)
{
    std::set<std::string> known = {"none"};
    for (const Mistake &mistake : mistakes)
        known.insert(mistake.name);
    for (const std::string &name : checking::kinds_of("behaviour"))
        EXPECT_EQ(known.count(name), 1u) << name;
}

} // namespace
