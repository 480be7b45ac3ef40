// Mistakes in gradients are found, in the right tensor, and explained.
#include "check/checking.hpp"

#include <set>

namespace
{

using checking::Report;

struct Mistake {
    const char *source, *name, *id, *gradient, *why; // where it is, and what it is
};

std::ostream &operator<<(std::ostream &out, const Mistake &mistake) { return out << mistake.name; }

const char *const gates = "gradients.gates", *const states = "gradients.states", *const weights = "gradients.weights",
                  *const x = "gradients.x";
const char *const forgotten = "nothing arrives here, though the result depends on it: this path is forgotten";

const Mistake mistakes[] = {
    {"gradients", "one-percent", gates, "gate f (d_gate[1])", "every element is 0.99 times what it should be"},
    {"gradients", "sign", gates, "gate g (d_gate[2])", "the sign is wrong in every element"},
    {"gradients", "forgets-sigmoid", gates, "gate i (d_gate[0])", "the derivative of a sigmoid, i (1 - i), is missing"},
    {"gradients", "forgets-tanh", gates, "gate g (d_gate[2])", "the derivative of a tanh, (1 - g^2), is missing"},
    {"gradients", "sigmoid-for-tanh", gates, "gate g (d_gate[2])", "g (1 - g) stands where (1 - g^2) is meant"},
    {"gradients", "tanh-for-sigmoid", gates, "gate o (d_gate[3])", "(1 - o^2) stands where o (1 - o) is meant"},
    {"gradients", "sigmoid-twice", gates, "gate f (d_gate[1])", "f (1 - f), is there once too often"},
    {"gradients", "swaps", gates, "gate i (d_gate[0])", "it and d_gate f are swapped"},
    {"gradients", "swaps", gates, "gate f (d_gate[1])", "it and d_gate i are swapped"},
    {"gradients", "same-twice", gates, "gate f (d_gate[1])", "it holds what belongs to d_gate i"},
    {"gradients", "new-for-old", gates, "gate f (d_gate[1])", "the new state is used for the old one"},
    {"gradients", "old-for-new", weights, "weight p.o (d_weight[2])", "the old state is used for the new one"},
    {"gradients", "gate-for-gate", gates, "gate i (d_gate[0])", "o stands where g is meant"},
    {"gradients", "forgets-gate", gates, "gate g (d_gate[2])", forgotten},
    {"gradients", "forgets-output", gates, "gate i (d_gate[0])",
     "in what comes from d_next h (the rest is right), nothing arrives here"},
    {"gradients", "forgets-output", states, "old state c (d_prev[1])",
     "in what comes from d_next h (the rest is right), nothing arrives here"},
    {"gradients", "forgets-what-arrives-at-c", gates, "gate g (d_gate[2])",
     "in what comes from d_next c (the rest is right), nothing arrives here"},
    {"gradients", "half-of-what-arrives-at-c", gates, "gate g (d_gate[2])",
     "in what comes from d_next c (the rest is right), every element is 0.5 times"},
    {"gradients", "forgets-output-gate", gates, "gate i (d_gate[0])", "a factor, o, is missing"},
    {"gradients", "forgets-tanh-of-c", gates, "gate i (d_gate[0])", "(1 - tanh(next c)^2), is missing"},
    {"gradients", "wrong-tanh-of-c", gates, "gate f (d_gate[1])", "stands where (1 - tanh(next c)^2) is meant"},
    {"gradients", "output-of-c", gates, "gate o (d_gate[3])", "next c stands where tanh(next c) is meant"},
    {"gradients", "output-of-c", gates, "gate i (d_gate[0])", "it follows from what is wrong with d_gate o"},
    {"gradients", "forgets-output-peephole", gates, "gate g (d_gate[2])",
     "the summand d_gate o * i * (1 - g^2) * p.o is missing"},
    {"gradients", "forgets-peephole", states, "old state c (d_prev[1])", "the summand d_gate f * p.f is missing"},
    {"gradients", "peephole-sign", states, "old state c (d_prev[1])", "the summand d_gate f * p.f has the wrong sign"},
    {"gradients", "forgets-carry", states, "old state c (d_prev[1])", forgotten},
    {"gradients", "carries-by-wrong-gate", states, "old state c (d_prev[1])", "i stands where f is meant"},
    {"gradients", "forgets-weight", weights, "weight p.f (d_weight[1])", forgotten},
    {"gradients", "overwrites-weight", weights, "weight p.i (d_weight[0])", "it is overwritten, not added to"},

    {"stages", "reversed", gates, "gate z (d_gate[1])", "the sign is wrong in every element"},
    {"stages", "forgets-half", gates, "gate z (d_gate[1])", "the summand d_next h * z (1 - z) * prev h is missing"},
    {"stages", "z-for-rest", gates, "gate n (d_gate[2])", "z stands where (1 - z) is meant"},
    {"stages", "new-for-old", gates, "gate r (d_gate[0])", "the new state is used for the old one"},
    {"stages", "forgets-local", gates, "gate r (d_gate[0])", forgotten},
    {"stages", "forgets-local-of-state", states, "old state h (d_prev[0])",
     "in what comes from d_local q (the rest is right), nothing arrives here"},
    {"stages", "forgets-carry", states, "old state h (d_prev[0])",
     "in what comes from d_next h (the rest is right), nothing arrives here"},
    {"stages", "twice", states, "old state h (d_prev[0])", "every element is 2 times what it should be"},
    {"stages", "forgets-x", x, "x (d_x)", forgotten},
    {"stages", "x-factor", x, "x (d_x)", "a factor, s, is missing"},
    {"stages", "state-for-x", weights, "weight s (d_weight[0])", "it comes right if x is read where it reads prev h"},
};

/* The twin. */
std::string path_of(const Mistake &mistake)
{
    return CAR_BINARY_DIR "/tests/mistakes/" + std::string(mistake.source) + "64/" + mistake.name + ".so";
}

class Gradient : public ::testing::TestWithParam<Mistake>
{
};

// One sentence says which gradient and why; whatever the seed.
TEST_P(Gradient, IsLocatedAndExplained)
{
    const Mistake &mistake = GetParam();
    for (uint64_t seed : {1u, 2u, 3u}) {
        const Report report(path_of(mistake), seed, {"gradients"});
        bool found = false;
        std::string said;
        for (const checking::Result &result : report.with(CAR_VERDICT_FAILED)) {
            said += ::testing::PrintToString(result) + "\n";
            for (size_t at = result.text.find(mistake.gradient); at != std::string::npos && result.id == mistake.id;
                 at = result.text.find(mistake.gradient, at + 1)) {
                const std::string line = result.text.substr(at, result.text.find('\n', at) - at);
                found = found || line.find(mistake.why) != std::string::npos;
            }
        }
        EXPECT_TRUE(found) << "seed " << seed << ", expected from " << mistake.id << ": " << mistake.gradient << ": "
                           << mistake.why << "\n"
                           << said;
    }
}

INSTANTIATE_TEST_SUITE_P(Mistakes, Gradient, ::testing::ValuesIn(mistakes), [](const auto &mistake) {
    std::string name = std::string(mistake.param.source) + "_" + mistake.param.name + "_" + mistake.param.gradient;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
});

TEST(Gradients, TheSameCellsWithoutAMistakePass)
{
    for (const char *source : {"gradients", "stages"})
        for (uint64_t seed = 1; seed <= 20; seed++) {
            const Report report(path_of({source, "none", "", "", ""}), seed);
            EXPECT_EQ(report.with(CAR_VERDICT_FAILED), std::vector<checking::Result>()) << source << ", seed " << seed;
        }
}

TEST(Gradients, CorrectCellsOfUnusualKindsPass)
{
    for (const std::string &kind : checking::kinds_of("honest"))
        for (uint64_t seed = 1; seed <= 10; seed++) {
            const Report report(path_of({"honest", kind.c_str(), "", "", ""}), seed);
            EXPECT_EQ(report.with(CAR_VERDICT_FAILED), std::vector<checking::Result>()) << kind << ", seed " << seed;
            EXPECT_EQ(report.with(CAR_VERDICT_NOT_RUN), std::vector<checking::Result>()) << kind << ", seed " << seed;
        }
}

// Those that only overwrite what is 0 before show in no gradient, but in backward.adds-...
TEST(Gradients, EveryMistakeOfTheSourcesIsExpected)
{
    std::set<std::string> known = {"gradients/none", "stages/none", "gradients/overwrites-prev", "stages/overwrites-x"};
    for (const Mistake &mistake : mistakes)
        known.insert(std::string(mistake.source) + "/" + mistake.name);
    for (const std::string name : {"gradients", "stages"})
        for (const std::string &mistake : checking::kinds_of(name))
            EXPECT_EQ(known.count(name + "/" + mistake), 1u) << name << ": " << mistake;
}

} // namespace
