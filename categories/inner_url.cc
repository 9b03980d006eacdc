#include "categories/inner_url.h"

#include <algorithm>
#include <optional>

#include "base/matching_form.h"
#include "categories/site_index.h"
#include "categories/url_parameters.h"

namespace citygate::categories {
namespace {

const SiteIndex<FrontEndForm>& front_ends() {
  static const SiteIndex<FrontEndForm> index{std::span(kFrontEnds)};
  return index;
}

std::string_view known_name(std::string_view host) {
  return std::ranges::find(kArchiveTodayNames, host) != std::end(kArchiveTodayNames) ? "archive.today" : host;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_any_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() && std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                                                          [](char a, char b) { return a == lower(b); });
}

bool control_or_space(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && control_or_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && control_or_space(text.back())) text.remove_suffix(1);
  return text;
}

struct Scheme {
  bool secure = false;
  std::size_t bytes = 0;  // with what divides it from the host
};

// "http:", "https:" and any slashes, or "https/" as a segment of its own.
std::optional<Scheme> scheme_of(std::string_view text) {
  if (!starts_with_any_case(text, "http")) return std::nullopt;
  Scheme scheme;
  std::size_t at = 4;
  if (at < text.size() && lower(text[at]) == 's') {
    scheme.secure = true;
    ++at;
  }
  if (at >= text.size() || (text[at] != ':' && text[at] != '/')) return std::nullopt;
  ++at;
  while (at < text.size() && (text[at] == '/' || text[at] == '\\')) ++at;
  scheme.bytes = at;
  return scheme;
}

// Before any of "/?#" stands a name whose last label begins like a top-level domain's, or an address: a date is none.
bool may_be_host(std::string_view text) {
  const std::string_view host = text.substr(0, text.find_first_of("/\\?#"));
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == host.size()) return false;
  const char first = lower(host[dot + 1]);
  if ((first >= 'a' && first <= 'z') || static_cast<unsigned char>(first) >= 0x80) return true;
  return std::ranges::count(host, '.') == 3 && host.find_first_not_of("0123456789.:") == std::string_view::npos;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-' || c == ' ') return 62;  // ' ': a '+' that was read as in a form
  return c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(std::string_view text, std::string& out) {
  out.clear();
  unsigned bits = 0, have = 0;
  for (char c : text) {
    if (c == '=') break;
    const int value = base64_value(c);
    if (value < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out.push_back(static_cast<char>(bits >> have & 0xff));
  }
  return true;
}

// One '-' is a dot, of several one is dropped: Google's writing of a host in one label.
void append_host_of_label(std::string_view label, std::string& out) {
  for (std::size_t i = 0; i < label.size();) {
    std::size_t dashes = 0;
    while (i + dashes < label.size() && label[i + dashes] == '-') ++dashes;
    if (dashes == 0) {
      out.push_back(label[i++]);
      continue;
    }
    const bool between = i > 0 && i + dashes < label.size();
    if (dashes == 1) {
      out.push_back(between ? '.' : '-');
    } else {
      out.append(dashes / 2 + dashes % 2, '-');
    }
    i += dashes;
  }
}

// Of a list of numbers like "0,1".
bool lists_number(std::string_view list, char number) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i] == number && (i == 0 || list[i - 1] == ',') && (i + 1 == list.size() || list[i + 1] == ','))
      return true;
  return false;
}

std::string_view parameter(std::string_view query, std::string_view name) {
  std::string_view found;
  for_each_parameter(query, name, [&](std::string_view value) {
    found = value;
    return true;
  });
  return found;
}

// Whether one of the scripts of read_anywhere() may be meant. A canonical path spells letters as themselves, a query need
// not.
bool may_be_script(const Target& target) {
  return target.path.ends_with(".php") || target.path.find("nph-") != std::string::npos ||
         target.path.find("hvtr") != std::string::npos || target.query.find("cpo") != std::string::npos ||
         target.query.find("%5") != std::string::npos || target.query.find("%6") != std::string::npos ||
         target.query.find("%7") != std::string::npos;
}

}  // namespace

std::span<const Target> InnerUrls::find(const Target& outer) noexcept {
  kind_ = FrontEnd::None;
  deeper_ = false;
  const Target* from = &outer;
  std::size_t found = 0;
  while (found < targets_.size() && step(*from, targets_[found])) from = &targets_[found++];
  deeper_ = found > kMaxDepth;
  return {targets_.data(), std::min(found, kMaxDepth)};
}

// Most targets need none of this.
void InnerUrls::fold(const Target& from) {
  if (folded_) return;
  path_ = matching_path(from.path, path_scratch_);
  query_ = matching_query(from.query, query_scratch_);
  folded_ = true;
}

bool InnerUrls::step(const Target& from, Target& to) {
  folded_ = false;
  last_kind_ = FrontEnd::None;
  const bool found = front_ends().visit(known_name(from.host), [&](const FrontEndForm& form) {
    fold(from);
    if (!path_begins_with(path_, form.path) || !read_form(form, from, to)) return false;
    last_kind_ = form.kind;
    return true;
  }) || read_anywhere(from, to);
  kind_ = std::max(kind_, last_kind_);
  return found;
}

bool InnerUrls::read_form(const FrontEndForm& form, const Target& from, Target& to) {
  switch (form.carries) {
    case Carries::Parameter: return read_parameter(form, to);
    case Carries::Encoded: {
      const std::string_view value = parameter(query_, form.name);
      if (value.empty()) return false;
      if (read_encoded(value, to)) return true;
      kind_ = std::max(kind_, form.kind);  // its own secret
      return false;
    }
    case Carries::WholeQuery:
      decoded_.clear();
      append_decoded(query_, Plus::IsPlus, decoded_);
      return read_decoded_url({.text = decoded_, .needs_scheme = true}, to);
    case Carries::CacheOperator: return read_cache_operator(form, to);
    case Carries::Path:
    case Carries::SecurePath: return read_path(form, to);
    case Carries::GoogHost:
    case Carries::CacheHost: return read_host(form, from, to);
  }
  return false;
}

bool InnerUrls::read_parameter(const FrontEndForm& form, Target& to) {
  return for_each_parameter(query_, form.name, [&](std::string_view value) {
    decoded_.clear();
    append_decoded(value, Plus::IsSpace, decoded_);
    return read_decoded_url({.text = decoded_}, to);
  });
}

// "cache:URL words" and "cache:KEY:URL words".
bool InnerUrls::read_cache_operator(const FrontEndForm& form, Target& to) {
  decoded_.clear();
  append_decoded(parameter(query_, form.name), Plus::IsSpace, decoded_);
  std::string_view text = trim(decoded_);
  if (!starts_with_any_case(text, "cache:")) return false;
  text = trim(text.substr(6));
  text = text.substr(0, text.find(' '));
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && !scheme_of(text) && text.substr(0, colon).find('.') == std::string_view::npos)
    text.remove_prefix(colon + 1);
  return read_url({.text = text}, to);
}

// The query of the front end's URL is that of the carried one; one that was encoded with it begins at "%3F".
bool InnerUrls::read_path(const FrontEndForm& form, Target& to) {
  std::string_view rest = path_.substr(form.path.size());
  for (unsigned i = 0; i < form.skip; ++i) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return false;
    rest.remove_prefix(slash + 1);
  }
  decoded_.assign(rest);
  for (const auto& [encoded, plain] : {std::pair("%3F", '?'), std::pair("%23", '#')})
    for (auto at = decoded_.find(encoded); at != std::string::npos; at = decoded_.find(encoded, at))
      decoded_.replace(at, 3, 1, plain);
  if (!query_.empty()) {
    decoded_ += decoded_.find('?') == std::string::npos ? '?' : '&';
    decoded_ += query_;
  }
  return read_decoded_url({.text = decoded_, .secure = form.carries == Carries::SecurePath}, to);
}

// The name in the label before the front end's own. Path and query are the carried URL's.
bool InnerUrls::read_host(const FrontEndForm& form, const Target& from, Target& to) {
  std::string_view host = from.host;
  if (host.size() <= form.host.size() + 1) return false;
  host.remove_suffix(form.host.size() + 1);
  std::string_view label = host.substr(host.rfind('.') + 1);
  decoded_.clear();
  bool international = false;
  if (form.carries == Carries::GoogHost) {
    // Each "N-" is a mark that _x_tr_enc announces; _x_tr_hp holds what the label had no room for.
    const std::string_view marks = parameter(query_, "_x_tr_enc");
    decoded_.assign(parameter(query_, "_x_tr_hp"));
    decoded_ += label;
    if (lists_number(marks, '1') && decoded_.starts_with("1-")) decoded_.erase(0, 2);
    if (lists_number(marks, '0') && decoded_.starts_with("0-")) {
      decoded_.erase(0, 2);
      international = true;
    }
    label = decoded_;
  }
  url_.assign(international ? "xn--" : "");
  append_host_of_label(label, url_);
  if (!may_be_host(url_) || !canonical_host(url_, to.host, to.address)) return false;
  to.scheme = from.scheme;
  if (form.carries == Carries::GoogHost && parameter(query_, "_x_tr_sch") == "http" &&
      from.scheme != citygate::Scheme::Tunnel)
    to.scheme = citygate::Scheme::Http;
  to.port = to.scheme == citygate::Scheme::Http ? 80 : 443;
  to.path = from.path;
  to.query = from.query;
  return true;
}

// Scripts that anybody installs anywhere.
bool InnerUrls::read_anywhere(const Target& from, Target& to) {
  if (!may_be_script(from)) return false;
  fold(from);
  const auto found = [&](bool read) {
    last_kind_ = FrontEnd::Proxy;
    return read;
  };
  if (query_.find("__cpo=") != std::string_view::npos) {
    const std::string_view origin = parameter(query_, "__cpo");
    if (!origin.empty() && origin != "1" && read_encoded(origin, to)) {
      if (to.path == "/") to.path = from.path;  // the origin is encoded, the path stands where it always does
      return found(true);
    }
  }
  if (path_.ends_with("/browse.php")) {
    const std::string_view value = parameter(query_, "u");
    if (!value.empty()) return found(read_encoded(value, to));
  }
  if (const auto at = path_.find("nph-"); at != std::string_view::npos && at > 0 && path_[at - 1] == '/') {
    // "/nph-proxy.cgi/FLAGS/http/host/path"
    for (auto slash = path_.find('/', at + 1); slash != std::string_view::npos; slash = path_.find('/', slash + 1))
      if (scheme_of(path_.substr(slash + 1))) return found(read_url({.text = path_.substr(slash + 1)}, to));
  }
  static constexpr std::string_view kEncodedHttps = "hvtr";  // "http" with every second character's second bit turned
  if (const auto at = path_.find(kEncodedHttps); at != std::string_view::npos && at > 0 && path_[at - 1] == '/') {
    decoded_.clear();
    append_decoded(path_.substr(at), Plus::IsPlus, decoded_);
    for (std::size_t i = 1; i < decoded_.size(); i += 2) decoded_[i] = static_cast<char>(decoded_[i] ^ 2);
    if (scheme_of(decoded_) && read_url({.text = decoded_, .needs_scheme = true}, to)) return found(true);
  }
  return false;
}

// A URL as it stands, or base64 of one; Glype leaves "http" out of what it encodes.
bool InnerUrls::read_encoded(std::string_view value, Target& to) {
  decoded_.clear();
  append_decoded(value, Plus::IsSpace, decoded_);
  if (read_decoded_url({.text = decoded_, .needs_scheme = true}, to)) return true;
  decoded_again_.assign(decoded_);
  if (!base64_decode(decoded_again_, decoded_)) return false;
  if (decoded_.starts_with("://") || decoded_.starts_with("s://")) decoded_.insert(0, "http");
  return read_url({.text = decoded_, .needs_scheme = true}, to);
}

// Some front ends decode once more.
bool InnerUrls::read_decoded_url(Text text, Target& to) {
  const std::string_view trimmed = trim(text.text);
  if (starts_with_any_case(trimmed, "http%3a") || starts_with_any_case(trimmed, "https%3a")) {
    decoded_again_.clear();
    append_decoded(trimmed, Plus::IsPlus, decoded_again_);
    text.text = decoded_again_;
  }
  return read_url(text, to);
}

bool InnerUrls::read_url(Text text, Target& to) {
  std::string_view rest = trim(text.text);
  const auto scheme = scheme_of(rest);
  if (scheme) {
    text.secure = scheme->secure;
    rest.remove_prefix(scheme->bytes);
  } else {
    if (text.needs_scheme) return false;
    while (rest.starts_with('/') || rest.starts_with('\\')) rest.remove_prefix(1);
    if (!may_be_host(rest)) return false;
  }
  url_.assign(text.secure ? "https://" : "http://");
  const std::size_t begin = url_.size();
  bool in_query = false;
  for (char c : rest) {
    if (c == '\t' || c == '\r' || c == '\n') continue;
    in_query = in_query || c == '?' || c == '#';
    if (c == '\\' && !in_query) c = '/';
    if (control_or_space(c)) {
      append_percent_encoded(c, url_);
    } else {
      url_.push_back(c);
    }
  }
  if (parse_url(url_, to)) return true;
  const auto end = url_.find_first_of("/?#", begin);
  return end != std::string::npos && parse_url(std::string_view(url_).substr(0, end), to);
}

}  // namespace citygate::categories
