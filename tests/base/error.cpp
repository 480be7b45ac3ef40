#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

TEST(Error, CarriesCodeAndMessage)
{
    car_error e = {};
    EXPECT_FALSE(car_error_set(&e, CAR_EXIT_DATA, "%s:%d: no number", "vocab", 7));
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
    EXPECT_STREQ("vocab:7: no number", e.message);
}

TEST(Error, ContextGoesInFront)
{
    car_error e = {};
    car_error_set(&e, CAR_EXIT_DATA, "no number");
    EXPECT_FALSE(car_error_context(&e, "%s", "vocab:7"));
    EXPECT_FALSE(car_error_context(&e, "while loading %s", "model"));
    EXPECT_STREQ("while loading model: vocab:7: no number", e.message);
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
}

TEST(Error, LongMessagesAreCutAndTerminated)
{
    car_error e = {};
    car_error_set(&e, CAR_EXIT_DATA, "%s", std::string(5000, 'x').c_str());
    EXPECT_EQ(sizeof e.message - 1, std::string(e.message).size());
    car_error_context(&e, "%s", std::string(100, 'y').c_str());
    EXPECT_EQ(sizeof e.message - 1, std::string(e.message).size());
    EXPECT_EQ(std::string(100, 'y') + ": x", std::string(e.message).substr(0, 103));
    car_error_context(&e, "%s", std::string(5000, 'z').c_str());
    EXPECT_LT(std::string(e.message).size(), sizeof e.message);
}

TEST(Error, ErrnoGivesTheExitCode)
{
    EXPECT_EQ(CAR_EXIT_NO_INPUT, car_error_code_of_errno(ENOENT));
    EXPECT_EQ(CAR_EXIT_NO_INPUT, car_error_code_of_errno(ENOTDIR));
    EXPECT_EQ(CAR_EXIT_PERMISSION, car_error_code_of_errno(EACCES));
    EXPECT_EQ(CAR_EXIT_PERMISSION, car_error_code_of_errno(EPERM));
    EXPECT_EQ(CAR_EXIT_IO, car_error_code_of_errno(EIO));
}

TEST(ErrorDeathTest, RequireNamesConditionAndPlace)
{
    int rows = 0;
    EXPECT_DEATH(CAR_REQUIRE(rows > 0), "bug: rows > 0 does not hold in .*error.cpp");
    CAR_REQUIRE(rows == 0);
}
