#include "bench/load/options.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <string_view>

namespace citygate::load {
namespace {

constexpr std::string_view kUsage =
    "usage: citygate_load MODE --proxy ADDRESS:PORT --host NAME:PORT [options]\n"
    "  MODE             keep-alive | new-connection | connect | tunnel\n"
    "  --path P         what to ask for (/1k)\n"
    "  --bytes N        how long each reply is (1024)\n"
    "  --connections N  at once (64)\n"
    "  --sources N      client addresses, from 127.0.1.1 on (20)\n"
    "  --rate N         operations a second, spread evenly (as many as go)\n"
    "  --warm-up MS     not counted (700)\n"
    "  --for MS         counted (2500)\n"
    "  --pid N          whose CPU time to count, with all its children\n"
    "  --label TEXT     kept in the result\n"
    "  --direct         no proxy: ask ADDRESS:PORT as the origin\n"
    "       citygate_load make-object BYTES   writes an object to standard output\n";

bool number(std::string_view text, auto& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool milliseconds(std::string_view text, std::chrono::milliseconds& out) {
  std::int64_t count = 0;
  if (!number(text, count) || count < 0) return false;
  out = std::chrono::milliseconds(count);
  return true;
}

bool proxy(std::string_view text, Options& out) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  out.proxy_address = text.substr(0, colon);
  return number(text.substr(colon + 1), out.proxy_port);
}

bool mode(std::string_view text, Mode& out) {
  if (text == "keep-alive")
    out = Mode::KeepAlive;
  else if (text == "new-connection")
    out = Mode::NewConnection;
  else if (text == "connect")
    out = Mode::Connect;
  else if (text == "tunnel")
    out = Mode::Tunnel;
  else
    return false;
  return true;
}

bool assign(std::string_view name, std::string_view value, Options& out) {
  if (name == "--proxy") return proxy(value, out);
  if (name == "--host")
    out.host = value;
  else if (name == "--path")
    out.path = value;
  else if (name == "--label")
    out.label = value;
  else if (name == "--bytes")
    return number(value, out.body_bytes);
  else if (name == "--connections")
    return number(value, out.connections) && out.connections > 0;
  else if (name == "--sources")
    return number(value, out.sources) && out.sources > 0 && out.sources <= 250;
  else if (name == "--rate")
    return number(value, out.rate);
  else if (name == "--warm-up")
    return milliseconds(value, out.warm_up);
  else if (name == "--for")
    return milliseconds(value, out.measured) && out.measured.count() > 0;
  else if (name == "--pid")
    return number(value, out.pid);
  else
    return false;
  return true;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options out;
  const auto wrong = [](std::string_view what) {
    fmt::print(stderr, "citygate_load: {}\n{}", what, kUsage);
    return std::nullopt;
  };
  if (argc < 2 || !mode(argv[1], out.mode)) return wrong("the first word must be a mode");
  for (int i = 2; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--direct") {
      out.direct = true;
    } else if (i + 1 == argc || !assign(name, argv[i + 1], out)) {
      return wrong(fmt::format("'{}' is unknown or its value is wrong", name));
    } else {
      ++i;
    }
  }
  if (out.proxy_port == 0 || out.host.empty()) return wrong("--proxy and --host are needed");
  return out;
}

}  // namespace citygate::load
