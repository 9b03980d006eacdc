#include "categories/formats/entry.h"

#include <algorithm>
#include <optional>

#include "base/address.h"
#include "base/matching_form.h"
#include "base/target.h"

namespace citygate::categories {
namespace {

bool label_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; }

// Lower-case, two labels and more, a last label of letters or xn--: by far most lines, and cheap to see.
bool plain_name(std::string_view text) {
  if (text.size() > kMaxHostBytes || text.front() == '.' || text.back() == '.') return false;
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || text.size() - dot < 3) return false;
  std::size_t label = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!label_byte(text[i])) return false;
    if (text[i] != '.') continue;
    if (i == label || i - label > 63) return false;
    label = i + 1;
  }
  return text.size() - dot <= 64 &&
         std::ranges::all_of(text.substr(dot + 1), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

std::string_view to_string(LineFormat format) {
  switch (format) {
    case LineFormat::Domains: return "plain domains";
    case LineFormat::Urls: return "plain URLs";
    case LineFormat::Hosts: return "hosts file";
    case LineFormat::Adblock: return "adblock";
    case LineFormat::Resolver: return "resolver configuration";
  }
  return "?";
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\f\v";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view listed_host(std::string_view text, std::string& out) {
  if (text.empty()) return "no host name";
  if (plain_name(text)) {
    out.assign(text);
    return {};
  }
  std::optional<IpAddress> address;
  // An IPv6 address stands without brackets in a list.
  if (auto ip = IpAddress::parse(text); ip && text.find(':') != std::string_view::npos) {
    out = ip->to_string();
    return {};
  }
  if (!canonical_host(text, out, address)) return "not a host name";
  if (address) {
    const bool usual = text == out || (text.starts_with('[') && text.ends_with(']'));
    return usual ? std::string_view() : "a number that is no address in its usual form";
  }
  if (!std::ranges::all_of(out, label_byte)) return "not a host name";
  const auto dot = out.rfind('.');
  if (dot == std::string::npos) return "a single word: as a name it would cover a whole top-level domain";
  const std::string_view last = std::string_view(out).substr(dot + 1);
  const bool letters = std::ranges::all_of(last, [](char c) { return c >= 'a' && c <= 'z'; });
  if (last.size() < 2 || (!letters && !last.starts_with("xn--"))) return "not a host name";
  return {};
}

void add_host_and_path(std::string_view text, LineResult& out) {
  for (std::string_view scheme : {"http://", "https://"})
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  const auto slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  if (host.find('@') != std::string_view::npos) return out.fault("not a host name");
  if (host.find('?') != std::string_view::npos) return out.unsupported("names a query: entries match by host and path");
  if (const auto colon = host.rfind(':'); colon != std::string_view::npos && !IpAddress::parse(host)) {
    const std::string_view port = host.substr(colon + 1);
    if (!port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }))
      return out.unsupported("names a port: entries match by host and path");
  }
  Entry& entry = out.next();
  if (const auto wrong = listed_host(host, entry.host); !wrong.empty()) return out.fault(wrong);
  if (slash == std::string_view::npos) return;
  const std::string_view path = text.substr(slash);
  if (path.find('?') != std::string_view::npos) return out.unsupported("names a query: entries match by host and path");
  if (path.size() > 1 && path.find_first_not_of('/') == std::string_view::npos) return;
  Target target;
  std::string url("http://host.invalid");
  url += path;
  if (!parse_url(url, target)) return out.fault("not a URL path");
  std::string scratch;
  entry.path = matching_path(target.path, scratch);
  while (entry.path.ends_with('/')) entry.path.pop_back();
}

void read_line(LineFormat format, std::string_view line, LineResult& out) {
  out.clear();
  line = trim(line);
  if (line.empty()) return;
  // Control characters stand in no text format; they are what binary rubbish has.
  if (std::ranges::any_of(line,
                          [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }))
    return out.fault("holds control characters: binary data?");
  switch (format) {
    case LineFormat::Domains: return read_domains_line(line, out);
    case LineFormat::Urls: return read_urls_line(line, out);
    case LineFormat::Hosts: return read_hosts_line(line, out);
    case LineFormat::Adblock: return read_adblock_line(line, out);
    case LineFormat::Resolver: return read_resolver_line(line, out);
  }
}

}  // namespace citygate::categories
