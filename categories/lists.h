// lists.h - one generation of all lists, mapped and ready to be asked.
//
// Path      exchange → classify(target) → CategorySet and matches; after a verdict that rests on a category, evidence().
// Owner     shared as a Snapshot: std::shared_ptr<const Lists>, one reference per worker.
// Thread    any, concurrently: nothing in it changes after open().
// Cost      classify: no allocation, <= 0.3 us for a host seen lately; evidence: a few cache misses, no allocation;
//           describe: reads the source's file, for people only.
// Errors    open: Storage (missing, cut, checksum, "made by a newer version"), naming the file.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "base/target.h"
#include "categories/classification.h"
#include "categories/overrides.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

// A line of a list in words, for the refusal page and for explain.
struct EvidenceText {
  std::string list;     // "ut1"; "overrides" and "signs" are the gateway's own
  std::string version;  // of that list: what import was told, or the date and hash it saw
  std::string file;     // "gambling/domains"
  std::uint32_t line = 0;
  std::string text;  // the line as it stands in the list
};

class Lists {
 public:
  virtual ~Lists() = default;

  // What falls under a name: the host itself and all below it at label borders, unless the list says "that host alone" or "only below".
  // Host + path-prefix entries ("example.com/casino?game=1") match at '/', '?' and '&', whatever the letter case; patterns anywhere in the
  // URL.
  //
  //   prohibited, threat and circumvention categories hold for everything under a listed name;
  //   of all others the longest name that is listed under one of them decides, united with its paths and with patterns;
  //   an exception ("@@||name^") takes away, for its name or path and below, what the same source says of it and of less specific ones;
  //   those of adblock and e2guardian take away what it says of more specific ones, too;
  //   one that is a pattern takes away what patterns of the same source say, and what its names and paths say under all others than
  //   prohibited, threat and circumvention categories: whoever asks could write what it finds into the URL. What adblock lists call
  //   $important is taken away by exceptions alone that are important too.
  //
  // A URL inside the URL (translators, caches) is classified too, and what the address itself gives away is added.
  // An administrator's override stands in place of all this, for the address that it names: what is carried inside is not that address.
  virtual void classify(const Target& target, Workspace& workspace, Classification& out) const noexcept = 0;

  // Why `category` is in `classification`; line 0 when it is not, or when another generation made it. Reads a few bytes of a file that
  // is not mapped: ask once for each decision, not for each request.
  [[nodiscard]] virtual Evidence evidence(const Classification& classification, CategoryId category) const noexcept = 0;
  [[nodiscard]] virtual EvidenceText describe(const Evidence& evidence) const = 0;
  // Every line that had a part in it, for people: the most specific first.
  struct Reason {
    CategoryId category;
    bool exception = false;
    bool undecided = false;  // an expression that took too long on this URL, and so counts as one that matches
    EvidenceText text;
  };
  [[nodiscard]] virtual std::vector<Reason> reasons(const Classification& classification) const = 0;
  // The same without exceptions and without reading any text, for programs: which source says what.
  struct Line {
    std::string source;
    Evidence evidence;
  };
  [[nodiscard]] virtual std::vector<Line> lines(const Classification&) const { return {}; }

  // What each expression costs and has found since this generation was put in force, measured over `urls` here and now: a
  // second or so for each thousand.
  struct PatternReport {
    std::string expression, way;         // way: "as written", "core", "approximate"
    double scan_ns = 0, confirm_ns = 0;  // per URL
    std::uint64_t hits = 0, asked = 0, undecided = 0;
    std::vector<EvidenceText> lines;  // the first three that name it
    std::size_t line_count = 0;
  };
  [[nodiscard]] virtual std::vector<PatternReport> patterns(std::span<const std::string> urls) const {
    static_cast<void>(urls);
    return {};
  }

  [[nodiscard]] virtual GenerationId id() const noexcept = 0;

  struct SourceStatus {
    std::string name, version;
    std::string imported;  // RFC 3339, UTC
    std::uint64_t entries = 0, not_understood = 0;
  };
  struct Status {
    GenerationId id;
    std::string built;  // RFC 3339, UTC
    std::string image;  // the compiled lists; a generation is an image and the overrides in force
    std::uint64_t entries = 0, names = 0, patterns = 0, mapped_bytes = 0;
    std::vector<SourceStatus> sources;
    std::vector<std::pair<CategoryId, std::uint64_t>> categories;  // entries of each
    std::vector<Override> overrides;
    std::string protected_digest;        // of the names that were protected when it was compiled
    std::uint64_t set_aside_count = 0;   // entries that would have closed one of them
    std::vector<std::string> set_aside;  // the first thousand
    std::uint64_t refused_count = 0;     // expressions that cannot be compiled; they are in no count above
    std::vector<std::string> refused;    // the first thousand: "source file:line: expression: why"
  };
  [[nodiscard]] virtual const Status& status() const noexcept = 0;
  // Every byte of what is mapped, against its checksums; opening looks at the headers alone. Storage, naming the file.
  [[nodiscard]] virtual Result<void> verify() const { return {}; }
};

// A table in memory, for tests of what stands above: host (with sub-domains), or host and path prefix → category.
[[nodiscard]] std::shared_ptr<const Lists> lists_for_tests(std::vector<std::pair<std::string, CategoryId>> hosts);

}  // namespace citygate::categories
