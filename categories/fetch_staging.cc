#include "categories/fetch_staging.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNameBytes = 100;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

Result<FetchStaging> FetchStaging::open(const fs::path& staging, const Source& source) {
  FetchStaging out(staging / source.name);
  std::error_code error;
  fs::create_directories(out.home_ / "whole", error);
  if (error) return fail(Error::Kind::Storage, "create " + (out.home_ / "whole").string() + ": " + error.message());
  out.state = read_fetch_state(out.home_ / "fetch.json");
  const std::string asked = digest_of_request(source);
  if (out.state.asked != asked) {
    out.drop_part();
    out.drop_fetched();
    out.state = {};  // its past too: what is asked for anew is due at once
    out.state.asked = asked;
  }
  // A kill between two steps, or a person with a broom.
  if (!out.state.fetched.sha256.empty() && !out.state.file.empty() &&
      (fs::file_size(out.whole(), error) != out.state.fetched.bytes || error))
    out.drop_fetched();
  // One that is shorter than what is known of it would be filled up with zeros.
  const auto part_bytes = fs::file_size(out.part(), error);
  if (out.state.part.bytes == 0 || error || part_bytes < out.state.part.bytes) out.drop_part();
  return out;
}

Result<UniqueFd> FetchStaging::open_part(std::uint64_t bytes) const {
  UniqueFd fd(::open(part().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (bytes == 0 ? O_TRUNC : 0), 0600));
  if (!fd) return fail_errno("create " + part().string());
  if (bytes > 0 && (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 || ::lseek(fd.get(), 0, SEEK_END) < 0))
    return fail_errno("go on with " + part().string());
  return fd;
}

Result<void> FetchStaging::complete(FetchedVersion version, std::string_view file_name) {
  const bool replaces = !state.fetched.sha256.empty();
  drop_fetched();
  // A kill after the rename must not leave the new file under the digest and the tag of the one before.
  if (replaces) CG_TRY_VOID(save());
  state.file = file_name;
  if (::rename(part().c_str(), whole().c_str()) != 0) return fail_errno("rename to " + whole().string());
  CG_TRY_VOID(sync_directory(whole().parent_path()));
  state.fetched = std::move(version);
  state.part = {};
  return {};
}

void FetchStaging::drop_part() {
  std::error_code ignored;
  fs::remove(part(), ignored);
  state.part = {};
}

void FetchStaging::drop_fetched() {
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(home_ / "whole", ignored)) fs::remove(file.path(), ignored);
  state.fetched = {};
  state.file.clear();
}

std::string staged_name(std::string_view place) {
  if (place.find("://") != std::string_view::npos) place = place.substr(0, place.find_first_of("?#"));
  const auto slash = place.rfind('/');
  place.remove_prefix(slash == std::string_view::npos ? 0 : slash + 1);
  if (place.size() > kMaxNameBytes) place.remove_prefix(place.size() - kMaxNameBytes);  // the ending says what it is
  std::string out;
  for (const char c : place) {
    if (out.empty() && c == '.') continue;  // no hidden name, nor ".."
    out += plain(c) ? c : '-';
  }
  return out.empty() ? "list" : out;
}

}  // namespace citygate::categories
