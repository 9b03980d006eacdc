#include "proxy/tls/tls_context.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstring>
#include <ctime>

#include "base/file.h"
#include "base/local_time.h"

namespace citygate::proxy {

namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 20;
constexpr std::chrono::days kExpiresSoon{14};
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// What OpenSSL says went wrong first; empties its queue.
std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text ? text : "unknown reason";
}

bool at_end_of_pem() {
  const unsigned long code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

std::unexpected<Error> wrong(const std::filesystem::path& file, std::string_view what) {
  ERR_clear_error();
  return fail(Error::Kind::Malformed, fmt::format("{}: {}", file.string(), what));
}

Bio memory(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// PEM asks here for the passphrase of a key; there is nobody to answer.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

WallTime to_wall_time(const ASN1_TIME* time) {
  tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

// The names that a client accepts the certificate for.
std::string names_of(X509* certificate) {
  std::string out;
  const auto add = [&out](std::string_view name) {
    // A certificate may hold anything; what is shown to an operator is plain text.
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*:") != name.npos)
      return;
    out += (out.empty() ? "" : ", ") + std::string(name);
  };
  if (auto* names =
          static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))) {
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
      if (name->type == GEN_DNS) {
        const ASN1_IA5STRING* text = name->d.dNSName;
        add({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
             static_cast<std::size_t>(ASN1_STRING_length(text))});
      } else if (name->type == GEN_IPADD) {
        char* text = i2s_ASN1_OCTET_STRING(nullptr, name->d.iPAddress);
        if (text && ASN1_STRING_length(name->d.iPAddress) == 4) {
          const unsigned char* byte = ASN1_STRING_get0_data(name->d.iPAddress);
          add(fmt::format("{}.{}.{}.{}", byte[0], byte[1], byte[2], byte[3]));
        } else if (text) {
          add(text);
        }
        OPENSSL_free(text);
      }
    }
    GENERAL_NAMES_free(names);
  }
  return out.empty() ? "no name that browsers accept (no subjectAltName)" : out;
}

// --- callbacks of a context

// ALPN. Who asks for protocols and not for ours would speak something else.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  for (const std::string_view ours : {std::string_view("http/1.1"), std::string_view("http/1.0")}) {
    for (unsigned int at = 0; at < offered_length; at += 1U + offered[at]) {
      if (offered[at] > offered_length - at - 1) return SSL_TLSEXT_ERR_ALERT_FATAL;
      if (offered[at] != ours.size() || std::memcmp(offered + at + 1, ours.data(), ours.size()) != 0) continue;
      *out = offered + at + 1;
      *out_length = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool take_mac_key(EVP_MAC_CTX* mac, TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 done, 2 done and due for a new ticket, 0 unknown key, -1 failure.
int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
               int sealing) {
  auto* keys = static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const MonoTime now = std::chrono::steady_clock::now();
  if (sealing != 0) {
    auto key = keys->to_seal(now);
    if (!key) return -1;
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    std::memcpy(name, key->name.data(), key->name.size());
    if (EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) != 1) return -1;
    return take_mac_key(mac, *key) ? 1 : -1;
  }
  auto found = keys->to_open(std::span<const unsigned char, 16>(name, 16), now);
  if (!found) return 0;
  if (!take_mac_key(mac, found->key)) return -1;
  if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, found->key.cipher.data(), iv) != 1) return -1;
  return found->old ? 2 : 1;
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(native_); }

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const CertificateFiles& files,
                                                           std::shared_ptr<TicketKeys> keys) {
  const std::shared_ptr<TlsContext> context(new TlsContext);
  context->keys_ = std::move(keys);
  CG_TRY_VOID(context->set_up(files));
  return context;
}

Result<void> TlsContext::set_up(const CertificateFiles& files) {
  files_ = files;
  ERR_clear_error();
  CG_TRY(certificate_text, read_file(files.certificate, kFileLimit));
  CG_TRY(key_text, read_file(files.key, kFileLimit));

  native_ = SSL_CTX_new(TLS_server_method());
  if (!native_) return fail(Error::Kind::Bug, "TLS: " + openssl_reason());
  SSL_CTX_set_security_level(native_, 2);  // 112 bits: RSA from 2048 bits on, no SHA-1 signatures
  SSL_CTX_set_min_proto_version(native_, TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(native_, kCiphers12) != 1) return fail(Error::Kind::Bug, "TLS: " + openssl_reason());
  SSL_CTX_set_options(native_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  // A connection that waits holds no buffers; a read takes what the socket has, several records if they are there.
  SSL_CTX_set_mode(native_,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(native_, 1);
  SSL_CTX_set_alpn_select_cb(native_, choose_protocol, nullptr);
  // Sessions live in tickets, which every worker opens; a cache would need a lock.
  SSL_CTX_set_session_cache_mode(native_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(native_, static_cast<long>(keys_->turn().count()));
  SSL_CTX_set_app_data(native_, keys_.get());
  SSL_CTX_set_tlsext_ticket_key_evp_cb(native_, ticket_key);
  static constexpr unsigned char kSessionContext[] = "citygate";
  SSL_CTX_set_session_id_context(native_, kSessionContext, sizeof kSessionContext - 1);

  const Bio certificates = memory(certificate_text);
  const Certificate own(PEM_read_bio_X509_AUX(certificates.get(), nullptr, nullptr, nullptr));
  if (!own)
    return wrong(files.certificate, at_end_of_pem() ? "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
                                                    : "holds a damaged certificate");
  if (SSL_CTX_use_certificate(native_, own.get()) != 1)
    return wrong(files.certificate, fmt::format("the certificate is not fit for TLS: {}", openssl_reason()));
  for (int number = 2;; ++number) {
    Certificate link(PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr));
    if (!link && at_end_of_pem()) break;
    if (!link) return wrong(files.certificate, fmt::format("certificate {} of the chain is damaged", number));
    if (SSL_CTX_add0_chain_cert(native_, link.get()) != 1)
      return wrong(files.certificate,
                   fmt::format("certificate {} of the chain is not fit for TLS: {}", number, openssl_reason()));
    static_cast<void>(link.release());
  }
  ERR_clear_error();

  bool passphrase_asked = false;
  const PrivateKey key(PEM_read_bio_PrivateKey(memory(key_text).get(), nullptr, no_passphrase, &passphrase_asked));
  OPENSSL_cleanse(key_text.data(), key_text.size());
  if (!key && passphrase_asked)
    return wrong(files.key,
                 "the key is under a passphrase, which nobody can type at a start; take it off with `openssl pkey -in "
                 "OLD -out NEW` and keep the new file readable by the gateway alone");
  if (!key) return wrong(files.key, "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)");
  if (X509_check_private_key(own.get(), key.get()) != 1)
    return wrong(files.key, fmt::format("is not the key of the certificate in {}", files.certificate.string()));
  if (SSL_CTX_use_PrivateKey(native_, key.get()) != 1)
    return wrong(files.key, fmt::format("the key is not fit for TLS: {}", openssl_reason()));

  begins_ = to_wall_time(X509_get0_notBefore(own.get()));
  ends_ = to_wall_time(X509_get0_notAfter(own.get()));
  description_ = fmt::format("{}, valid until {}", names_of(own.get()), format_utc(ends_));
  struct stat about{};
  key_readable_by_all_ = ::stat(files.key.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0;
  return {};
}

std::string TlsContext::warning(WallTime now) const {
  const std::string file = files_.certificate.string();
  if (now >= ends_) return fmt::format("{}: the certificate has expired on {}", file, format_utc(ends_));
  if (now < begins_) return fmt::format("{}: the certificate is valid only from {} on", file, format_utc(begins_));
  if (key_readable_by_all_)
    return fmt::format("{}: everybody on this machine can read the key; chmod o-r", files_.key.string());
  if (ends_ - now < kExpiresSoon) return fmt::format("{}: the certificate expires on {}", file, format_utc(ends_));
  return {};
}

}  // namespace citygate::proxy
