// classification.h - what the lists say about one target.
//
// A Classification is a value that the caller owns and reuses. Its matches mean something to the generation that made it alone:
// Lists::evidence() of that one turns them into lines of a list.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/category_set.h"
#include "base/ids.h"

namespace citygate::categories {

struct Classification {
  static constexpr std::size_t kMaxMatches = 40;

  CategorySet categories;
  GenerationId generation;
  std::array<std::uint32_t, kMaxMatches> matches;  // the most specific first; only the first `match_count` are set
  std::uint8_t match_count = 0;

  void clear() {
    categories = {};
    generation = {};
    match_count = 0;
  }
};

// What classifying needs beside its result: scratch memory of scans, texts of URLs. One per thread; it grows once and is reused, over all
// generations.
class Workspace {
 public:
  struct Parts;
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  [[nodiscard]] Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace citygate::categories
