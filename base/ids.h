// ids.h - the numbers by which parts name things to each other.
//
// Every id but RecordId is interned: NameSource keeps name and number for ever in the state directory, so a
// record of last year still names its person, category and rule. 0 means "none" everywhere.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace citygate {

template <class Tag, class Rep>
struct Id {
  Rep value = 0;
  [[nodiscard]] constexpr explicit operator bool() const { return value != 0; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using PersonId = Id<struct PersonTag, std::uint32_t>;  // a person, or a device that stands for nobody in particular
using DepartmentId = Id<struct DepartmentTag, std::uint32_t>;
using CategoryId = Id<struct CategoryTag, std::uint16_t>;  // < kMaxCategories; 0 = uncategorised
using QuotaId = Id<struct QuotaTag, std::uint32_t>;        // a named pot of minutes and bytes per day
using SourceId = Id<struct SourceTag, std::uint32_t>;      // one file of a list: "ut1/gambling/domains"
using RuleId = Id<struct RuleTag, std::uint32_t>;
using GrantId = Id<struct GrantTag, std::uint32_t>;

// Versions that a decision was made under: the first 8 bytes of a SHA-256 over the inputs.
using PolicyVersion = Id<struct PolicyVersionTag, std::uint64_t>;
using PeopleVersion = Id<struct PeopleVersionTag, std::uint64_t>;
using GenerationId = Id<struct GenerationTag, std::uint64_t>;  // of the lists
using TextVersion = Id<struct TextTag, std::uint64_t>;         // of a text that people acknowledge

// incarnation (16 bits) | worker (8) | number in that worker's ring (40). Written as 16 hex digits.
using RecordId = Id<struct RecordTag, std::uint64_t>;

}  // namespace citygate

template <class Tag, class Rep>
struct std::hash<citygate::Id<Tag, Rep>> {
  std::size_t operator()(citygate::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
