// grant.h - a permission for a term, as a decision sees it.
//
// One kind of thing for all of them: who may do what, from when, until when. How one comes about (who asked, who had to
// agree) is approval.h's and the registrar's; only what has been agreed to stands in a GrantBook.
// Thread    values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/category_set.h"
#include "base/clock.h"
#include "base/ids.h"

namespace citygate::policy {

enum class GrantKind : std::uint8_t {
  LawEnforcement,  // lifts prohibited categories; sealed
  Exemption,       // lifts blocked categories
  Streaming,       // lifts what is said against streaming categories: blocked, or a quota used up
  BusinessUse,     // personal categories are this person's work: not counted, not limited
  Download,        // one file, known by its hash
  Guest,           // an account
  Device,          // a device that is not the city's
  RecordAccess,    // somebody may see what a person did
};
inline constexpr GrantKind kLastGrantKind = GrantKind::RecordAccess;

[[nodiscard]] std::string_view to_string(GrantKind kind);  // "law-enforcement", "streaming-permit", "business-use" ...
[[nodiscard]] std::optional<GrantKind> parse_grant_kind(std::string_view word);

struct Grant {
  GrantId id;        // interned by `name`
  std::string name;  // "streaming-permit/1042": kind and number of the act that asked for it; "law-enforcement/<case>"
  GrantKind kind = GrantKind::LawEnforcement;
  std::string case_number;          // law enforcement
  std::vector<PersonId> subjects;   // whom it is for, devices and rooms included; sorted
  CategorySet categories;           // what it lifts
  std::string host;                 // only this host and what is below it; "": any
  PersonId about;                   // RecordAccess: whose records
  std::optional<IpAddress> device;  // Device: only at this address; none: any of that person's
  WallTime start{}, end{};          // [start, end)

  [[nodiscard]] bool live(WallTime now) const noexcept { return start <= now && now < end; }
  [[nodiscard]] bool sealed() const noexcept { return kind == GrantKind::LawEnforcement; }
};

}  // namespace citygate::policy
