#include "proxy/tls/self_signed.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/file.h"

namespace citygate::proxy {
namespace {

constexpr std::chrono::days kValidFor{825}, kLeftAtLeast{30};
// Clocks of clients may be behind.
constexpr std::chrono::days kBackdated{1};

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::unexpected<Error> openssl_failed(std::string_view what) {
  char text[256] = "";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return fail(Error::Kind::Bug, fmt::format("cannot {}: {}", what, text));
}

std::time_t seconds(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

bool add_extension(X509& certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

std::string alternative_names(const std::vector<std::string>& names, const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const auto& name : names) out += fmt::format("{}DNS:{}", out.empty() ? "" : ",", name);
  for (const auto& address : addresses) out += fmt::format("{}IP:{}", out.empty() ? "" : ",", address.to_string());
  return out;
}

bool fill_in(X509& certificate, EVP_PKEY& key, const std::vector<std::string>& names,
             const std::vector<IpAddress>& addresses, WallTime now) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  const std::string subject = names.empty() ? addresses.front().to_string() : names.front();
  X509_NAME* name = X509_get_subject_name(&certificate);
  return X509_set_version(&certificate, 2) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial >> 1 | 1) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(&certificate), seconds(now - kBackdated)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(&certificate), seconds(now + kValidFor - kBackdated)) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(subject.substr(0, 64).c_str()), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(&certificate, name) == 1 && X509_set_pubkey(&certificate, &key) == 1 &&
         add_extension(certificate, NID_subject_alt_name, alternative_names(names, addresses)) &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") && X509_sign(&certificate, &key, EVP_sha256()) > 0;
}

std::string text_of(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

// Nobody else can read it at any moment.
Result<void> write_private(const std::filesystem::path& path, std::string_view text) {
  std::error_code error;
  std::filesystem::remove(path, error);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail_errno(path.string());
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written <= 0) return fail_errno(path.string());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return fail_errno(path.string());
  return {};
}

}  // namespace

Result<void> make_self_signed(const CertificateFiles& files, const std::vector<std::string>& names,
                              const std::vector<IpAddress>& addresses, WallTime now) {
  CG_CHECK(!names.empty() || !addresses.empty());
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  if (!key || !certificate || !fill_in(*certificate, *key, names, addresses, now))
    return openssl_failed("make a certificate");
  const Owned<BIO> key_text(BIO_new(BIO_s_mem())), certificate_text(BIO_new(BIO_s_mem()));
  if (!key_text || !certificate_text ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1)
    return openssl_failed("write a certificate");
  std::error_code error;
  std::filesystem::create_directories(files.key.parent_path(), error);
  std::filesystem::permissions(files.key.parent_path(), std::filesystem::perms::owner_all, error);
  CG_TRY_VOID(write_private(files.key, text_of(*key_text)));
  return write_private(files.certificate, text_of(*certificate_text));
}

bool self_signed_serves(const CertificateFiles& files, const std::vector<std::string>& names,
                        const std::vector<IpAddress>& addresses, WallTime now) {
  const auto text = read_file(files.certificate, 64 * 1024);
  std::error_code error;
  if (!text || !std::filesystem::exists(files.key, error)) return false;
  const Owned<BIO> bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  const Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return false;
  std::time_t later = seconds(now + kLeftAtLeast);
  if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &later) <= 0) return false;
  return std::ranges::all_of(names,
                             [&](const auto& name) {
                               return X509_check_host(certificate.get(), name.data(), name.size(), 0, nullptr) == 1;
                             }) &&
         std::ranges::all_of(addresses, [&](const auto& address) {
           return X509_check_ip_asc(certificate.get(), address.to_string().c_str(), 0) == 1;
         });
}

}  // namespace citygate::proxy
