// manifest.h - manifest.json of a source and of an image: what is in them, in a form that people can read too.
//
// Both carry a format version and a checksum; a damaged or newer one is refused by name.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "categories/entries.h"

namespace citygate::categories {

// One file of a list. Its part of the source's entries is `bytes` bytes from `offset`.
struct SourceFile {
  std::string name;      // "gambling/domains"
  std::string category;  // own name, "gambling"
  std::uint64_t offset = 0, bytes = 0, entries = 0;
};

struct SourceManifest {
  std::string name;  // "ut1"
  std::string id;    // 16 hex digits over name, told version, entries and files' names; the name of its directory
  std::string version;
  std::string imported;  // RFC 3339, UTC
  std::string input;  // what it was read from, to see at the next update that nothing changed; "" where that is unknown
  std::string entries_sha256;
  std::uint64_t entries = 0, not_understood = 0;
  std::vector<SourceFile> files;

  // How its version is kept (source_store.h); what an image's manifest says of this may be out of date.
  std::uint64_t bytes = 0;  // of its normal form
  std::string against;      // the version that it is a delta to; "": whole
  std::uint32_t chain = 0;  // deltas down to a whole one
};

// What a mark of hosts.table and of url.patterns says about the name that has it.
//   Usual       a listing, or an exception to what its source says
//   Important   the same of adblock's $important: a listing that usual exceptions do not take away, an exception that takes it away
//   Protecting  an exception that was made for a protected name: only what would close it does not hold
struct Mark {
  enum class Weight : std::uint8_t { Usual, Important, Protecting };
  std::uint16_t category = 0;  // the n-th of the image
  std::uint16_t source = 0;    // the n-th of the image
  Scope scope = Scope::Whole;
  bool exception = false;
  Weight weight = Weight::Usual;
  bool deep = false;  // an exception for more specific names of its source, too
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

struct ImageManifest {
  std::string id;                       // 16 hex digits over the ids of its sources and the names protected
  std::string built;                    // RFC 3339, UTC
  std::vector<SourceManifest> sources;  // by name
  // Numbers of the table: mark n is marks[n - 1]; origin n is the n-th file counted over all sources.
  std::vector<std::pair<std::string, std::uint64_t>> categories;  // name, entries
  std::vector<Mark> marks;
  // Of search.terms: the mark and the origin of each of its files.
  std::vector<std::pair<std::uint16_t, std::uint16_t>> term_files;
  std::string protected_digest;               // of the names that were protected when it was compiled
  std::vector<std::string> protected_labels;  // those of them that are a last label ("gov"): no table holds one
  // Entries that would have closed one of them: all are counted, the first thousand told, "source file:line: host/path".
  std::uint64_t set_aside_count = 0;
  std::vector<std::string> set_aside;
  // Expressions that cannot be compiled: all are counted, the first thousand told, "source file:line: expression: why".
  std::uint64_t refused_count = 0;
  std::vector<std::string> refused;
  std::uint64_t entries = 0;   // distinct names, paths, patterns and phrases
  std::uint64_t patterns = 0;  // of them
};

[[nodiscard]] std::string to_json(const SourceManifest& manifest);
[[nodiscard]] std::string to_json(const ImageManifest& manifest);
[[nodiscard]] Result<SourceManifest> read_source_manifest(const std::filesystem::path& file);
[[nodiscard]] Result<ImageManifest> read_image_manifest(const std::filesystem::path& file);

}  // namespace citygate::categories
