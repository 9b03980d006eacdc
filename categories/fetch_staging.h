// fetch_staging.h - one source's place in the staging directory.
//
//   staging/<name>/fetch.json   what is remembered (fetch_state.h)
//                  part         a download that is under way or broke off
//                  whole/<file> fetched and verified, waiting to be accepted; its name is the list's own. A directory
//                               that is a source is read where it stands and has no copy here
//
// Thread    one at a time for each source.
#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "categories/fetch_state.h"

namespace citygate::categories {

class FetchStaging {
 public:
  // Makes what is missing. What was fetched for another request than `source` makes now is removed.
  [[nodiscard]] static Result<FetchStaging> open(const std::filesystem::path& staging, const Source& source);

  FetchState state;
  [[nodiscard]] Result<void> save() const { return write_fetch_state(home_ / "fetch.json", state); }

  [[nodiscard]] std::filesystem::path part() const { return home_ / "part"; }
  [[nodiscard]] std::filesystem::path whole() const { return home_ / "whole" / state.file; }

  // Opens the part to go on behind `bytes` of it; 0 begins anew.
  [[nodiscard]] Result<UniqueFd> open_part(std::uint64_t bytes) const;
  // Makes the part the fetched version under `file_name`. The part must have been synced.
  [[nodiscard]] Result<void> complete(FetchedVersion version, std::string_view file_name);
  // Removes a part, or a fetched version, and forgets it.
  void drop_part();
  void drop_fetched();

 private:
  explicit FetchStaging(std::filesystem::path home) : home_(std::move(home)) {}
  std::filesystem::path home_;
};

// "https://a.example/lists/ut1.tar.gz?x=1" → "ut1.tar.gz"; "list" where nothing is left.
[[nodiscard]] std::string staged_name(std::string_view place);

}  // namespace citygate::categories
