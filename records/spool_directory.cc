#include "records/spool_directory.h"

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

Result<std::vector<RecoveredRing>> SpoolDirectory::recover() {
  std::vector<RecoveredRing> out;
  CG_TRY(earlier, incarnations());
  const auto mark = [&](std::uint16_t incarnation, std::uint8_t worker) -> Result<std::uint64_t> {
    CG_TRY(held, database_.get(Family::Meta, keys::mark(incarnation, worker)));
    if (!held) return 0;
    meter::VarintReader in(*held);
    const std::uint64_t position = in.number();
    if (!in.ok() || !in.done()) return fail(Error::Kind::Malformed, "the mark of a spool is damaged");
    return position;
  };
  for (const std::uint16_t number : earlier) {
    std::error_code error;
    for (fs::directory_iterator it(root_ / std::to_string(number), error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() != ".ring") continue;
      auto ring = recover_ring(it->path(), mark);
      if (!ring && ring.error().kind == Error::Kind::Malformed) {
        log::error("{}; put aside, its records are not in the store", ring.error().context);
        fs::path aside = it->path();
        aside += ".damaged";
        fs::rename(it->path(), aside, error);
        if (error) return failed("put aside", it->path(), error);
        continue;
      }
      if (!ring) return std::unexpected(ring.error());
      if (ring->lost_bytes != 0)
        log::warning("{}: {} bytes hold no whole record and were skipped", it->path().string(), ring->lost_bytes);
      if (!ring->records.empty()) out.push_back(std::move(*ring));
    }
    if (error) return failed("list", root_ / std::to_string(number), error);
  }
  return out;
}

Result<std::uint16_t> SpoolDirectory::next_incarnation() {
  std::uint32_t last = 0;
  CG_TRY(held, database_.get(Family::Meta, keys::kIncarnation));
  if (held) {
    const auto read = std::from_chars(held->data(), held->data() + held->size(), last);
    if (read.ec != std::errc{}) return fail(Error::Kind::Malformed, "the number of the last process is damaged");
  }
  CG_TRY(earlier, incarnations());
  if (!earlier.empty()) last = std::max<std::uint32_t>(last, earlier.back());
  if (last >= UINT16_MAX)
    return fail(Error::Kind::Storage,
                "all 65,535 numbers of processes are used up in this state directory; begin a new one");
  return static_cast<std::uint16_t>(last + 1);
}

Result<std::vector<std::unique_ptr<Ring>>> SpoolDirectory::create(std::uint16_t incarnation, unsigned workers,
                                                                  std::size_t bytes) {
  CG_CHECK(workers <= 256);
  const fs::path directory = root_ / std::to_string(incarnation);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return failed("create", directory, error);
  std::vector<std::unique_ptr<Ring>> out;
  for (unsigned i = 0; i < workers; ++i) {
    CG_TRY(ring, Ring::create(directory / ("worker-" + std::to_string(i) + ".ring"), bytes, incarnation,
                              static_cast<std::uint8_t>(i)));
    out.push_back(std::move(ring));
  }
  CG_TRY_VOID(sync_directory(directory));
  CG_TRY_VOID(sync_directory(root_));
  return out;
}

Result<void> SpoolDirectory::remove_drained() {
  CG_TRY(earlier, incarnations());
  for (const std::uint16_t number : earlier) {
    const fs::path directory = root_ / std::to_string(number);
    std::error_code error;
    std::vector<fs::path> rings;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
      if (it->path().extension() == ".ring") rings.push_back(it->path());
    for (const fs::path& ring : rings)
      if (!error) fs::remove(ring, error);
    if (error) return failed("remove rings in", directory, error);
    fs::remove(directory, error);  // stays while something damaged is kept in it
  }
  if (!earlier.empty()) CG_TRY_VOID(sync_directory(root_));
  Batch batch;
  CG_TRY_VOID(database_.scan(Family::Meta, "m", "n", [&](std::string_view key, std::string_view) {
    batch.remove(Family::Meta, std::string(key));
    return true;
  }));
  if (!batch.empty()) CG_TRY_VOID(database_.write(batch, Database::Durability::PowerLoss));
  return {};
}

}  // namespace citygate::records
