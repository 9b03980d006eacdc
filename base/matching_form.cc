#include "base/matching_form.h"

#include "base/char_set.h"
#include "base/percent_encoding.h"

namespace citygate {
namespace {

// Spelled as themselves, however they were sent.
constexpr auto kPlain = CharSet::letters_digits_and("-._~!$&'()*+,;=:@|[]/");
constexpr auto kPlainInQuery = CharSet::letters_digits_and("-._~!$'()*,;:@|[]/?\\");
// Spelled as they were sent: what divides a query, and '%'.
constexpr CharSet kAsSentInQuery("&=+");

// A '/' at the end of `path`, unless one stands there already or a "." segment ends here.
void end_segment(std::string& path) {
  if (path.ends_with("/.")) path.pop_back();
  if (!path.ends_with('/')) path.push_back('/');
}

template <class Plain>
std::size_t run_of(std::string_view text, Plain plain) {
  std::size_t bytes = 0;
  while (bytes < text.size() && plain(text[bytes])) ++bytes;
  return bytes;
}

// How many bytes at `at` of `path` are "%uXXXX" for a character that is not ASCII, which is then in `out`; or 0. A canonical
// path has "%25" for its '%'. A pair of surrogates is one character; one of them alone is none.
std::size_t unicode_at(std::string_view path, std::size_t at, char32_t& out) {
  const auto unit_at = [path](std::size_t from, std::size_t& bytes) {
    const std::string_view text = path.substr(from);
    const std::size_t percent = text.starts_with("%25") ? 3 : text.starts_with('%') ? 1 : 0;
    bytes = percent + 5;
    return percent == 0 ? -1 : unicode_encoded(text.substr(percent));
  };
  const auto surrogate = [](int unit, int first) { return unit >= first && unit < first + 0x400; };
  std::size_t bytes = 0, more = 0;
  const int unit = unit_at(at, bytes);
  if (unit < 0x80 || surrogate(unit, 0xdc00)) return 0;
  out = static_cast<char32_t>(unit);
  if (!surrogate(unit, 0xd800)) return bytes;
  const int low = unit_at(at + bytes, more);
  if (!surrogate(low, 0xdc00)) return 0;
  out = 0x10000 + (static_cast<char32_t>(unit - 0xd800) << 10) + static_cast<char32_t>(low - 0xdc00);
  return bytes + more;
}

// In UTF-8, percent-encoded; `c` is not ASCII.
void append_unicode(char32_t c, std::string& out) {
  const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  append_percent_encoded(static_cast<char>((0xf0U << (3 - more)) | c >> 6 * more), out);
  for (unsigned i = more; i-- > 0;) append_percent_encoded(static_cast<char>(0x80 | (c >> 6 * i & 0x3f)), out);
}

}  // namespace

std::string_view matching_path(std::string_view path, std::string& scratch) {
  std::size_t same = 0;
  while (same < path.size() && kPlain.has(path[same]) &&
         !(path[same] == '/' && same + 1 < path.size() && path[same + 1] == '/'))
    ++same;
  if (same == path.size()) return path;
  scratch.assign(path.substr(0, same));
  for (std::size_t i = same; i < path.size(); ++i) {
    if (const auto run = run_of(path.substr(i), [](char c) { return c != '/' && kPlain.has(c); }); run != 0) {
      scratch.append(path, i, run);
      i += run;
      if (i == path.size()) break;
    }
    char c = path[i];
    if (char32_t character = 0; c == '%') {
      if (const auto bytes = unicode_at(path, i, character); bytes != 0) {
        append_unicode(character, scratch);
        i += bytes - 1;
        continue;
      }
    }
    if (const int encoded = percent_encoded_at(path, i); encoded >= 0) {
      c = static_cast<char>(encoded);
      i += 2;
    }
    if (c == '/' || c == '\\') {
      end_segment(scratch);
    } else if (kPlain.has(c)) {
      scratch.push_back(c);
    } else {
      append_percent_encoded(c, scratch);
    }
  }
  if (scratch.ends_with("/.")) scratch.pop_back();
  return scratch;
}

std::string_view matching_query(std::string_view query, std::string& scratch) {
  // An '&' that ends no pair, and each '?' before the first, say nothing.
  const auto divides = [&query](std::size_t at) {
    return query[at] != '&' || (at > 0 && at + 1 < query.size() && query[at + 1] != '&');
  };
  std::size_t same = 0;
  if (!query.starts_with('?'))
    while (same < query.size() &&
           (kPlainInQuery.has(query[same]) || (kAsSentInQuery.has(query[same]) && divides(same))))
      ++same;
  if (same == query.size()) return query;
  scratch.assign(query.substr(0, same));
  for (std::size_t i = same; i < query.size(); ++i) {
    if (scratch.empty() && query[i] == '?') continue;
    if (const auto run = run_of(query.substr(i), [](char c) { return kPlainInQuery.has(c) || c == '='; }); run != 0) {
      scratch.append(query, i, run);
      i += run;
      if (i == query.size()) break;
    }
    const int encoded = percent_encoded_at(query, i);
    const char c = encoded >= 0 ? static_cast<char>(encoded) : query[i];
    if (encoded >= 0) i += 2;
    if (encoded < 0 && c == '&' && (scratch.empty() || scratch.ends_with('&'))) continue;
    if (c == '?' && scratch.empty()) continue;
    if (kPlainInQuery.has(c) || (encoded < 0 && kAsSentInQuery.has(c))) {
      scratch.push_back(c);
    } else {
      append_percent_encoded(c, scratch);
    }
  }
  if (scratch.ends_with('&')) scratch.pop_back();
  return scratch;
}

std::string_view without_parameters(std::string_view path, std::string& scratch) {
  const auto first = path.find(';');
  if (first == std::string_view::npos) return path;
  scratch.assign(path.substr(0, first));
  bool parameter = true;
  for (char c : path.substr(first)) {
    if (c == '/') {
      end_segment(scratch);
      parameter = false;
    } else if (c == ';') {
      parameter = true;
    } else if (!parameter) {
      scratch.push_back(c);
    }
  }
  if (scratch.ends_with("/.")) scratch.pop_back();
  return scratch;
}

}  // namespace citygate
