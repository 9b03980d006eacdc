// selectors.h - names and times as typed, turned into ids and instants; what is wrong is said with the nearest name.
//
// Names resolve through NameSource, so a person or department that has since left the files can still be asked about.
#pragma once

#include <string_view>

#include "base/target.h"
#include "console/operator.h"
#include "console/protocol.h"

namespace citygate::console {

[[nodiscard]] Result<PersonId> find_person(Operator& op, std::string_view name);
[[nodiscard]] Result<DepartmentId> find_department(Operator& op, std::string_view name);
[[nodiscard]] Result<CategoryId> find_category(Operator& op, std::string_view name);
[[nodiscard]] Result<Outcome> find_outcome(std::string_view word);

// By the city's clock. A day alone is its beginning or, as an end, the end of it.
enum class Edge : std::uint8_t { Begin, End };
[[nodiscard]] Result<WallTime> find_time(const Zone& zone, std::string_view text, Edge edge);
[[nodiscard]] Result<std::int32_t> find_day(std::string_view text);
// The arguments from and to; what is missing has no bound.
struct Term {
  WallTime from = WallTime::min(), to = WallTime::max();
};
[[nodiscard]] Result<Term> find_term(const Zone& zone, const Arguments& args);
// Above 0. `what` is to be one, as in "limit".
[[nodiscard]] Result<std::uint64_t> find_number(std::string_view text, std::string_view what);
// 16 hex digits, as `lists history` shows them; fewer are taken when nothing else in the history begins with them.
[[nodiscard]] Result<GenerationId> find_generation(Operator& op, std::string_view text);
// A URL, or a host as typed into a browser; an IPv6 address with or without its brackets.
[[nodiscard]] Result<Target> find_target(std::string_view text);
// A switch: there, and not "false".
[[nodiscard]] bool given(const Arguments& args, std::string_view name);
// "90s", "5min", "2h30min", "1d".
[[nodiscard]] Result<std::chrono::milliseconds> find_duration(std::string_view text);

}  // namespace citygate::console
