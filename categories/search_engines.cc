#include "categories/search_engines.h"

#include <algorithm>
#include <span>

#include "base/matching_form.h"
#include "categories/search_text.h"
#include "categories/site_index.h"
#include "categories/url_parameters.h"

namespace citygate::categories {
namespace {

// Hosts as in site_index.h; rows of one host stand together, and all that fit are read. "=/": that path and none below it.
struct Engine {
  std::string_view host, path, parameter, name;
};

// clang-format off
constexpr Engine kEngines[] = {
    // General search.
    {"google.*", "/search", "q", "google"},
    {"google.*", "/search", "as_q", "google"},       // the form for advanced search has four fields
    {"google.*", "/search", "as_epq", "google"},
    {"google.*", "/search", "as_oq", "google"},
    {"google.*", "=/", "q", "google"},               // also what the home page is filled in with
    {"google.*", "/m", "q", "google"},               // for old phones
    {"google.*", "/ie", "q", "google"},              // for a side bar
    {"google.*", "/webhp", "q", "google"},
    {"google.*", "/images", "q", "google"},
    {"google.*", "/imghp", "q", "google"},
    {"google.*", "/scholar", "q", "google"},
    {"google.*", "/books", "q", "google"},
    {"google.*", "/store/search", "q", "google"},    // play.google.com
    {"google.*", "/custom", "q", "google"},
    {"google.*", "/cse", "q", "google"},
    {"google.*", "/complete/search", "q", "google"},
    {"bing.com", "/", "q", "bing"},
    {"search.yahoo.com", "/", "p", "yahoo"},
    {"search.yahoo.com", "/", "q", "yahoo"},
    {"search.yahoo.co.jp", "/", "p", "yahoo"},
    {"duckduckgo.com", "/", "q", "duckduckgo"},
    {"ddg.gg", "/", "q", "duckduckgo"},
    {"ecosia.org", "/", "q", "ecosia"},
    {"startpage.com", "/", "query", "startpage"},
    {"startpage.com", "/", "q", "startpage"},
    {"ixquick.com", "/", "query", "startpage"},
    {"search.brave.com", "/", "q", "brave"},
    {"yandex.*", "/", "text", "yandex"},
    {"ya.ru", "/", "text", "yandex"},
    {"baidu.com", "/", "wd", "baidu"},
    {"baidu.com", "/", "word", "baidu"},
    {"qwant.com", "/", "q", "qwant"},
    {"mojeek.com", "/", "q", "mojeek"},
    {"swisscows.com", "/", "query", "swisscows"},
    {"kagi.com", "/search", "q", "kagi"},
    {"presearch.com", "/", "q", "presearch"},
    {"yep.com", "/", "q", "yep"},
    {"you.com", "/", "q", "you"},
    {"perplexity.ai", "/search", "q", "perplexity"},
    {"metager.org", "/", "eingabe", "metager"},
    {"metager.de", "/", "eingabe", "metager"},
    {"gibiru.com", "/", "q", "gibiru"},
    {"search.aol.com", "/", "q", "aol"},
    {"ask.com", "/", "q", "ask"},
    {"dogpile.com", "/", "q", "dogpile"},
    {"webcrawler.com", "/", "q", "webcrawler"},
    {"lycos.com", "/", "q", "lycos"},
    {"excite.com", "/", "q", "excite"},
    {"info.com", "/", "q", "info"},
    {"search.marginalia.nu", "/", "query", "marginalia"},
    {"search.naver.com", "/", "query", "naver"},
    {"search.daum.net", "/", "q", "daum"},
    {"search.seznam.cz", "/", "q", "seznam"},
    {"sogou.com", "/", "query", "sogou"},
    {"so.com", "/", "q", "so"},
    {"coccoc.com", "/search", "query", "coccoc"},
    // Search within one large site.
    {"youtube.com", "/results", "search_query", "youtube"},
    {"youtube.com", "/results", "q", "youtube"},
    {"youtube.com", "/search", "q", "youtube"},      // music.youtube.com
    {"wikipedia.org", "/", "search", "wikipedia"},
    {"amazon.*", "/s", "k", "amazon"},
    {"amazon.*", "/s", "field-keywords", "amazon"},
    {"ebay.*", "/", "_nkw", "ebay"},
    {"etsy.com", "/search", "q", "etsy"},
    {"walmart.com", "/search", "q", "walmart"},
    {"reddit.com", "/", "q", "reddit"},
    {"twitter.com", "/search", "q", "x"},
    {"x.com", "/search", "q", "x"},
    {"facebook.com", "/search", "q", "facebook"},
    {"tiktok.com", "/search", "q", "tiktok"},
    {"pinterest.*", "/search", "q", "pinterest"},
    {"quora.com", "/search", "q", "quora"},
    {"linkedin.com", "/search", "keywords", "linkedin"},
    {"vimeo.com", "/search", "q", "vimeo"},
    {"twitch.tv", "/search", "term", "twitch"},
    {"flickr.com", "/search", "text", "flickr"},
    {"imgur.com", "/search", "q", "imgur"},
    {"archive.org", "/", "query", "archive"},
};
// clang-format on

// At a border of segments: "/s" is no prefix of "/stores". A path parameter ("/s;x") is to Java containers no part of the path.
bool falls_under(std::string_view path, std::string_view prefix) {
  if (prefix.starts_with('=')) return path == prefix.substr(1);
  return begins_with_any_case(path, prefix) && (prefix.ends_with('/') || path.size() == prefix.size() ||
                                                path[prefix.size()] == '/' || path[prefix.size()] == ';');
}

// Behind the words of several values those of all of them, since engines join some.
void append_joined(std::string& out) {
  const std::size_t size = out.size();
  out += '\n';
  out.append(out, 0, size);
  std::replace(out.begin() + static_cast<std::ptrdiff_t>(size) + 1, out.end(), '\n', ' ');
}

}  // namespace

std::string_view search_words(const Target& target, SearchScratch& scratch, std::string& out) noexcept {
  static const SiteIndex<Engine> index{std::span(kEngines)};
  out.clear();
  if (target.query.empty()) return {};
  std::string_view engine, path, query;
  std::size_t values = 0;
  index.visit(target.host, [&](const Engine& row) {
    if (path.empty()) {
      path = matching_path(target.path, scratch.path);
      query = matching_query(target.query, scratch.query);
    }
    if (!falls_under(path, row.path)) return false;
    for_each_parameter(query, row.parameter, [&](std::string_view value) {
      scratch.value.clear();
      append_decoded(value, Plus::IsSpace, scratch.value);
      scratch.words.clear();
      append_words(scratch.value, scratch.words);
      if (scratch.words.empty()) return false;
      if (values++ > 0) out += '\n';
      out += scratch.words;
      return false;
    });
    engine = row.name;
    return false;
  });
  if (values > 1) append_joined(out);
  return out.empty() ? std::string_view() : engine;
}

}  // namespace citygate::categories
