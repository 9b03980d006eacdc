// fetch_state.h - what is remembered of a source between two fetches: fetch.json of its staging directory.
//
// A cache: where it is missing or damaged the source is fetched from the beginning, and nothing else is lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "categories/sources_file.h"

namespace citygate::categories {

// A version of a list, and what to ask the server by whether there is a newer one.
struct FetchedVersion {
  std::string sha256;  // "" = there is none
  std::uint64_t bytes = 0;
  std::string etag, last_modified;  // of HTTP
  std::string look;                 // of a path: digest of names, sizes, times and inodes
  std::string comment;              // trusted, of its signature
  friend bool operator==(const FetchedVersion&, const FetchedVersion&) = default;
};

struct FetchState {
  std::string asked;          // digest of what was configured; when that changes, what was fetched is void
  FetchedVersion accepted;    // the version that was published last
  FetchedVersion fetched;     // lies in staging, whole and verified, not accepted yet
  std::string file;           // its name there
  struct Part {               // a download that broke off
    std::uint64_t bytes = 0;  // that are on the disk for certain
    std::string etag, last_modified;
    std::string validator;  // what If-Range may say; "" = it must begin anew
  } part;
  // For the schedule and for people.
  std::optional<WallTime> last_attempt, last_success;
  int failures = 0;  // in a row
  std::string last_error;

  void succeeded(WallTime when) {
    last_success = when;
    failures = 0;
    last_error.clear();
  }
};

[[nodiscard]] Result<void> write_fetch_state(const std::filesystem::path& file, const FetchState& state);
// Empty when there is none, or none that can be used.
[[nodiscard]] FetchState read_fetch_state(const std::filesystem::path& file);

// Over all that decides which bytes are fetched, whether they are believed, and what is made of them.
[[nodiscard]] std::string digest_of_request(const Source& source);

}  // namespace citygate::categories
