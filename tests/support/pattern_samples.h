// pattern_samples.h - expressions like those of real lists, and URLs to try them on, made from a seed.
//
// The shapes are those of squidGuard and e2guardian expression lists and of adblock rules turned into expressions; the
// words and names in them come from the caller (parts of a real host list, say) or are made up.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace citygate::tests {

class PatternSamples {
 public:
  explicit PatternSamples(std::uint32_t seed, std::vector<std::string> hosts = {})
      : random_(seed), hosts_(std::move(hosts)) {
    if (hosts_.empty())
      for (int i = 0; i < 4000; ++i) hosts_.push_back(made_up_host());
    for (const auto& host : hosts_)
      for (std::size_t first = 0, at = 0; at <= host.size(); ++at) {
        if (at < host.size() && host[at] >= 'a' && host[at] <= 'z') continue;
        if (at - first >= 4 && at - first <= 10) words_.push_back(host.substr(first, at - first));
        first = at + 1;
      }
    std::ranges::sort(words_);
    words_.erase(std::ranges::unique(words_).begin(), words_.end());
  }

  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  const std::string& word() { return words_[pick(words_.size())]; }
  const std::string& host() { return hosts_[pick(hosts_.size())]; }

  std::string words(std::size_t count) {
    std::string out = word();
    while (count-- > 1) out += "|" + word();
    return out;
  }
  std::string escaped_host() {
    std::string out;
    for (const char c : host()) {
      if (c == '.') out += '\\';
      out += c;
    }
    return out;
  }

  // One of twenty shapes; a third are those that anchor words at the labels of a host.
  std::string expression() {
    switch (pick(20)) {
      case 0:
      case 1: return "^https?://([^/]+\\.)?(" + words(2 + pick(5)) + ")[^/]*/";
      case 2: return "^https?://([^/]+\\.)?(" + words(2 + pick(5)) + ")\\.(com|net|org|info)";
      case 3: return "^https?://([^/]+\\.)?" + escaped_host() + "(/|$)";
      case 4: return "^https?://[^/]*(" + words(1 + pick(5)) + ")";
      case 5: return "^https?://(www\\.)?" + escaped_host() + "/";
      case 6: return "^https?://(www\\.|m\\.|mobile\\.)?(" + words(4) + ")(" + words(4) + ")?[0-9]*\\.(com|net)";
      case 7: return escaped_host() + "/" + word() + "/";
      case 8:
      case 9: return "(" + words(2 + pick(11)) + ")";
      case 10: return "(^|[-\\?+=/_])(" + words(3) + ")?(" + words(5) + ")s?([-\\.\\?+=/_]|$)";
      case 11: return "(" + words(3) + ")+.*(" + words(3) + ")";
      case 12: return "(" + words(3) + ")+.*(\\.jpg|\\.wmv|\\.gif|\\.mov)";
      case 13: return "(^|[\\?+=&/])(.*\\." + word() + "\\..*/.*\\?.*" + word() + "=off)([\\?+=&/]|$)";
      case 14: return "^[a-z][a-z0-9.+-]*://([^/?#]*\\.)?" + escaped_host() + "([^\\w.%-]|$)";
      case 15: return "/" + word() + "/.*/" + word() + "[^\\w.%-]";
      case 16: return "/" + word() + "/banner[0-9]+\\.(gif|jpg)";
      case 17: return "\\b(" + words(4) + ")\\b";
      case 18: return "[\\w-]+\\." + escaped_host();
      default: {
        std::string out = "^https?://([^/]+\\.)?(" + escaped_host();
        for (std::size_t i = 0, n = 1 + pick(6); i < n; ++i) out += "|" + escaped_host();
        return out + ")(/|$)";
      }
    }
  }

  // Shapes that Hyperscan does not take as they stand, or not at all quickly.
  std::string odd_expression() {
    switch (pick(8)) {
      case 0: return "(?<!my)" + word() + "(?!land)";
      case 1: return "/(" + words(2) + ")/\\1";
      case 2: return "(?>" + word() + "s*)x?" + word();
      case 3: return "[a-z]++-" + word();
      case 4: return "(?=.*" + word() + ")^https?://[^/]*" + word();
      case 5: return "(.)\\1{3}" + word().substr(0, 1);
      case 6: return "(?i:" + word() + ")(?-i)[0-9]{1,3}/";
      default: return "(?:" + word() + "[0-9]*)+\\.(?:" + words(2) + ")(?:/|$)";
    }
  }

  // Holds words and names that expressions hold too, in places where they match, and nearly match.
  std::string url() {
    std::string out = pick(2) == 0 ? "http://" : "https://";
    for (std::size_t i = 0, n = pick(3); i < n; ++i) out += (pick(2) == 0 ? word() : "www") + ".";
    if (pick(6) == 0) out += word();
    out += host();
    for (std::size_t i = 0, n = pick(5); i < n; ++i) {
      out += "/";
      out += pick(3) == 0 ? "banner" + std::to_string(pick(99)) : word();
      if (pick(4) == 0) out += "-" + word();
    }
    if (pick(3) == 0) out += pick(2) == 0 ? ".jpg" : ".html";
    if (pick(3) == 0) out += "?q=" + word() + "&" + word() + "=off";
    return out;
  }

  // `url` with a few bytes changed, left out or doubled, or in other letter case.
  std::string mutated(std::string url) {
    constexpr std::string_view kBytes = "./-_?=&%0aZz\n\xc3";
    for (std::size_t i = 0, n = 1 + pick(3); i < n && !url.empty(); ++i) {
      const std::size_t at = pick(url.size());
      switch (pick(4)) {
        case 0: url[at] = kBytes[pick(kBytes.size())]; break;
        case 1: url.erase(at, 1 + pick(3)); break;
        case 2: url.insert(at, url.substr(at, 1 + pick(8))); break;
        default:
          if (url[at] >= 'a' && url[at] <= 'z') url[at] = static_cast<char>(url[at] - 32);
      }
    }
    return url;
  }

 private:
  std::string made_up_host() {
    static constexpr std::string_view kParts[] = {"tor", "mi",  "lan", "ka",  "ster", "bo",
                                                  "ny",  "qua", "ve",  "dri", "xo",   "pel"};
    static constexpr std::string_view kEnds[] = {".com", ".net", ".org", ".example", ".co.uk"};
    std::string out;
    for (std::size_t i = 0, n = 2 + pick(3); i < n; ++i) out += kParts[pick(std::size(kParts))];
    if (pick(4) == 0) out += "-" + std::string(kParts[pick(std::size(kParts))]) + "ter";
    return out + std::string(kEnds[pick(std::size(kEnds))]);
  }

  std::mt19937 random_;
  std::vector<std::string> hosts_, words_;
};

}  // namespace citygate::tests
