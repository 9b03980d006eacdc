// minisign.h - checks that a file was signed with the key that a source names.
//
//   public key   base64( "Ed" | key id 8 | Ed25519 key 32 ), one line that begins with RW
//   signature    untrusted comment: <anybody's words>
//                base64( "ED" or "Ed" | key id 8 | signature 64 )   "ED": over BLAKE2b-512 of the file, "Ed": over the file
//                trusted comment: <the signer's words>
//                base64( signature 64 over the signature above and the trusted comment )
//
// Both signatures must hold: a comment that was changed refuses the file too, as it may say which version this is.
// Errors    Malformed: key or signature is not of this form; Refused: another key, or the bytes are not those signed.
// Cost      maps the file and reads it once.
// Source    https://jedisct1.github.io/minisign, "Signature format"; RFC 8032 (Ed25519), RFC 7693 (BLAKE2b).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace citygate::categories {

struct MinisignKey {
  std::array<unsigned char, 8> id{};
  std::array<unsigned char, 32> point{};
  [[nodiscard]] std::string id_text() const;  // "E7620F1842B4E81F", as the minisign program writes it

  [[nodiscard]] static Result<MinisignKey> parse(std::string_view base64);
};

// The trusted comment, "" when it is empty. `signature` is the text of a .minisig file.
[[nodiscard]] Result<std::string> verify_minisign(const MinisignKey& key, std::string_view signature,
                                                  const std::filesystem::path& file);

}  // namespace citygate::categories
