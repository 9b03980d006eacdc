#include "proxy/tls/client_hello.h"

#include <algorithm>
#include <utility>

namespace citygate::proxy {
namespace {

constexpr std::size_t kRecordHead = 5, kMaxFragment = 16 * 1024;
constexpr std::size_t kMessageHead = 4;
constexpr unsigned kHandshake = 22, kClientHello = 1;
constexpr unsigned kServerName = 0, kProtocols = 16, kSupportedVersions = 43, kEncryptedHello = 0xfe0d;

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

// Reads from the front; once something was missing, everything is empty and ok() says no.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  // A big-endian number of `count` bytes.
  std::size_t number(std::size_t count) {
    std::size_t out = 0;
    for (const char c : take(count)) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }
  // A vector with its length in `count` bytes before it.
  std::string_view vector(std::size_t count) { return take(number(count)); }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// A list of one name, of the one kind there is. An empty one is what servers answer with, not what clients ask.
bool read_server_name(std::string_view data, std::string_view& out) {
  Reader extension(data);
  Reader list(extension.vector(2));
  const std::size_t kind = list.number(1);
  out = list.vector(2);
  return extension.done() && list.done() && kind == 0 && !out.empty();
}

bool read_protocols(std::string_view data, std::string_view& out) {
  Reader extension(data);
  out = extension.vector(2);
  if (!extension.done() || out.empty()) return false;
  for (Reader list(out); !list.done();)
    if (list.vector(1).empty()) return false;
  return true;
}

bool read_versions(std::string_view data, std::string_view& out) {
  Reader extension(data);
  out = extension.vector(1);
  return extension.done() && !out.empty() && out.size() % 2 == 0;
}

bool read_extensions(std::string_view extensions, ClientHello& out) {
  bool name_seen = false, protocols_seen = false, versions_seen = false;
  for (Reader rest(extensions); !rest.done();) {
    const std::size_t type = rest.number(2);
    const std::string_view data = rest.vector(2);
    if (!rest.ok()) return false;
    // Of those that nobody here reads, a second one is the origin's to refuse.
    const auto first = [](bool& seen) { return !std::exchange(seen, true); };
    switch (type) {
      case kServerName:
        if (!first(name_seen) || !read_server_name(data, out.server_name)) return false;
        break;
      case kProtocols:
        if (!first(protocols_seen) || !read_protocols(data, out.protocols)) return false;
        break;
      case kSupportedVersions:
        if (!first(versions_seen) || !read_versions(data, out.versions)) return false;
        break;
      case kEncryptedHello:
        if (!first(out.encrypted_hello)) return false;
        break;
      default: break;
    }
  }
  return true;
}

// The body of the handshake message, whole.
bool read_hello(std::string_view body, ClientHello& out) {
  Reader reader(body);
  out.legacy_version = static_cast<std::uint16_t>(reader.number(2));
  reader.take(32);  // random
  const std::string_view session = reader.vector(1);
  const std::string_view ciphers = reader.vector(2);
  const std::string_view compression = reader.vector(1);
  if (!reader.ok() || out.legacy_version >> 8 != 3 || session.size() > 32 || ciphers.empty() ||
      ciphers.size() % 2 != 0 || compression.empty())
    return false;
  if (reader.done()) return true;  // before TLS 1.3 there need not be any extensions
  const std::string_view extensions = reader.vector(2);
  return reader.done() && read_extensions(extensions, out);
}

using Status = ClientHelloParser::Status;

// Of a handshake message's beginning.
Status read_message(std::string_view message, ClientHello& out) {
  if (!message.empty() && byte_at(message, 0) != kClientHello) return Status::NotTls;
  if (message.size() < kMessageHead) return Status::NeedMore;
  Reader reader(message.substr(1));
  const std::size_t length = reader.number(3);
  if (length > ClientHelloParser::kMaxHelloBytes) return Status::NotTls;
  if (message.size() - kMessageHead < length) return Status::NeedMore;
  return read_hello(reader.take(length), out) ? Status::Complete : Status::NotTls;
}

}  // namespace

std::string_view next_protocol(std::string_view& protocols) {
  Reader reader(protocols);
  const std::string_view out = protocols.empty() ? std::string_view() : reader.vector(1);
  protocols.remove_prefix(std::min(protocols.size(), out.size() + 1));
  return out;
}

Status ClientHelloParser::look(std::string_view bytes) {
  const Status status = gather(bytes);
  if (status != Status::Complete) hello_ = {};  // half of a hello is evidence of nothing
  return status;
}

Status ClientHelloParser::gather(std::string_view bytes) {
  for (;;) {
    const std::string_view record = bytes.substr(std::min(looked_, bytes.size()));
    // What is wrong is said at its first byte, so that nobody is waited for in vain.
    if (!record.empty() && byte_at(record, 0) != kHandshake) return Status::NotTls;
    if (record.size() > 1 && byte_at(record, 1) != 3) return Status::NotTls;
    if (record.size() < kRecordHead) return Status::NeedMore;
    const std::size_t length = byte_at(record, 3) << 8 | byte_at(record, 4);
    if (length == 0 || length > kMaxFragment) return Status::NotTls;
    const std::string_view fragment = record.substr(kRecordHead, length);
    const bool whole = fragment.size() == length;
    if (message_.empty()) {
      const Status status = read_message(fragment, hello_);
      if (status != Status::NeedMore || !whole) return status;
    } else if (!whole) {
      return Status::NeedMore;
    }
    message_.append(fragment);
    looked_ += kRecordHead + length;
    if (message_.size() == length) continue;  // the first record, read above
    if (const Status status = read_message(message_, hello_); status != Status::NeedMore) return status;
  }
}

}  // namespace citygate::proxy
