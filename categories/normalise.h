// normalise.h - reads a list in whatever form it comes and writes it in the normal form (categories/entries.h) as a source of the store.
//
// Errors    Malformed, and nothing is kept: no entry at all; too much of the source, or of a file of 100 lines and more,
//           not understood (ImportRequest::fault_share); no text at all, or a web page; a category that the taxonomy does
//           not know. NotFound: no such path, or one list of which nothing says what its category is. TooLarge, Storage.
// Cost      one pass over the stream. Memory: 16 to 32 bytes for each distinct entry; an adblock file, up to 32 MB or a
//           million lines of it, and as much again for what is known of its lines.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "categories/formats/entry.h"
#include "categories/intake.h"
#include "categories/list_store.h"
#include "categories/manifest.h"

namespace citygate::categories {

// Writes `entries` and manifest.json into `into`, an empty directory, and syncs them. `request.source` is set.
// Fills source, version and counts of `summary`.
[[nodiscard]] Result<SourceManifest> normalise(const ImportRequest& request, const Taxonomy& taxonomy,
                                               const IntakeLimits& limits, const std::filesystem::path& into,
                                               const std::function<void(std::string_view)>& progress,
                                               ImportSummary& summary);

// What a file of a list is, by its name.
struct FilePlan {
  enum class Kind : std::uint8_t { List, NoList };
  Kind kind = Kind::List;
  std::string shown;                 // "gambling/domains"
  std::string foreign;               // what the list calls the category: "gambling", "arjel"
  std::optional<LineFormat> format;  // the name says it: a file of a squidGuard directory or of e2guardian
  bool urls = false;                 // plain lines hold paths
  bool exceptions = false;           // an e2guardian list of what is let pass
};
[[nodiscard]] FilePlan plan_file(const std::string& name);

}  // namespace citygate::categories
