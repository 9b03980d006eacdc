// part_writer.h - takes the bytes of a list into its part file: bounded, hashed, looked at, synced.
//
// Errors    TooLarge, Malformed (an HTML page), Storage (a full disk says what to do). After one the part is of no use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "categories/content_check.h"
#include "categories/digest.h"
#include "categories/fetch_staging.h"

namespace citygate::categories {

class PartWriter {
 public:
  // Borrows `staging`. `place`: what messages call the list.
  PartWriter(FetchStaging& staging, std::string place, std::uint64_t max_bytes)
      : staging_(staging), place_(std::move(place)), max_bytes_(max_bytes) {}

  // Goes on behind the first `bytes` bytes of the part, which are read for the hash; 0 begins anew.
  [[nodiscard]] Result<void> begin(std::uint64_t bytes);
  // `total` bytes will come, with those there are: refused at once where they are too many for the limit or the disk.
  [[nodiscard]] Result<void> announce(std::uint64_t total) const;
  [[nodiscard]] Result<void> add(std::string_view block);
  // Hands all to the disk and waits.
  [[nodiscard]] Result<void> sync();
  [[nodiscard]] std::string finish_hex() { return digest_.finish_hex(); }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const ContentCheck& content() const { return content_; }

 private:
  [[nodiscard]] Result<void> look(std::string_view block);
  [[nodiscard]] std::unexpected<Error> disk_error(int code) const;

  FetchStaging& staging_;
  std::string place_;
  std::uint64_t max_bytes_;
  UniqueFd fd_;
  Digest digest_;
  ContentCheck content_;
  std::uint64_t bytes_ = 0;
};

}  // namespace citygate::categories
