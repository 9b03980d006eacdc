#include "categories/gzip_input.h"

#include <zlib.h>

#include <cerrno>

namespace citygate::categories {
namespace {

constexpr unsigned kBlockBytes = 1U << 17;

}  // namespace

std::unique_ptr<GzipInput> GzipInput::open(const std::filesystem::path& file) {
  gzFile opened = gzopen(file.c_str(), "rbe");
  if (opened == nullptr) return nullptr;
  std::unique_ptr<GzipInput> out(new GzipInput(opened));
  gzbuffer(opened, kBlockBytes);
  if (gzdirect(opened) != 0) return nullptr;  // bytes that are no gzip would be handed on as they are
  return out;
}

GzipInput::GzipInput(gzFile_s* file) : file_(file), block_(kBlockBytes) {}

GzipInput::~GzipInput() { gzclose(file_); }

int GzipInput::feed(archive* reader) { return archive_read_open(reader, this, nullptr, &GzipInput::read, nullptr); }

la_ssize_t GzipInput::read(archive* reader, void* self, const void** block) {
  auto& input = *static_cast<GzipInput*>(self);
  const int size = gzread(input.file_, input.block_.data(), kBlockBytes);
  // A file that is cut gives what it has, and says so on the side.
  int code = Z_OK;
  const char* why = gzerror(input.file_, &code);
  if (size < 0 || code != Z_OK) {
    archive_set_error(reader, EINVAL, "the gzip data is damaged or cut (%s)", why);
    return ARCHIVE_FATAL;
  }
  *block = input.block_.data();
  return size;
}

}  // namespace citygate::categories
