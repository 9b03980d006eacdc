// sources_file.h - where lists come from, how often, and what must hold before they are believed.
//
// Read from one TOML file (setting lists.sources; conf/sources.toml explains each key). Immutable once read.
//
//   [[source]]
//   name = "ut1"                      # lower case, digits, '-', '_', '.'
//   url = "https://..."               # or path = "lists/ut1"; file:// is a path
//   format = "directory"              # what parse_list_format() knows; "detect" when left out
//   category = "gambling"             # of every line; or
//   categories = { adult = "pornography", special = "" }   # foreign word = ours; "" leaves it out
//   subdomains = true                 # the names of a hosts file stand for all below them too
//   every = "24h", jitter = "30min", at = "03:00"
//   minisign = "RWQ...", signature_url = "..." | sha256 = "..." | sha256_url = "..."
//   proxy = "http://10.0.0.9:8080", max_bytes = "512MiB", timeout = "30min", max_loss_percent = 10, max_gain_percent = 50, enabled = true
//
//   [guards]                          # guard_settings.h
//
// Paths are relative to the file. Category words are checked against the taxonomy.
// Errors    every one goes to `problems` with file and line; nothing is returned if there was one. What is allowed but
//           unwise is in `warnings`, for `check` and the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/document.h"
#include "categories/guard_settings.h"
#include "categories/guards.h"
#include "categories/taxonomy.h"

namespace citygate::categories {

struct Source {
  std::string name;
  int line = 0;                // of its [[source]]
  std::string url;             // http or https; "" for a path
  std::filesystem::path path;  // "" for a URL
  std::string format = "detect";
  std::string category;                                         // own word; "" where the list says
  std::vector<std::pair<std::string, std::string>> categories;  // foreign word, own word or ""
  std::chrono::seconds every{std::chrono::hours(24)};
  std::chrono::seconds jitter{std::chrono::minutes(30)};
  std::optional<std::int32_t> at;  // second of the local day
  std::string minisign;            // a public key that parses; "" = unsigned
  std::string signature_url;       // http(s) or a path; given whenever `minisign` is
  std::string sha256;              // 64 lower-case digits
  std::string sha256_url;          // http(s) or a path
  std::string proxy;               // "" = none, whatever the environment says
  std::uint64_t max_bytes = std::uint64_t{512} << 20;
  std::chrono::seconds timeout{std::chrono::minutes(30)};  // of a download, from first to last
  double max_loss_percent = 10;
  double max_gain_percent = 50;
  bool subdomains = false;  // of hosts files: each name with all below it
  bool enabled = true;
  std::string taxonomy;  // what its words are read by (Taxonomy::words_digest): with another one it is read anew

  [[nodiscard]] bool verified() const { return !minisign.empty() || !sha256.empty() || !sha256_url.empty(); }
};

struct SourcesFile {
  std::vector<Source> sources;  // in the file's order, disabled ones too
  GuardSettings guards;
  std::vector<Problem> warnings;

  [[nodiscard]] const Source* find(std::string_view name) const;
  [[nodiscard]] static std::optional<SourcesFile> read(const std::filesystem::path& file, const Taxonomy& taxonomy,
                                                       Problems& problems);
};

// The guards as a publisher takes them, with the shares of each source.
[[nodiscard]] GuardRules guard_rules_of(const SourcesFile& file);

// Without the user name and password that it may hold: what messages show.
[[nodiscard]] std::string shown_url(std::string_view url);

}  // namespace citygate::categories
