// url_parameters.h - beginnings of paths, the named values of a query, and what percent-encoding hides in them.
//
// Cost      one pass over the query; decoding appends to the caller's string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/letter_case.h"
#include "base/percent_encoding.h"

namespace citygate::categories {

// What servers look past at the front of a parameter's name: blanks (PHP), however they are written, and dots.
inline std::string_view without_idle_front(std::string_view name) {
  for (;;) {
    if (name.starts_with('+') || name.starts_with(' ') || name.starts_with('.')) {
      name.remove_prefix(1);
    } else if (name.starts_with("%20")) {
      name.remove_prefix(3);
    } else {
      return name;
    }
  }
}

// Calls visit(value) for each parameter called `name`, values as they stand, until it returns true. `query` in matching
// form (base/matching_form.h), so that a name has one spelling. Names are read as the most lenient server reads them: in
// any letter case (ASP.NET), and of what holds a NUL what stands before it (PHP).
template <class Visit>
bool for_each_parameter(std::string_view query, std::string_view name, Visit&& visit) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = without_idle_front(query.substr(0, end));
    if (pair.size() > name.size() && begins_with_any_case(pair, name)) {
      const std::string_view rest = pair.substr(name.size());
      const auto equals = rest.starts_with("%00") ? rest.find('=') : 0;
      if (equals != std::string_view::npos && rest[equals] == '=' && visit(rest.substr(equals + 1))) return true;
    }
    if (end == std::string_view::npos) return false;
    query.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace citygate::categories
