// sealed_tally.h - sealed records counted into groups, and forgotten.
//
// An exchange counts with its last slice, as everywhere; its hours are those of all slices, so a tunnel of a day is a day.
// Owner     one call of Store::sealed_summary(). Memory: an entry for each hour and each person of a group.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "base/record.h"
#include "records/store.h"

namespace citygate::records {

class SealedTally {
 public:
  explicit SealedTally(const SealedGroup& group) : group_(group) {}

  void add(const Record& record);
  void visit(const std::function<void(const SealedSummary&)>& visit) const;

 private:
  struct Sums {
    std::uint64_t exchanges = 0, refused = 0;
    std::set<std::int64_t> hours;  // since 1970
    std::set<PersonId> officers;
  };
  const SealedGroup& group_;
  std::map<std::uint32_t, Sums> groups_;
};

}  // namespace citygate::records
