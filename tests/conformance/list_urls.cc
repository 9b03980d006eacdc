#include "tests/conformance/list_urls.h"

namespace citygate::test {
namespace {

char other_letter(Lot& lot) { return static_cast<char>('a' + lot.below(26)); }

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

bool digits_and_dots(std::string_view host) { return host.find_first_not_of("0123456789.") == std::string_view::npos; }

std::string changed_host(std::string host, Lot& lot) {
  const auto dot = host.find('.');
  switch (lot.below(12)) {
    case 0: return "www." + host;
    case 1: return "a.b-c.d_e." + host;
    case 2: return "x" + host;  // ends alike, but at no border
    case 3: return dot == std::string::npos || digits_and_dots(host) ? host : host.substr(dot + 1);
    case 4: host[lot.below(host.size())] = other_letter(lot); return host;
    case 5: return upper(host);
    case 6: return host + ".";
    case 7: return host + ".example";
    case 8: return host + ":8080";
    case 9: return "user:word@" + host;
    default: return host;
  }
}

std::string changed_path(std::string path, Lot& lot) {
  switch (lot.below(12)) {
    case 0: return path + "/";
    case 1: return path + "/more/of.it";
    case 2: return path + "x";
    case 3: return path + "?q=1&r=2";
    case 4: return path + "&s=3";
    case 5: return upper(path);
    case 6: return path.empty() ? path : path.substr(0, path.size() - 1);
    case 7: return path.substr(0, path.rfind('/'));
    case 8: return "/before" + path;
    case 9: return path + "#part";
    default: return path;
  }
}

}  // namespace

std::string url_near(std::string_view host, std::string_view path, Lot& lot) {
  std::string changed = changed_path(std::string(path), lot);
  if (!changed.starts_with('/')) changed.insert(0, "/");
  return (lot.one_in(2) ? "https://" : "http://") + changed_host(std::string(host), lot) + changed;
}

std::string url_near(std::string_view url, Lot& lot) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return std::string(url);
  const std::string_view rest = url.substr(begin + 3);
  const auto slash = rest.find('/');
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  if (slash == 0 || rest.empty()) return std::string(url);
  return lot.one_in(2) ? std::string(url) : url_near(rest.substr(0, slash), path, lot);
}

}  // namespace citygate::test
