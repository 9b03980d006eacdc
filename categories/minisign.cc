#include "categories/minisign.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/file.h"

namespace citygate::categories {
namespace {

constexpr std::size_t kIdBytes = 8, kPointBytes = 32, kSignatureBytes = 64;
constexpr std::string_view kUntrusted = "untrusted comment:";
constexpr std::string_view kTrusted = "trusted comment: ";

using Bytes = std::vector<unsigned char>;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Nothing when it is not base64 with its padding.
std::optional<Bytes> decode(std::string_view base64) {
  if (base64.empty() || base64.size() % 4 != 0 || base64.size() > 4096) return std::nullopt;
  Bytes out(base64.size() / 4 * 3);
  const auto* from = reinterpret_cast<const unsigned char*>(base64.data());
  if (EVP_DecodeBlock(out.data(), from, static_cast<int>(base64.size())) != static_cast<int>(out.size()))
    return std::nullopt;
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with("=") ? 1 : 0;
  out.resize(out.size() - padding);
  // The decoder takes blanks around, "=" inside and stray bits at the end; one signature has one spelling only.
  std::string again(base64.size() + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()), out.data(), static_cast<int>(out.size()));
  again.pop_back();
  return again == base64 ? std::optional(std::move(out)) : std::nullopt;
}

// The line at the front of `text`, which is moved behind it. A CR before the LF belongs to neither.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string text_of(const std::array<unsigned char, kIdBytes>& id) {
  std::string out;  // a little-endian number
  for (std::size_t i = kIdBytes; i-- > 0;) out += fmt::format("{:02X}", id[i]);
  return out;
}

struct Signature {
  bool hashed = false;
  std::array<unsigned char, kIdBytes> id{};
  Bytes file;  // kSignatureBytes each
  Bytes global;
  std::string comment;
};

Result<Signature> parse_signature(std::string_view text) {
  const auto malformed = [](std::string_view what) {
    return fail(Error::Kind::Malformed, fmt::format("is no minisign signature: {}", what), Error::Side::Origin);
  };
  Signature out;
  if (!take_line(text).starts_with(kUntrusted)) return malformed("line 1 does not begin with 'untrusted comment:'");
  const auto first = decode(take_line(text));
  if (!first || first->size() != 2 + kIdBytes + kSignatureBytes)
    return malformed("line 2 is not a signature of 74 bytes in base64");
  const std::string_view algorithm(reinterpret_cast<const char*>(first->data()), 2);
  if (algorithm != "ED" && algorithm != "Ed") return malformed("line 2 names another algorithm than Ed25519");
  out.hashed = algorithm == "ED";
  std::copy_n(first->begin() + 2, kIdBytes, out.id.begin());
  out.file.assign(first->begin() + 2 + kIdBytes, first->end());
  const std::string_view comment = take_line(text);
  if (!comment.starts_with(kTrusted)) return malformed("line 3 does not begin with 'trusted comment: '");
  out.comment = comment.substr(kTrusted.size());
  auto global = decode(take_line(text));
  if (!global || global->size() != kSignatureBytes) return malformed("line 4 is not a signature of 64 bytes in base64");
  out.global = std::move(*global);
  return out;
}

bool holds(EVP_PKEY* key, const Bytes& signature, const unsigned char* bytes, std::size_t size) {
  const Context context(EVP_MD_CTX_new());
  CG_CHECK(context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes, size) == 1;
}

Bytes blake2b(std::span<const std::byte> bytes) {
  const Context context(EVP_MD_CTX_new());
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  CG_CHECK(context && EVP_DigestInit_ex(context.get(), EVP_blake2b512(), nullptr) == 1 &&
           EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
           EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1);
  out.resize(size);
  return out;
}

}  // namespace

std::string MinisignKey::id_text() const { return text_of(id); }

Result<MinisignKey> MinisignKey::parse(std::string_view base64) {
  const auto bytes = decode(base64);
  if (!bytes || bytes->size() != 2 + kIdBytes + kPointBytes || (*bytes)[0] != 'E' || (*bytes)[1] != 'd')
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is no minisign public key: 56 characters that begin with RW, the second line of the "
                            "signer's .pub file",
                            base64.substr(0, 80)));
  MinisignKey out;
  std::copy_n(bytes->begin() + 2, kIdBytes, out.id.begin());
  std::copy_n(bytes->begin() + 2 + kIdBytes, kPointBytes, out.point.begin());
  return out;
}

Result<std::string> verify_minisign(const MinisignKey& key, std::string_view signature,
                                    const std::filesystem::path& file) {
  CG_TRY(signed_with, parse_signature(signature));
  const auto refused = [](std::string what) {
    return fail(Error::Kind::Refused, std::move(what), Error::Side::Origin);
  };
  if (signed_with.id != key.id)
    return refused(fmt::format("is signed by key {}, expected {}", text_of(signed_with.id), key.id_text()));
  const std::unique_ptr<EVP_PKEY, FreeKey> point(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.point.data(), key.point.size()));
  if (!point) return fail(Error::Kind::Malformed, fmt::format("key {} is no Ed25519 key", key.id_text()));
  CG_TRY(mapped, MappedFile::open_read_only(file));
  std::span<const std::byte> bytes = mapped.bytes();
  Bytes hash;
  if (signed_with.hashed) {
    hash = blake2b(bytes);
    bytes = std::as_bytes(std::span(hash));
  }
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (!holds(point.get(), signed_with.file, data, bytes.size()))
    return refused(
        fmt::format("does not match its signature by key {}: it was changed after it was signed, or the "
                    "signature is of another version",
                    key.id_text()));
  Bytes tail = signed_with.file;
  tail.insert(tail.end(), signed_with.comment.begin(), signed_with.comment.end());
  if (!holds(point.get(), signed_with.global, tail.data(), tail.size()))
    return refused(fmt::format("has a trusted comment that key {} did not sign", key.id_text()));
  return std::move(signed_with.comment);
}

}  // namespace citygate::categories
