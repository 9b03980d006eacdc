#include "categories/manifest.h"

#include <algorithm>

#include "categories/sealed_json.h"

namespace citygate::categories {
namespace {

constexpr int kFormat = 2;

Json source_json(const SourceManifest& source) {
  Json files = Json::array();
  for (const auto& file : source.files)
    files.push_back({{"name", file.name},
                     {"category", file.category},
                     {"offset", file.offset},
                     {"bytes", file.bytes},
                     {"entries", file.entries}});
  return {{"name", source.name},       {"id", source.id},
          {"version", source.version}, {"imported", source.imported},
          {"entries", source.entries}, {"not_understood", source.not_understood},
          {"input", source.input},     {"entries_sha256", source.entries_sha256},
          {"bytes", source.bytes},     {"against", source.against},
          {"chain", source.chain},     {"files", std::move(files)}};
}

SourceManifest source_of(const Json& json) {
  SourceManifest out;
  out.name = json.at("name");
  out.id = json.at("id");
  out.version = json.at("version");
  out.imported = json.at("imported");
  out.entries = json.at("entries");
  out.not_understood = json.at("not_understood");
  out.input = json.at("input");
  out.entries_sha256 = json.at("entries_sha256");
  out.bytes = json.at("bytes");
  out.against = json.at("against");
  out.chain = json.at("chain");
  for (const auto& file : json.at("files"))
    out.files.push_back(
        {file.at("name"), file.at("category"), file.at("offset"), file.at("bytes"), file.at("entries")});
  return out;
}

}  // namespace

std::string to_json(const SourceManifest& manifest) { return seal_json(source_json(manifest), kFormat); }

std::string to_json(const ImageManifest& manifest) {
  Json sources = Json::array();
  for (const auto& source : manifest.sources) sources.push_back(source_json(source));
  Json categories = Json::array();
  for (const auto& [name, entries] : manifest.categories) categories.push_back({{"name", name}, {"entries", entries}});
  Json marks = Json::array();
  for (const auto& mark : manifest.marks)
    marks.push_back({mark.category, mark.source, static_cast<int>(mark.scope), mark.exception ? 1 : 0,
                     static_cast<int>(mark.weight), mark.deep ? 1 : 0});
  return seal_json({{"id", manifest.id},
                    {"built", manifest.built},
                    {"entries", manifest.entries},
                    {"patterns", manifest.patterns},
                    {"categories", std::move(categories)},
                    {"marks", std::move(marks)},
                    {"term_files", manifest.term_files},
                    {"protected", manifest.protected_digest},
                    {"protected_labels", manifest.protected_labels},
                    {"set_aside_count", manifest.set_aside_count},
                    {"set_aside", manifest.set_aside},
                    {"refused_count", manifest.refused_count},
                    {"refused", manifest.refused},
                    {"sources", std::move(sources)}},
                   kFormat);
}

Result<SourceManifest> read_source_manifest(const std::filesystem::path& file) {
  return open_sealed_json(file, kFormat,
                          [](const Json& json) { return json.is_null() ? SourceManifest() : source_of(json); });
}

Result<ImageManifest> read_image_manifest(const std::filesystem::path& file) {
  return open_sealed_json(file, kFormat, [](const Json& json) {
    ImageManifest out;
    if (json.is_null()) return out;
    out.id = json.at("id");
    out.built = json.at("built");
    out.entries = json.at("entries");
    out.patterns = json.at("patterns");
    for (const auto& category : json.at("categories"))
      out.categories.emplace_back(category.at("name"), category.at("entries"));
    for (const auto& mark : json.at("marks"))
      out.marks.push_back({.category = mark.at(0),
                           .source = mark.at(1),
                           .scope = static_cast<Scope>(std::clamp(mark.at(2).get<int>(), 0, 2)),
                           .exception = mark.at(3) == 1,
                           .weight = static_cast<Mark::Weight>(std::clamp(mark.at(4).get<int>(), 0, 2)),
                           .deep = mark.at(5) == 1});
    for (const auto& one : json.at("term_files")) out.term_files.emplace_back(one.at(0), one.at(1));
    out.protected_digest = json.at("protected");
    for (const auto& label : json.at("protected_labels")) out.protected_labels.push_back(label);
    out.set_aside_count = json.at("set_aside_count");
    for (const auto& text : json.at("set_aside")) out.set_aside.push_back(text);
    for (const auto& text : json.at("refused")) out.refused.push_back(text);
    out.refused_count = json.value("refused_count", std::uint64_t{out.refused.size()});
    for (const auto& source : json.at("sources")) out.sources.push_back(source_of(source));
    return out;
  });
}

}  // namespace citygate::categories
