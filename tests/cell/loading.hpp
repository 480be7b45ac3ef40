/* loading.hpp - a car_cells that looks where a test wants it to. */
#ifndef CAROUSEL_TESTS_CELL_LOADING_HPP
#define CAROUSEL_TESTS_CELL_LOADING_HPP

#include <cstdlib>
#include <string>

#include "cell/loader.h"
#include "support/handles.hpp"
#include "support/shipped_cells.hpp"

namespace support
{

using Cells = Handle<car_cells, car_cells_free>;

/* Sets a variable of the environment for as long as it lives. */
class Variable
{
  public:
    Variable(const char *name, const std::string &value) : name_(name)
    {
        if (const char *old = std::getenv(name)) {
            was_set_ = true;
            old_ = old;
        }
        setenv(name, value.c_str(), 1);
    }
    Variable(const Variable &) = delete;
    Variable &operator=(const Variable &) = delete;
    ~Variable() { was_set_ ? setenv(name_, old_.c_str(), 1) : unsetenv(name_); }

  private:
    const char *name_;
    bool was_set_ = false;
    std::string old_;
};

/* Looks in the folders of `path` and in the build tree. */
inline Cells cells_in(const std::string &path, const std::string &home = "/nonexistent")
{
    Variable a("CAROUSEL_PATH", path), b("XDG_DATA_HOME", home);
    return Cells(car_cells_new());
}

} // namespace support
#endif
