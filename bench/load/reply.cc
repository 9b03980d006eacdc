#include "bench/load/reply.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace citygate::load {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

// The value of the only field `name` in `head`; `count` says how many there are.
std::string_view field(std::string_view head, std::string_view name, int& count) {
  std::string_view value;
  count = 0;
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    ++count;
    value = line.substr(name.size() + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  }
  return value;
}

}  // namespace

void ReplyReader::start(std::uint64_t body_bytes, bool head_only) {
  head_.clear();
  body_bytes_ = body_bytes;
  head_only_ = head_only;
  at_ = 0;
  in_body_ = false;
}

bool ReplyReader::check_head() {
  const std::string_view head = head_;
  if (!head.starts_with("HTTP/1.1 200") && !head.starts_with("HTTP/1.0 200")) return fail("status");
  if (head_only_) return true;
  int count = 0;
  const auto length = field(head, "content-length", count);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), value);
  if (count != 1 || error != std::errc() || end != length.data() + length.size()) return fail("no length");
  if (value != body_bytes_) return fail("length");
  return true;
}

ReplyReader::Step ReplyReader::feed(std::string_view bytes, std::size_t& used) {
  used = 0;
  if (!in_body_) {
    const std::size_t old = head_.size();
    head_.append(bytes.substr(0, std::min<std::size_t>(bytes.size(), 16 * 1024)));
    const auto end = head_.find(kEndOfHead, old >= 3 ? old - 3 : 0);
    if (end == std::string::npos) {
      if (head_.size() > 16 * 1024) return fail("head too long"), Step::Wrong;
      used = bytes.size();
      return Step::NeedMore;
    }
    head_.resize(end + kEndOfHead.size());
    used = head_.size() - old;
    in_body_ = true;
    if (!check_head()) return Step::Wrong;
  }
  const std::uint64_t take = std::min<std::uint64_t>(bytes.size() - used, body_bytes_ - at_);
  if (bytes.substr(used, take) != object_.substr(at_, take)) return fail("content"), Step::Wrong;
  at_ += take;
  used += take;
  return at_ == body_bytes_ ? Step::Complete : Step::NeedMore;
}

}  // namespace citygate::load
