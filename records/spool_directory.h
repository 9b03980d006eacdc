// spool_directory.h - spool/<incarnation>/worker-<n>.ring: which processes left what, which of them run, who comes
// next.
//
// A process holds a lock (flock) on its directory as long as it may write to its rings; the kernel drops it with the
// process, however that ends. Whose lock is free will never write again.
// Owner     the recorder. Thread: one at a time.
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

  // The processes that left a directory, the oldest first.
  [[nodiscard]] Result<std::vector<std::uint16_t>> incarnations() const;
  [[nodiscard]] Result<bool> runs(std::uint16_t incarnation) const;
  // How far the store has the records of a ring.
  [[nodiscard]] Result<std::uint64_t> mark(std::uint16_t incarnation, std::uint8_t worker) const;
  static void put_mark(Batch& batch, std::uint16_t incarnation, std::uint8_t worker, std::uint64_t position);

  // What a process that has ended left, each ring from its mark on. One whose head is damaged is put aside under the
  // name "...ring.damaged", for people to look at, and said in the log; a newer one is refused.
  [[nodiscard]] Result<std::vector<RecoveredRing>> recover(std::uint16_t incarnation);
  // The consumer's end of the rings of a process that runs. A damaged one is left out, and said in the log.
  [[nodiscard]] Result<std::vector<std::unique_ptr<Ring>>> attach(std::uint16_t incarnation) const;

  // The highest number of a process that left records, or may have; 0: none did.
  [[nodiscard]] Result<std::uint16_t> last_incarnation() const;
  // The number of this process: one more than that.
  [[nodiscard]] Result<std::uint16_t> next_incarnation();
  struct Own {
    UniqueFd lock;
    std::vector<std::unique_ptr<Ring>> rings;
  };
  [[nodiscard]] Result<Own> create(std::uint16_t incarnation, unsigned workers, std::size_t bytes);

  // Removes rings whose records are all in the store and synced, then their marks: in that order, because a ring
  // without its mark would be read again from its beginning.
  [[nodiscard]] Result<void> remove(std::uint16_t incarnation);
  // Drops marks whose process has left no directory: a restored backup has some.
  [[nodiscard]] Result<void> drop_stale_marks();

 private:
  [[nodiscard]] std::filesystem::path directory(std::uint16_t incarnation) const {
    return root_ / std::to_string(incarnation);
  }
  [[nodiscard]] Result<std::vector<std::filesystem::path>> ring_files(std::uint16_t incarnation) const;

  std::filesystem::path root_;
  Database& database_;
};

}  // namespace citygate::records
