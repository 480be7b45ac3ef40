/* What the tasks are made of: legal sequences, right answers, the chance levels that are told. */
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "card/task.h"
#include "support/handles.hpp"

namespace
{

const char symbols[] = CAR_REBER_SYMBOLS;

class Tasks : public ::testing::Test
{
  protected:
    Tasks() { car_arena_init(&arena_); }
    ~Tasks() override { car_arena_clear(&arena_); }

    car_card_sequence draw(const car_card_task &task, uint64_t number, int size = 0, uint64_t seed = 7)
    {
        car_arena_reset(&arena_);
        car_card_sequence made = car_card_sequence_take(&arena_, &task);
        car_card_sequence_draw(&task, car_stream_named(seed, task.name), number, size, &made);
        return made;
    }

    static const car_card_task &task(const char *name)
    {
        const car_card_task *found = car_card_task_find(name);
        if (found == nullptr)
            throw std::runtime_error(name);
        return *found;
    }

    /* The one symbol of step t. */
    static int symbol(const car_card_task &task, const car_card_sequence &made, int t)
    {
        int found = -1;
        for (int i = 0; i < task.input; i++) {
            const car_real value = made.x[t * task.input + i];
            EXPECT_TRUE(value == 0 || (value == 1 && found < 0)) << task.name << ", step " << t;
            if (value == 1)
                found = i;
        }
        EXPECT_GE(found, 0) << task.name << ", step " << t;
        return found;
    }

  private:
    car_arena arena_;
};

TEST_F(Tasks, AddingAsksForTheSumOfTheTwoThatAreMarked)
{
    for (const char *name : {"adding-50", "adding-100", "adding-200"}) {
        const car_card_task &adding = task(name);
        double square = 0;
        const int n = 4000;
        for (uint64_t number = 0; number < n; number++) {
            const car_card_sequence made = draw(adding, number);
            ASSERT_EQ(made.length, adding.steps);
            car_real sum = 0;
            int marked[2] = {0, 0};
            for (int t = 0; t < made.length; t++) {
                const car_real value = made.x[2 * t], mark = made.x[2 * t + 1];
                ASSERT_TRUE(value >= 0 && value < 1);
                ASSERT_TRUE(mark == 0 || mark == 1);
                marked[t >= made.length / 2] += mark == 1;
                sum += mark * value;
                ASSERT_EQ(made.label[t], t == made.length - 1 ? 0 : -1);
            }
            ASSERT_EQ(marked[0], 1);
            ASSERT_EQ(marked[1], 1);
            ASSERT_EQ(made.target, sum);
            square += (static_cast<double>(made.target) - 1) * (static_cast<double>(made.target) - 1);
        }
        EXPECT_NEAR(square / n, 1.0 / 6, 0.01) << "who always says 1 is off by the variance of the sum";
        EXPECT_EQ(adding.chance, 1.0 / 6);
    }
}

TEST_F(Tasks, OrderIsThatOfTwoSymbolsFarApart)
{
    for (const char *name : {"order-50", "order-100"}) {
        const car_card_task &order = task(name);
        const int tenth = order.steps / 10, start = 0, end = 1, x = 6;
        std::map<int, int> classes;
        std::set<int> lengths;
        for (uint64_t number = 0; number < 4000; number++) {
            const car_card_sequence made = draw(order, number);
            ASSERT_TRUE(made.length >= order.steps && made.length <= order.steps + tenth);
            lengths.insert(made.length);
            std::vector<int> places, which;
            for (int t = 0; t < made.length; t++) {
                const int s = symbol(order, made, t);
                ASSERT_EQ(s == start, t == 0);
                ASSERT_EQ(s == end, t == made.length - 1);
                if (s >= x) {
                    places.push_back(t);
                    which.push_back(s - x);
                }
            }
            ASSERT_EQ(places.size(), 2u);
            ASSERT_TRUE(places[0] >= tenth && places[0] <= 2 * tenth) << places[0];
            ASSERT_TRUE(places[1] >= 5 * tenth && places[1] <= 6 * tenth) << places[1];
            ASSERT_EQ(made.label[made.length - 1], 2 * which[0] + which[1]);
            classes[made.label[made.length - 1]]++;
        }
        EXPECT_EQ(lengths.size(), static_cast<size_t>(tenth + 1));
        for (int c = 0; c < order.output; c++)
            EXPECT_NEAR(classes[c] / 4000.0, order.chance, 0.03) << "class " << c;
    }
}

TEST(Reber, Grammar)
{
    auto ends = [](const std::string &text) {
        int state = 0;
        for (char c : text)
            state = car_reber_next(state, c);
        return state == CAR_REBER_END;
    };
    for (const char *legal : {"BTXSE", "BPVVE", "BTSSXXTTVVE", "BTXXVPXVVE", "BPVPXTVPSE"})
        EXPECT_TRUE(ends(legal)) << legal;
    for (const char *wrong : {"", "B", "BTE", "TXSE", "BTXSEE", "BPXVE", "BTXSE?", "BPTVPXTTVE"})
        EXPECT_FALSE(ends(wrong)) << wrong;
}

TEST_F(Tasks, ContinualReberStringsAreLegalAndTheirEmbeddedSymbolAgrees)
{
    const car_card_task &reber = task("reber");
    int scored = 0, same_as_t = 0;
    std::set<int> lags;
    for (uint64_t number = 0; number < 100; number++) {
        const int size = number % 2 == 0 ? 0 : reber.sizes[0];
        const car_card_sequence made = draw(reber, number, size);
        ASSERT_EQ(made.length, size > 0 ? size : reber.steps);
        std::string text;
        for (int t = 0; t < made.length; t++) {
            text += symbols[symbol(reber, made, t)];
            if (t > 0) {
                ASSERT_EQ(made.label[t - 1], symbol(reber, made, t)) << "what is asked for is what comes";
            }
        }
        text += symbols[made.label[made.length - 1]];
        /* B, T or P, a string of the grammar, the same again, E, and so on. */
        size_t at = 0;
        while (at < text.size()) {
            ASSERT_EQ(text[at], 'B') << text;
            if (++at == text.size())
                break;
            const char outer = text[at];
            const size_t opened = at;
            ASSERT_TRUE(outer == 'T' || outer == 'P') << text;
            int state = 0;
            for (at++; at < text.size() && state != CAR_REBER_END; at++)
                ASSERT_GE(state = car_reber_next(state, text[at]), 0) << text << " at " << at;
            if (at == text.size())
                break;
            ASSERT_EQ(text[at], outer) << text << " at " << at;
            ASSERT_EQ(made.counts[at - 1], 1) << "that symbol counts";
            lags.insert(static_cast<int>(at - opened));
            scored++;
            same_as_t += outer == 'T';
            if (++at < text.size()) {
                ASSERT_EQ(text[at++], 'E');
            }
        }
    }
    int all = 0;
    for (uint64_t number = 0; number < 100; number++) {
        const car_card_sequence made = draw(reber, number, number % 2 == 0 ? 0 : reber.sizes[0]);
        for (int t = 0; t < made.length; t++)
            all += made.counts[t];
    }
    EXPECT_EQ(all, scored) << "and nothing else does";
    EXPECT_EQ(*lags.begin(), 6) << "the shortest string of the grammar has five symbols";
    EXPECT_GT(*lags.rbegin(), 17);
    EXPECT_NEAR(same_as_t / static_cast<double>(scored), reber.chance, 0.05);
}

TEST_F(Tasks, CountingAsksForTheEndAtTheLastB)
{
    const car_card_task &counting = task("counting");
    std::set<int> drawn;
    for (uint64_t number = 0; number < 2000; number++) {
        const car_card_sequence made = draw(counting, number);
        drawn.insert(made.length / 2);
        ASSERT_EQ(made.length % 2, 0);
        for (int t = 0; t < made.length; t++) {
            const bool b = t >= made.length / 2;
            ASSERT_EQ(symbol(counting, made, t), b);
            ASSERT_EQ(made.label[t], !b ? -1 : t == made.length - 1);
            ASSERT_EQ(made.counts[t], b);
        }
    }
    EXPECT_EQ(*drawn.begin(), 1);
    EXPECT_EQ(*drawn.rbegin(), counting.steps);
    EXPECT_EQ(drawn.size(), static_cast<size_t>(counting.steps));
    EXPECT_EQ(draw(counting, 0, 77).length, 154) << "longer ones for the test";
    EXPECT_GT(counting.mark, counting.steps);
}

TEST_F(Tasks, CopyingHasTheBaselineOfThePaper)
{
    const car_card_task &copying = task("copying");
    const int T = copying.steps, blank = 8, now = 9;
    std::map<int, int> kinds;
    for (uint64_t number = 0; number < 800; number++) {
        const car_card_sequence made = draw(copying, number);
        ASSERT_EQ(made.length, T + 20);
        double baseline = 0; /* cross-entropy of one who knows all but the ten symbols */
        for (int t = 0; t < made.length; t++) {
            const bool copied = t >= T + 10;
            const int s = symbol(copying, made, t);
            ASSERT_TRUE(t < 10 ? s < 8 : s == (t == T + 9 ? now : blank)) << "step " << t;
            ASSERT_EQ(made.label[t], copied ? symbol(copying, made, t - T - 10) : blank);
            ASSERT_EQ(made.counts[t], copied);
            baseline += copied ? std::log(8.0) / (T + 20) : 0;
            kinds[t < 10 ? s : -1]++;
        }
        ASSERT_NEAR(baseline, 10 * std::log(8.0) / (T + 20), 1e-12);
    }
    for (int k = 0; k < 8; k++)
        EXPECT_NEAR(kinds[k] / 8000.0, copying.chance, 0.015);
}

TEST_F(Tasks, GapsSeparateTheCueFromTheQuestion)
{
    const car_card_task &gap = task("gap");
    std::map<int, int> cues;
    std::set<int> gaps;
    for (uint64_t number = 0; number < 4000; number++) {
        const car_card_sequence made = draw(gap, number);
        gaps.insert(made.length - 2);
        for (int t = 1; t < made.length - 1; t++) {
            ASSERT_TRUE(symbol(gap, made, t) >= 8 && symbol(gap, made, t) < 16) << "fillers are no cues";
            ASSERT_EQ(made.label[t], symbol(gap, made, t - 1)) << "what neighbours decide";
            ASSERT_EQ(made.counts[t], 0);
        }
        const int last = made.length - 1, cue = symbol(gap, made, 0);
        ASSERT_LT(cue, 8);
        ASSERT_EQ(symbol(gap, made, last), 16);
        ASSERT_EQ(made.label[last], cue);
        ASSERT_EQ(made.counts[last], 1);
        ASSERT_EQ(made.label[0], -1);
        cues[cue]++;
    }
    EXPECT_EQ(*gaps.begin(), 1);
    EXPECT_EQ(*gaps.rbegin(), gap.steps);
    for (int cue = 0; cue < 8; cue++)
        EXPECT_NEAR(cues[cue] / 4000.0, 0.125, 0.02);
    EXPECT_EQ(draw(gap, 0, 120).length, 122);
}

TEST_F(Tasks, ASequenceIsAFunctionOfStreamAndNumber)
{
    for (int i = 0; i < car_card_task_count; i++) {
        const car_card_task &t = car_card_tasks[i];
        auto bytes = [&](uint64_t number, uint64_t seed) {
            const car_card_sequence made = draw(t, number, 0, seed);
            return std::vector<car_real>(made.x, made.x + made.length * t.input);
        };
        EXPECT_EQ(bytes(3, 1), bytes(3, 1)) << t.name;
        int others = 0;
        for (uint64_t number = 0; number < 10; number++)
            others += bytes(number, 1) != bytes(number, 2) && bytes(number, 1) != bytes(number + 1, 1);
        EXPECT_GE(others, 8) << t.name;
    }
}

TEST(Battery, MarksAreBetweenChanceAndPerfection)
{
    std::set<std::string> names;
    for (int i = 0; i < car_card_task_count; i++) {
        const car_card_task &t = car_card_tasks[i];
        EXPECT_TRUE(names.insert(t.name).second) << t.name;
        EXPECT_EQ(car_card_task_find(t.name), &t);
        EXPECT_FALSE(car_card_task_as_good(&t, t.chance, t.mark)) << t.name;
        EXPECT_TRUE(car_card_task_as_good(&t, t.enough, t.mark)) << t.name;
        EXPECT_FALSE(car_card_task_as_good(&t, NAN, t.mark)) << t.name;
        for (int k = 1; k < t.n_sizes; k++)
            EXPECT_LT(t.sizes[k - 1], t.sizes[k]) << t.name;
        if (t.measure == CAR_CARD_REACH) {
            EXPECT_GE(t.sizes[t.n_sizes - 1], t.enough) << t.name;
        }
    }
    EXPECT_EQ(car_card_task_find("adding"), nullptr);
}

} // namespace
