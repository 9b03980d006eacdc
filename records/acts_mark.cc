#include "records/acts_mark.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/hex.h"

namespace citygate::records {
namespace {

constexpr std::size_t kSize = 512;

// The sum tells a half-written mark, which is none, from one that says what is so.
std::string with_sum(const std::string& text) { return fmt::format("{} {}\n", text, to_hex(hash_of_act(text))); }

}  // namespace

std::string head_text(const ActHead& head) { return fmt::format("{} {}", head.number, to_hex(head.hash)); }

std::optional<ActHead> parse_head(std::string_view text) {
  ActHead out;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out.number);
  if (read.ec != std::errc{} || read.ptr == text.data() + text.size() || *read.ptr != ' ') return std::nullopt;
  const auto hash = parse_act_hash(text.substr(static_cast<std::size_t>(read.ptr + 1 - text.data())));
  if (!hash) return std::nullopt;
  out.hash = *hash;
  return out;
}

Result<ActsMark> ActsMark::open(const std::filesystem::path& path) {
  CG_TRY(file, MappedFile::open_shared(path, kSize));
  return ActsMark(std::move(file));
}

std::optional<ActHead> ActsMark::read() const {
  const auto bytes = file_.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto line = text.substr(0, text.find('\n'));
  const auto sum = line.rfind(' ');
  if (sum == std::string_view::npos) return std::nullopt;
  const std::string head(line.substr(0, sum));
  return text.starts_with(with_sum(head)) ? parse_head(head) : std::nullopt;
}

Result<void> ActsMark::write(const ActHead& head) {
  const auto bytes = file_.writable();
  const std::string text = with_sum(head_text(head));
  std::ranges::fill(bytes, std::byte{});
  std::memcpy(bytes.data(), text.data(), std::min(text.size(), bytes.size()));
  return file_.sync();
}

}  // namespace citygate::records
