// reading.h - one line of a list as words, for tables of lines and what they mean.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "categories/formats/entry.h"

namespace citygate::categories {

// Each entry as in the normal form, but "!" before exceptions and "important" in words; or the kind of the line and why.
inline std::string reading(LineFormat format, std::string_view line, FileContext& file) {
  LineResult result;
  read_line(format, line, file, result);
  std::string out;
  switch (result.kind) {
    case LineResult::Kind::Nothing: return "nothing";
    case LineResult::Kind::Fault: return "fault: " + std::string(result.reason);
    case LineResult::Kind::Unsupported: return "unsupported: " + std::string(result.reason);
    case LineResult::Kind::Cancels: return "cancels " + result.cancelled;
    case LineResult::Kind::Entries: break;
  }
  for (std::size_t i = 0; i < result.count; ++i) {
    const Entry& entry = result.entries[i];
    if (!out.empty()) out += ' ';
    if (entry.kind == Entry::Kind::Allow) out += '!';
    if (entry.important) out += "important ";
    if (!entry.category.empty()) out += "@" + entry.category + ":";
    if (entry.scope != Scope::Whole) out += entry.scope == Scope::Exact ? '=' : '*';
    out += entry.host + entry.path;
    if (!entry.expression.empty()) out += "~" + entry.expression;
  }
  return out;
}

inline std::string reading(LineFormat format, std::string_view line) {
  FileContext file;
  return reading(format, line, file);
}

struct Case {
  std::string_view line, expected;  // how the reading begins
};

// The lines of one file, in this order.
inline void check(LineFormat format, FileContext& file, std::initializer_list<Case> cases) {
  for (const auto& one : cases) {
    const std::string read = reading(format, one.line, file);
    EXPECT_TRUE(read.starts_with(one.expected))
        << '\'' << one.line << "' reads as '" << read << "', not '" << one.expected << '\'';
  }
}

inline void check(LineFormat format, std::initializer_list<Case> cases) {
  FileContext file;
  check(format, file, cases);
}

}  // namespace citygate::categories
