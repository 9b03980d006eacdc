// gzip_input.h - a gzip file as what is in it, for libarchive, whose own reader passes over the checksum at the end.
//
// Lifetime  outlives the archive that reads it.
// Errors    told to the archive: data that is broken, does not fit its checksum or length, or ends too early.
// Source    RFC 1952, section 2.3.1.
#pragma once

#include <archive.h>

#include <filesystem>
#include <memory>
#include <vector>

struct gzFile_s;

namespace citygate::categories {

class GzipInput {
 public:
  // Null: `file` is no gzip file, or cannot be opened.
  [[nodiscard]] static std::unique_ptr<GzipInput> open(const std::filesystem::path& file);
  ~GzipInput();
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  // Opens `reader` on it.
  [[nodiscard]] int feed(archive* reader);

 private:
  explicit GzipInput(gzFile_s* file);
  static la_ssize_t read(archive* reader, void* self, const void** block);

  gzFile_s* file_;
  std::vector<char> block_;
};

}  // namespace citygate::categories
