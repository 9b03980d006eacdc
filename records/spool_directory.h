// spool_directory.h - spool/<incarnation>/worker-<n>.ring: which processes left what, and who comes next.
//
// Owner     the recorder, while it opens and stops. Thread: one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "records/database.h"
#include "records/ring.h"

namespace citygate::records {

class SpoolDirectory {
 public:
  SpoolDirectory(std::filesystem::path root, Database& database) : root_(std::move(root)), database_(database) {}

  // The rings of earlier processes, each from its mark on. One whose head is damaged is put aside under the name
  // "...ring.damaged", for people to look at, and said in the log; a newer one is refused.
  [[nodiscard]] Result<std::vector<RecoveredRing>> recover();
  // The number of this process: one more than any that left records.
  [[nodiscard]] Result<std::uint16_t> next_incarnation();
  [[nodiscard]] Result<std::vector<std::unique_ptr<Ring>>> create(std::uint16_t incarnation, unsigned workers,
                                                                  std::size_t bytes);
  // Removes rings whose records are all in the store and synced, then their marks: in that order, because a ring
  // without its mark would be read again from its beginning.
  [[nodiscard]] Result<void> remove_drained();

 private:
  [[nodiscard]] Result<std::vector<std::uint16_t>> incarnations() const;

  std::filesystem::path root_;
  Database& database_;
};

}  // namespace citygate::records
