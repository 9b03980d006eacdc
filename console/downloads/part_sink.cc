#include "console/downloads/part_sink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "categories/content_disposition.h"
#include "categories/software_kind.h"
#include "categories/tally.h"

namespace citygate::console {
namespace {

constexpr std::size_t kLongestName = 200;

// Of a URL, with its query.
std::string_view path_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto path = url.find('/', scheme == url.npos ? 0 : scheme + 3);
  return path == url.npos ? std::string_view() : url.substr(path);
}

}  // namespace

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

std::unexpected<Error> PartSink::too_large(std::uint64_t bytes) const {
  return fail(Error::Kind::TooLarge,
              fmt::format("the file has {} or more, and the gateway holds {} at most (downloads.file_bytes)",
                          megabytes(bytes), megabytes(most_)));
}

Result<void> PartSink::head(const categories::HttpHead& head) {
  if (head.status != 200) return std::unexpected(categories::status_error(url_, head.status));
  if (head.content_length && *head.content_length > most_) return too_large(*head.content_length);
  head_ = head;
  out_.type = head.content_type;
  out_.name =
      categories::printable(categories::file_name_of(head.content_disposition, path_of(head.url)), kLongestName);
  return grow_to_(head.content_length.value_or(0));
}

Result<void> PartSink::bytes(std::string_view block) {
  if (block.size() > most_ - out_.bytes) return too_large(out_.bytes + block.size());
  CG_TRY_VOID(grow_to_(out_.bytes + block.size()));
  if (first_.size() < categories::kPackedBytes) {
    first_ += block.substr(0, categories::kPackedBytes - first_.size());
    if (first_.size() == categories::kPackedBytes) CG_TRY_VOID(find_kind());
  }
  digest_.add(block);
  out_.bytes += block.size();
  return write(block);
}

Result<void> PartSink::find_kind() {
  out_.kind = categories::find_software({.content_type = head_.content_type,
                                         .content_encoding = head_.content_encoding,
                                         .content_disposition = head_.content_disposition,
                                         .path = path_of(head_.url)},
                                        first_)
                  .kind;
  if (!out_.kind.empty()) return {};
  return fail(Error::Kind::Refused,
              fmt::format("'{}' is no program or installer: it needs nobody's word, fetch it with the browser",
                          out_.name.empty() ? url_ : out_.name));
}

Result<void> PartSink::write(std::string_view block) {
  while (!block.empty()) {
    const ssize_t written = ::write(file_.get(), block.data(), block.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail_errno("the held file cannot be written");
    block.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<HeldFile> PartSink::finish() {
  if (out_.kind.empty()) CG_TRY_VOID(find_kind());
  if (::fsync(file_.get()) != 0) return fail_errno("the held file cannot be written");
  out_.sha256 = digest_.finish_hex();
  return std::move(out_);
}

}  // namespace citygate::console
