// PROXY headers from arbitrary bytes: every prefix says the same as the whole or asks for more, and what it asks for
// never reaches beyond the header.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/net/proxy_protocol.h"

namespace {

using namespace citygate::proxy;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_proxy_header(bytes);
  if (whole && *whole) check((*whole)->bytes <= size && (*whole)->bytes <= ProxyHeader::kMaxBytes);
  std::size_t taken = 0;
  while (taken < size) {
    // As a connection is read: what is missing, and not a byte more.
    const auto read = read_proxy_header(bytes.substr(0, taken));
    if (!read || *read) {
      check(read.has_value() == whole.has_value());
      if (read) check((*read)->bytes == (*whole)->bytes && taken == (*read)->bytes);
      return 0;
    }
    const std::size_t lacks = proxy_header_lacks(bytes.substr(0, taken));
    check(lacks > 0 && taken + lacks <= ProxyHeader::kMaxBytes);
    if (lacks > size - taken) break;
    taken += lacks;
  }
  if (taken == size) return 0;
  // It ended while asking for more: the whole is either not complete or wrong further on.
  check(!whole || !*whole);
  return 0;
}
