// The reader of a client's hello over arbitrary bytes: however they come, the answer is the same; a prefix of a hello
// never becomes something else; and what it names lies within what was sent.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "proxy/tls/client_hello.h"

namespace {

using namespace citygate::proxy;
using Status = ClientHelloParser::Status;

void check(bool holds) {
  if (!holds) std::abort();
}

bool same(const ClientHello& a, const ClientHello& b) {
  return a.legacy_version == b.legacy_version && a.server_name == b.server_name && a.protocols == b.protocols &&
         a.versions == b.versions && a.encrypted_hello == b.encrypted_hello;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ClientHelloParser whole;
  const Status wanted = whole.look(bytes);

  // The same bytes, a few at a time; what is said once is not taken back.
  ClientHelloParser parser;
  Status status = Status::NeedMore;
  std::uint32_t seed = static_cast<std::uint32_t>(size) | 1u;
  for (std::size_t end = 0; status == Status::NeedMore && end < size;) {
    seed = seed * 1664525u + 1013904223u;
    end = std::min(size, end + 1 + (seed >> 16) % 60);
    status = parser.look(bytes.substr(0, end));
  }
  check(status == wanted);
  if (wanted != Status::Complete) return 0;
  check(same(parser.hello(), whole.hello()));
  std::size_t names = 0;
  for (std::string_view rest = whole.hello().protocols; !rest.empty(); ++names) check(!next_protocol(rest).empty());
  check(names <= whole.hello().protocols.size());
  check(whole.hello().server_name.size() <= size && whole.hello().versions.size() % 2 == 0);
  return 0;
}
