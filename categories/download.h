// download.h - one source's list by HTTP into its part file: asks only for what is new, goes on where it broke off.
//
// RFC 9110 sections 13.1 (If-None-Match, If-Modified-Since, If-Range), 14.2 (Range), 15.3.7 (206), 15.5.17 (416).
// A server that ignores Range sends all, and the part begins anew; one that sends another part than was asked for is asked
// once more for all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "categories/fetch.h"
#include "categories/fetch_staging.h"
#include "categories/part_writer.h"

namespace citygate::categories {

struct Downloaded {
  bool not_modified = false;
  FetchedVersion version;  // the part is complete and synced; not verified
  std::uint64_t resumed_from = 0;
  std::vector<std::string> notes;
};

// `known`: the version that need not come again; null to fetch in any case. After an error the staging holds a part to go
// on with, or none.
[[nodiscard]] Result<Downloaded> download(const Source& source, const FetchOptions& options,
                                          const FetchedVersion* known, FetchStaging& staging);

}  // namespace citygate::categories
