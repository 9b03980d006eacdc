// fetch.h - gets a list from where its source says, whole and verified, or says that there is nothing new.
//
//   fetch_source ──▶ NotModified                     the version accepted last is still the one
//                └─▶ Fetched: a file in staging ──▶ read, compile, guard ──▶ accept_fetched()
//
// What was fetched but not accepted is given again at the next call, without a download: an update that a guard holds back,
// or that a kill cut short, is never taken for done. A download that broke off goes on where it broke if the server can
// prove that the list is still the same one.
//
// Thread    blocks, for minutes at worst: builders and commands, never a worker. One at a time for each source.
// Errors    all begin with "source 'name': " and the place. NotFound (404), Refused (other statuses, not trusted, signature,
//           checksum), Malformed (HTML), TooLarge, Timeout, Storage. Nothing half is ever given; on a full disk what had
//           come is removed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "categories/fetch_state.h"
#include "categories/http_get.h"
#include "categories/sources_file.h"

namespace citygate::categories {

struct FetchProgress {
  std::uint64_t bytes = 0;  // that are here
  std::uint64_t total = 0;  // 0: nobody said
};

struct FetchOptions {
  enum class When : std::uint8_t {
    Changed,     // unless the version accepted last is still the one
    NotInForce,  // what was accepted is not in force: it is given in any case. A download that broke off goes on
    Always,      // without asking whether it changed, and from the beginning
  };

  std::filesystem::path staging;  // directory of all sources; made when missing
  std::string user_agent;         // "citygate/0.1.0"
  WallTime now{};                 // kept as the time of the attempt
  When when = When::Changed;
  HttpLimits limits;
  std::function<void(const FetchProgress&)> progress;  // may be empty; at every block
  std::function<bool()> cancelled;                     // may be empty; asked now and then
};

struct FetchOutcome {
  enum class What : std::uint8_t { NotModified, Fetched };

  What what = What::NotModified;
  std::filesystem::path file;      // Fetched: what to read; of a source that is a directory, that directory
  FetchedVersion version;          // of the file, or of what was accepted
  std::uint64_t resumed_from = 0;  // bytes that an earlier attempt had brought
  std::vector<std::string> notes;  // for a person: "the server does not say how long the list is"
};

[[nodiscard]] Result<FetchOutcome> fetch_source(const Source& source, const FetchOptions& options);

// To be asked once `fetched` was read: a source that is a directory is read where it stands, where whatever writes it may have begun
// meanwhile. Malformed when it is not as it was fetched: what was read is no version of it, and is not to be kept.
[[nodiscard]] Result<void> check_unchanged(const Source& source, const FetchOutcome& fetched);

// The fetched version is published: from now on it is what "not modified" means, and its file is removed.
[[nodiscard]] Result<void> accept_fetched(const Source& source, const std::filesystem::path& staging);
// It could not be used, or not now: it is given again, and until then counts as an attempt that failed.
[[nodiscard]] Result<void> reject_fetched(const Source& source, const std::filesystem::path& staging, std::string why);

// What is remembered, for the schedule and for `lists status`; empty for a source that was never
// asked, or for something else than its settings say now.
[[nodiscard]] FetchState fetch_state_of(const Source& source, const std::filesystem::path& staging);

// Removes what staging holds of sources that `keep` does not name.
void forget_other_sources(const std::filesystem::path& staging, const std::vector<Source>& keep);

}  // namespace citygate::categories
