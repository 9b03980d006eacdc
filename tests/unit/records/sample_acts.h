// sample_acts.h - acts, and chains of them, for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "records/act_chain.h"
#include "records/act_codec.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::test {

inline constexpr std::string_view kSalt = "00112233445566778899aabbccddeeff";

inline Act suspension() {
  return {.number = 41,
          .time = kMorning + std::chrono::microseconds(250),
          .kind = ActKind::Suspend,
          .author = "pat.lee",
          .via = "control socket, user root",
          .reason = "order of the chief, \"as agreed\"\n\u2014 pending review",
          .subject = "ada",
          .fields = {{"until", "2026-12-01T00:00:00Z"}, {"from", "2026-11-21T14:00:00Z"}, {"", "\x01\x7f\\"}}};
}

inline std::vector<records::ActLink> chain_of(std::uint64_t count) {
  std::vector<records::ActLink> out;
  records::ActHash before{};
  for (std::uint64_t number = 1; number <= count; ++number) {
    Act act = suspension();
    act.number = number;
    records::ActLink link{
        .number = number, .line = *records::encode_act(act, records::make_act_salt()), .line_hash = {}, .hash = {}};
    link.line_hash = records::hash_of_act(link.line);
    link.hash = before = records::next_in_chain(before, link.line_hash);
    out.push_back(std::move(link));
  }
  return out;
}

}  // namespace citygate::test
