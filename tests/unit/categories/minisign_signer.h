// minisign_signer.h - signs as the minisign program does; for tests. Keys come from a number, so that runs are alike.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace citygate::categories {

class MinisignSigner {
 public:
  enum class Form : std::uint8_t { Hashed, Whole };

  explicit MinisignSigner(unsigned char seed) {
    std::array<unsigned char, 32> secret{};
    secret.fill(seed);
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()));
    CG_CHECK(key_);
    id = std::string(8, static_cast<char>(seed));
  }

  [[nodiscard]] std::string public_key() const {
    std::string point(32, '\0');
    std::size_t size = point.size();
    CG_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(point.data()), &size) == 1);
    return base64("Ed" + id + point);
  }
  [[nodiscard]] std::string sign(std::string_view bytes, std::string_view comment, Form form) const {
    const std::string signature = raw(form == Form::Hashed ? blake2b(bytes) : std::string(bytes));
    return "untrusted comment: made by a test\n" + base64((form == Form::Hashed ? "ED" : "Ed") + id + signature) +
           "\ntrusted comment: " + std::string(comment) + "\n" + base64(raw(signature + std::string(comment))) + "\n";
  }

  std::string id;  // of the key, 8 bytes

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static std::string base64(const std::string& bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and a NUL
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
  }
  static std::string blake2b(std::string_view bytes) {
    std::string out(64, '\0');
    unsigned size = 0;
    CG_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                        EVP_blake2b512(), nullptr) == 1);
    return out;
  }
  [[nodiscard]] std::string raw(const std::string& bytes) const {
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    std::string out(64, '\0');
    std::size_t size = out.size();
    CG_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
             EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1);
    return out;
  }

  std::unique_ptr<EVP_PKEY, Free> key_;
};

}  // namespace citygate::categories
