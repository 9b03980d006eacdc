#include "records/act_chain.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/hex.h"
#include "records/act_codec.h"

namespace citygate::records {
namespace {

ActHash sha256(std::string_view bytes) {
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // else looked for at each use
  ActHash out{};
  unsigned length = 0;
  CG_CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, kSha256, nullptr) == 1);
  CG_CHECK(length == out.size());
  return out;
}

}  // namespace

ActHash hash_of_act(std::string_view line) { return sha256(line); }

ActHash next_in_chain(const ActHash& before, const ActHash& line_hash) {
  std::array<char, 64> both{};
  std::ranges::copy(before, both.begin());
  std::ranges::copy(line_hash, both.begin() + 32);
  return sha256({both.data(), both.size()});
}

std::optional<ActHash> parse_act_hash(std::string_view hex) {
  ActHash out{};
  if (!is_hex(hex, 2 * out.size())) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i)
    out[i / 2] = static_cast<std::uint8_t>(out[i / 2] << 4 | kHexDigits.find(hex[i]));
  return out;
}

void ChainCheck::take(const ActLink& link) {
  if (faulty()) {
    turned_up_ = turned_up_ || (missed_ != 0 && link.number == missed_);
    return;
  }
  const std::uint64_t expected = last_.number + 1;
  if (link.number < expected) {
    fault_ = fmt::format("act {} is there twice: again after act {}", link.number, last_.number);
  } else if (link.number > expected) {
    missed_ = expected;
    fault_ = fmt::format("act {} is missing: act {} stands in its place", expected, link.number);
  } else {
    if (!link.line.empty()) check_line(expected, link.line);
    if (!faulty() && next_in_chain(last_.hash, link.line_hash) != link.hash)
      fault_ = fmt::format("act {} was changed: its hash does not follow from it and act {}", expected, last_.number);
  }
  if (!faulty()) last_ = {.number = expected, .hash = link.hash};
}

void ChainCheck::check_line(std::uint64_t number, std::string_view line) {
  const auto act = decode_act(line);
  if (!act)
    unreadable(number, act.error().context);
  else if (act->number != number)
    fault_ = fmt::format("act {} is out of order: it stands in the place of act {}", act->number, number);
}

void ChainCheck::unreadable(std::uint64_t number, std::string_view why) {
  if (!faulty()) fault_ = fmt::format("act {} is not as it was kept: {}", number, why);
}

Result<ActHead> ChainCheck::finish(const std::optional<ActHead>& head) {
  if (turned_up_) fault_ = fmt::format("act {} is out of order: it stands behind later ones", missed_);
  if (!faulty() && head && head->number > last_.number)
    fault_ = head->number == last_.number + 1
                 ? fmt::format("act {} is missing at the end", head->number)
                 : fmt::format("acts {} to {} are missing at the end", last_.number + 1, head->number);
  if (!faulty() && head && head->number < last_.number)
    fault_ = fmt::format("act {} stands behind act {}, which is said to be the last", last_.number, head->number);
  if (!faulty() && head && head->hash != last_.hash)
    fault_ = fmt::format("act {} has another hash than it is said to have", last_.number);
  if (faulty()) return fail(Error::Kind::Refused, fault_);
  return last_;
}

}  // namespace citygate::records
