// tls_context.h - what a listener that speaks TLS shows its clients: a certificate with its key, and the rules of the
// protocol: TLS 1.2 and 1.3, forward secret AEAD ciphers only, no renegotiation, no compression, no early data; ALPN
// http/1.1.
//
// Made       whole, checked and immutable from two PEM files; a new pair makes a new context, and connections keep the
//            one that they began with.
// Thread     any: OpenSSL counts its users atomically.
// Errors     load: Malformed with the file and what would be right: no PEM, a key of another certificate, a key under a
//            passphrase, a key too short; NotFound or Storage where a file cannot be read.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "proxy/tls/ticket_keys.h"

struct ssl_ctx_st;

namespace citygate::proxy {

struct CertificateFiles {
  std::filesystem::path certificate;  // the gateway's own first, then the chain up to a root that clients know
  std::filesystem::path key;
  friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};

class TlsContext {
 public:
  // The keys are shared with every other context of the gateway: a new certificate makes no client start anew.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> load(const CertificateFiles& files,
                                                                      std::shared_ptr<TicketKeys> keys);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // "proxy.city.example, valid until 2027-02-01T00:00:00Z".
  [[nodiscard]] const std::string& description() const { return description_; }
  // What an operator should know although it serves: expired, not yet valid, about to expire, a key that everybody can
  // read; "" when there is nothing.
  [[nodiscard]] std::string warning(WallTime now) const;

  [[nodiscard]] ssl_ctx_st* native() const { return native_; }

 private:
  TlsContext() = default;
  [[nodiscard]] Result<void> set_up(const CertificateFiles& files);

  ssl_ctx_st* native_ = nullptr;
  std::shared_ptr<TicketKeys> keys_;  // that native_ points to
  CertificateFiles files_;
  std::string description_;
  WallTime begins_{}, ends_{};
  bool key_readable_by_all_ = false;
};

}  // namespace citygate::proxy
