#include "categories/source_name.h"

#include <algorithm>

namespace citygate::categories {

bool good_source_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

std::string source_name_of(std::filesystem::path path) {
  if (path.filename().empty()) path = path.parent_path();
  std::string name = path.filename().string();
  for (bool again = true; again;) {
    again = false;
    for (std::string_view ending : {".gz", ".xz", ".zst", ".bz2", ".zip", ".tar", ".tgz", ".txt", ".csv", ".rpz",
                                    ".domains", ".hosts", ".list"}) {
      if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
      name.resize(name.size() - ending.size());
      again = true;
    }
  }
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')) c = '-';
  }
  return name;
}

bool reserved_source_name(std::string_view name) { return name == "overrides" || name == "signs"; }

}  // namespace citygate::categories
