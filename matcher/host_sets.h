// host_sets.h - numbers the distinct sets of marks while a table is built.
//
// Thread    one.
// Cost      nearly all names have one mark: an array answers for these, a tree for the others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace citygate::matcher {

class HostSets {
 public:
  // The number of the set of these marks (ascending, each once, not empty), from 1; nothing when all 65,535 are taken.
  [[nodiscard]] std::optional<std::uint16_t> number_of(std::span<const std::uint16_t> marks) {
    if (marks.size() == 1) {
      std::uint16_t& known = single_[marks[0]];
      if (known != 0) return known;
      const auto fresh = append(marks);
      known = fresh.value_or(0);
      return fresh;
    }
    key_.assign(marks.begin(), marks.end());
    if (const auto it = several_.find(key_); it != several_.end()) return it->second;
    const auto fresh = append(marks);
    if (fresh) several_.emplace(key_, *fresh);
    return fresh;
  }
  // As the table's format has them.
  [[nodiscard]] const std::vector<std::uint32_t>& begins() const { return begins_; }
  [[nodiscard]] const std::vector<std::uint16_t>& marks() const { return marks_; }
  [[nodiscard]] std::size_t count() const { return begins_.size() - 1; }  // the unused set 0 included

 private:
  std::optional<std::uint16_t> append(std::span<const std::uint16_t> marks) {
    if (count() > 0xffff) return std::nullopt;
    marks_.insert(marks_.end(), marks.begin(), marks.end());
    begins_.push_back(static_cast<std::uint32_t>(marks_.size()));
    return static_cast<std::uint16_t>(count() - 1);
  }

  std::vector<std::uint16_t> single_ = std::vector<std::uint16_t>(0x10000);  // by mark; 0: not met yet
  std::map<std::vector<std::uint16_t>, std::uint16_t> several_;
  std::vector<std::uint16_t> key_;
  std::vector<std::uint32_t> begins_{0, 0};
  std::vector<std::uint16_t> marks_;
};

}  // namespace citygate::matcher
