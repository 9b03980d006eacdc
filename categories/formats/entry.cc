#include "categories/formats/entry.h"

#include <algorithm>
#include <optional>

#include "base/address.h"
#include "base/char_set.h"
#include "base/matching_form.h"
#include "base/registrable_domain.h"
#include "base/target.h"

namespace citygate::categories {
namespace {

constexpr auto kControl = [] {
  CharSet set("\x7f");
  set.add_range(0, 8);
  set.add_range(10, 0x1f);
  return set;
}();

bool digit(char c) { return c >= '0' && c <= '9'; }

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
    case LineFormat::Expressions: return "squidGuard expressions";
    case LineFormat::Terms: return "search terms";
    case LineFormat::Hosts: return "hosts file";
    case LineFormat::Adblock: return "adblock";
    case LineFormat::Resolver: return "resolver configuration";
    case LineFormat::Rpz: return "response policy zone";
    case LineFormat::Csv: return "CSV";
    case LineFormat::GuardianSites: return "e2guardian sites";
    case LineFormat::GuardianUrls: return "e2guardian URLs";
    case LineFormat::GuardianExpressions: return "e2guardian expressions";
  }
  return "?";
}

std::string_view trim(std::string_view text) {
  constexpr auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const auto end = text.find_first_of(" \t");
  const std::string_view word = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : trim(text.substr(end));
  return word;
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
  if (dot == std::string::npos) return kSingleWord;
  const std::string_view last = std::string_view(out).substr(dot + 1);
  const bool letters = std::ranges::all_of(last, [](char c) { return c >= 'a' && c <= 'z'; });
  if (last.size() < 2 || (!letters && !last.starts_with("xn--"))) return "not a host name";
  return {};
}

bool too_wide(std::string_view pattern) {
  constexpr std::size_t kLeast = 4;
  constexpr CharSet kMarks("*^|");
  std::size_t text = 0;
  for (const char c : pattern) text += !kMarks.has(c);
  bool border = pattern.starts_with("||");
  pattern = pattern.substr(std::min(pattern.find_first_not_of("*|"), pattern.size()));
  // The name's last labels, where they are all text and begin at a border; a '/' at their end says no more.
  const auto end = std::min(pattern.find_first_of("/^:?|"), pattern.size());
  std::string_view tail = pattern.substr(0, end);
  if (const auto star = tail.rfind('*'); star != std::string_view::npos) {
    tail.remove_prefix(star + 1);
    border = false;
  }
  const std::size_t dot = tail.starts_with('.') ? 1 : 0;
  const bool whole_labels = (border || dot == 1) && tail.size() > dot;
  if (!whole_labels || public_suffix(tail.substr(dot)) != PublicSuffix::Registry) return text < kLeast;
  const std::size_t slash = end < pattern.size() && pattern[end] == '/' ? 1 : 0;
  return text - tail.size() - slash < kLeast;
}

bool leads_nowhere(const IpAddress& address) {
  constexpr auto within = [](std::uint32_t host, std::uint32_t net, int bits) {
    return (host ^ net) >> (32 - bits) == 0;
  };
  if (address.is_v4()) {
    const auto host = address.v4_host_order();
    return within(host, 0x00000000, 8) || within(host, 0x7f000000, 8) || within(host, 0xf0000000, 4) ||   // RFC 6890
           within(host, 0xc0000200, 24) || within(host, 0xc6336400, 24) || within(host, 0xcb007100, 24);  // RFC 5737
  }
  const auto& b = address.bytes();
  if (std::all_of(b.begin(), b.end() - 1, [](std::uint8_t byte) { return byte == 0; })) return b.back() <= 1;
  if (b[0] == 0x01 && std::all_of(b.begin() + 1, b.begin() + 8, [](std::uint8_t byte) { return byte == 0; }))
    return true;                                                        // 100::/64, to be thrown away (RFC 6666)
  return b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8;  // documentation (RFC 3849)
}

void add_host_and_path(std::string_view text, LineResult& out) {
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos &&
      (same_letters(text.substr(0, scheme), "http") || same_letters(text.substr(0, scheme), "https")))
    text.remove_prefix(scheme + 3);
  const auto host_end = text.find_first_of("/?#");
  std::string_view host = text.substr(0, host_end);
  if (host.find('@') != std::string_view::npos) return out.fault("not a host name");
  if (const auto colon = host.rfind(':'); colon != std::string_view::npos && !IpAddress::parse(host)) {
    const std::string_view port = host.substr(colon + 1);
    if (!port.empty() && std::ranges::all_of(port, digit)) {
      // The usual ones say no more than the name does.
      if (port != "80" && port != "443") return out.unsupported("names a port: entries match at all of them");
      host = host.substr(0, colon);
    }
  }
  Entry& entry = out.next();
  if (const auto wrong = listed_host(host, entry.host); !wrong.empty()) return out.fault(wrong);
  if (host_end == std::string_view::npos) return;
  const std::string_view path = text.substr(host_end);
  if (path.find_first_not_of('/') == std::string_view::npos) return;
  Target target;
  std::string url("http://host.invalid");
  url += path;
  if (!parse_url(url, target)) return out.fault("not a URL path");
  std::string scratch;
  entry.path = matching_path(target.path, scratch);
  const std::string_view query = matching_query(target.query, scratch);
  if (query.empty()) {
    while (entry.path.ends_with('/')) entry.path.pop_back();
  } else {
    entry.path += '?';
    entry.path += query;
  }
}

namespace {

// "/watch?v=1" and "/watch/?v=1" are one page to most servers: of an entry with a query both are listed.
void add_other_slash(LineResult& out) {
  for (std::size_t i = 0, count = out.count; i < count; ++i) {
    const auto question = out.entries[i].path.find('?');
    if (question == std::string::npos || question < 2) continue;  // of "/?v=1" there is no other
    const Entry one = out.entries[i];
    Entry& other = out.next();
    other = one;
    if (one.path[question - 1] == '/')
      other.path.erase(question - 1, 1);
    else
      other.path.insert(question, 1, '/');
  }
}

// The normal form has other uses for it.
void escape_tabs(LineResult& out) {
  for (std::size_t i = 0; i < out.count; ++i) {
    std::string& text = out.entries[i].expression;
    for (auto tab = text.find('\t'); tab != std::string::npos; tab = text.find('\t', tab)) text.replace(tab, 1, "\\t");
  }
}

void read_in_format(LineFormat format, std::string_view untrimmed, std::string_view line, FileContext& file,
                    LineResult& out) {
  switch (format) {
    case LineFormat::Domains: return read_domains_line(line, out);
    case LineFormat::Urls: return read_urls_line(line, out);
    case LineFormat::Expressions: return read_expressions_line(line, out);
    case LineFormat::Terms: return read_terms_line(line, out);
    case LineFormat::Hosts: return read_hosts_line(line, file, out);
    case LineFormat::Adblock: return read_adblock_line(line, out);
    case LineFormat::Resolver: return read_resolver_line(line, file, out);
    case LineFormat::Rpz: return read_rpz_line(untrimmed, file, out);
    case LineFormat::Csv: return read_csv_line(line, file, out);
    case LineFormat::GuardianSites:
    case LineFormat::GuardianUrls:
    case LineFormat::GuardianExpressions: return read_guardian_line(format, line, file, out);
  }
}

}  // namespace

void read_line(LineFormat format, std::string_view line, FileContext& file, LineResult& out) {
  out.clear();
  const std::string_view untrimmed = line;
  line = trim(line);
  if (line.empty()) return;
  // Control characters stand in no text format; they are what binary rubbish has.
  if (kControl.find_in(line) != std::string_view::npos) return out.fault("holds control characters: binary data?");
  read_in_format(format, untrimmed, line, file, out);
  add_other_slash(out);
  escape_tabs(out);
}

}  // namespace citygate::categories
