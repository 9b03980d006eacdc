#include "categories/inner_url.h"

#include <algorithm>
#include <optional>

#include "base/letter_case.h"
#include "base/matching_form.h"
#include "categories/site_index.h"
#include "categories/url_parameters.h"

namespace citygate::categories {
namespace {

const SiteIndex<FrontEndForm>& front_ends() {
  static const SiteIndex<FrontEndForm> index{std::span(kFrontEnds)};
  return index;
}

// With what stands below a name: "www.archive.ph".
std::string_view known_name(std::string_view host) {
  constexpr std::size_t kBytes = kArchiveTodayNames[0].size();
  static_assert(std::ranges::all_of(kArchiveTodayNames, [](std::string_view name) { return name.size() == kBytes; }));
  if (host.size() < kBytes || (host.size() > kBytes && host[host.size() - kBytes - 1] != '.')) return host;
  const std::string_view name = host.substr(host.size() - kBytes);
  return std::ranges::find(kArchiveTodayNames, name) != std::end(kArchiveTodayNames) ? "archive.today" : host;
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
  if (!begins_with_any_case(text, "http")) return std::nullopt;
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

// Of "a.casino-example.translate.goog" "casino-example"; "" where nothing stands before `site`.
std::string_view label_before(std::string_view host, std::string_view site) {
  if (host.size() <= site.size() + 1) return {};
  host.remove_suffix(site.size() + 1);
  return host.substr(host.rfind('.') + 1);
}

// Of a list of numbers like "0,1".
bool lists_number(std::string_view list, char number) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i] == number && (i == 0 || list[i - 1] == ',') && (i + 1 == list.size() || list[i + 1] == ','))
      return true;
  return false;
}

// Of every value of the parameter, together.
bool lists_number(std::string_view query, std::string_view name, char number) {
  return for_each_parameter(query, name, [number](std::string_view list) { return lists_number(list, number); });
}

bool same_url(const Target& a, const Target& b) {
  return a.scheme == b.scheme && a.port == b.port && a.host == b.host && a.path == b.path && a.query == b.query;
}

// Where "/browse.php" stands as a segment; PHP runs it whatever stands behind it, Windows in any letter case.
std::size_t find_glype(std::string_view path) {
  static constexpr std::string_view kScript = "/browse.php";
  for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const std::string_view rest = path.substr(at);
    if (begins_with_any_case(rest, kScript) && (rest.size() == kScript.size() || rest[kScript.size()] == '/'))
      return at;
  }
  return std::string_view::npos;
}

bool names_php(std::string_view path) {
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1))
    if (begins_with_any_case(path.substr(dot), ".php")) return true;
  return false;
}

// Takes the "/b4", "/b4/" or "/b4/fframe" of Glype's options off `path`; false where they do not stand there.
bool take_glype_options(std::string_view& path) {
  std::string_view rest = path;
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto last = [&rest] { return rest.substr(std::min(rest.rfind('/'), rest.size() - 1) + 1); };
  if (rest.empty()) return false;
  if (const auto flag = last(); flag.size() > 1 && flag[0] == 'f' && std::ranges::all_of(flag, letter))
    rest.remove_suffix(flag.size() + 1);
  if (rest.empty()) return false;
  const auto bits = last();
  if (bits.size() < 2 || bits[0] != 'b' || !std::ranges::all_of(bits.substr(1), digit)) return false;
  path = rest.substr(0, rest.size() - bits.size());
  return true;
}

// Whether one of the scripts of read_anywhere() may be meant. A canonical path spells letters as themselves, a query need
// not.
bool may_be_script(const Target& target) {
  return names_php(target.path) || target.path.find("nph-") != std::string::npos ||
         target.path.find("hvtr") != std::string::npos || target.query.find("cpo") != std::string::npos ||
         target.query.find("%5") != std::string::npos || target.query.find("%6") != std::string::npos ||
         target.query.find("%7") != std::string::npos;
}

}  // namespace

std::span<const Target> InnerUrls::find(const Target& outer) noexcept {
  kind_ = FrontEnd::None;
  deeper_ = false;
  found_ = 0;
  step(outer, 0);
  for (std::size_t i = 0; i < found_; ++i) step(targets_[i], depth_[i]);
  return {targets_.data(), found_};
}

void InnerUrls::step(const Target& from, std::size_t depth) {
  from_depth_ = depth;
  of_one_ = tries_ = 0;
  full_ = false;
  if (from.address && !from.address->is_v4()) read_embedded_address(from);
  read_all(from, Path::Canonical);
  if (!from.before_dots.empty() && !full_) read_all(from, Path::BeforeDots);
}

void InnerUrls::take(FrontEnd kind) {
  met(kind);
  read_ = true;
  for (std::size_t i = 0; i < found_; ++i) {
    Target& known = targets_[i];
    if (!same_url(known, next())) continue;
    if (next().before_dots.empty() || next().before_dots == known.before_dots) return;
    // Read from both forms of a path: it is one, and has not been looked at.
    if (!known.before_dots.empty() || i + of_one_ < found_) continue;
    known.before_dots = next().before_dots;
    return;
  }
  if (from_depth_ == kMaxDepth || of_one_ == kMaxOfOne || found_ == kMaxFound) {
    deeper_ = full_ = true;
    return;
  }
  depth_[found_++] = static_cast<std::uint8_t>(from_depth_ + 1);
  ++of_one_;
}

// A long URL is not read from each of a thousand places.
bool InnerUrls::another_try() {
  if (++tries_ > kMaxTries) deeper_ = full_ = true;
  return !full_;
}

// Most targets need none of this.
void InnerUrls::fold(const Target& from) {
  if (folded_) return;
  path_ = matching_path(from.path, path_scratch_);
  query_ = matching_query(from.query, query_scratch_);
  folded_ = true;
}

void InnerUrls::read_all(const Target& from, Path which) {
  read_ = folded_ = false;
  if (which == Path::BeforeDots) {
    fold(from);
    path_ = matching_path(from.before_dots, path_scratch_);
  }
  front_ends().visit(known_name(from.host), [&](const FrontEndForm& form) {
    fold(from);
    if (begins_with_any_case(path_, form.path)) read_form(form, from);
    return full_;
  });
  if (full_ || (which == Path::Canonical && !may_be_script(from))) return;
  fold(from);
  read_anywhere(from);
}

void InnerUrls::read_form(const FrontEndForm& form, const Target& from) {
  switch (form.carries) {
    case Carries::Parameter: return read_parameter(form);
    case Carries::Encoded: return read_encoded_parameter(form.name, form.kind);
    case Carries::WholeQuery:
      decoded_.clear();
      append_decoded(query_, Plus::IsPlus, decoded_);
      if (read_decoded_url({.text = decoded_, .needs_scheme = true})) take(form.kind);
      return;
    case Carries::CacheOperator: return read_cache_operator(form);
    case Carries::Path:
    case Carries::SecurePath: return read_path(form);
    case Carries::GoogHost: return read_google_host(form, from);
    case Carries::CacheHost:
      if (!read_) read_host(form, from, label_before(from.host, form.host), false);
      return;
  }
}

void InnerUrls::read_parameter(const FrontEndForm& form) {
  for_each_parameter(query_, form.name, [&](std::string_view value) {
    if (!another_try()) return true;
    decoded_.clear();
    append_decoded(value, Plus::IsSpace, decoded_);
    if (read_decoded_url({.text = decoded_})) take(form.kind);
    return full_;
  });
}

// What cannot be read is the front end's own secret.
void InnerUrls::read_encoded_parameter(std::string_view name, FrontEnd kind) {
  for_each_parameter(query_, name, [&](std::string_view value) {
    if (value.empty()) return false;
    met(kind);
    if (!another_try()) return true;
    if (read_encoded({.text = value})) take(kind);
    return full_;
  });
}

// "cache:URL words" and "cache:KEY:URL words".
void InnerUrls::read_cache_operator(const FrontEndForm& form) {
  for_each_parameter(query_, form.name, [&](std::string_view value) {
    decoded_.clear();
    append_decoded(value, Plus::IsSpace, decoded_);
    std::string_view text = trim(decoded_);
    if (!begins_with_any_case(text, "cache:")) return false;
    text = trim(text.substr(6));
    text = text.substr(0, text.find(' '));
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && !scheme_of(text) &&
        text.substr(0, colon).find('.') == std::string_view::npos)
      text.remove_prefix(colon + 1);
    if (another_try() && read_url({.text = text})) take(form.kind);
    return full_;
  });
}

// The query of the front end's URL is that of the carried one; one that was encoded with it begins at "%3F".
void InnerUrls::read_path(const FrontEndForm& form) {
  std::string_view rest = path_.substr(form.path.size());
  for (unsigned i = 0; i < form.skip; ++i) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return;
    rest.remove_prefix(slash + 1);
  }
  decoded_.clear();
  for (auto at = rest.find('%'); at != std::string_view::npos; at = rest.find('%')) {
    const auto encoded = rest.substr(at, 3);
    const bool plain = encoded == "%3F" || encoded == "%23";
    decoded_ += rest.substr(0, at);
    decoded_ += plain ? (encoded == "%3F" ? "?" : "#") : "%";
    rest.remove_prefix(plain ? at + 3 : at + 1);
  }
  decoded_ += rest;
  if (!query_.empty()) {
    decoded_ += decoded_.find('?') == std::string::npos ? '?' : '&';
    decoded_ += query_;
  }
  const bool again = read_ && form.skip > 0;
  if (read_decoded_url({.text = decoded_, .secure = form.carries == Carries::SecurePath, .needs_scheme = again}))
    take(form.kind);
}

// Each "N-" is a mark that _x_tr_enc announces; _x_tr_hp holds what the label had no room for.
void InnerUrls::read_google_host(const FrontEndForm& form, const Target& from) {
  const std::string_view label = label_before(from.host, form.host);
  if (label.empty()) return;
  const bool dashed = lists_number(query_, "_x_tr_enc", '1'), named = lists_number(query_, "_x_tr_enc", '0');
  const auto read = [&](std::string_view front) {
    decoded_.assign(front);
    decoded_ += label;
    if (dashed && decoded_.starts_with("1-")) decoded_.erase(0, 2);
    const bool international = named && decoded_.starts_with("0-");
    if (international) decoded_.erase(0, 2);
    read_host(form, from, decoded_, international);
    return full_;
  };
  bool has_front = false;
  for_each_parameter(query_, "_x_tr_hp", [&](std::string_view front) {
    has_front = true;
    return !another_try() || read(front);
  });
  if (!has_front) read({});
}

// The name in the label before the front end's own. Path and query are the carried URL's.
void InnerUrls::read_host(const FrontEndForm& form, const Target& from, std::string_view label, bool international) {
  Target& to = next();
  url_.assign(international ? "xn--" : "");
  append_host_of_label(label, url_);
  if (!may_be_host(url_) || !canonical_host(url_, to.host, to.address)) return;
  to.scheme = from.scheme;
  if (form.carries == Carries::GoogHost && from.scheme != citygate::Scheme::Tunnel &&
      for_each_parameter(query_, "_x_tr_sch", [](std::string_view scheme) { return scheme == "http"; }))
    to.scheme = citygate::Scheme::Http;
  to.port = to.scheme == citygate::Scheme::Http ? 80 : 443;
  to.path = from.path;
  to.query = from.query;
  to.before_dots = from.before_dots;
  take(form.kind);
}

// It is reached all the same, whatever it is listed as.
void InnerUrls::read_embedded_address(const Target& from) {
  const auto embedded = from.address->embedded_v4();
  if (!embedded) return;
  Target& to = next();
  to = from;
  to.address = embedded;
  to.host = embedded->to_string();
  take(FrontEnd::Delivery);
}

// Scripts that anybody installs anywhere.
void InnerUrls::read_anywhere(const Target& from) {
  read_origin_of_croxy(from);
  if (!full_) read_glype();
  if (const auto script = path_.find("/nph-"); script != std::string_view::npos) {
    // "/nph-proxy.cgi/FLAGS/http/host/path"
    for (auto at = path_.find('/', script + 1); !full_ && at != std::string_view::npos; at = path_.find('/', at + 1)) {
      if (!scheme_of(path_.substr(at + 1))) continue;
      met(FrontEnd::Proxy);
      if (another_try() && read_url({.text = path_.substr(at + 1)})) take(FrontEnd::Proxy);
    }
  }
  static constexpr std::string_view kEncodedHttp = "/hvtr";  // "http" with every second character's second bit turned
  for (auto at = path_.find(kEncodedHttp); !full_ && at != std::string_view::npos;
       at = path_.find(kEncodedHttp, at + 1)) {
    if (!another_try()) return;
    decoded_.clear();
    append_decoded(path_.substr(at + 1), Plus::IsPlus, decoded_);
    for (std::size_t i = 1; i < decoded_.size(); i += 2) decoded_[i] = static_cast<char>(decoded_[i] ^ 2);
    if (scheme_of(decoded_) && read_url({.text = decoded_, .needs_scheme = true})) take(FrontEnd::Proxy);
  }
}

// The origin is encoded, the path stands where it always does.
void InnerUrls::read_origin_of_croxy(const Target& from) {
  if (query_.find("cpo") == std::string_view::npos) return;
  for_each_parameter(query_, "__cpo", [&](std::string_view origin) {
    if (origin.empty() || origin == "1") return false;
    if (!another_try()) return true;
    if (!read_encoded({.text = origin, .needs_scheme = true})) return false;
    if (next().path == "/") {
      next().path = from.path;
      next().before_dots = from.before_dots;
    }
    take(FrontEnd::Proxy);
    return full_;
  });
}

// "/browse.php?u=URL", "/browse.php/URL/b4/", the URL mostly encoded.
void InnerUrls::read_glype() {
  const auto at = find_glype(path_);
  if (at == std::string_view::npos) return;
  const std::string_view path = path_.substr(at + std::string_view("/browse.php").size());
  read_encoded_parameter("u", FrontEnd::Proxy);
  if (path.size() > 1 && !full_) read_glype_path(path.substr(1));
}

// Cut into segments, '_' written for '%', options behind it.
void InnerUrls::read_glype_path(std::string_view path) {
  if (read_decoded_url({.text = path, .needs_scheme = true})) return take(FrontEnd::Proxy);
  if (take_glype_options(path)) met(FrontEnd::Proxy);
  joined_.clear();
  for (char c : path)
    if (c != '/') joined_.push_back(c == '_' ? '%' : c);
  decoded_.clear();
  append_decoded(joined_, Plus::IsPlus, decoded_);
  joined_ = decoded_;
  bool read = read_encoded({.text = joined_, .needs_scheme = true});
  if (!read && path.find('_') != std::string_view::npos) {  // of base64 for URLs
    joined_.assign(path);
    std::erase(joined_, '/');
    read = read_encoded({.text = joined_, .needs_scheme = true});
  }
  if (read) take(FrontEnd::Proxy);
}

// A URL as it stands, or base64 of one; Glype leaves "http" out of what it encodes. What is no base64 may be a host as it is
// typed: a dot is none of its characters.
bool InnerUrls::read_encoded(Text value) {
  decoded_.clear();
  append_decoded(value.text, Plus::IsSpace, decoded_);
  if (read_decoded_url({.text = decoded_, .needs_scheme = true})) return true;
  decoded_again_.assign(decoded_);
  if (!base64_decode(decoded_again_, decoded_)) return !value.needs_scheme && read_url({.text = decoded_again_});
  if (decoded_.starts_with("://") || decoded_.starts_with("s://")) decoded_.insert(0, "http");
  return read_url({.text = decoded_, .needs_scheme = true});
}

// Some front ends decode once more.
bool InnerUrls::read_decoded_url(Text text) {
  const std::string_view trimmed = trim(text.text);
  if (begins_with_any_case(trimmed, "http%3a") || begins_with_any_case(trimmed, "https%3a")) {
    decoded_again_.clear();
    append_decoded(trimmed, Plus::IsPlus, decoded_again_);
    text.text = decoded_again_;
  }
  return read_url(text);
}

bool InnerUrls::read_url(Text text) {
  Target& to = next();
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
