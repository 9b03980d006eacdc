// overrides.h - what an administrator says about a host or URL in spite of the lists, with who, why and until when.
//
//   allow         nothing is said of it: its only category is `city-allowed`
//   deny          its only category is `city-blocked`
//   recategorise  its only category is the one named
//
// It holds for the host with all below, or for the path prefix named; the most specific one in force wins, of equal ones the last
// (replaced_overrides.h). Nothing is ever taken out of the book: an override that has ended explains old records.
//
// Owner     ListStore keeps the book in lists/overrides.json; a generation holds those that were in force when it was put in force.
// Errors    read: Storage, naming the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/target.h"

namespace citygate::categories {

inline constexpr std::string_view kAllowedCategory = "city-allowed", kBlockedCategory = "city-blocked";

struct Override {
  std::uint32_t number = 0;  // counts from 1 for ever
  std::string host, path;    // canonical; path: "" or a prefix without a slash at its end
  std::string category;      // own name
  std::string author, reason;
  WallTime made{};
  WallTime ends =
      WallTime::max();  // the first moment at which it no longer holds; a person may have brought it forward

  [[nodiscard]] bool in_force(WallTime now) const { return made <= now && now < ends; }
  [[nodiscard]] std::string what() const { return host + path; }
};

// "bet.example is city-allowed, by alice until 2026-12-31T00:00:00Z: charity raffle".
[[nodiscard]] std::string describe_override(const Override& about);

struct OverrideBook {
  std::vector<Override> all;  // by number

  [[nodiscard]] static Result<OverrideBook> read(const std::filesystem::path& file);  // empty where there is none
  [[nodiscard]] Result<void> write(const std::filesystem::path& file) const;
  [[nodiscard]] std::vector<Override> in_force(WallTime now) const;
  // The next moment at which one ends by itself; max() for none.
  [[nodiscard]] WallTime next_end(WallTime now) const;
};

// Those in force in one generation, ready to be asked. Immutable.
class OverrideIndex {
 public:
  OverrideIndex() = default;
  OverrideIndex(std::vector<Override> overrides, std::vector<CategoryId> categories);

  [[nodiscard]] bool empty() const { return overrides_.empty(); }
  struct Found {
    std::uint32_t number = 0;
    CategoryId category;
  };
  // Paths are compared in matching form, with path parameters and without (base/matching_form.h): for that the scratches.
  // Cost: one binary search for each label of the host. No allocation but for growth of the scratches.
  [[nodiscard]] std::optional<Found> find(const Target& target, std::string& scratch,
                                          std::string& bare_scratch) const noexcept;
  [[nodiscard]] const Override* by_number(std::uint32_t number) const;
  [[nodiscard]] std::optional<CategoryId> category_of(std::uint32_t number) const;

 private:
  std::vector<Override> overrides_;  // by host, then the longest path first, then the last first
  std::vector<CategoryId> categories_;
};

}  // namespace citygate::categories
