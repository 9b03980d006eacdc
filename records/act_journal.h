// act_journal.h - the journal of acts as the store keeps it: an ActJournal whose acts stand in a chain of hashes.
//
// Owner     Store. Thread: any; appends one after the other.
// Errors    append: Malformed, TooLarge for an act that cannot be spelled (act_codec.h); Refused once another process has
//           the store; Storage when the disk does not take it. Nothing is kept then, and the next append can do better.
//           scan: Malformed, naming the first act that is not as it was kept. All but scan_links() say so once the end of
//           the journal is found damaged at start: a gateway must not go on from half of what people decided.
#pragma once

#include <cstdint>
#include <functional>

#include "base/act.h"
#include "records/act_chain.h"

namespace citygate::records {

// The field of an act that was made when the clock stood before the act that precedes it: "2 h 3 min before act 41".
inline constexpr std::string_view kClockField = "clock";

class ChainedActs : public ActJournal {
 public:
  // The lines as they are kept, unread: also those that are damaged.
  [[nodiscard]] virtual Result<void> scan_links(std::uint64_t from,
                                                const std::function<bool(const ActLink&)>& visit) const = 0;
  [[nodiscard]] virtual Result<ActHead> head() const = 0;  // number 0: no act yet
};

// Every act against its line and the one before it. Refused: the first that is not as it was kept, in words.
[[nodiscard]] Result<ActHead> verify_acts(const ChainedActs& acts);

}  // namespace citygate::records
