#include "categories/history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "categories/digest.h"
#include "categories/sealed_json.h"

namespace citygate::categories {
namespace {

constexpr int kFormat = 2;
constexpr std::size_t kMaxLogBytes = std::size_t{1} << 30;
constexpr std::chrono::days kKept(400), kLongestStep(30);

Json json_of(const HistoryEntry& entry) {
  Json sources = Json::array();
  for (const auto& source : entry.sources) sources.push_back({source.name, source.id, source.version});
  return {{"generation", hex16(entry.generation.value)},
          {"image", entry.image},
          {"at", entry.at},
          {"verb", entry.verb},
          {"author", entry.author},
          {"reason", entry.reason},
          {"sources", std::move(sources)},
          {"protected", entry.protected_digest},
          {"overrides", entry.overrides},
          {"entries", entry.entries},
          {"added", entry.added},
          {"removed", entry.removed}};
}

HistoryEntry entry_of(const Json& json) {
  HistoryEntry out;
  out.generation = GenerationId{parse_hex16(json.at("generation").get<std::string>()).value_or(0)};
  out.image = json.at("image");
  out.at = json.at("at");
  out.verb = json.at("verb");
  out.author = json.at("author");
  out.reason = json.at("reason");
  for (const auto& source : json.at("sources")) out.sources.push_back({source.at(0), source.at(1), source.at(2)});
  out.protected_digest = json.value("protected", "");
  for (const auto& number : json.at("overrides")) out.overrides.push_back(number);
  out.entries = json.at("entries");
  out.added = json.at("added");
  out.removed = json.at("removed");
  return out;
}

bool same(const HistoryEntry& a, const HistoryEntry& b) {
  return a.generation == b.generation && a.at == b.at && a.verb == b.verb;
}

std::string line_of(const HistoryEntry& entry) {
  const Json clean = clean_json(json_of(entry));
  return Json{{"sha256", json_checksum(clean)}, {"content", clean}}.dump() + "\n";
}

std::optional<HistoryEntry> read_line(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    if (json.at("sha256") != json_checksum(json.at("content"))) return std::nullopt;
    return entry_of(json.at("content"));
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// How many of `entries`, from the oldest on, are too old.
std::size_t outdated(const std::vector<HistoryEntry>& entries, WallTime now) {
  WallTime::duration age{};
  WallTime later = now;
  for (std::size_t left = entries.size(); left > 0; --left) {
    const WallTime at = parse_utc_text(entries[left - 1].at).value_or(later);
    age += std::clamp<WallTime::duration>(later - at, {}, kLongestStep);
    if (age > kKept) return left;
    later = at;
  }
  return 0;
}

}  // namespace

const HistoryEntry* one_before(const std::vector<HistoryEntry>& entries) {
  std::vector<const HistoryEntry*> way;  // to what is in force
  for (const auto& entry : entries) {
    const bool back = entry.verb == "rollback";
    if (entry.image.empty()) {
      if (back) way.clear();
      continue;
    }
    const auto same = std::ranges::find_if(way.rbegin(), way.rend(),
                                           [&](const HistoryEntry* one) { return one->sources == entry.sources; });
    if (back && same != way.rend()) way.erase(same.base(), way.end());
    // Overrides, and names protected from then on, make no other lists.
    if (!way.empty() && way.back()->sources == entry.sources) way.pop_back();
    way.push_back(&entry);
  }
  return way.size() < 2 ? nullptr : way[way.size() - 2];
}

Result<std::optional<HistoryEntry>> History::current() const {
  auto found = open_sealed_json(current_, kFormat,
                                [](const Json& json) { return json.is_null() ? HistoryEntry() : entry_of(json); });
  if (found) return std::optional(*std::move(found));
  if (found.error().kind == Error::Kind::NotFound) return std::optional<HistoryEntry>();
  return std::unexpected(std::move(found).error());
}

Result<void> History::put(const HistoryEntry& entry) const {
  CG_TRY_VOID(mend());  // else an entry that a full disk kept out of the log would now be lost
  CG_TRY_VOID(replace_file(current_, seal_json(json_of(entry), kFormat)));
  static_cast<void>(append(entry));
  return {};
}

Result<void> History::append(const HistoryEntry& entry) const {
  const UniqueFd fd(::open(log_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("open " + log_.string());
  std::string text = line_of(entry);
  // A line that was torn ends here, whatever it holds.
  char last = '\n';
  if (const off_t size = ::lseek(fd.get(), 0, SEEK_END); size > 0 && ::pread(fd.get(), &last, 1, size - 1) != 1)
    return fail_errno("read " + log_.string());
  if (last != '\n') text.insert(0, "\n");
  for (std::string_view left = text; !left.empty();) {
    const ssize_t n = ::write(fd.get(), left.data(), left.size());
    if (n < 0 && errno != EINTR) return fail_errno("write " + log_.string());
    if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(fd.get()) == 0 ? Result<void>() : fail_errno("sync " + log_.string());
}

Result<std::vector<HistoryEntry>> History::all() const {
  CG_TRY(out, logged());
  // A damaged `current` is told where it is to be put in force; here it would hide all that went before.
  if (auto now = current(); now && *now && (out.empty() || !same(out.back(), **now))) out.push_back(**std::move(now));
  return std::move(out);
}

Result<std::vector<HistoryEntry>> History::logged() const {
  std::lock_guard lock(mutex_);
  const UniqueFd fd(::open(log_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::vector<HistoryEntry>();
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return fail_errno("open " + log_.string());
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (info.st_ino != read_.inode || size < read_.bytes) read_ = {.inode = info.st_ino, .bytes = 0, .entries = {}};
  if (size - read_.bytes > kMaxLogBytes)
    return fail(Error::Kind::TooLarge, log_.string() + " is larger than any history can be");
  std::string text(size - read_.bytes, '\0');
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::pread(fd.get(), text.data() + at, text.size() - at, static_cast<off_t>(read_.bytes + at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read " + log_.string());
    if (n == 0) text.resize(at);
    at += static_cast<std::size_t>(n);
  }
  std::string_view left = text;
  for (auto end = left.find('\n'); end != std::string_view::npos; end = left.find('\n')) {
    if (auto entry = read_line(left.substr(0, end))) read_.entries.push_back(*std::move(entry));
    left.remove_prefix(end + 1);
    read_.bytes += end + 1;
  }
  auto out = read_.entries;
  if (auto entry = read_line(left)) out.push_back(*std::move(entry));  // without its line feed: it may be torn, or not
  return out;
}

Result<std::optional<HistoryEntry>> History::find(GenerationId generation) const {
  CG_TRY(entries, all());
  const auto found = std::ranges::find(entries.rbegin(), entries.rend(), generation, &HistoryEntry::generation);
  return found == entries.rend() ? std::optional<HistoryEntry>() : std::optional(*found);
}

Result<std::vector<HistoryEntry>> History::mended() const {
  auto found = current();
  if (!found && found.error().kind != Error::Kind::Storage) return std::unexpected(std::move(found).error());
  const auto now = found ? *std::move(found) : std::nullopt;  // of one that is damaged nothing can be kept
  CG_TRY(entries, logged());
  if (now && (entries.empty() || !same(entries.back(), *now))) {
    CG_TRY_VOID(append(*now));
    entries.push_back(*now);
  }
  return std::move(entries);
}

Result<void> History::mend() const {
  CG_TRY(entries, mended());
  static_cast<void>(entries);
  return {};
}

Result<void> History::forget(WallTime now) const {
  CG_TRY(entries, mended());
  const std::size_t old = outdated(entries, now);
  if (old == 0) return {};
  std::string text;
  for (const auto& entry : std::span(entries).subspan(old)) text += line_of(entry);
  return replace_file(log_, text);
}

}  // namespace citygate::categories
