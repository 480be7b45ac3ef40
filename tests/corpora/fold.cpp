#include "corpora/fold.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/handles.hpp"

namespace
{

std::string fold(const std::string &line)
{
    car_error e;
    support::Handle<car_folding, car_folding_free> folding(car_folding_new(&e));
    const char *out;
    ptrdiff_t n;
    car_folding_apply(folding.get(), line.data(), static_cast<ptrdiff_t>(line.size()), &out, &n);
    return std::string(out, static_cast<size_t>(n));
}

uint64_t hash(const std::string &text) { return car_text_hash(text.data(), static_cast<ptrdiff_t>(text.size())); }

TEST(Fold, CaseWidthSpacesPunctuation)
{
    EXPECT_EQ(fold("Don't go!"), "dontgo");
    EXPECT_EQ(fold("ＧＯ\u3000．"), "go");
    EXPECT_EQ(fold("Straße\u00A0\u00AD\u200B"), "strasse");
    EXPECT_EQ(fold("ｶﾞ。"), "ガ");
    EXPECT_EQ(fold("5 $"), "5$") << "symbols count";
    EXPECT_EQ(fold("e\u0301"), fold("É"));
}

TEST(Fold, NothingButPunctuationIsItself)
{
    EXPECT_EQ(fold("!"), "!");
    EXPECT_NE(fold("!"), fold("?"));
    EXPECT_EQ(fold(""), "");
}

TEST(Fold, HashesOfSimilarLinesDiffer)
{
    std::set<uint64_t> seen;
    std::string zeros;
    for (int i = 0; i < 100; i++, zeros += '\0')
        EXPECT_TRUE(seen.insert(hash(zeros)).second) << i;
    for (int i = 0; i < 100000; i++)
        EXPECT_TRUE(seen.insert(hash("line number " + std::to_string(i))).second) << i;
    EXPECT_EQ(hash("a line"), hash("a line"));
}

} // namespace
