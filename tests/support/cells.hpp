/* cells.hpp - the cells of the build tree, as wide as the core the test links. */
#ifndef CAROUSEL_TESTS_CELLS_HPP
#define CAROUSEL_TESTS_CELLS_HPP

#include <memory>
#include <stdexcept>
#include <string>

#include "cell/loader.h"
#include "support/handles.hpp"
#include "support/shipped_cells.hpp"

namespace support
{

/* Stays loaded; throws with the loader's message. */
inline const car_cell *shipped_cell(const std::string &name)
{
    static const Handle<car_cells, car_cells_free> cells(car_cells_new());
    car_cells_allow_insecure(cells.get(), true); /* the tests may run in anybody's folder */
    const std::string path =
        std::string(CAR_BINARY_DIR "/lib/carousel/cells") + (sizeof(car_real) == 8 ? "64/" : "/") + name + ".so";
    car_error e;
    const car_loaded_cell *loaded = car_cell_find(cells.get(), path.c_str(), &e);
    if (loaded == nullptr)
        throw std::runtime_error(e.message);
    return loaded->cell;
}

} // namespace support
#endif
