// source_bounds.h - holds what is read of one source against the most that a source may say (IntakeLimits); private to
// categories/.
//
// Thread    one. Cost: nothing to speak of for a host or path; 16 bytes for each different expression.
// Errors    TooLarge: the text is the predicate of a sentence ("has more than 32 lists of search terms").
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_set>

#include "base/ids.h"
#include "base/result.h"
#include "categories/entries.h"
#include "categories/intake.h"

namespace citygate::categories {

class SourceBounds {
 public:
  explicit SourceBounds(const IntakeLimits& limits) : limits_(limits) {}

  void begin_file() { entries_ = terms_ = false; }
  // `written_out`: of an expression (matcher/pattern_set_builder.h).
  [[nodiscard]] Result<void> add(const Item& item, CategoryId category, std::uint64_t written_out);

 private:
  [[nodiscard]] Result<void> add_expression(const Item& item, std::uint64_t written_out);
  [[nodiscard]] Result<void> add_phrase(const Item& item);

  const IntakeLimits& limits_;
  bool entries_ = false, terms_ = false;  // the file has some
  std::uint64_t lists_ = 0, term_lists_ = 0, joined_terms_ = 0, expression_lines_ = 0, expression_bytes_ = 0;
  using Combination = std::tuple<std::uint16_t, Scope, bool, bool, bool>;
  std::set<Combination> marks_;
  Combination last_{};
  std::set<std::uint16_t> categories_;
  std::unordered_set<std::uint64_t> expressions_;  // hashes
};

}  // namespace citygate::categories
