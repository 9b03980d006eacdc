// guard_settings.h - what must hold for new lists before they are published: the table [guards] of the sources file.
//
//   [guards]
//   protected = ["city.example"]      # hosts that no list may bring under a ban, each with all names below it
//   protected_file = "protected.txt"  # more of them, one a line, "#" comments; relative to the sources file
//   must_allow = ["https://www.city.example/"]   # URLs, or hosts
//   must_block = ["https://casino.example/"]
//   max_loss_percent = 10             # a source that lost more of its entries, or of one category, waits for a person
//   max_gain_percent = 50             # and one that gained more; both may be set for each source
//
// Ten: a list sheds a few entries in a hundred from one version to the next; a file that was cut short, or a category
// that went missing, is more. Fifty: growth is harmless more often, but a list half as large again is worth a look.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/document.h"

namespace citygate::categories {

// Where something was asked for, for the message of the guard that stops a publish.
struct GuardEntry {
  std::string text;  // a canonical host; of the canary a URL or host as written
  std::string file;
  int line = 0;
};

struct GuardSettings {
  std::vector<GuardEntry> protected_hosts;
  std::vector<GuardEntry> must_allow, must_block;
  double max_loss_percent = 10;
  double max_gain_percent = 50;
};

// Errors go to `problems`. `home`: the sources file's directory.
[[nodiscard]] GuardSettings read_guard_settings(const Node& table, const std::filesystem::path& home,
                                                Problems& problems);

}  // namespace citygate::categories
