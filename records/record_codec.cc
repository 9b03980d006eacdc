#include "records/record_codec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "meter/varint.h"

namespace citygate::records {
namespace {

using meter::fold_sign;
using meter::put_varint;
using meter::VarintReader;

constexpr char kVersion = 1;

// Parts that most records lack are written only when their flag is set.
enum Flag : std::uint32_t {
  kLast = 1u << 0,
  kHasQuery = 1u << 1,
  kSealed = 1u << 2,
  kAttempt = 1u << 3,
  kUncertain = 1u << 4,
  kClientV4 = 1u << 5,
  kSlice = 1u << 6,
  kGrant = 1u << 7,
  kAttended = 1u << 8,     // method, active_from, active_until
  kActiveTimes = 1u << 9,  // the same times although no attention is recorded
  kStreaming = 1u << 10,
  kQuota = 1u << 11,
  kEvidence = 1u << 12,  // source, line, and its category where that is not `decisive`
  kEvidenceOther = 1u << 13,
  kCategories = 1u << 14,
  kCaptured = 1u << 15,  // what named the target, how that agrees, the chosen address
  kElsewhere = 1u << 16,
  kKnownFlags = (1u << 17) - 1,
};

std::uint32_t flags_of(const Record& r) {
  std::uint32_t flags = 0;
  const auto set = [&](bool on, Flag flag) {
    if (on) flags |= flag;
  };
  set(r.last, kLast);
  set(r.has_query, kHasQuery);
  set(r.sealed, kSealed);
  set(r.attempt, kAttempt);
  set(r.uncertain, kUncertain);
  set(r.elsewhere, kElsewhere);
  set(r.client.is_v4(), kClientV4);
  set(r.slice != 0, kSlice);
  set(static_cast<bool>(r.grant), kGrant);
  set(r.attention != Attention::None, kAttended);
  set(r.attention == Attention::None && (r.active_from != WallTime{} || r.active_until != WallTime{}), kActiveTimes);
  set(r.streaming_bytes != 0, kStreaming);
  set(static_cast<bool>(r.quota), kQuota);
  set(r.evidence != Evidence{}, kEvidence);
  set(r.evidence != Evidence{} && r.evidence.category != r.decisive, kEvidenceOther);
  set(!r.categories.empty(), kCategories);
  set(r.named_by != NamedBy::Request, kCaptured);
  return flags;
}

std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }
// Differences wrap around: a hostile pair of times must not overflow.
std::uint64_t difference(WallTime a, WallTime b) {
  return fold_sign(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(micros(a)) - static_cast<std::uint64_t>(micros(b))));
}
WallTime plus(WallTime base, std::int64_t difference) {
  return WallTime(std::chrono::microseconds(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(micros(base)) + static_cast<std::uint64_t>(difference))));
}

WallTime minus(WallTime base, std::int64_t difference) {
  return WallTime(std::chrono::microseconds(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(micros(base)) - static_cast<std::uint64_t>(difference))));
}

char* put_text(char* to, std::string_view text, std::size_t limit) {
  text = text.substr(0, limit);
  to = put_varint(to, text.size());
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

template <class T>
char* put_raw(char* to, T value) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

template <class T>
T raw(VarintReader& in) {
  T value{};
  const std::string_view bytes = in.bytes(sizeof value);
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// An enumerator that is not known to this version is refused, so that nobody reads a wrong word from it.
template <class E>
E word(VarintReader& in, E last) {
  const std::string_view byte = in.bytes(1);
  if (byte.empty()) return E{};
  const auto value = static_cast<std::uint8_t>(byte[0]);
  if (value > static_cast<std::uint8_t>(last)) in.fail();
  return static_cast<E>(value);
}

IpAddress read_v4(VarintReader& in) {
  std::uint32_t value = 0;
  for (const char c : in.bytes(4)) value = value << 8 | static_cast<unsigned char>(c);
  return IpAddress::v4(value);
}
IpAddress read_address(VarintReader& in) { return IpAddress::from_bytes(raw<std::array<std::uint8_t, 16>>(in)); }

// The parts of decode_record(), in the order of the bytes. Those that return bool say whether the part may be so; what
// is cut off shows in the reader.

// Which record of which exchange, when and whose.
void read_identity(VarintReader& in, std::uint32_t flags, Record& r) {
  r.last = flags & kLast;
  r.has_query = flags & kHasQuery;
  r.sealed = flags & kSealed;
  r.attempt = flags & kAttempt;
  r.uncertain = flags & kUncertain;
  r.elsewhere = flags & kElsewhere;
  r.id = {raw<std::uint64_t>(in)};
  r.exchange = in.number();
  r.slice = flags & kSlice ? in.small<std::uint32_t>() : 0;
  r.end = WallTime(std::chrono::microseconds(in.signed_number()));
  r.begin = minus(r.end, in.signed_number());
  r.person = {in.small<std::uint32_t>()};
  r.department = {in.small<std::uint32_t>()};
  if (flags & kClientV4)
    r.client = read_v4(in);
  else
    r.client = read_address(in);
}

bool read_words(VarintReader& in, std::uint32_t flags, Record& r) {
  r.identity = word(in, IdentityMethod::Portal);
  r.method = word(in, Method::Patch);
  r.scheme = word(in, Scheme::Tunnel);
  r.outcome = word(in, Outcome::Failed);
  r.ruling = word(in, Ruling::Hold);
  r.reason = word(in, kLastReason);
  r.stage = word(in, Stage::Tick);
  r.attention = word(in, Attention::Estimated);
  return (r.attention != Attention::None) == ((flags & kAttended) != 0);
}

std::string_view read_text(VarintReader& in, std::size_t limit) {
  const auto size = in.number();
  if (size > limit) in.fail();
  return in.bytes(size);
}

bool read_target(VarintReader& in, std::uint32_t flags, Record& r) {
  r.port = in.small<std::uint16_t>();
  r.status = in.small<std::uint16_t>();
  r.host = read_text(in, kMaxHost);
  r.path = read_text(in, kMaxPath);
  r.named_by = NamedBy::Request;
  r.name_check = NameCheck::Unknown;
  r.chosen = {};
  if (!(flags & kCaptured)) return true;
  r.named_by = word(in, NamedBy::Address);
  r.name_check = word(in, NameCheck::Differs);
  r.chosen = read_address(in);
  return r.named_by != NamedBy::Request;
}

bool read_categories(VarintReader& in, CategorySet& categories) {
  auto left = in.number();
  if (left > kMaxCategories) return false;
  for (std::uint64_t id = 0; left != 0 && in.ok(); --left) {
    id += in.small<std::uint16_t>();
    if (id >= kMaxCategories) return false;
    categories.insert({static_cast<std::uint16_t>(id)});
  }
  return true;
}

// What the verdict rests on.
bool read_grounds(VarintReader& in, std::uint32_t flags, Record& r) {
  r.rule = {in.small<std::uint32_t>()};
  r.grant = {flags & kGrant ? in.small<std::uint32_t>() : 0};
  r.categories = {};
  if (flags & kCategories && !read_categories(in, r.categories)) return false;
  r.decisive = {in.small<std::uint16_t>()};
  r.evidence = {};
  if (flags & kEvidence) {
    r.evidence.source = {in.small<std::uint32_t>()};
    r.evidence.line = in.small<std::uint32_t>();
    r.evidence.category = flags & kEvidenceOther ? CategoryId{in.small<std::uint16_t>()} : r.decisive;
  }
  r.quota = {flags & kQuota ? in.small<std::uint32_t>() : 0};
  return true;
}

// Time and bytes, and the versions of what it was decided by.
void read_amounts(VarintReader& in, std::uint32_t flags, Record& r) {
  r.active_from = r.active_until = {};
  if (flags & (kAttended | kActiveTimes)) {
    r.active_from = minus(r.end, in.signed_number());
    r.active_until = plus(r.active_from, in.signed_number());
  }
  r.streaming_bytes = flags & kStreaming ? in.number() : 0;
  r.from_client_bytes = in.number();
  r.to_client_bytes = in.number();
  r.policy = {raw<std::uint64_t>(in)};
  r.lists = {raw<std::uint64_t>(in)};
  r.people = {raw<std::uint64_t>(in)};
}

}  // namespace

std::size_t record_bytes_bound(const Record& record) noexcept {
  return 416 + std::min(record.host.size(), kMaxHost) + std::min(record.path.size(), kMaxPath);
}

char* encode_record(const Record& r, char* to) noexcept {
  const std::uint32_t flags = flags_of(r);
  *to++ = kVersion;
  to = put_varint(to, flags);
  to = put_raw(to, r.id.value);
  to = put_varint(to, r.exchange);
  if (flags & kSlice) to = put_varint(to, r.slice);
  to = put_varint(to, fold_sign(micros(r.end)));
  to = put_varint(to, difference(r.end, r.begin));

  to = put_varint(to, r.person.value);
  to = put_varint(to, r.department.value);
  const auto& address = r.client.bytes();
  const std::size_t skip = flags & kClientV4 ? 12 : 0;
  std::memcpy(to, address.data() + skip, 16 - skip);
  to += 16 - skip;

  const std::uint8_t words[] = {static_cast<std::uint8_t>(r.identity), static_cast<std::uint8_t>(r.method),
                                static_cast<std::uint8_t>(r.scheme),   static_cast<std::uint8_t>(r.outcome),
                                static_cast<std::uint8_t>(r.ruling),   static_cast<std::uint8_t>(r.reason),
                                static_cast<std::uint8_t>(r.stage),    static_cast<std::uint8_t>(r.attention)};
  std::memcpy(to, words, sizeof words);
  to += sizeof words;

  to = put_varint(to, r.port);
  to = put_varint(to, r.status);
  to = put_text(to, r.host, kMaxHost);
  to = put_text(to, r.path, kMaxPath);
  if (flags & kCaptured) {
    *to++ = static_cast<char>(r.named_by);
    *to++ = static_cast<char>(r.name_check);
    std::memcpy(to, r.chosen.bytes().data(), 16);
    to += 16;
  }
  to = put_varint(to, r.rule.value);
  if (flags & kGrant) to = put_varint(to, r.grant.value);
  if (flags & kCategories) {
    to = put_varint(to, static_cast<std::uint64_t>(r.categories.size()));
    std::uint16_t previous = 0;
    r.categories.for_each([&](CategoryId id) {
      to = put_varint(to, static_cast<std::uint64_t>(id.value - previous));
      previous = id.value;
    });
  }
  to = put_varint(to, r.decisive.value);
  if (flags & kEvidence) {
    to = put_varint(to, r.evidence.source.value);
    to = put_varint(to, r.evidence.line);
    if (flags & kEvidenceOther) to = put_varint(to, r.evidence.category.value);
  }
  if (flags & kQuota) to = put_varint(to, r.quota.value);
  if (flags & (kAttended | kActiveTimes)) {
    to = put_varint(to, difference(r.end, r.active_from));
    to = put_varint(to, difference(r.active_until, r.active_from));
  }
  if (flags & kStreaming) to = put_varint(to, r.streaming_bytes);
  to = put_varint(to, r.from_client_bytes);
  to = put_varint(to, r.to_client_bytes);
  to = put_raw(to, r.policy.value);
  to = put_raw(to, r.lists.value);
  return put_raw(to, r.people.value);
}

bool decode_record(std::string_view bytes, Record& r) noexcept {
  if (bytes.empty() || bytes.front() != kVersion) return false;
  VarintReader in(bytes.substr(1));
  const auto flags = in.small<std::uint32_t>();
  if (flags & ~static_cast<std::uint32_t>(kKnownFlags)) return false;
  read_identity(in, flags, r);
  if (!read_words(in, flags, r) || !read_target(in, flags, r) || !read_grounds(in, flags, r)) return false;
  read_amounts(in, flags, r);
  return in.ok() && in.done();
}

std::uint64_t checksum64(std::string_view bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}
std::uint32_t checksum32(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace citygate::records
