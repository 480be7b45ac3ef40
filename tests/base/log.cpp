#include "base/log.h"

#include <string>

#include "base/parallel.h"
#include "support/handles.hpp"

class Log : public support::InFolder
{
  protected:
    ~Log() override
    {
        car_log_close();
        car_log_set(CAR_LOG_INFO, false);
    }
    std::string file() const { return folder.read("log"); }
};

TEST_F(Log, LinesHaveTimeAndLevelAndGoToBothPlaces)
{
    ASSERT_TRUE(car_log_open(folder.path("log").c_str(), &e)) << e.message;
    testing::internal::CaptureStderr();
    car_log(CAR_LOG_INFO, "Ep. %d : Up. %d", 1, 1000);
    car_log(CAR_LOG_WARN, "careful");
    std::string shown = testing::internal::GetCapturedStderr();
    std::string pattern = shown;
    for (char &c : pattern)
        c = c >= '0' && c <= '9' ? '0' : c;
    EXPECT_EQ("[0000-00-00 00:00:00] Ep. 0 : Up. 0000\n[0000-00-00 00:00:00] [warn] careful\n", pattern);
    EXPECT_NE(std::string::npos, shown.find("Ep. 1 : Up. 1000\n"));
    EXPECT_EQ(shown, file());
}

TEST_F(Log, LevelsLeaveOutWhatIsBelow)
{
    ASSERT_TRUE(car_log_open(folder.path("log").c_str(), &e));
    EXPECT_EQ(CAR_LOG_DEBUG, car_log_level_of("debug"));
    EXPECT_EQ(CAR_LOG_ERROR, car_log_level_of("error"));
    testing::internal::CaptureStderr();
    car_log_set(car_log_level_of("warn"), false);
    for (car_log_level level : {CAR_LOG_DEBUG, CAR_LOG_INFO, CAR_LOG_WARN, CAR_LOG_ERROR})
        car_log(level, "level %d", static_cast<int>(level));
    std::string shown = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::string::npos, shown.find("level 1"));
    EXPECT_NE(std::string::npos, shown.find("level 2"));
    EXPECT_NE(std::string::npos, shown.find("level 3"));
}

TEST_F(Log, QuietSilencesStandardErrorOnly)
{
    ASSERT_TRUE(car_log_open(folder.path("log").c_str(), &e));
    testing::internal::CaptureStderr();
    car_log_set(CAR_LOG_INFO, true);
    car_log(CAR_LOG_ERROR, "unheard");
    EXPECT_EQ("", testing::internal::GetCapturedStderr());
    EXPECT_NE(std::string::npos, file().find("unheard"));
}

TEST_F(Log, FilesAreContinued)
{
    folder.write("log", "before\n");
    ASSERT_TRUE(car_log_open(folder.path("log").c_str(), &e));
    car_log_set(CAR_LOG_INFO, true);
    car_log(CAR_LOG_INFO, "after");
    EXPECT_EQ(0u, file().find("before\n["));
    EXPECT_FALSE(car_log_open(folder.path("absent/log").c_str(), &e));
    EXPECT_EQ(CAR_EXIT_CREATE, e.code);
    car_log(CAR_LOG_INFO, "still there"); /* a failed open keeps the former file */
    EXPECT_NE(std::string::npos, file().find("still there"));
}

TEST_F(Log, LongLinesOfSeveralThreadsStayWhole)
{
    ASSERT_TRUE(car_log_open(folder.path("log").c_str(), &e));
    car_log_set(CAR_LOG_INFO, true);
    car_parallel_set_threads(4);
    car_parallel(
        50, [](void *, int i) { car_log(CAR_LOG_INFO, "%s", std::string(5000, static_cast<char>('A' + i)).c_str()); },
        nullptr);
    car_parallel_set_threads(1);
    std::string all = file();
    const size_t line = 22 + 5000 + 1;
    ASSERT_EQ(50 * line, all.size());
    for (size_t begin = 0; begin < all.size(); begin += line)
        EXPECT_EQ(std::string(5000, all[begin + 22]) + "\n", all.substr(begin + 22, 5001));
}
