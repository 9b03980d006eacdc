#include "tests/support/spellings.h"

namespace citygate::tests {
namespace {

class Speller {
 public:
  Speller(const KnownUrl& known, std::span<const std::uint8_t> choices) : known_(known), choices_(choices) {}

  Spelling spell() {
    const std::string host = spell_host();
    out_.authority = host + spell_port();
    out_.host_with_port = host + ":80";
    spell_path();
    if (!known_.query.empty()) {
      spell_between_pairs("?", out_.path_and_query);
      for (char c : known_.query) {
        if (c == '&') spell_between_pairs("", out_.path_and_query);
        spell_query_byte(c, out_.path_and_query);
      }
      if (one_in(16)) spell_between_pairs("&", out_.path_and_query);
    }
    out_.url = one_in(4) ? "HtTp://" : "http://";
    static constexpr std::string_view kUsers[] = {"", "", "", "u@", "u:p@", "good.test:80@", "a@b@", "@"};
    out_.url += kUsers[next() % std::size(kUsers)];
    out_.url += out_.authority + out_.path_and_query;
    if (one_in(4)) out_.url += "#x/../@y";
    if (one_in(64)) repair(out_.url);
    return std::move(out_);
  }

 private:
  // 0 when no choices are left: the first way, which changes nothing.
  unsigned next() { return at_ < choices_.size() ? choices_[at_++] : 0; }
  bool one_in(unsigned n) { return next() % n == n - 1; }

  // What browsers drop from anywhere in a URL (WHATWG URL section 4.4).
  void repair(std::string& url) {
    url.insert(8 + next() % (url.size() - 8), 1, "\t\n\r"[next() % 3]);
    out_.may_fail = true;
  }

  void encode(char c, std::string& to) {
    const std::string_view digits = one_in(2) ? "0123456789abcdef" : "0123456789ABCDEF";
    to += '%';
    to += digits[static_cast<unsigned char>(c) >> 4];
    to += digits[static_cast<unsigned char>(c) & 15];
  }

  std::string spell_host() {
    const std::string bracketed = "[" + std::string(known_.host) + "]";
    std::string_view plain = known_.host.find(':') == known_.host.npos ? known_.host : std::string_view(bracketed);
    if (!known_.other_hosts.empty() && one_in(2)) plain = known_.other_hosts[next() % known_.other_hosts.size()];
    std::string host;
    const bool as_it_is = plain.starts_with('[') || plain.find('%') != plain.npos;  // encoding it again is another host
    for (char c : plain) spell_host_byte(c, as_it_is, host);
    if (!plain.starts_with('[') && one_in(4)) host += '.';
    return host;
  }

  void spell_host_byte(char c, bool as_it_is, std::string& host) {
    const bool letter = c >= 'a' && c <= 'z';
    if (letter && one_in(3)) c = static_cast<char>(c - 32);
    if (as_it_is || !one_in(5)) {
      host += c;
      return;
    }
    static constexpr std::string_view kDots[] = {"\u3002", "\uff0e", "\uff61", "%E3%80%82"};
    switch (next() % 4) {
      case 0:
      case 1: return encode(c, host);
      case 2:
        out_.may_fail = true;
        if (c == '.') {
          host += kDots[next() % 4];
        } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
          const unsigned full = 0xff00U + static_cast<unsigned>(c) - 0x20;  // its full-width form
          host += static_cast<char>(0xe0 | full >> 12);
          host += static_cast<char>(0x80 | (full >> 6 & 63));
          host += static_cast<char>(0x80 | (full & 63));
        } else {
          host += c;
        }
        return;
      default:
        out_.may_fail = true;
        host += c;
        if (c != '.') host += "\u00ad";  // soft hyphen: mapped to nothing
        return;
    }
  }

  std::string spell_port() {
    static constexpr std::string_view kPorts[] = {"", "", ":80", ":", ":0080", ":00000000080"};
    return std::string(kPorts[next() % std::size(kPorts)]);
  }

  void spell_path() {
    std::string& path = out_.path_and_query;
    bool first = true;
    for (std::string_view segment : known_.path) {
      spell_slash(path, first);
      first = false;
      for (char c : segment) spell_path_byte(c, path);
    }
    if (known_.slash_at_end || known_.path.empty()) spell_slash(path, first);
  }

  // '/' and what may stand there without being seen.
  void spell_slash(std::string& path, bool first) {
    const auto folded = [&](std::string_view text) {
      out_.folded = out_.may_fail = true;
      path += text;
    };
    if (!first && one_in(12)) {
      static constexpr std::string_view kSlashes[] = {"%2F", "%2f", "%5C", "%5c", "\\", "%2F.%2F"};
      return folded(kSlashes[next() % std::size(kSlashes)]);
    }
    path += '/';
    if (!one_in(4)) return;
    static constexpr std::string_view kNothing[] = {"./",           "%2e/",           "zz/../",
                                                    "z%7a/%2E%2e/", "zz/yy/.././../", "zz/.%2E/%2E/"};
    if (one_in(4)) {
      folded(one_in(2) ? "/" : "//");
    } else if (!out_.folded) {
      path += kNothing[next() % std::size(kNothing)];
    }
  }

  void spell_path_byte(char c, std::string& path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool unreserved = letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (byte <= ' ' || byte == 0x7f) return encode(c, path);
    if (one_in(5)) {
      if (!unreserved && byte < 0x80) out_.folded = true;
      return encode(c, path);
    }
    if (letter && one_in(24)) {
      out_.folded = out_.other_case = true;
      c = static_cast<char>(c ^ 0x20);
    }
    path += c;
  }

  // `begin`, and pairs of nothing behind it.
  void spell_between_pairs(std::string_view begin, std::string& query) {
    query += begin;
    if (!one_in(16)) return;
    out_.folded = true;
    static constexpr std::string_view kNothing[] = {"&", "&&", "?", "?&?"};
    query += kNothing[next() % (begin == "?" ? 4 : 2)];
  }

  // A query is kept as it was sent; it is matched by what it means.
  void spell_query_byte(char c, std::string& query) {
    if (std::string_view("&=+%#").find(c) != std::string_view::npos || !one_in(6)) {
      query += c;
    } else {
      out_.folded = true;
      encode(c, query);
    }
  }

  const KnownUrl& known_;
  std::span<const std::uint8_t> choices_;
  std::size_t at_ = 0;
  Spelling out_;
};

}  // namespace

const std::vector<KnownUrl>& known_urls() {
  static const std::vector<KnownUrl> urls = {
      {"casino.example", {"casino.example"}, {"play"}, false, "x=1"},
      {"www.city.example", {}, {"games", "casino"}, false, ""},
      {"www.city.example", {}, {"games", "casino"}, true, "q=xy+z&r=/../"},
      {"www.city.example", {}, {"games", "casino;v=1", "a@b:c!d"}, false, ""},
      {"www.city.example", {}, {}, false, ""},
      {"www.city.example", {}, {"wiki", "caf\u00e9 \u00fc"}, false, ""},
      {"xn--caf-dma.example",
       {"caf\u00e9.example", "CAF\u00c9.example", "cafe\u0301.example", "caf%C3%A9.example", "XN--CAF-DMA.EXAMPLE"},
       {"menu"},
       false,
       ""},
      {"xn--strae-oqa.example", {"stra\u00dfe.example"}, {"x"}, false, ""},
      {"xn--fiqs8s.test", {"\u4e2d\u56fd.test", "\u4e2d\u56fd\u3002test"}, {"x"}, false, ""},
      {"203.0.113.9",
       {"203.0.28937", "203.28937", "3405803785", "0xcb007109", "0313.0.0161.011", "0XCB.0x0.0161.9",
        "[::ffff:203.0.113.9]", "[::FFFF:CB00:7109]", "[0:0:0:0:0:ffff:cb00:7109]"},
       {"admin", "login"},
       false,
       ""},
      {"translate.google.com", {}, {"translate"}, false, "hl=en&u=https://casino.example/play?a"},
      {"web.archive.org", {}, {"web", "2020id_", "https:", "casino.example", "play"}, false, ""},
      {"r.jina.ai", {}, {"https:", "web.archive.org", "web", "2020", "http:", "casino.example"}, true, ""},
      {"www.google.co.uk", {}, {"search"}, false, "hl=en&q=Online+casino"},
      {"2001:db8::9", {"[2001:DB8::9]", "[2001:0db8:0:0:0:0:0:9]", "[2001:db8::0.0.0.9]"}, {"x"}, false, ""},
  };
  return urls;
}

std::string canonical_path_of(const KnownUrl& known) {
  static constexpr std::string_view kPlain = "-._~!$&'()*+,;=:@|[]";
  std::string path;
  for (std::string_view segment : known.path) {
    path += '/';
    for (char c : segment) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         kPlain.find(c) != std::string_view::npos;
      if (plain) {
        path += c;
      } else {
        path += '%';
        path += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
        path += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
      }
    }
  }
  if (known.slash_at_end || known.path.empty()) path += '/';
  return path;
}

Spelling spell(const KnownUrl& known, std::span<const std::uint8_t> choices) { return Speller(known, choices).spell(); }

}  // namespace citygate::tests
