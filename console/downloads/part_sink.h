// part_sink.h - a program on its way into the held files: written to a part file, hashed, and looked at.
//
// Owner     one fetch (held_store.h). Thread: the fetch's.
// Errors    end the transfer: TooLarge, whatever `grow_to` says, Refused as soon as its bytes show that it is no program.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/http_get.h"
#include "console/downloads/held_store.h"

namespace citygate::console {

class PartSink final : public categories::HttpSink {
 public:
  // Makes room for that many bytes in all.
  using GrowTo = std::function<Result<void>(std::uint64_t bytes)>;
  PartSink(UniqueFd file, const std::string& url, std::uint64_t most, GrowTo grow_to)
      : file_(std::move(file)), url_(url.substr(0, url.find('?'))), most_(most), grow_to_(std::move(grow_to)) {}

  Result<void> head(const categories::HttpHead& head) override;
  Result<void> bytes(std::string_view block) override;
  [[nodiscard]] Result<HeldFile> finish();  // once; its bytes are on the disk

 private:
  [[nodiscard]] std::unexpected<Error> too_large(std::uint64_t bytes) const;
  [[nodiscard]] Result<void> find_kind();
  [[nodiscard]] Result<void> write(std::string_view block);

  UniqueFd file_;
  const std::string url_;  // that was asked for, without its query
  const std::uint64_t most_;
  const GrowTo grow_to_;
  categories::Digest digest_;
  categories::HttpHead head_;
  std::string first_;  // bytes, as many as tell what the file is
  HeldFile out_;
};

[[nodiscard]] std::string megabytes(std::uint64_t bytes);  // "1.5 MB"

}  // namespace citygate::console
