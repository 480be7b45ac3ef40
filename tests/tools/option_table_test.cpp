/* The table of options: what no command can tell by itself. */
#include "tools/option_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace
{

unsigned commands_of(const car_option_row &row) { return row.commands & CAR_FOR_ALL; }

TEST(OptionTable, NoCommandHasANameOrALetterTwice)
{
    for (unsigned command = 1; (command & CAR_FOR_ALL) != 0; command <<= 1) {
        std::set<std::string> names, letters;
        for (const car_option_row *row = car_option_table; row->name != nullptr; row++) {
            if ((commands_of(*row) & command) == 0)
                continue;
            EXPECT_TRUE(names.insert(row->name).second) << row->name << " of command " << command;
            EXPECT_TRUE(row->letter == 0 || letters.insert(std::string(1, char(row->letter))).second)
                << "-" << char(row->letter) << " of command " << command;
        }
        EXPECT_EQ(names.count("help"), 1u);
    }
}

TEST(OptionTable, EveryRowIsOfACommandAndIsExplained)
{
    for (const car_option_row *row = car_option_table; row->name != nullptr; row++) {
        EXPECT_NE(commands_of(*row), 0u) << row->name;
        EXPECT_TRUE(row->help != nullptr && *row->help != '\0') << row->name;
    }
}

} // namespace
