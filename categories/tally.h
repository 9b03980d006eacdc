// tally.h - counts lines that were not used, by reason, with the first three of each.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "categories/list_store.h"

namespace citygate::categories {

// At most `limit` bytes of `text`, control characters and broken UTF-8 shown as '?'.
void append_printable(std::string& out, std::string_view text, std::size_t limit);
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 120);

class Tally {
 public:
  void add(std::string_view reason, std::string_view file, std::uint64_t line, std::string_view text,
           std::uint64_t times = 1) {
    auto it = std::ranges::find(skipped_, reason, &Skipped::reason);
    if (it == skipped_.end() && skipped_.size() >= kMostReasons) {
      reason = "for still other reasons";
      it = std::ranges::find(skipped_, reason, &Skipped::reason);
    }
    if (it == skipped_.end())
      it = skipped_.insert(it, Skipped{.reason = std::string(reason), .lines = 0, .examples = {}});
    it->lines += times;
    if (line > 0 && it->examples.size() < 3)
      it->examples.push_back({std::string(file), static_cast<std::uint32_t>(line), printable(text)});
  }
  // The most frequent first.
  [[nodiscard]] std::vector<Skipped> take() {
    std::ranges::stable_sort(skipped_, std::ranges::greater{}, &Skipped::lines);
    return std::move(skipped_);
  }

 private:
  // Of a usual list a few dozen. Some say at which character, and a list of rubbish has them by the thousand.
  static constexpr std::size_t kMostReasons = 200;
  std::vector<Skipped> skipped_;
};

// A set of 64-bit hashes that holds millions: nothing but the hashes is kept.
class HashSet {
 public:
  // Before insert() of what is not needed at once: the place of a hash among millions is not in any cache.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  // False when it was there.
  bool insert(std::uint64_t hash) {
    if (hash == 0) hash = 1;
    if ((count_ + 1) * 2 > slots_.size()) grow();
    if (!place(slots_, hash)) return false;
    ++count_;
    return true;
  }

 private:
  static bool place(std::vector<std::uint64_t>& slots, std::uint64_t hash) {
    for (std::size_t at = hash & (slots.size() - 1);; at = (at + 1) & (slots.size() - 1)) {
      if (slots[at] == hash) return false;
      if (slots[at] != 0) continue;
      slots[at] = hash;
      return true;
    }
  }
  void grow() {
    std::vector<std::uint64_t> wider(slots_.size() * 2);
    for (auto hash : slots_)
      if (hash != 0) place(wider, hash);
    slots_ = std::move(wider);
  }
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);
  std::size_t count_ = 0;
};

}  // namespace citygate::categories
