// held_reader.h - the bytes of a held file as they are given out, and whether they are those that were approved.
//
// Each piece is hashed as it is read, so nobody waits for a look at the whole file; the piece that ends it is given only
// where the hash is right. Whoever is to have a file of other bytes never has it whole.
// Owner     one transfer. Thread: one at a time. Cost: a read and a SHA-256 of each piece.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "categories/digest.h"

namespace citygate::console {

class HeldReader {
 public:
  HeldReader(UniqueFd file, std::uint64_t bytes, std::string sha256)
      : file_(std::move(file)), bytes_(bytes), sha256_(std::move(sha256)) {}

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // How many it has put there; 0: all have been read. Malformed: the file is not what was approved.
  [[nodiscard]] Result<std::size_t> read(std::span<char> into);

 private:
  UniqueFd file_;
  std::uint64_t bytes_, done_ = 0;
  std::string sha256_;
  categories::Digest digest_;
};

}  // namespace citygate::console
