// protected_store.h - lists/protected: the names that were protected when an image of the history was compiled.
//
//   protected/<digest>   a name a line, sorted; the digest over them (protected_names.h) is its name and its checksum
//
// An old generation is compiled anew with the names of its time: with those of today it would say of an old refusal what nobody was told.
//
// Owner     Publisher. Thread: any; writers hold the store's lock. Errors: Storage, naming the file.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "base/result.h"
#include "categories/protected_names.h"

namespace citygate::categories {

class ProtectedStore {
 public:
  explicit ProtectedStore(const std::filesystem::path& lists) : root_(lists / "protected") {}

  // Nothing is written where there are none, or of what is kept already.
  [[nodiscard]] Result<void> keep(const ProtectedNames& names) const;
  [[nodiscard]] Result<ProtectedNames> read(const std::string& digest, const Taxonomy& taxonomy) const;
  // Removes what `needed` (digests) does not name. A failure costs disk space alone.
  void sweep(const std::set<std::string>& needed) const;

 private:
  std::filesystem::path root_;
};

}  // namespace citygate::categories
