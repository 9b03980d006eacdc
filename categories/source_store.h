// source_store.h - lists/sources: every version of every source that an image in the history was made of.
//
//   sources/<name>/<id>/manifest.json
//                       entries        being read; packed before the version is put in place
//                       whole.zst      the normal form (categories/entries.h), or
//                       delta.zst      the same as zstd against the version that the manifest's `against` names
//
// Deltas make a year of daily updates cost what changed in it: 1 % of 1.5 million lines are 260 KB. A chain of kMaxChain deltas
// is followed by a whole version, so that no version is further than that from one.
//
// Owner     ListStore. Thread: any; writers hold the store's lock.
// Cost      read(): 60 ms for a version of 30 MB and for each delta on its way.
// Errors    Storage, naming the source and what to do.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "base/result.h"
#include "categories/manifest.h"

namespace citygate::categories {

class SourceStore {
 public:
  static constexpr std::uint32_t kMaxChain = 64;

  explicit SourceStore(std::filesystem::path lists) : root_(std::move(lists) / "sources") {}

  [[nodiscard]] std::filesystem::path directory(const std::string& name) const { return root_ / name; }
  [[nodiscard]] std::filesystem::path directory(const std::string& name, const std::string& id) const {
    return root_ / name / id;
  }
  [[nodiscard]] bool has(const std::string& name, const std::string& id) const;
  // The normal form, checked against the manifest's hash.
  [[nodiscard]] Result<std::string> read(const std::string& name, const std::string& id) const;
  [[nodiscard]] Result<SourceManifest> manifest(const std::string& name, const std::string& id) const;

  // Packs `entries` of the unfinished version in `from` (against `before`, "" for none), writes its manifest and puts it in place.
  // Of what is there already nothing is written but what it was read from now.
  [[nodiscard]] Result<void> keep(const std::filesystem::path& from, SourceManifest& manifest,
                                  const std::string& before);

  // Removes every version that neither is in `needed` ("name/id") nor stands under one that is. A failure costs disk space alone.
  void sweep(const std::set<std::string>& needed) const;

 private:
  [[nodiscard]] Result<std::string> unpack(const std::string& name, const std::string& id, std::uint32_t depth) const;
  [[nodiscard]] Result<void> pack(const std::filesystem::path& from, SourceManifest& manifest,
                                  const std::string& before) const;

  std::filesystem::path root_;
};

}  // namespace citygate::categories
