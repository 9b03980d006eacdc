// log.h - one line on standard error for the operator: start, stop, trouble. Never per request, never a person's name
// beside a site: that is what records are for.
//
// Thread    any. A worker logs only what is rare, and at most once a second per kind (its caller sees to that).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace citygate::log {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };

void set_level(Level level);
[[nodiscard]] bool parse_level(std::string_view word, Level& level);  // "debug", "info", "warning", "error"
void write(Level level, std::string_view text);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace citygate::log
