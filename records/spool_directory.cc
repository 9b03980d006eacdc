#include "records/spool_directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/log.h"
#include "meter/varint.h"
#include "records/keys.h"

namespace citygate::records {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failed(const std::string& what, const fs::path& path, const std::error_code& error) {
  return fail(Error::Kind::Storage, what + " " + path.string() + ": " + error.message());
}

// False: another open descriptor has it.
Result<bool> lock(const UniqueFd& fd, const fs::path& path) {
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return fail_errno("lock " + path.string());
}

UniqueFd open_directory(const fs::path& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result<std::vector<std::uint16_t>> SpoolDirectory::incarnations() const {
  std::vector<std::uint16_t> out;
  std::error_code error;
  if (!fs::exists(root_, error)) return out;
  for (fs::directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::uint16_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (read.ec == std::errc{} && read.ptr == name.data() + name.size() && number != 0) out.push_back(number);
  }
  if (error) return failed("list", root_, error);
  std::ranges::sort(out);
  return out;
}

Result<bool> SpoolDirectory::runs(std::uint16_t incarnation) const {
  const UniqueFd fd = open_directory(directory(incarnation));
  if (!fd) return fail_errno("open " + directory(incarnation).string());
  CG_TRY(ours, lock(fd, directory(incarnation)));
  return !ours;
}

Result<std::uint64_t> SpoolDirectory::mark(std::uint16_t incarnation, std::uint8_t worker) const {
  CG_TRY(held, database_.get(Family::Meta, keys::mark(incarnation, worker)));
  if (!held) return 0;
  meter::VarintReader in(*held);
  const std::uint64_t position = in.number();
  if (!in.ok() || !in.done()) return fail(Error::Kind::Malformed, "the mark of a spool is damaged");
  return position;
}

void SpoolDirectory::put_mark(Batch& batch, std::uint16_t incarnation, std::uint8_t worker, std::uint64_t position) {
  std::string value;
  meter::append_varint(value, position);
  batch.put(Family::Meta, keys::mark(incarnation, worker), std::move(value));
}

Result<std::vector<fs::path>> SpoolDirectory::ring_files(std::uint16_t incarnation) const {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(directory(incarnation), error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".ring") out.push_back(it->path());
  if (error) return failed("list", directory(incarnation), error);
  std::ranges::sort(out);
  return out;
}

Result<std::vector<RecoveredRing>> SpoolDirectory::recover(std::uint16_t incarnation) {
  std::vector<RecoveredRing> out;
  CG_TRY(files, ring_files(incarnation));
  for (const fs::path& file : files) {
    auto ring = recover_ring(file, [&](std::uint16_t process, std::uint8_t worker) -> Result<std::uint64_t> {
      return mark(process, worker);
    });
    if (!ring && ring.error().kind == Error::Kind::Malformed) {
      log::error("{}; put aside, its records are not in the store", ring.error().context);
      fs::path aside = file;
      aside += ".damaged";
      std::error_code error;
      fs::rename(file, aside, error);
      if (error) return failed("put aside", file, error);
      continue;
    }
    if (!ring) return std::unexpected(ring.error());
    if (ring->lost_bytes != 0)
      log::warning("{}: {} bytes hold no whole record and were skipped", file.string(), ring->lost_bytes);
    if (!ring->records.empty()) out.push_back(std::move(*ring));
  }
  return out;
}

Result<std::vector<std::unique_ptr<Ring>>> SpoolDirectory::attach(std::uint16_t incarnation) const {
  std::vector<std::unique_ptr<Ring>> out;
  CG_TRY(files, ring_files(incarnation));
  for (const fs::path& file : files) {
    auto ring = Ring::attach(file);
    if (!ring && ring.error().kind == Error::Kind::Malformed) {
      log::error("{}; its process runs, and its records wait until that ends", ring.error().context);
      continue;
    }
    if (!ring) return std::unexpected(ring.error());
    out.push_back(std::move(*ring));
  }
  return out;
}

Result<std::uint16_t> SpoolDirectory::last_incarnation() const {
  std::uint16_t last = 0;
  CG_TRY(held, database_.get(Family::Meta, keys::kIncarnation));
  if (held) {
    const auto read = std::from_chars(held->data(), held->data() + held->size(), last);
    if (read.ec != std::errc{}) return fail(Error::Kind::Malformed, "the number of the last process is damaged");
  }
  CG_TRY(earlier, incarnations());
  return earlier.empty() ? last : std::max(last, earlier.back());
}

Result<std::uint16_t> SpoolDirectory::next_incarnation() {
  CG_TRY(last, last_incarnation());
  if (last == UINT16_MAX)
    return fail(Error::Kind::Storage,
                "all 65,535 numbers of processes are used up in this state directory; begin a new one");
  return static_cast<std::uint16_t>(last + 1);
}

Result<SpoolDirectory::Own> SpoolDirectory::create(std::uint16_t incarnation, unsigned workers, std::size_t bytes) {
  CG_CHECK(workers <= 256);
  const fs::path path = directory(incarnation);
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failed("create", path, error);
  Own out{.lock = open_directory(path), .rings = {}};
  if (!out.lock) return fail_errno("open " + path.string());
  CG_TRY(ours, lock(out.lock, path));
  if (!ours) return fail(Error::Kind::Refused, path.string() + " belongs to a process that runs");
  for (unsigned i = 0; i < workers; ++i) {
    CG_TRY(ring, Ring::create(path / ("worker-" + std::to_string(i) + ".ring"), bytes, incarnation,
                              static_cast<std::uint8_t>(i)));
    out.rings.push_back(std::move(ring));
  }
  CG_TRY_VOID(sync_directory(path));
  CG_TRY_VOID(sync_directory(root_));
  return out;
}

Result<void> SpoolDirectory::remove(std::uint16_t incarnation) {
  std::error_code error;
  if (fs::exists(directory(incarnation), error)) {
    CG_TRY(files, ring_files(incarnation));
    for (const fs::path& file : files)
      if (!error) fs::remove(file, error);
    if (error) return failed("remove rings in", directory(incarnation), error);
    fs::remove(directory(incarnation), error);  // stays while something damaged is kept in it
    CG_TRY_VOID(sync_directory(root_));
  }
  return drop_stale_marks();
}

Result<void> SpoolDirectory::drop_stale_marks() {
  std::vector<std::uint16_t> held;
  CG_TRY(earlier, incarnations());
  for (const std::uint16_t each : earlier) {
    CG_TRY(files, ring_files(each));
    if (!files.empty()) held.push_back(each);
  }
  Batch batch;
  CG_TRY_VOID(database_.scan(Family::Meta, "m", "n", [&](std::string_view key, std::string_view) {
    if (!std::ranges::binary_search(held, static_cast<std::uint16_t>(keys::number(key, 1, 2))))
      batch.remove(Family::Meta, std::string(key));
    return true;
  }));
  if (!batch.empty()) CG_TRY_VOID(database_.write(batch, Database::Durability::PowerLoss));
  return {};
}

}  // namespace citygate::records
