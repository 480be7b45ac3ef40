/* checking.hpp - the suite of this build, run on one plugin, and which of tests/mistakes there are. */
#ifndef CAROUSEL_TESTS_CHECKING_HPP
#define CAROUSEL_TESTS_CHECKING_HPP

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "check/check.h"
#include "support/between.hpp"

namespace checking
{

/* "none" and all that tests/mistakes/SOURCE.c asks for by is("..."): a plugin is made of each. */
inline std::set<std::string> kinds_of(const std::string &source)
{
    std::ifstream file(CAR_SOURCE_DIR "/tests/mistakes/" + source + ".c");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::set<std::string> kinds = {"none"};
    for (const std::string &name : support::between(text, "is(\"", "\")"))
        kinds.insert(name);
    EXPECT_GT(kinds.size(), 1u) << source;
    return kinds;
}

struct Result {
    std::string id, cell, settings, text;
    car_verdict verdict;
    bool operator==(const Result &other) const
    {
        return id == other.id && cell == other.cell && settings == other.settings && verdict == other.verdict;
    }
};

inline std::ostream &operator<<(std::ostream &out, const Result &result)
{
    return out << car_verdict_name(result.verdict) << " " << result.id << " [" << result.settings << "] "
               << result.text;
}

class Report
{
  public:
    std::vector<Result> results;

    explicit Report(const std::string &path, uint64_t seed = 1, const std::vector<std::string> &only = {},
                    double seconds = 20, const std::string &twin = "")
    {
        std::vector<const char *> ids;
        for (const std::string &id : only)
            ids.push_back(id.c_str());
        car_check_request request = {};
        request.path = path.c_str();
        request.twin = twin.empty() ? nullptr : twin.c_str();
        request.insecure = true; // the tests may run in anybody's folder
        request.seed = seed;
        request.only = ids.data();
        request.n_only = static_cast<int>(ids.size());
        request.seconds = seconds;
        request.jobs = 2;
        car_error e = {};
        EXPECT_TRUE(car_check_run(&request, keep, this, &e)) << e.message;
    }

    /* Results with this verdict; of one id, or of all. */
    std::vector<Result> with(car_verdict verdict, const std::string &id = "") const
    {
        std::vector<Result> found;
        std::copy_if(results.begin(), results.end(), std::back_inserter(found), [&](const Result &result) {
            return result.verdict == verdict && (id.empty() || result.id == id);
        });
        return found;
    }

  private:
    static void keep(void *context, const car_check_result *r)
    {
        static_cast<Report *>(context)->results.push_back({r->id, r->cell, r->settings, r->text, r->verdict});
    }
};

} // namespace checking
#endif
