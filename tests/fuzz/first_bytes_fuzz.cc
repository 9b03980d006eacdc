// What a captured connection speaks, from arbitrary bytes: however they are cut, the answer is the same, and it stays
// however they go on; nothing that begins as a request is nameless, be it one for the strict reader of messages or for
// a lenient one that is written here.
//
// First byte: bit 0 port 443, else 80; the rest seeds the cuts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/capture/first_bytes.h"
#include "proxy/http/message_parser.h"

namespace {

using namespace citygate::proxy;
using Kind = FirstBytes::Kind;

void check(bool holds) {
  if (!holds) std::abort();
}

bool accepted(std::string_view bytes) {
  MessageParser parser(MessageParser::Kind::Request, {});
  while (!bytes.empty()) {
    const auto step = parser.next(bytes);
    if (!step) return false;
    if (step->what == MessageParser::Step::What::HeadComplete) return true;
    if (step->consumed == 0) return false;
    bytes.remove_prefix(step->consumed);
  }
  return false;
}

// Any visible word and blanks of any kind, then a path: a request as servers of all ages have taken it.
bool leniently_accepted(std::string_view bytes) {
  constexpr std::string_view kBlanks = " \t\v\f\r", kAll = " \t\v\f\r\n";
  bytes.remove_prefix(std::min(bytes.find_first_not_of(kAll), bytes.size()));
  const auto word = bytes.find_first_of(kAll);
  if (word == 0 || word == bytes.npos) return false;
  if (!std::ranges::all_of(bytes.substr(0, word),
                           [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }))
    return false;
  bytes.remove_prefix(word);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(kBlanks), bytes.size()));
  return bytes.starts_with('/');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint16_t port = (data[0] & 1) != 0 ? 443 : 80;
  std::uint32_t seed = data[0] | 1u;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Kind whole = FirstBytes(port).look(bytes);

  FirstBytes pieces(port);
  Kind kind = Kind::Undecided;
  std::size_t end = 0;
  while (kind == Kind::Undecided && end < bytes.size()) {
    seed = seed * 1664525u + 1013904223u;
    end = std::min(bytes.size(), end + 1 + (seed >> 16) % 40);
    kind = pieces.look(bytes.substr(0, end));
  }
  check(kind == whole);
  if (port == 443) {
    check(whole != Kind::Http);
  } else if (accepted(bytes) || leniently_accepted(bytes)) {
    check(whole == Kind::Http);
  }
  if (bytes.starts_with("\x16\x03")) check(whole != Kind::Other && whole != Kind::Http);
  return 0;
}
