// host_table_writer.h - writes hosts.table and hosts.lines from items in the order of their hashes.
//
// Owner     HostTableBuilder, for one build.
// Cost      one pass: every byte of both files is written once, in order.
// Errors    TooLarge: more than 65,535 sets. A retryable Bug: two names collide under this key.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "matcher/host_hash.h"
#include "matcher/host_items.h"
#include "matcher/host_sets.h"
#include "matcher/host_table_builder.h"
#include "matcher/host_table_format.h"

namespace citygate::matcher {

class HostTableWriter {
 public:
  HostTableWriter(std::uint64_t key, HashFamily family, std::uint64_t names, std::uint64_t namings);
  // All items of one hash, ascending; hashes ascend from call to call.
  [[nodiscard]] Result<void> add(std::span<const HostItem> same_hash);
  [[nodiscard]] HostFiles finish();

 private:
  [[nodiscard]] std::uint64_t* entries() { return reinterpret_cast<std::uint64_t*>(files_.table.data() + buckets_at_); }
  [[nodiscard]] std::uint32_t* firsts() { return reinterpret_cast<std::uint32_t*>(files_.lines.data() + firsts_at_); }
  [[nodiscard]] std::uint64_t* filter() { return reinterpret_cast<std::uint64_t*>(files_.table.data() + filter_at_); }
  void skip_to(std::uint64_t slot);
  void finish_table();
  void finish_lines();

  format::TableHeader table_{};
  format::LinesHeader lines_{};
  std::uint64_t buckets_at_ = 0, filter_at_ = 0, firsts_at_ = 0, namings_at_ = 0;
  HostFiles files_;
  HostSets sets_;
  std::uint64_t next_slot_ = 0, next_naming_ = 0;
  std::vector<std::uint16_t> marks_;  // of the name at hand
};

}  // namespace citygate::matcher
