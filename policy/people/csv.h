// csv.h - rows of cells as RFC 4180 has them: commas, quotes doubled inside quotes, LF or CRLF, a BOM passed over.
//
// Errors    each is told with line and column (counted in characters as an editor does, from 1); reading goes on with the
//           next row, so that all of them are told at once.
// Thread    any. Cost: one pass; a cell is copied once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"

namespace citygate::policy {

struct CsvCell {
  std::string text{};
  int line = 0, column = 0;  // where it begins
};

struct CsvRow {
  std::vector<CsvCell> cells{};
  int line = 0;
};

// Empty lines are no rows.
[[nodiscard]] std::vector<CsvRow> read_csv(std::string_view text, const std::string& file, Problems& problems);

}  // namespace citygate::policy
