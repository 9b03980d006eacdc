// category_set.h - a set of categories as 256 bits. A value type; no allocation.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/ids.h"

namespace citygate {

inline constexpr std::size_t kMaxCategories = 256;

class CategorySet {
 public:
  constexpr CategorySet() = default;

  constexpr void insert(CategoryId id) { words_[id.value / 64] |= bit(id); }
  constexpr void erase(CategoryId id) { words_[id.value / 64] &= ~bit(id); }
  [[nodiscard]] constexpr bool contains(CategoryId id) const { return (words_[id.value / 64] & bit(id)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  [[nodiscard]] constexpr int size() const {
    int total = 0;
    for (auto word : words_) total += std::popcount(word);
    return total;
  }
  constexpr CategorySet& operator|=(const CategorySet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  constexpr CategorySet& operator&=(const CategorySet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  constexpr CategorySet& operator-=(const CategorySet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  friend constexpr CategorySet operator-(CategorySet a, const CategorySet& b) { return a -= b; }
  friend constexpr CategorySet operator|(CategorySet a, const CategorySet& b) { return a |= b; }
  friend constexpr CategorySet operator&(CategorySet a, const CategorySet& b) { return a &= b; }
  friend constexpr bool operator==(const CategorySet&, const CategorySet&) = default;

  // Calls `visit(CategoryId)` in ascending order.
  template <class Visit>
  constexpr void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto word = words_[i]; word != 0; word &= word - 1)
        visit(CategoryId{static_cast<std::uint16_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)))});
  }

  // As stored on disk: bit n of word n/64 is category n.
  [[nodiscard]] constexpr const std::array<std::uint64_t, 4>& words() const { return words_; }
  [[nodiscard]] static constexpr CategorySet from_words(const std::array<std::uint64_t, 4>& words) {
    CategorySet set;
    set.words_ = words;
    return set;
  }

 private:
  static constexpr std::uint64_t bit(CategoryId id) { return std::uint64_t{1} << (id.value % 64); }
  std::array<std::uint64_t, 4> words_{};
};

}  // namespace citygate
