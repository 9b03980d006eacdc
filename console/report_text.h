// report_text.h - a department's report as a table, CSV or JSON. A pure function of numbers and names.
//
// Minutes are shown to a tenth, bytes to the byte. A sealed exchange is a bare number: no person, host or category.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "console/text_table.h"
#include "records/report.h"

namespace citygate::console {

struct ReportNames {
  std::string department, title, time_zone;
  std::string excessive_clause{};                     // of the report's threshold
  std::function<std::string(CategoryId)> category;  // "" for those without one
};

// The lines to print.
[[nodiscard]] std::vector<std::string> report_lines(const records::DepartmentReport& report, const ReportNames& names,
                                                    Format format);

}  // namespace citygate::console
