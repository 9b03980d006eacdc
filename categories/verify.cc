#include "categories/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/letter_case.h"
#include "categories/minisign.h"

namespace citygate::categories {
namespace {

constexpr std::size_t kDigits = 64;

bool is_checksum(std::string_view word) {
  return word.size() == kDigits && std::ranges::all_of(word, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

struct Checksum {
  std::string hex;
  std::string_view name;  // "" when the line has none
};

// One line; hex "" when it is none.
Checksum parse_checksum_line(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with("SHA256 (")) {
    const auto close = line.rfind(") = ");
    if (close == std::string_view::npos || !is_checksum(line.substr(close + 4))) return {};
    return {lowered(line.substr(close + 4)), line.substr(8, close - 8)};
  }
  const std::string_view hex = line.substr(0, line.find_first_of(" \t"));
  if (!is_checksum(hex)) return {};
  std::string_view name = trimmed(line.substr(hex.size()));
  if (name.starts_with('*')) name.remove_prefix(1);  // sha256sum's mark of a binary file
  return {lowered(hex), name};
}

std::string_view last_part(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::unexpected<Error> about(const std::string& place, Error error) {
  error.context = fmt::format("{}: {}", shown_url(place), error.context);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::string> find_checksum(std::string_view text, std::string_view name) {
  std::vector<Checksum> found;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto line = parse_checksum_line(text.substr(0, end)); !line.hex.empty()) found.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (const Checksum& one : found)
    if (last_part(one.name) == name) return one.hex;
  if (found.size() == 1 && found.front().name.empty()) return found.front().hex;
  if (found.empty())
    return fail(Error::Kind::Malformed, "holds no SHA-256 checksum: lines of 64 hexadecimal digits and a file name",
                Error::Side::Origin);
  return fail(Error::Kind::Malformed,
              fmt::format("has no line for '{}' among {} checksum{}, the first is for '{}'", name, found.size(),
                          found.size() == 1 ? "" : "s", found.front().name.substr(0, 80)),
              Error::Side::Origin);
}

Result<std::string> verify_fetched(const Source& source, const std::filesystem::path& file, std::string_view sha256,
                                   std::string_view name, const ReadCompanion& read) {
  const std::string place = source.url.empty() ? source.path.string() : shown_url(source.url);
  std::string expected = source.sha256, where = "the sources file";
  if (!source.sha256_url.empty()) {
    CG_TRY(text, read(source.sha256_url));
    auto found = find_checksum(text, name);
    if (!found) return about(source.sha256_url, std::move(found).error());
    expected = std::move(*found);
    where = shown_url(source.sha256_url);
  }
  if (!expected.empty() && expected != sha256) {
    auto refused = fail(Error::Kind::Refused,
                        fmt::format("{} has the SHA-256 {}, but {} says {}: it was changed, or is of another version",
                                    place, sha256, where, expected),
                        Error::Side::Origin);
    refused.error().retryable = !source.sha256_url.empty();  // list and checksum may be replaced one after the other
    return refused;
  }
  if (source.minisign.empty()) return std::string();
  CG_TRY(key, MinisignKey::parse(source.minisign));
  CG_TRY(signature, read(source.signature_url));
  auto comment = verify_minisign(key, signature, file);
  if (comment) return comment;
  Error error = std::move(comment).error();
  if (error.kind == Error::Kind::Malformed) return about(source.signature_url, std::move(error));
  error.context = fmt::format("{} {} ({})", place, error.context, shown_url(source.signature_url));
  error.retryable = true;
  return std::unexpected(std::move(error));
}

}  // namespace citygate::categories
