#include "tests/unit/records/sample_records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace citygate::test {

std::string describe(const Record& r) {
  const auto micros = [](WallTime time) { return time.time_since_epoch().count(); };
  std::string out =
      fmt::format("{:016x} {}/{}{} {}..{} person {} of {} by {} from {} {} {} {}:{} '{}' '{}' query {}", r.id.value,
                  r.exchange, r.slice, r.last ? " last" : "", micros(r.begin), micros(r.end), r.person.value,
                  r.department.value, static_cast<int>(r.identity), r.client.to_string(), static_cast<int>(r.method),
                  static_cast<int>(r.scheme), r.port, r.status, r.host, r.path, r.has_query);
  out += fmt::format(
      " | {} {} {} {} rule {} grant {} categories {} decisive {} evidence {}/{}/{} sealed {} attempt {} uncertain {} "
      "elsewhere {}",
      static_cast<int>(r.outcome), static_cast<int>(r.ruling), static_cast<int>(r.reason), static_cast<int>(r.stage),
      r.rule.value, r.grant.value, r.categories.words(), r.decisive.value, r.evidence.category.value,
      r.evidence.source.value, r.evidence.line, r.sealed, r.attempt, r.uncertain, r.elsewhere);
  out += fmt::format(" | named by {} {} {}", static_cast<int>(r.named_by), static_cast<int>(r.name_check),
                     r.chosen.to_string());
  return out + fmt::format(" | quota {} attention {} {}..{} streaming {} bytes {} {} versions {:x} {:x} {:x}",
                           r.quota.value, static_cast<int>(r.attention), micros(r.active_from), micros(r.active_until),
                           r.streaming_bytes, r.from_client_bytes, r.to_client_bytes, r.policy.value, r.lists.value,
                           r.people.value);
}

}  // namespace citygate::test
