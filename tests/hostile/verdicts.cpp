/* Verdicts on plugins are remembered: by content, for one user, whole, and not for ever. */
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/sha256.h"
#include "hostile/hostile.hpp"

using namespace harm;
using program::Arguments;
using program::Process;

namespace
{

/* Plugins that are all different and all good. */
void bring_good_ones(const std::string &folder, int n)
{
    for (int i = 0; i < n; i++) {
        std::string bytes = tiny(), path = folder + "/good" + std::to_string(i) + ".so";
        write_file(path, bytes + std::to_string(i));
    }
}

TEST_F(Hostile, FolderOf50IsListedInASecond)
{
    bring_good_ones(cells(), 50);
    Result first = run({"cell", "list"}), second = run({"cell", "list"});
    EXPECT_EQ(first.code + second.code, 0) << first.err;
    EXPECT_EQ(first.out, second.out);
    printf("50 plugins: %.3f s of processors when all are tried, %.3f s when all are known\n", first.seconds,
           second.seconds);
    EXPECT_LT(first.seconds, sanitized ? 20 : 1);
    EXPECT_LT(second.seconds, sanitized ? 5 : 0.5);
    std::string kept = program::read(verdicts());
    EXPECT_GE(std::count(kept.begin(), kept.end(), '\n'), 52);
}

/* How many of the verdicts that are kept accept. */
size_t accepted(const std::string &verdicts)
{
    size_t n = 0;
    for (const std::string &line : program::lines(program::read(verdicts)))
        n += line.size() > 9 && line.compare(line.size() - 9, 9, " accepted") == 0;
    return n;
}

void sign(std::string &text)
{
    car_sha256 hash;
    char hex[CAR_SHA256_HEX];
    text.erase(text.rfind("end "));
    car_sha256_init(&hash);
    car_sha256_add(&hash, text.data(), static_cast<ptrdiff_t>(text.size()));
    car_sha256_finish(&hash, hex);
    text += std::string("end ") + hex + "\n";
}

class Verdicts : public Hostile
{
  protected:
    Verdicts() : bad(cells() + "/prints.so")
    {
        fs::copy_file(hostile + "/prints.so", bad);
        fs::permissions(bad, fs::perms(0755));
    }

    /* Was it tried for this answer? */
    bool is_tried_anew()
    {
        std::string message = refusal(bad);
        EXPECT_TRUE(has(message, "wrote \"prints")) << message;
        return !has(message, "so it was when it was tried");
    }

    std::string bad;
};

TEST_F(Verdicts, AreForTheUserAloneAndByContent)
{
    EXPECT_TRUE(is_tried_anew());
    EXPECT_FALSE(is_tried_anew());
    struct stat status;
    ASSERT_EQ(stat(folder.path("cache/carousel").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    ASSERT_EQ(stat(verdicts().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);

    fs::rename(bad, cells() + "/moved.so");
    bad = cells() + "/moved.so";
    EXPECT_FALSE(is_tried_anew()) << "the same bytes by another name";
    std::ofstream(bad, std::ios::app) << " ";
    EXPECT_TRUE(is_tried_anew()) << "other bytes";
    EXPECT_FALSE(is_tried_anew());
}

TEST_F(Verdicts, OfAnotherToolkitDoNotCount)
{
    EXPECT_TRUE(is_tried_anew());
    std::string text = program::read(verdicts()), old = text;
    size_t at = text.find(" 0.");
    ASSERT_NE(at, std::string::npos) << text;
    text[at + 1] = '9';
    sign(text);
    write_file(verdicts(), text);
    EXPECT_TRUE(is_tried_anew());
    EXPECT_FALSE(is_tried_anew());
    EXPECT_EQ(program::lines(program::read(verdicts())).size(), program::lines(old).size() + 1) << "both are kept";
}

TEST_F(Verdicts, ThatAreDamagedAreForgotten)
{
    EXPECT_TRUE(is_tried_anew());
    const std::string whole = program::read(verdicts());
    for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 16) {
        std::string damaged = whole;
        damaged[at] ^= 4;
        write_file(verdicts(), damaged);
        EXPECT_TRUE(is_tried_anew()) << "byte " << at;
        EXPECT_EQ(program::read(verdicts()), whole);
        write_file(verdicts(), whole.substr(0, at));
        EXPECT_TRUE(is_tried_anew()) << at << " bytes";
    }
    write_file(verdicts(), whole + "x");
    EXPECT_TRUE(is_tried_anew());
    std::string turned = whole; /* no signature of ours */
    turned.replace(turned.find("refused"), turned.find('\n', turned.find("refused")) - turned.find("refused"),
                   "accepted");
    write_file(verdicts(), turned);
    EXPECT_TRUE(is_tried_anew());
    write_file(verdicts(), std::string(3 << 20, '\n'));
    EXPECT_TRUE(is_tried_anew());
}

/* Signed as it should be, but not what is expected. */
TEST_F(Verdicts, ThatMakeNoSenseAreLeftOut)
{
    EXPECT_TRUE(is_tried_anew());
    const std::string whole = program::read(verdicts()), head = whole.substr(0, whole.find('\n') + 1),
                      line = whole.substr(head.size(), whole.find('\n', head.size()) - head.size());
    for (size_t length = 0; length < line.size(); length += 1 + line.size() / 40) {
        std::string text = head + line.substr(0, length) + "\n" + line.substr(length) + "\nend ";
        sign(text);
        write_file(verdicts(), text);
        (void)refusal(bad);
    }
    for (const std::string &odd : {std::string("\n\n\n"), std::string(64, 'a') + "\n", std::string(64, 'a') + " \n",
                                   std::string(65, ' ') + "\n", line + line.substr(0, 3) + '\0' + "\n"}) {
        std::string text = head + odd + line + "\nend ";
        sign(text);
        write_file(verdicts(), text);
        EXPECT_FALSE(is_tried_anew()) << odd;
    }
    std::string other = whole; /* of another program */
    other.replace(0, 8, "carrossel");
    sign(other);
    write_file(verdicts(), other);
    EXPECT_TRUE(is_tried_anew());
}

TEST_F(Verdicts, OfOthersDoNotCount)
{
    EXPECT_TRUE(is_tried_anew());
    fs::permissions(folder.path("cache/carousel"), fs::perms(0755));
    EXPECT_FALSE(is_tried_anew()) << "others may read";
    fs::permissions(verdicts(), fs::perms(0664));
    EXPECT_TRUE(is_tried_anew()) << "but not write";
    EXPECT_FALSE(is_tried_anew());
    fs::permissions(folder.path("cache/carousel"), fs::perms(0770));
    EXPECT_TRUE(is_tried_anew()) << "others can put a file there";
    EXPECT_TRUE(is_tried_anew()) << "so nothing is put there";
    fs::permissions(folder.path("cache/carousel"), fs::perms(0700));
    EXPECT_FALSE(is_tried_anew());
    fs::rename(verdicts(), folder.path("elsewhere"));
    fs::create_symlink(folder.path("elsewhere"), verdicts());
    EXPECT_TRUE(is_tried_anew()) << "a link is not followed";
    EXPECT_FALSE(is_tried_anew()) << "but replaced";
    if (geteuid() == 0) {
        ASSERT_EQ(chown(verdicts().c_str(), 12345, 0), 0);
        EXPECT_TRUE(is_tried_anew());
    }
}

TEST_F(Verdicts, AreNotNeeded)
{
    std::string blocked = folder.write("file", "no folder");
    for (const std::string &place :
         {blocked, blocked + "/below", std::string("/proc/nothing"), std::string("relative")}) {
        Variable nowhere("XDG_CACHE_HOME", place), home("HOME", place);
        EXPECT_TRUE(is_tried_anew()) << place;
        EXPECT_TRUE(is_tried_anew()) << place;
        Result list = run({"cell", "info", "lstm"});
        EXPECT_EQ(list.code, 0) << list.err;
        EXPECT_EQ(list.err, "");
    }
}

TEST_F(Verdicts, OfManyProcessesAtOnceAreWhole)
{
    bring_good_ones(cells(), 12);
    std::vector<std::unique_ptr<program::Process>> lists;
    std::string none = folder.write("none", "");
    for (int i = 0; i < 6; i++)
        lists.push_back(std::make_unique<program::Process>(Arguments{"cell", "list"}, none,
                                                           folder.path("out" + std::to_string(i)),
                                                           folder.path("err" + std::to_string(i))));
    for (auto &list : lists)
        EXPECT_EQ(list->wait(), 0);
    EXPECT_FALSE(is_tried_anew());
    EXPECT_GE(accepted(verdicts()), 12u);
    for (const fs::directory_entry &left : fs::directory_iterator(folder.path("cache/carousel")))
        EXPECT_EQ(left.path(), verdicts());
}

TEST_F(Verdicts, OldOnesAreForgotten)
{
    EXPECT_TRUE(is_tried_anew());
    bring_good_ones(cells(), 300);
    EXPECT_EQ(run({"cell", "list"}).code, 0);
    std::string kept = program::read(verdicts());
    EXPECT_EQ(std::count(kept.begin(), kept.end(), '\n'), 258);
    EXPECT_TRUE(is_tried_anew());
}

} // namespace
