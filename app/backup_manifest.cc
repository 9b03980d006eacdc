#include "app/backup_manifest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>

#include "base/file.h"
#include "base/hex.h"
#include "categories/digest.h"

namespace citygate::app {
namespace {

namespace fs = std::filesystem;

std::string sha256(std::string_view text) {
  categories::Digest digest;
  digest.add(text);
  return digest.finish_hex();
}

// Takes the next word off `rest`, up to a blank.
std::string_view word(std::string_view& rest) {
  const auto out = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(out.size() + 1, rest.size()));
  return out;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// What stays below the directory that it is taken from.
bool safe(const std::string& text) {
  const fs::path path = text;
  return !text.empty() && path.is_relative() && path.lexically_normal().generic_string() == text &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".." || part == "." || part.empty(); });
}

std::unexpected<Error> malformed(int line, std::string_view what) {
  return fail(Error::Kind::Malformed, fmt::format("{}: line {} {}", BackupManifest::kName, line, what));
}

class Reader {
 public:
  Result<BackupManifest> read(std::string_view text) {
    const auto end = text.rfind("end ");
    if (end == std::string_view::npos || (end > 0 && text[end - 1] != '\n') || !text.ends_with('\n'))
      return fail(Error::Kind::Malformed, "MANIFEST has no last line: the backup was not finished");
    // The checksum first: in a text that is whole, a strange line is another version's.
    const auto sum = text.substr(end + 4, text.size() - end - 5);
    if (sha256(text.substr(0, end)) != sum)
      return fail(Error::Kind::Malformed, "MANIFEST is damaged: its checksum is another");
    for (std::string_view rest = text.substr(0, end); !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      ++number_;
      CG_TRY_VOID(take(line));
    }
    if (number_ < 1) return malformed(1, "is missing");
    return std::move(out_);
  }

 private:
  Result<void> take(std::string_view line) {
    const auto key = word(line);
    if (number_ == 1) {
      int format = 0;
      if (key != "citygate" || word(line) != "backup" || !read_number(line, format))
        return malformed(1, "is not 'citygate backup 1'");
      if (format != BackupManifest::kFormat)
        return fail(Error::Kind::Refused, fmt::format("the backup is of format {}; this citygate knows format {}",
                                                      format, BackupManifest::kFormat));
      return {};
    }
    if (key == "state" && read_number(line, out_.state_format)) return {};
    if (key == "records" && read_number(line, out_.records)) return {};
    if (key == "version" || key == "made") {
      (key == "version" ? out_.version : out_.made) = line;
      return {};
    }
    if (key != "file") return malformed(number_, "is not understood");
    BackupManifest::File file;
    file.sha256 = word(line);
    const auto bytes = word(line);
    file.path = line;
    if (!is_hex(file.sha256, kSha256Digits) || !read_number(bytes, file.bytes))
      return malformed(number_, "is not 'file SHA-256 BYTES PATH'");
    if (!safe(file.path) || (!out_.files.empty() && file.path <= out_.files.back().path))
      return malformed(number_, fmt::format("names a path that no backup has: {}", file.path));
    out_.files.push_back(std::move(file));
    return {};
  }

  int number_ = 0;
  BackupManifest out_;
};

}  // namespace

std::string BackupManifest::to_string() const {
  std::string out = fmt::format("citygate backup {}\nstate {}\nversion {}\nmade {}\nrecords {}\n", kFormat,
                                state_format, version, made, records);
  for (const File& file : files)
    fmt::format_to(std::back_inserter(out), "file {} {} {}\n", file.sha256, file.bytes, file.path);
  return fmt::format("{}end {}\n", out, sha256(out));
}

Result<BackupManifest> BackupManifest::parse(std::string_view text) { return Reader().read(text); }

Result<BackupManifest::File> copy_hashed(const fs::path& from, const fs::path& to) {
  const UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!in) return fail_errno("read " + from.string());
  const UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return fail_errno("write " + to.string());
  categories::Digest digest;
  BackupManifest::File file;
  std::string block(std::size_t{1} << 20, '\0');
  for (;;) {
    const ssize_t got = ::read(in.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + from.string());
    if (got == 0) break;
    std::string_view rest(block.data(), static_cast<std::size_t>(got));
    digest.add(rest);
    file.bytes += rest.size();
    while (!rest.empty()) {
      const ssize_t put = ::write(out.get(), rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail_errno("write " + to.string());
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  if (::fsync(out.get()) != 0) return fail_errno("write " + to.string());
  file.sha256 = digest.finish_hex();
  return file;
}

Result<std::vector<std::string>> files_below(const fs::path& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const auto status = it->symlink_status(error);
    if (error) break;
    if (fs::is_directory(status)) continue;
    const std::string path = it->path().lexically_relative(directory).generic_string();
    if (!fs::is_regular_file(status) || path.find('\n') != std::string::npos)
      return fail(Error::Kind::Refused, fmt::format("{} is no plain file", it->path().string()));
    out.push_back(path);
  }
  if (error) return fail(Error::Kind::Storage, fmt::format("read {}: {}", directory.string(), error.message()));
  std::ranges::sort(out);
  return out;
}

}  // namespace citygate::app
