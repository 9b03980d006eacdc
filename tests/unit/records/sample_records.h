// sample_records.h - records for tests: plain ones by hand, and random ones from a seed.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "base/local_time.h"
#include "base/record.h"

namespace citygate::test {

// 2026-11-21, 08:00 in Chicago.
inline const WallTime kMorning = WallTime(std::chrono::seconds(1'795'269'600));

inline WallTime at(double seconds) {
  return kMorning + std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
}

// A page that person 1 of department 1 has opened, charged to quota 1.
inline Record page(double seconds, std::string_view host = "news.example", std::string_view path = "/") {
  Record r;
  r.exchange = 1;
  r.begin = at(seconds);
  r.end = at(seconds + 0.2);
  r.person = {1};
  r.department = {1};
  r.identity = IdentityMethod::Address;
  r.client = IpAddress::v4(0x0a000001);
  r.method = Method::Get;
  r.port = 80;
  r.host = host;
  r.path = path;
  r.reason = Reason::WithinQuota;
  r.categories.insert({7});
  r.decisive = {7};
  r.quota = {1};
  r.attention = Attention::Document;
  r.active_from = r.active_until = at(seconds);
  r.status = 200;
  r.to_client_bytes = 1000;
  r.from_client_bytes = 10;
  return r;
}

class RandomRecords {
 public:
  explicit RandomRecords(std::uint64_t seed) : random_(seed) {}

  // The views last until the next call.
  Record next() {
    Record r;
    r.id = {wide()};
    r.exchange = wide();
    r.slice = some() ? number(100) : 0;
    r.last = some();
    r.begin = WallTime(std::chrono::microseconds(static_cast<std::int64_t>(wide())));
    r.end = some() ? r.begin + std::chrono::milliseconds(number(100'000))
                   : WallTime(std::chrono::microseconds(static_cast<std::int64_t>(wide())));
    r.person = {number(UINT32_MAX)};
    r.department = {number(50)};
    r.identity = static_cast<IdentityMethod>(number(3));
    std::array<std::uint8_t, 16> address{};
    for (auto& byte : address) byte = static_cast<std::uint8_t>(number(256));
    r.client = some() ? IpAddress::v4(number(UINT32_MAX)) : IpAddress::from_bytes(address);
    r.method = static_cast<Method>(number(10));
    r.scheme = static_cast<Scheme>(number(3));
    r.port = static_cast<std::uint16_t>(number(65536));
    host_ = text(253);
    path_ = text(1024);
    r.host = host_;
    r.path = path_;
    r.has_query = some();
    r.named_by = static_cast<NamedBy>(number(4));
    if (r.named_by != NamedBy::Request) {
      r.name_check = static_cast<NameCheck>(number(3));
      r.chosen = some() ? IpAddress::v4(number(UINT32_MAX)) : IpAddress::from_bytes(address);
    }
    r.outcome = static_cast<Outcome>(number(7));
    r.ruling = static_cast<Ruling>(number(4));
    r.reason = static_cast<Reason>(number(57));
    r.stage = static_cast<Stage>(number(6));
    r.rule = {number(1000)};
    if (some()) r.grant = {number(UINT32_MAX)};
    for (auto left = number(6); left > 0; --left) r.categories.insert({static_cast<std::uint16_t>(number(256))});
    r.decisive = {static_cast<std::uint16_t>(number(256))};
    if (some())
      r.evidence = {.category = some() ? r.decisive : CategoryId{static_cast<std::uint16_t>(number(256))},
                    .source = {number(5000)},
                    .line = number(UINT32_MAX)};
    r.sealed = some();
    r.attempt = some();
    r.uncertain = some();
    r.elsewhere = some();
    if (some()) r.quota = {number(UINT32_MAX)};
    r.attention = static_cast<Attention>(number(4));
    if (some() || r.attention != Attention::None) {
      r.active_from = WallTime(std::chrono::microseconds(static_cast<std::int64_t>(wide())));
      r.active_until = some() ? r.active_from : WallTime(std::chrono::microseconds(static_cast<std::int64_t>(wide())));
    }
    if (some()) r.streaming_bytes = wide();
    r.status = static_cast<std::uint16_t>(number(1000));
    r.from_client_bytes = wide() >> number(64);
    r.to_client_bytes = wide() >> number(64);
    r.policy = {wide()};
    r.lists = {wide()};
    r.people = {wide()};
    return r;
  }
  std::uint32_t number(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  bool some() { return (random_() & 1) != 0; }

 private:
  std::uint64_t wide() { return random_(); }
  std::string text(std::uint32_t most) {
    std::string out(number(most + 1), '\0');
    for (auto& c : out) c = static_cast<char>(number(256));
    return out;
  }
  std::mt19937_64 random_;
  std::string host_, path_;
};

// As one line, so that two records can be compared and a difference be read.
std::string describe(const Record& record);

}  // namespace citygate::test
