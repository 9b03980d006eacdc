// throwaway_certificate.h - keys and certificates for tests, made when they are needed.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include "proxy/tls/tls_context.h"
#include "tests/support/temp_dir.h"

namespace citygate::proxy::test {

using KeyPointer = std::shared_ptr<EVP_PKEY>;

inline KeyPointer make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }
inline KeyPointer make_rsa_key(unsigned bits) { return {EVP_RSA_gen(bits), EVP_PKEY_free}; }

template <class Write>
std::string pem(Write&& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

inline std::string key_text(const KeyPointer& key) {
  return pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}
inline std::string locked_key_text(const KeyPointer& key) {
  return pem([&](BIO* bio) {
    unsigned char word[] = "secret";
    PEM_write_bio_PrivateKey(bio, key.get(), EVP_aes_128_cbc(), word, 6, nullptr, nullptr);
  });
}

inline std::string certificate_text(const KeyPointer& key, const char* name = "gate.test",
                                    std::chrono::seconds from = std::chrono::hours(-1),
                                    std::chrono::seconds until = std::chrono::hours(24 * 90)) {
  X509* made = X509_new();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), static_cast<long>(from.count()));
  X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(until.count()));
  X509_set_pubkey(made, key.get());
  X509_NAME* subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(made, subject);
  const std::string names = std::string("DNS:") + name + ",IP:127.0.0.1";
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(made, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(made, key.get(), EVP_sha256());
  const std::string out = pem([&](BIO* bio) { PEM_write_bio_X509(bio, made); });
  X509_free(made);
  return out;
}

inline void write_text_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// A directory with a pair that fits.
struct PairOfFiles {
  PairOfFiles() {
    const KeyPointer key = make_key();
    write(certificate_text(key), key_text(key));
  }
  void write(const std::string& certificate, const std::string& key) const {
    write_text_file(files.certificate, certificate);
    write_text_file(files.key, key);
  }
  citygate::test::TempDir directory;
  CertificateFiles files{directory.path() / "gate.pem", directory.path() / "gate.key"};
};

}  // namespace citygate::proxy::test
