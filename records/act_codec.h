// act_codec.h - an act as one line of JSON: the bytes that are kept, hashed, exported and read again.
//
//   {"number":41,"time":"2026-11-21T12:00:00.000000Z","kind":"suspend","author":"pat.lee","via":"control socket, user root",
//    "reason":"...","subject":"ada","fields":{"from":"...","until":"..."},"salt":"5f0c..."}        (one line, no spaces)
//
// There is one spelling of an act only: keys in this order and none left out, fields by name, no space between tokens,
// JSON's shortest escapes (RFC 8259, section 7), all else as UTF-8. Who reads refuses every other, so that equal acts and
// equal bytes are the same thing. The salt is random: the hash of a line tells nothing about the line (docs/acts.md).
// Written by hand, since a general reader of JSON takes any spelling and three times as long; a start reads all acts.
// Thread    any. Cost: about 1 us each way.
// Errors    encode: Malformed for text that is no UTF-8, TooLarge beyond kMaxActBytes; both name the field.
//           decode: Malformed, saying what is wrong.
#pragma once

#include <string>
#include <string_view>

#include "base/act.h"
#include "base/result.h"

namespace citygate::records {

inline constexpr std::size_t kMaxActBytes = std::size_t{256} << 10;
inline constexpr std::size_t kActSaltDigits = 32;  // hexadecimal

[[nodiscard]] std::string make_act_salt();
[[nodiscard]] Result<std::string> encode_act(const Act& act, std::string_view salt);
[[nodiscard]] Result<Act> decode_act(std::string_view line);

}  // namespace citygate::records
