#include "policy/safe_search.h"

#include <algorithm>
#include <array>

namespace citygate::policy {
namespace {

constexpr std::array<std::string_view, 10> kWords{"google",           "bing",          "duckduckgo", "brave",
                                                  "ecosia",           "qwant",         "yandex",     "pixabay",
                                                  "youtube-moderate", "youtube-strict"};

// By engine. Where each is documented:
//   Google      support.google.com/websearch/answer/186669, "Lock SafeSearch for accounts, devices & networks"
//   Bing        support.microsoft.com, "Blocking adult content with SafeSearch": map www.bing.com to strict.bing.com;
//               its other names are the same site under the same certificate (*.bing.com)
//   DuckDuckGo  duckduckgo.com/duckduckgo-help-pages/features/safe-search
//   Brave       search.brave.com/help/safe-search
//   Ecosia      support.ecosia.org, "SafeSearch" for networks
//   Qwant       help.qwant.com, the safe results of its API
//   Yandex      yandex.com/support, "Family search": the address of familysearch.yandex.ru for its sites
//   Pixabay     pixabay.com/blog, SafeSearch for networks
//   YouTube     support.google.com/a/answer/6214622, "Manage your organization's YouTube settings", options 1 and 2
constexpr std::array<std::string_view, 10> kDialled{
    "forcesafesearch.google.com",    "strict.bing.com",     "safe.duckduckgo.com",    "forcesafe.search.brave.com",
    "strict-safe-search.ecosia.org", "safeapi.qwant.com",   "familysearch.yandex.ru", "safesearch.pixabay.com",
    "restrictmoderate.youtube.com",  "restrict.youtube.com"};

struct Site {
  std::string_view host;
  Engine engine;
};
// Exactly these hosts; Google's are too many to be listed. Other names that answer searches, for which no engine documents a
// safe one ("html.duckduckgo.com", "ipv4.google.com"), are of the category unfiltered-search. YouTube's stand under its stricter measure.
constexpr Site kSites[] = {
    {"api.qwant.com", Engine::Qwant},
    {"cn.bing.com", Engine::Bing},
    {"duckduckgo.com", Engine::DuckDuckGo},
    {"edgeservices.bing.com", Engine::Bing},
    {"m.youtube.com", Engine::YoutubeStrict},
    {"pixabay.com", Engine::Pixabay},
    {"search.brave.com", Engine::Brave},
    {"start.duckduckgo.com", Engine::DuckDuckGo},
    {"www.bing.com", Engine::Bing},
    {"www.duckduckgo.com", Engine::DuckDuckGo},
    {"www.ecosia.org", Engine::Ecosia},
    {"www.youtube-nocookie.com", Engine::YoutubeStrict},
    {"www.youtube.com", Engine::YoutubeStrict},
    {"www2.bing.com", Engine::Bing},
    {"www3.bing.com", Engine::Bing},
    {"www4.bing.com", Engine::Bing},
    {"ya.ru", Engine::Yandex},
    {"yandex.az", Engine::Yandex},
    {"yandex.by", Engine::Yandex},
    {"yandex.co.il", Engine::Yandex},
    {"yandex.com", Engine::Yandex},
    {"yandex.com.am", Engine::Yandex},
    {"yandex.com.ge", Engine::Yandex},
    {"yandex.com.tr", Engine::Yandex},
    {"yandex.ee", Engine::Yandex},
    {"yandex.eu", Engine::Yandex},
    {"yandex.fr", Engine::Yandex},
    {"yandex.kg", Engine::Yandex},
    {"yandex.kz", Engine::Yandex},
    {"yandex.lt", Engine::Yandex},
    {"yandex.lv", Engine::Yandex},
    {"yandex.md", Engine::Yandex},
    {"yandex.ru", Engine::Yandex},
    {"yandex.tj", Engine::Yandex},
    {"yandex.tm", Engine::Yandex},
    {"yandex.ua", Engine::Yandex},
    {"yandex.uz", Engine::Yandex},
    {"youtube.googleapis.com", Engine::YoutubeStrict},
    {"youtubei.googleapis.com", Engine::YoutubeStrict},
};
static_assert(std::ranges::is_sorted(kSites, {}, &Site::host));

constexpr std::string_view kGoogle = "www.google.";

bool is_country(std::string_view label) {
  return label.size() == 2 && std::ranges::all_of(label, [](char c) { return c >= 'a' && c <= 'z'; });
}

// As www.google.com/supported_domains has them: .com, .cat, .de, .co.uk, .com.au.
bool is_google(std::string_view host) {
  if (!host.starts_with(kGoogle)) return false;
  host.remove_prefix(kGoogle.size());
  if (host == "com" || host == "cat" || is_country(host)) return true;
  if (host.starts_with("com."))
    host.remove_prefix(4);
  else if (host.starts_with("co."))
    host.remove_prefix(3);
  else
    return false;
  return is_country(host);
}

std::optional<Engine> engine_of(std::string_view host) {
  if (is_google(host)) return Engine::Google;
  const auto* const site = std::ranges::lower_bound(kSites, host, {}, &Site::host);
  if (site == std::end(kSites) || site->host != host) return std::nullopt;
  return site->engine;
}

}  // namespace

std::span<const std::string_view> engine_words() { return kWords; }

std::string_view to_string(Engine engine) { return kWords[static_cast<std::size_t>(engine)]; }

std::optional<Engine> parse_engine(std::string_view word) {
  const auto* const found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<Engine>(found - kWords.begin());
}

std::optional<SafeName> safe_name(std::string_view host, SafeSearch wanted) noexcept {
  if (wanted.empty()) return std::nullopt;
  auto engine = engine_of(host);
  if (engine == Engine::YoutubeStrict && !wanted.has(Engine::YoutubeStrict)) engine = Engine::YoutubeModerate;
  if (!engine || !wanted.has(*engine)) return std::nullopt;
  return SafeName{*engine, kDialled[static_cast<std::size_t>(*engine)]};
}

std::string_view youtube_restrict(Engine engine) noexcept {
  switch (engine) {
    case Engine::YoutubeStrict: return "Strict";
    case Engine::YoutubeModerate: return "Moderate";
    default: return "";
  }
}

}  // namespace citygate::policy
