/* shipped_cells.hpp - the names of the cells that the toolkit comes with. */
#ifndef CAROUSEL_TESTS_SHIPPED_CELLS_HPP
#define CAROUSEL_TESTS_SHIPPED_CELLS_HPP

#include <string>
#include <vector>

namespace support
{

inline const std::vector<std::string> shipped_cells = {
    "rnn",   "irnn", "indrnn", "lstm", "peephole", "coupled",     "lstmp", "ln-lstm", "mlstm", "nested-lstm",
    "janet", "gru",  "gru-v1", "mgu",  "mut1",     "minimal-rnn", "cfn",   "sru",     "rhn"};

} // namespace support
#endif
