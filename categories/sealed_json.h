// sealed_json.h - small files of the store: JSON that people can read, with a format version and a checksum.
//
//   {"format": 1, "sha256": "...", "content": ...}
//
// Errors    Storage, naming the file: damaged, or made by a newer version. NotFound where there is none.
// nlohmann/json is dear to compile: only the few .cc files that keep such a file include this.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "categories/digest.h"

namespace citygate::categories {

using Json = nlohmann::ordered_json;

[[nodiscard]] inline std::string json_checksum(const Json& content) {
  Digest digest;
  digest.add(content.dump());
  return digest.finish_hex();
}

// Names come from lists: bytes that are no UTF-8 must not throw here.
[[nodiscard]] inline Json clean_json(const Json& content) {
  return Json::parse(content.dump(-1, ' ', false, Json::error_handler_t::replace));
}

[[nodiscard]] inline std::string seal_json(const Json& content, int format) {
  const Json clean = clean_json(content);
  return Json{{"format", format}, {"sha256", json_checksum(clean)}, {"content", clean}}.dump(1) + "\n";
}

// Storage: it is damaged. Refused: it is of another version of this program.
// `make` turns the content into a value; it may throw what nlohmann/json throws.
template <class Make>
auto open_sealed_json(const std::filesystem::path& file, int format, Make&& make) -> Result<decltype(make(Json()))> {
  CG_TRY(text, read_file(file));
  try {
    const Json json = Json::parse(text);
    const int found = json.at("format").get<int>();
    if (found > format) return fail(Error::Kind::Refused, file.string() + ": was made by a newer version");
    if (found < format) return fail(Error::Kind::Refused, file.string() + ": was made by an older version");
    const Json& content = json.at("content");
    if (json.at("sha256") != json_checksum(content))
      return fail(Error::Kind::Storage, file.string() + ": is damaged: it does not match its checksum");
    return make(content);
  } catch (const nlohmann::json::exception& error) {
    return fail(Error::Kind::Storage, file.string() + ": is damaged: " + error.what());
  }
}

}  // namespace citygate::categories
