#include "categories/manifest.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "categories/digest.h"

namespace citygate::categories {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kFormat = 1;

Json source_json(const SourceManifest& source) {
  Json files = Json::array();
  for (const auto& file : source.files)
    files.push_back({{"name", file.name},
                     {"category", file.category},
                     {"offset", file.offset},
                     {"bytes", file.bytes},
                     {"entries", file.entries}});
  return {{"name", source.name},
          {"id", source.id},
          {"version", source.version},
          {"imported", source.imported},
          {"entries", source.entries},
          {"not_understood", source.not_understood},
          {"entries_sha256", source.entries_sha256},
          {"files", std::move(files)}};
}

SourceManifest source_of(const Json& json) {
  SourceManifest out;
  out.name = json.at("name");
  out.id = json.at("id");
  out.version = json.at("version");
  out.imported = json.at("imported");
  out.entries = json.at("entries");
  out.not_understood = json.at("not_understood");
  out.entries_sha256 = json.at("entries_sha256");
  for (const auto& file : json.at("files"))
    out.files.push_back(
        {file.at("name"), file.at("category"), file.at("offset"), file.at("bytes"), file.at("entries")});
  return out;
}

std::string checksum_of(const Json& content) {
  Digest digest;
  digest.add(content.dump());
  return digest.finish_hex();
}

// Names come from lists: bytes that are no UTF-8 must not throw here.
std::string sealed(const Json& content) {
  constexpr auto kReplace = Json::error_handler_t::replace;
  const Json clean = Json::parse(content.dump(-1, ' ', false, kReplace));
  return Json{{"format", kFormat}, {"sha256", checksum_of(clean)}, {"content", clean}}.dump(1) + "\n";
}

template <class Make>
auto read(const std::filesystem::path& file, Make&& make) -> Result<decltype(make(Json()))> {
  CG_TRY(text, read_file(file));
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<int>() > kFormat)
      return fail(Error::Kind::Storage, file.string() + ": was made by a newer version");
    const Json& content = json.at("content");
    if (json.at("sha256") != checksum_of(content))
      return fail(Error::Kind::Storage, file.string() + ": is damaged: it does not match its checksum");
    return make(content);
  } catch (const nlohmann::json::exception& error) {
    return fail(Error::Kind::Storage, file.string() + ": is damaged: " + error.what());
  }
}

}  // namespace

std::string to_json(const SourceManifest& manifest) { return sealed(source_json(manifest)); }

std::string to_json(const ImageManifest& manifest) {
  Json sources = Json::array();
  for (const auto& source : manifest.sources) sources.push_back(source_json(source));
  Json categories = Json::array();
  for (const auto& [name, entries] : manifest.categories) categories.push_back({{"name", name}, {"entries", entries}});
  return sealed({{"id", manifest.id},
                 {"built", manifest.built},
                 {"entries", manifest.entries},
                 {"categories", std::move(categories)},
                 {"sources", std::move(sources)}});
}

Result<SourceManifest> read_source_manifest(const std::filesystem::path& file) { return read(file, source_of); }

Result<ImageManifest> read_image_manifest(const std::filesystem::path& file) {
  return read(file, [](const Json& json) {
    ImageManifest out;
    if (json.is_null()) return out;
    out.id = json.at("id");
    out.built = json.at("built");
    out.entries = json.at("entries");
    for (const auto& category : json.at("categories"))
      out.categories.emplace_back(category.at("name"), category.at("entries"));
    for (const auto& source : json.at("sources")) out.sources.push_back(source_of(source));
    return out;
  });
}

}  // namespace citygate::categories
