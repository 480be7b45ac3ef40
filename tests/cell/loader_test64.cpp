/* The core with 64-bit reals takes the twins and nothing else. */
#include <gtest/gtest.h>

#include <filesystem>

#include "cell/plan.h"
#include "loading.hpp"

extern "C" const car_plugin *carousel_plugin_lstm(void);

using support::Cells;
using support::cells_in;

namespace
{

TEST(Loader64, FindsTheTwins)
{
    car_error e = {};
    Cells cells = cells_in(CAR_BINARY_DIR "/tests/plugins");
    for (const char *name : {"lstm", "gru-v1", "tiny"}) {
        const car_loaded_cell *found = car_cell_find(cells.get(), name, &e);
        ASSERT_NE(found, nullptr) << e.message;
        EXPECT_EQ(found->plugin->real_size, 8);
        std::string folder = std::filesystem::path(found->path).parent_path();
        EXPECT_EQ(folder.substr(folder.size() - 2), "64") << folder;
    }
    EXPECT_EQ(carousel_plugin_lstm()->real_size, 8);
}

TEST(Loader64, RefusesPluginsWith32BitReals)
{
    car_error e = {};
    Cells cells = cells_in("");
    EXPECT_EQ(car_cell_find(cells.get(), CAR_BINARY_DIR "/lib/carousel/cells/lstm.so", &e), nullptr);
    EXPECT_NE(std::string(e.message).find("size of car_real: expected 8 bytes, found 4"), std::string::npos)
        << e.message;
}

} // namespace
