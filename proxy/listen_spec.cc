#include "proxy/listen_spec.h"

#include <fmt/format.h>

#include <utility>

#include "base/document.h"

namespace citygate::proxy {
namespace {

constexpr std::string_view kWords[] = {"tls", "proxy-protocol", "redirect", "tproxy"};

std::unexpected<Error> wrong(std::string_view text, std::string_view what) {
  return fail(Error::Kind::Malformed, fmt::format("entry '{}' {}", text, what));
}

std::string_view next_word(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

}  // namespace

Result<ListenSpec> ListenSpec::parse(std::string_view text) {
  using enum Capture;
  ListenSpec out;
  std::string_view rest = text;
  const auto address = SocketAddress::parse(next_word(rest));
  if (!address) return wrong(text, "does not begin with an address and port, as \"127.0.0.1:3128\" or \"[::1]:3128\"");
  out.address = *address;
  for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
    bool twice = false;
    if (word == "tls") {
      twice = std::exchange(out.tls, true);
    } else if (word == "proxy-protocol") {
      twice = std::exchange(out.proxy_protocol, true);
    } else if (word == "redirect" || word == "tproxy") {
      const Capture capture = word == "redirect" ? Redirect : Tproxy;
      const Capture before = std::exchange(out.capture, capture);
      twice = before == capture;
      if (!twice && before != None)
        return wrong(text, "says both redirect and tproxy; a connection comes by one of them, so list two addresses");
    } else {
      const auto near = nearest(word, kWords);
      return wrong(text, fmt::format("says '{}'; after the address come tls, proxy-protocol, redirect or tproxy{}",
                                     word, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    if (twice) return wrong(text, fmt::format("says {} twice", word));
  }
  if (out.captures() && out.tls)
    return wrong(text,
                 "says tls: a client whose connection is captured speaks to its own target, not to the gateway");
  if (out.captures() && out.proxy_protocol)
    return wrong(text, "says proxy-protocol: a captured connection comes from the client itself, without a header");
  return out;
}

std::string ListenSpec::to_string() const {
  std::string out = address.to_string();
  if (tls) out += " tls";
  if (proxy_protocol) out += " proxy-protocol";
  if (capture == Capture::Redirect) out += " redirect";
  if (capture == Capture::Tproxy) out += " tproxy";
  return out;
}

}  // namespace citygate::proxy
