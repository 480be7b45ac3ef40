/* handles.hpp - C handles that free themselves, and a folder for a test's files. */
#ifndef CAROUSEL_TESTS_HANDLES_HPP
#define CAROUSEL_TESTS_HANDLES_HPP

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace support
{

/* Handle<car_lines, car_lines_close> lines(car_lines_open(path, &e)); */
template <auto Free> struct Deleter {
    template <class T> void operator()(T *object) const { Free(object); }
};
template <class T, auto Free> using Handle = std::unique_ptr<T, Deleter<Free>>;

/* A car_string that clears itself. */
struct String : car_string {
    String() : car_string{} {}
    String(const String &) = delete;
    String &operator=(const String &) = delete;
    ~String() { car_string_clear(this); }
    std::string text() const { return at == nullptr ? std::string() : std::string(at, static_cast<size_t>(length)); }
};

/* A folder of its own, removed with all in it. */
class Folder
{
  public:
    Folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "carousel-test-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("no temporary folder: " + pattern);
        root_ = pattern;
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    const std::string &path() const { return root_; }
    std::string path(const std::string &name) const { return root_ + "/" + name; }

    /* Writes a new file and returns its path.  A former one is removed and not
     * truncated, which some file systems answer by waiting for the disk. */
    std::string write(const std::string &name, const std::string &bytes) const
    {
        std::filesystem::remove(path(name));
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }
    std::string read(const std::string &name) const
    {
        std::ifstream file(path(name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }

  private:
    std::string root_;
};

/* For TEST_F: a test with a folder and an error of its own. */
class InFolder : public ::testing::Test
{
  protected:
    Folder folder;
    car_error e = {};
};

} // namespace support
#endif
