// list_store.h - lists/ of a state directory: sources as imported, images as compiled, and which image is in force.
//
//   lists/sources/<name>/<id>/  entries (what was read, normalised, with file and line of each), manifest.json; those that
//                               the two images need, so that each can be built anew and can describe its lines
//   lists/images/<id>/           hosts.table, manifest.json; two are kept
//   lists/current                the id in force; replaced by rename, so a kill leaves the old or the new
//
// Owner     the process that holds the state directory.
// Thread    one builder at a time (import() takes a lock of its own and says Refused when one is running); load_current()
//           from any. Slow: never on a worker.
// Errors    import: Malformed with what was wrong and what would be right; the generation in force stays untouched.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/name_source.h"
#include "base/result.h"
#include "categories/lists.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

enum class ListFormat : std::uint8_t {
  Detect,
  Directory,
  Domains,
  Hosts,
  Adblock
};  // Directory: UT1 / squidGuard, also packed
[[nodiscard]] std::optional<ListFormat> parse_list_format(std::string_view word);

struct ImportRequest {
  std::filesystem::path path;  // directory, tarball (plain, gzip, xz, zstd) or one list (plain or compressed alike)
  std::string source;          // the name it is kept under; "" = from the file's name
  std::string category;        // for one list: the category of its entries
  std::string version;         // "" = date and content hash
  ListFormat format = ListFormat::Detect;
};

// What was not understood, by reason.
struct Skipped {
  std::string reason;  // "not a host name"
  std::uint64_t lines = 0;
  struct Example {
    std::string file;
    std::uint32_t line = 0;
    std::string text;  // cut and made printable
  };
  std::vector<Example> examples;  // the first three
};

struct ImportSummary {
  std::string source, version;
  GenerationId generation;
  bool unchanged = false;  // the same inputs as before: nothing was built
  std::uint64_t files = 0, lines = 0, entries = 0, duplicates = 0;
  struct PerCategory {
    CategoryId id;
    std::string name;
    std::uint64_t hosts = 0, urls = 0;
  };
  std::vector<PerCategory> categories;
  std::vector<Skipped> skipped;
  std::vector<std::string>
      unmapped;  // foreign category names that the taxonomy does not know; their entries are skipped
};

class ListStore {
 public:
  // Creates what is missing. All three are borrowed and must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<ListStore>> open(std::filesystem::path lists_directory,
                                                               const Taxonomy& taxonomy, NameSource& names);
  virtual ~ListStore() = default;

  // Reads, normalises, compiles with all other sources, publishes. `progress` (may be empty) gets lines for a person.
  [[nodiscard]] virtual Result<ImportSummary> import(const ImportRequest& request,
                                                     const std::function<void(std::string_view)>& progress) = 0;
  // Forgets a source and publishes without it. NotFound when there is none.
  [[nodiscard]] virtual Result<GenerationId> remove(std::string_view source) = 0;

  // The image in force; when it is damaged, the one before, and `warning` says which file was wrong. With no image at
  // all: an empty generation, id 0. Storage when images exist but none can be used: the gateway must not start open.
  [[nodiscard]] virtual Result<std::shared_ptr<const Lists>> load_current(std::string& warning) = 0;
};

}  // namespace citygate::categories
