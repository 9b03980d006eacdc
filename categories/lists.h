// lists.h - one generation of all lists, mapped and ready to be asked.
//
// Path      exchange → classify(target) → CategorySet and slots; after a verdict that rests on a category, evidence().
// Owner     shared as a Snapshot: std::shared_ptr<const Lists>, one reference per worker.
// Thread    any, concurrently: nothing in it changes after open().
// Cost      classify: no allocation, <= 0.3 us for a host seen lately; evidence: a few cache misses, no allocation;
//           describe: reads the source's file, for people only.
// Errors    open: Storage (missing, cut, checksum, "made by a newer version"), naming the file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "base/target.h"
#include "categories/classification.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

// A line of a list in words, for the refusal page and for explain.
struct EvidenceText {
  std::string list;     // "ut1"
  std::string version;  // of that list: what import was told, or the date and hash it saw
  std::string file;     // "gambling/domains"
  std::uint32_t line = 0;
  std::string text;  // the line as it stands in the list
};

class Lists {
 public:
  virtual ~Lists() = default;

  // Hosts match with all their sub-domains at label borders, the longest name that is listed wins; host + path-prefix
  // entries ("example.com/casino") match at path-segment borders and are united with the host's. An allow entry
  // ("@@||name^") takes away, for its name and below, what shorter names of that source say.
  virtual void classify(const Target& target, Classification& out) const noexcept = 0;

  // Why `category` is in `classification`; line 0 when it is not, or when another generation made it.
  [[nodiscard]] virtual Evidence evidence(const Classification& classification, CategoryId category) const noexcept = 0;
  [[nodiscard]] virtual EvidenceText describe(const Evidence& evidence) const = 0;

  [[nodiscard]] virtual GenerationId id() const noexcept = 0;

  struct SourceStatus {
    std::string name, version;
    std::string imported;  // RFC 3339, UTC
    std::uint64_t entries = 0, not_understood = 0;
  };
  struct Status {
    GenerationId id;
    std::string built;  // RFC 3339, UTC
    std::uint64_t entries = 0, mapped_bytes = 0;
    std::vector<SourceStatus> sources;
    std::vector<std::pair<CategoryId, std::uint64_t>> categories;  // entries of each
  };
  [[nodiscard]] virtual const Status& status() const noexcept = 0;
};

// A table in memory, for tests of what stands above: host (with sub-domains) → category.
[[nodiscard]] std::shared_ptr<const Lists> lists_for_tests(std::vector<std::pair<std::string, CategoryId>> hosts);

}  // namespace citygate::categories
