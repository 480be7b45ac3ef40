#include "base/names.h"

#include <string>

#include "support/handles.hpp"

using Names = support::Handle<car_names, car_names_free>;

static int add(car_names *names, const std::string &name)
{
    return car_names_add(names, name.data(), static_cast<ptrdiff_t>(name.size()));
}

static int find(const car_names *names, const std::string &name)
{
    return car_names_find(names, name.data(), static_cast<ptrdiff_t>(name.size()));
}

TEST(Names, NumbersNamesInTheOrderTheyCame)
{
    Names names(car_names_new());
    EXPECT_EQ(-1, find(names.get(), "one"));
    EXPECT_EQ(0, add(names.get(), "one"));
    EXPECT_EQ(1, add(names.get(), ""));
    EXPECT_EQ(2, add(names.get(), "\xff\x80"));
    EXPECT_EQ(0, add(names.get(), "one"));
    EXPECT_EQ(1, find(names.get(), ""));
    EXPECT_EQ(2, find(names.get(), "\xff\x80"));
    EXPECT_EQ(-1, find(names.get(), "on"));
    EXPECT_EQ(-1, find(names.get(), "ones"));
    EXPECT_EQ(3, car_names_count(names.get()));
    EXPECT_STREQ("\xff\x80", car_names_at(names.get(), 2));
    EXPECT_EQ(2, car_names_length(names.get(), 2));
    car_names_free(nullptr);
}

TEST(Names, KeepsManyNamesAndDoesNotMoveThem)
{
    Names names(car_names_new());
    EXPECT_EQ(0, add(names.get(), "first"));
    const char *first = car_names_at(names.get(), 0);
    EXPECT_EQ(1, add(names.get(), std::string(100000, 'x'))); /* more than a block */
    const int n = 100000;
    for (int i = 2; i < n; i++)
        ASSERT_EQ(i, add(names.get(), "name " + std::to_string(i)));
    for (int i = 2; i < n; i++) {
        std::string name = "name " + std::to_string(i);
        ASSERT_EQ(i, find(names.get(), name));
        ASSERT_EQ(name, car_names_at(names.get(), i));
    }
    EXPECT_EQ(first, car_names_at(names.get(), 0));
    EXPECT_STREQ("first", first);
    EXPECT_EQ(n, car_names_count(names.get()));
}

static std::string nearest(const char *wanted)
{
    static const char *const names[] = {"beam-size", "mini-batch", "maxi-batch", "model", "lstm", "gru", "dim-emb"};
    const char *found = car_nearest_name(wanted, names, 7);
    const std::string hint = car_name_hint_of(wanted, names, 7).text;
    EXPECT_EQ(hint, found != nullptr ? std::string("; did you mean '") + found + "'?" : "");
    return found != nullptr ? found : "";
}

TEST(Names, NearestForgivesOneSlipOfEachKind)
{
    EXPECT_EQ("model", nearest("model"));
    EXPECT_EQ("model", nearest("modl"));   /* left out  */
    EXPECT_EQ("model", nearest("moddel")); /* put in    */
    EXPECT_EQ("model", nearest("nodel"));  /* another   */
    EXPECT_EQ("model", nearest("modle"));  /* exchanged */
    EXPECT_EQ("beam-size", nearest("beam-sz"));
    EXPECT_EQ("beam-size", nearest("beamsize"));
    EXPECT_EQ("maxi-batch", nearest("maxi-bacth"));
    EXPECT_EQ("gru", nearest("gur"));
}

TEST(Names, NearestIsTheFirstOfEquals)
{
    EXPECT_EQ("mini-batch", nearest("mixi-batch")); /* both are one letter away */
}

TEST(Names, TheLongestNearestFitsInAHint)
{
    const std::string longest(63, 'm'), wanted = longest.substr(1), longer(64, 'm');
    const char *const names[] = {longer.c_str(), longest.c_str()};
    EXPECT_EQ(car_name_hint_of(wanted.c_str(), names, 2).text, "; did you mean '" + longest + "'?");
}

TEST(Names, NearestLeavesStrangersAlone)
{
    EXPECT_EQ("", nearest("optimizer"));
    EXPECT_EQ("", nearest("x"));
    EXPECT_EQ("", nearest(""));
    EXPECT_EQ("", nearest(std::string(1000, 'm').c_str()));
}
