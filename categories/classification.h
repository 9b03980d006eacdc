// classification.h - what the lists say about one target.
//
// A Classification is a value that the caller owns and reuses. Its matches are slots of the image that made it; only
// Lists::evidence() of the same generation can turn them into lines of a list.
#pragma once

#include <array>
#include <cstdint>

#include "base/category_set.h"
#include "base/ids.h"

namespace citygate::categories {

struct Classification {
  static constexpr std::size_t kMaxMatches = 8;

  CategorySet categories;
  GenerationId generation;
  std::array<std::uint32_t, kMaxMatches> matches{};  // slots, most specific first
  std::uint8_t match_count = 0;

  void clear() { *this = Classification{}; }
};

}  // namespace citygate::categories
