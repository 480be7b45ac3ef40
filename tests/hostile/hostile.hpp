/* hostile.hpp - a folder of plugins that do harm, and a cache of verdicts that is empty. */
#ifndef CAROUSEL_TESTS_HOSTILE_HOSTILE_HPP
#define CAROUSEL_TESTS_HOSTILE_HOSTILE_HPP

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "cell/loading.hpp"
#include "cell/process_state.h"
#include "tools/program.hpp"

namespace harm
{

using program::has;
using program::Program;
using program::Result;
using program::sanitized;
using support::Cells;
using support::Variable;
namespace fs = std::filesystem;

inline const std::string hostile = CAR_BINARY_DIR "/tests/hostile/plugins", wrong = CAR_BINARY_DIR "/tests/plugins";

inline void write_file(const std::string &path, const std::string &bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
    fs::permissions(path, fs::perms(0755));
}

inline std::string tiny() { return program::read(wrong + "/tiny.so"); }

/* A folder to load from, and a cache of verdicts that is empty. */
class Hostile : public Program
{
  protected:
    Hostile() : cache("XDG_CACHE_HOME", folder.path("cache")), path("CAROUSEL_PATH", folder.path("cells"))
    {
        fs::create_directory(folder.path("cells"));
        fs::permissions(folder.path(), fs::perms::owner_all);
        fs::permissions(folder.path("cells"), fs::perms::owner_all);
    }

    void SetUp() override {} /* a text is needed only where a plugin is used */

    std::string cells() const { return folder.path("cells"); }
    std::string verdicts() const { return folder.path("cache/carousel/plugin-verdicts"); }

    /* The message with which this process refuses the file; "" if it does not.  And is this
     * process what it was? */
    std::string refusal(const std::string &file)
    {
        auto before = std::make_unique<car_process_state>(), after = std::make_unique<car_process_state>();
        car_error e = {};
        char done[1024] = "";
        car_process_state_take(before.get());
        {
            Cells in(car_cells_new());
            if (car_cell_find(in.get(), file.c_str(), &e) != nullptr)
                e.message[0] = '\0';
        }
        car_process_state_take(after.get());
        EXPECT_TRUE(car_process_state_same(before.get(), after.get(), done, sizeof done)) << file << " " << done;
        return e.message;
    }

    Variable cache, path;
};

} // namespace harm

#endif
