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

}  // namespace

std::string_view matching_path(std::string_view path, std::string& scratch) {
  std::size_t same = 0;
  while (same < path.size() && kPlain.has(path[same]) &&
         !(path[same] == '/' && same + 1 < path.size() && path[same + 1] == '/'))
    ++same;
  if (same == path.size()) return path;
  scratch.assign(path.substr(0, same));
  for (std::size_t i = same; i < path.size(); ++i) {
    const int encoded = percent_encoded_at(path, i);
    char c = path[i];
    if (encoded >= 0) {
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
  std::size_t same = 0;
  while (same < query.size() && (kPlainInQuery.has(query[same]) || kAsSentInQuery.has(query[same]))) ++same;
  if (same == query.size()) return query;
  scratch.assign(query.substr(0, same));
  for (std::size_t i = same; i < query.size(); ++i) {
    const int encoded = percent_encoded_at(query, i);
    const char c = encoded >= 0 ? static_cast<char>(encoded) : query[i];
    if (encoded >= 0) i += 2;
    if (kPlainInQuery.has(c) || (encoded < 0 && kAsSentInQuery.has(c))) {
      scratch.push_back(c);
    } else {
      append_percent_encoded(c, scratch);
    }
  }
  return scratch;
}

}  // namespace citygate
