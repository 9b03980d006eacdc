#include "categories/intake.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>
#include <system_error>
#include <vector>

#include "categories/gzip_input.h"
#include "categories/tally.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

struct FreeArchive {
  void operator()(archive* open) const { archive_read_free(open); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

struct Opened {
  std::unique_ptr<GzipInput> gzip;  // read by the archive
  Archive reader;
};

std::string without_packing(std::string name) {
  for (std::string_view ending : {".gz", ".xz", ".zst", ".bz2"})
    if (name.size() > ending.size() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

bool leads_outside(const std::string& name) {
  const fs::path path(name);
  return path.is_absolute() || std::ranges::find(path, fs::path("..")) != path.end();
}

struct Walk {
  const IntakeLimits& limits;
  IntakeSink& sink;
  std::uint64_t bytes = 0, files = 0;
  bool gzip = false;  // of the file being read, whose packing libarchive does not see

  Result<void> content(archive* from, const std::string& shown) {
    for (;;) {
      const void* data = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int code = archive_read_data_block(from, &data, &size, &offset);
      if (code == ARCHIVE_EOF) return {};
      if (code != ARCHIVE_OK) return broken(from, shown);
      bytes += size;
      if (bytes > limits.unpacked_bytes)
        return fail(Error::Kind::TooLarge, shown + ": unpacks to more than " +
                                               std::to_string(limits.unpacked_bytes >> 20) +
                                               " MiB; nothing was imported");
      CG_TRY_VOID(sink.block({static_cast<const char*>(data), size}));
    }
  }

  // Each thing of an archive or directory, whatever it is: a million empty ones cost time too.
  Result<void> count(const fs::path& in) {
    if (++files <= limits.files) return {};
    return fail(Error::Kind::TooLarge,
                in.string() + ": holds more than " + std::to_string(limits.files) + " files; nothing was imported");
  }

  // Two packings, one inside the other, are how a megabyte becomes a terabyte; no list comes so.
  Result<void> packed_once(archive* from, const std::string& shown) const {
    if (archive_filter_count(from) <= (gzip ? 1 : 2)) return {};
    return fail(Error::Kind::Malformed, shown + ": is compressed twice; nothing was imported");
  }

  Result<void> one(archive* from, const std::string& name, const std::string& shown) {
    CG_TRY_VOID(packed_once(from, shown));
    CG_TRY(want, sink.begin(name));
    if (want == IntakeSink::Want::Nothing) return {};
    CG_TRY_VOID(content(from, shown));
    return sink.end();
  }

  static std::unexpected<Error> broken(archive* from, const std::string& shown) {
    const char* why = archive_error_string(from);
    return fail(Error::Kind::Malformed,
                shown + ": cannot be unpacked: " + (why ? why : "unknown error") + "; nothing was imported");
  }

  Result<Opened> open(const fs::path& file, bool tarballs) {
    Opened opened{.gzip = GzipInput::open(file), .reader = Archive(archive_read_new())};
    const Archive& out = opened.reader;
    archive_read_support_filter_gzip(out.get());
    archive_read_support_filter_xz(out.get());
    archive_read_support_filter_zstd(out.get());
    archive_read_support_filter_bzip2(out.get());
    if (tarballs) {
      archive_read_support_format_tar(out.get());
      archive_read_support_format_zip(out.get());
    }
    archive_read_support_format_raw(out.get());
    archive_read_support_format_empty(out.get());
    gzip = opened.gzip != nullptr;
    const int code =
        gzip ? opened.gzip->feed(out.get()) : archive_read_open_filename(out.get(), file.c_str(), std::size_t{1} << 17);
    if (code != ARCHIVE_OK) return broken(out.get(), file.string());
    return opened;
  }

  Result<void> directory(const fs::path& root) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
      CG_TRY_VOID(count(root));
      if (it->is_symlink(error)) {
        sink.link(it->path().lexically_relative(root).string(), fs::read_symlink(it->path(), error).string());
      } else if (it->is_regular_file(error)) {
        found.push_back(it->path());
      }
    }
    if (error) return fail(Error::Kind::Storage, "read " + root.string() + ": " + error.message());
    std::ranges::sort(found);
    for (const auto& file : found) {
      CG_TRY(opened, open(file, false));
      const Archive& from = opened.reader;
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(from.get(), &entry);
      if (code == ARCHIVE_EOF) continue;  // empty
      if (code != ARCHIVE_OK) return broken(from.get(), file.string());
      CG_TRY_VOID(one(from.get(), without_packing(file.lexically_relative(root).string()), file.string()));
    }
    return {};
  }

  Result<void> tarball(archive* from, archive_entry* entry, const fs::path& file) {
    for (int code = ARCHIVE_OK; code != ARCHIVE_EOF; code = archive_read_next_header(from, &entry)) {
      if (code < ARCHIVE_WARN) return broken(from, file.string());  // a warning: the name is not in our alphabet
      CG_TRY_VOID(count(file));
      const char* raw = archive_entry_pathname(entry);
      std::string name = raw ? raw : "";
      if (name.empty() || leads_outside(name))
        return fail(Error::Kind::Malformed, file.string() + ": holds the file name '" + printable(name) +
                                                "', which leads outside the archive; nothing was imported");
      name = fs::path(name).lexically_normal().string();
      const char* link = archive_entry_symlink(entry);
      if (!link) link = archive_entry_hardlink(entry);
      if (link) {
        sink.link(name, link);
      } else if (archive_entry_filetype(entry) == AE_IFREG) {
        CG_TRY_VOID(one(from, name, file.string() + ": " + printable(name)));
      } else if (archive_entry_filetype(entry) != AE_IFDIR) {
        return fail(Error::Kind::Malformed, file.string() + ": holds '" + printable(name) +
                                                "', a device or the like, which no list has; nothing was imported");
      }
    }
    return {};
  }
};

}  // namespace

Result<void> walk_intake(const fs::path& path, const IntakeLimits& limits, IntakeShape& shape, IntakeSink& sink) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return fail(Error::Kind::NotFound, path.string() + ": no such file or directory");
  Walk walk{limits, sink};
  if (fs::is_directory(status)) {
    shape = IntakeShape::Tree;
    return walk.directory(path);
  }
  if (!fs::is_regular_file(status))
    return fail(Error::Kind::Malformed, path.string() + ": is neither file nor directory");
  CG_TRY(opened, walk.open(path, true));
  const Archive& from = opened.reader;
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(from.get(), &entry);
  CG_TRY_VOID(walk.packed_once(from.get(), path.string()));
  if (code == ARCHIVE_EOF)
    return fail(Error::Kind::Malformed,
                path.string() + ": is empty, or an archive without files; nothing was imported");
  if (code < ARCHIVE_WARN) return Walk::broken(from.get(), path.string());
  shape = archive_format(from.get()) == ARCHIVE_FORMAT_RAW ? IntakeShape::OneFile : IntakeShape::Tree;
  if (shape == IntakeShape::Tree) return walk.tarball(from.get(), entry, path);
  return walk.one(from.get(), without_packing(path.filename().string()), path.string());
}

}  // namespace citygate::categories
