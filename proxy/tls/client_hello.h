// client_hello.h - what a TLS client says before anything is encrypted: the name it wants, and what it speaks.
//
//   record │ 22 │ version │ length │ fragment of the hello │   one record, or the hello spread over several
//   hello  │ 1 │ length │ version │ random │ session │ ciphers │ compression │ extensions ... │
//
// Strict: what two readers could understand differently (two names, lengths that do not add up, an extension twice) is
// no hello, because the origin is one of the two readers.
// Incremental: look() is given everything that has come so far, and goes on from where it was.
// Bounds    64 KiB of hello. Thread: the owner's. Cost: nothing is copied or allocated while the hello stands in one
//           record.
// Source    RFC 8446 sections 4.1.2, 4.2 and 5.1; RFC 5246 section 7.4.1.2; RFC 6066 section 3; RFC 7301 section 3.1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::proxy {

// The views point into what was looked at, or into the parser where the hello came in several records.
struct ClientHello {
  std::uint16_t legacy_version = 0;  // 0x0303 of every client of our days
  std::string_view server_name;      // as it was sent; empty: none
  std::string_view protocols;        // of ALPN, as sent; next_protocol() walks over them
  std::string_view versions;         // supported_versions, two bytes each, reserved values (GREASE) included
  bool encrypted_hello = false;      // an encrypted_client_hello extension is there: the name may be a cover
};

// The next name of an ALPN list ("h2", "http/1.1"); empty at its end.
[[nodiscard]] std::string_view next_protocol(std::string_view& protocols);

class ClientHelloParser {
 public:
  static constexpr std::size_t kMaxHelloBytes = 64 * 1024;

  enum class Status : std::uint8_t {
    NeedMore,  // so far it may become one
    Complete,  // hello() is there
    NotTls,    // no hello will come of this, or not one that has a single meaning
  };
  // `bytes` begins with the connection's first byte; each call is given at least what the one before was.
  [[nodiscard]] Status look(std::string_view bytes);
  [[nodiscard]] const ClientHello& hello() const { return hello_; }

 private:
  [[nodiscard]] Status gather(std::string_view bytes);

  std::size_t looked_ = 0;  // bytes of whole records whose fragments stand in message_
  std::string message_;     // empty while one record is enough
  ClientHello hello_;
};

}  // namespace citygate::proxy
