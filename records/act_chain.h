// act_chain.h - the chain of hashes that ties every act to all before it, and what finds the first act that was tampered with.
//
//   line_hash(n) = SHA-256(line n)        hash(0) = 32 zero bytes        hash(n) = SHA-256(hash(n-1) || line_hash(n))
//
// Because only the hash of a line goes into the chain, an export can leave a line out, give its hash instead, and is as
// verifiable as the whole. Whoever holds the head (number and hash of the last act) can tell later whether anything up to
// there was changed since.
// Thread    values; a ChainCheck one. Cost: about 1 us an act.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace citygate::records {

using ActHash = std::array<std::uint8_t, 32>;

[[nodiscard]] ActHash hash_of_act(std::string_view line);
[[nodiscard]] ActHash next_in_chain(const ActHash& before, const ActHash& line_hash);
[[nodiscard]] std::optional<ActHash> parse_act_hash(std::string_view hex);  // 64 digits, small letters

// An act in its place.
struct ActLink {
  std::uint64_t number = 0;
  std::string line;     // "": left out, only its hash is known
  ActHash line_hash{};  // of `line`, where that is there: whoever makes a link sees to it
  ActHash hash{};
};

struct ActHead {
  std::uint64_t number = 0;
  ActHash hash{};
  friend bool operator==(const ActHead&, const ActHead&) = default;
};

// Given all links from act 1 on, in the order in which they stand. The first fault found is the one that is told.
class ChainCheck {
 public:
  void take(const ActLink& link);
  // Act `number` should stand here, and what does is none.
  void unreadable(std::uint64_t number, std::string_view why);
  [[nodiscard]] std::uint64_t last() const { return last_.number; }
  // The last act, if all is as it was kept. `head`: what the last act is said to be. Refused: the fault, in words.
  [[nodiscard]] Result<ActHead> finish(const std::optional<ActHead>& head);

 private:
  void check_line(std::uint64_t number, std::string_view line);
  [[nodiscard]] bool faulty() const { return !fault_.empty(); }
  ActHead last_;
  std::string fault_;
  std::uint64_t missed_ = 0;  // it was not where it belongs; 0: none
  bool turned_up_ = false;    // further down
};

}  // namespace citygate::records
