// front_ends.h - sites that show a page of another site, and where in their own URL they carry its URL.
//
// A row is one documented form. Rows of one host stand together; all are read, since a URL may be written so that it fits
// two, and only the site knows which it takes. Hosts are written as site_index.h reads them; `path` is what the path begins
// with. To add a site, add rows: nothing else knows them. What a site carries in a form that it alone can read (sessions,
// keys) is no row here but a line of a list.
#pragma once

#include <cstdint>
#include <string_view>

namespace citygate::categories {

enum class FrontEnd : std::uint8_t {
  None,
  Delivery,    // caches, image and document viewers that publishers themselves use: no way around anything; and
               // addresses that lead to another one
  Translator,  // shows a page in another language
  Archive,     // shows a page as it was
  Reader,      // shows a page without its trimmings or its paywall
  Proxy,       // exists to fetch other sites
};

enum class Carries : std::uint8_t {
  Parameter,      // ?name=URL
  Encoded,        // ?name=base64 of the URL, or the URL itself
  WholeQuery,     // ?URL
  CacheOperator,  // ?name=cache:URL or cache:KEY:URL, and words behind it
  Path,           // the rest of the path, `skip` segments later: "https://host/x", "https/host/x" or "host/x". With
                  // `skip` and a URL in an earlier row it needs a scheme, or the carried path would be taken for a host
  SecurePath,     // the same; without a scheme https is meant
  GoogHost,       // a host of translate.goog: "www-example--a-com" is www.example-a.com
  CacheHost,      // a host of an AMP cache in the same writing, where the path does not say it
};

struct FrontEndForm {
  std::string_view host, path;
  Carries carries;
  std::string_view name = {};  // of the parameter
  std::uint8_t skip = 0;
  FrontEnd kind = FrontEnd::None;
};

// clang-format off
inline constexpr FrontEndForm kFrontEnds[] = {
    // Google Translate. Its pages: "Convert Google Translate URLs" in Google's guide for ad networks, _x_tr_* parameters.
    {.host = "translate.goog", .path = "", .carries = Carries::GoogHost, .kind = FrontEnd::Translator},
    {.host = "translate.google.*", .path = "/", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Translator},
    {.host = "translate.googleusercontent.com", .path = "/", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Translator},
    // The cache of Google's search, cache: in its list of operators; AMP viewer: "google.com/amp/s/" in its AMP guide.
    {.host = "webcache.googleusercontent.com", .path = "/", .carries = Carries::CacheOperator, .name = "q", .kind = FrontEnd::Archive},
    {.host = "googleusercontent.com", .path = "/gadgets/proxy", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "google.*", .path = "/search", .carries = Carries::CacheOperator, .name = "q", .kind = FrontEnd::Archive},
    {.host = "google.*", .path = "/amp/s/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "google.*", .path = "/amp/", .carries = Carries::Path, .kind = FrontEnd::Delivery},
    {.host = "google.*", .path = "/gwt/", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Reader},
    {.host = "docs.google.com", .path = "/viewer", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Delivery},
    {.host = "docs.google.com", .path = "/gview", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Delivery},
    // AMP cache URL format: amp.dev, "AMP Cache URLs"; caches are named in the AMP project's caches.json.
    {.host = "cdn.ampproject.org", .path = "/c/s/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "cdn.ampproject.org", .path = "/v/s/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "cdn.ampproject.org", .path = "/i/s/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "cdn.ampproject.org", .path = "/r/s/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "cdn.ampproject.org", .path = "/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Delivery},
    {.host = "cdn.ampproject.org", .path = "", .carries = Carries::CacheHost, .kind = FrontEnd::Delivery},
    {.host = "bing-amp.com", .path = "/c/s/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "bing-amp.com", .path = "/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Delivery},
    {.host = "bing-amp.com", .path = "", .carries = Carries::CacheHost, .kind = FrontEnd::Delivery},
    // Bing's cache and translator: links that its result pages make.
    {.host = "cc.bingj.com", .path = "/", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Archive},
    {.host = "microsofttranslator.com", .path = "/", .carries = Carries::Parameter, .name = "a", .kind = FrontEnd::Translator},
    {.host = "translatetheweb.com", .path = "/", .carries = Carries::Parameter, .name = "a", .kind = FrontEnd::Translator},
    // Other translators of whole pages: the address bar of each.
    {.host = "translate.yandex.*", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Translator},
    {.host = "translated.turbopages.org", .path = "/proxy_u/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Translator},
    {.host = "z5h64q92x9.net", .path = "/proxy_u/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Translator},
    {.host = "papago.naver.net", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Translator},
    {.host = "fanyi.baidu.com", .path = "/", .carries = Carries::Parameter, .name = "query", .kind = FrontEnd::Translator},
    {.host = "translate.sogoucdn.com", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Translator},
    // Archives. web.archive.org: "/web/TIMESTAMP[xx_]/URL" and "/save/URL"; the Memento guide at mementoweb.org;
    // archive.today and its other names: the forms in its FAQ.
    {.host = "web.archive.org", .path = "/web/", .carries = Carries::Path, .kind = FrontEnd::Archive},
    {.host = "web.archive.org", .path = "/web/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Archive},
    {.host = "web.archive.org", .path = "/save/", .carries = Carries::Path, .kind = FrontEnd::Archive},
    {.host = "web.archive.org", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Archive},
    {.host = "timetravel.mementoweb.org", .path = "/memento/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Archive},
    {.host = "archive.today", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Archive},
    {.host = "archive.today", .path = "/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Archive},
    {.host = "archive.today", .path = "/o/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Archive},
    {.host = "archive.today", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Archive},
    {.host = "archive.today", .path = "/search/", .carries = Carries::Parameter, .name = "q", .kind = FrontEnd::Archive},
    {.host = "arquivo.pt", .path = "/wayback/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Archive},
    {.host = "arquivo.pt", .path = "/noFrame/replay/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Archive},
    {.host = "ghostarchive.org", .path = "/search", .carries = Carries::Parameter, .name = "term", .kind = FrontEnd::Archive},
    {.host = "gyo.tc", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Archive},
    {.host = "cachedview.nl", .path = "/", .carries = Carries::Parameter, .name = "q", .kind = FrontEnd::Archive},
    // Readers: each says on its first page to write its name before the URL, or has a form with this field.
    {.host = "r.jina.ai", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "12ft.io", .path = "/proxy", .carries = Carries::Parameter, .name = "q", .kind = FrontEnd::Reader},
    {.host = "12ft.io", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "1ft.io", .path = "/proxy", .carries = Carries::Parameter, .name = "q", .kind = FrontEnd::Reader},
    {.host = "1ft.io", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "outline.com", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "outlinetts.com", .path = "/article/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "txtify.it", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "smry.ai", .path = "/proxy", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Reader},
    {.host = "smry.ai", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "freedium.cfd", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "removepaywall.com", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Reader},
    {.host = "removepaywall.com", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Reader},
    {.host = "printfriendly.com", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Reader},
    {.host = "frogfind.com", .path = "/read.php", .carries = Carries::Parameter, .name = "a", .kind = FrontEnd::Reader},
    // Images and documents fetched for a page: the parameter that each documents.
    {.host = "proxy.duckduckgo.com", .path = "/iu/", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Delivery},
    {.host = "external-content.duckduckgo.com", .path = "/iu/", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Delivery},
    {.host = "images.weserv.nl", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Delivery},
    {.host = "wsrv.nl", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Delivery},
    {.host = "i0.wp.com", .path = "/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "i1.wp.com", .path = "/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "i2.wp.com", .path = "/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "i3.wp.com", .path = "/", .carries = Carries::SecurePath, .kind = FrontEnd::Delivery},
    {.host = "slack-imgs.com", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Delivery},
    {.host = "view.officeapps.live.com", .path = "/op/", .carries = Carries::Parameter, .name = "src", .kind = FrontEnd::Delivery},
    // Fetchers for scripts that any page can be read through: the usage line of each one's first page.
    {.host = "corsproxy.io", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "corsproxy.io", .path = "/", .carries = Carries::WholeQuery, .kind = FrontEnd::Proxy},
    {.host = "api.allorigins.win", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "allorigins.hexlet.app", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "cors-anywhere.herokuapp.com", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Proxy},
    {.host = "thingproxy.freeboard.io", .path = "/fetch/", .carries = Carries::Path, .kind = FrontEnd::Proxy},
    {.host = "api.codetabs.com", .path = "/v1/proxy", .carries = Carries::Parameter, .name = "quest", .kind = FrontEnd::Proxy},
    {.host = "yacdn.org", .path = "/", .carries = Carries::Path, .skip = 1, .kind = FrontEnd::Proxy},
    {.host = "api.cors.lol", .path = "/", .carries = Carries::Parameter, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "test.cors.workers.dev", .path = "/", .carries = Carries::WholeQuery, .kind = FrontEnd::Proxy},
    {.host = "proxy.cors.sh", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Proxy},
    {.host = "crossorigin.me", .path = "/", .carries = Carries::Path, .kind = FrontEnd::Proxy},
    {.host = "onionsearchengine.com", .path = "/url.php", .carries = Carries::Parameter, .name = "u", .kind = FrontEnd::Proxy},
    // Web proxies for people: the field of each one's form.
    {.host = "croxyproxy.com", .path = "/", .carries = Carries::Encoded, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "croxyproxy.rocks", .path = "/", .carries = Carries::Encoded, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "croxyproxy.net", .path = "/", .carries = Carries::Encoded, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "blockaway.net", .path = "/", .carries = Carries::Encoded, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "proxyium.com", .path = "/", .carries = Carries::Encoded, .name = "url", .kind = FrontEnd::Proxy},
    {.host = "proxysite.com", .path = "/", .carries = Carries::Encoded, .name = "d", .kind = FrontEnd::Proxy},
    {.host = "hidester.com", .path = "/", .carries = Carries::Encoded, .name = "u", .kind = FrontEnd::Proxy},
    {.host = "hide.me", .path = "/go.php", .carries = Carries::Encoded, .name = "u", .kind = FrontEnd::Proxy},
    {.host = "hidemyass.com", .path = "/", .carries = Carries::Encoded, .name = "u", .kind = FrontEnd::Proxy},
    {.host = "4everproxy.com", .path = "/", .carries = Carries::Encoded, .name = "u", .kind = FrontEnd::Proxy},
    {.host = "zalmos.com", .path = "/", .carries = Carries::Encoded, .name = "u", .kind = FrontEnd::Proxy},
    {.host = "vpnbook.com", .path = "/", .carries = Carries::Encoded, .name = "u", .kind = FrontEnd::Proxy},
};
// clang-format on

// archive.today's other names, which answer alike, as do the names below them.
inline constexpr std::string_view kArchiveTodayNames[] = {"archive.ph", "archive.is", "archive.fo",
                                                          "archive.li", "archive.md", "archive.vn"};

}  // namespace citygate::categories
