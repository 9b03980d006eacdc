#include "records/act_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/hex.h"
#include "base/local_time.h"
#include "records/act_codec.h"

namespace citygate::records {
namespace {

constexpr std::string_view kAct = "{\"act\":", kHash = ",\"hash\":\"", kEnd = "\"}",
                           kNumber = "{\"number\":", kSealed = ",\"sealed\":true", kLineHash = ",\"line_sha256\":\"",
                           kNextHash = "\",\"hash\":\"", kHead = "{\"head\":{\"number\":", kTime = "\",\"time\":\"",
                           kHeadEnd = "\"}}";
constexpr std::size_t kDigits = 64;

// Takes apart a line that has one spelling only.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : left_(text) {}
  bool word(std::string_view expected) {
    if (!left_.starts_with(expected)) return false;
    left_.remove_prefix(expected.size());
    return true;
  }
  bool number(std::uint64_t& out) {
    const auto read = std::from_chars(left_.data(), left_.data() + left_.size(), out);
    if (read.ec != std::errc{} || left_.front() == '0') return false;
    left_.remove_prefix(static_cast<std::size_t>(read.ptr - left_.data()));
    return true;
  }
  bool hash(ActHash& out) {
    const auto read = parse_act_hash(left_.substr(0, kDigits));
    if (!read) return false;
    out = *read;
    left_.remove_prefix(kDigits);
    return true;
  }
  [[nodiscard]] std::string_view left() const { return left_; }

 private:
  std::string_view left_;
};

struct LeftOut {
  ActLink link;
  bool sealed = false;
};
std::optional<LeftOut> read_left_out(std::string_view line) {
  LeftOut out;
  Cutter cut(line);
  if (!cut.word(kNumber) || !cut.number(out.link.number)) return std::nullopt;
  out.sealed = cut.word(kSealed);
  if (!cut.word(kLineHash) || !cut.hash(out.link.line_hash) || !cut.word(kNextHash) || !cut.hash(out.link.hash) ||
      cut.left() != kEnd)
    return std::nullopt;
  return out;
}

std::string without_line(const ActLink& link, std::string_view why) {
  return fmt::format("{}{}{}{}{}{}{}{}", kNumber, link.number, why, kLineHash, to_hex(link.line_hash), kNextHash,
                     to_hex(link.hash), kEnd);
}

// Its number is the one that the act says; 0: it says none that can be read.
std::optional<ActLink> read_act(std::string_view line) {
  constexpr std::size_t kTail = kHash.size() + kDigits + kEnd.size();
  if (line.size() < kAct.size() + kTail || !line.starts_with(kAct)) return std::nullopt;
  ActLink out;
  Cutter cut(line.substr(line.size() - kTail));
  if (!cut.word(kHash) || !cut.hash(out.hash) || cut.left() != kEnd) return std::nullopt;
  out.line = line.substr(kAct.size(), line.size() - kAct.size() - kTail);
  out.line_hash = hash_of_act(out.line);
  Cutter number(out.line);
  if (!number.word(kNumber) || !number.number(out.number)) out.number = 0;
  return out;
}

struct Head {
  ActHead head;
  std::string made;
};
std::optional<Head> read_head(std::string_view line) {
  Head out;
  Cutter cut(line);
  const bool begins = cut.word(kHead);
  // A journal without acts has the head 0.
  if (!begins || !(cut.number(out.head.number) || cut.word("0")) || !cut.word(",\"hash\":\"") ||
      !cut.hash(out.head.hash) || !cut.word(kTime) || !cut.left().ends_with(kHeadEnd))
    return std::nullopt;
  out.made = cut.left().substr(0, cut.left().size() - kHeadEnd.size());
  return out;
}

bool names(std::string_view words, std::string_view name) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == name) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

std::string export_act(const ActLink& link) {
  return fmt::format("{}{}{}{}{}", kAct, link.line, kHash, to_hex(link.hash), kEnd);
}

std::string export_left_out(const ActLink& link) { return without_line(link, ""); }
std::string export_sealed(const ActLink& link) { return without_line(link, kSealed); }

std::string export_head(const ActHead& head, WallTime made) {
  return fmt::format("{}{}{}{}{}{}{}", kHead, head.number, kHash, to_hex(head.hash), kTime, format_utc(made), kHeadEnd);
}

void ExportCheck::take(std::string_view line) {
  ++lines_;
  if (ended_) {
    if (wrong_.empty()) wrong_ = fmt::format("line {} stands behind the head, which is the last line", lines_);
    return;
  }
  if (const auto head = read_head(line)) {
    ended_ = true;
    found_.head = head->head;
    found_.made = head->made;
    return;
  }
  const std::uint64_t expected = chain_.last() + 1;
  if (auto link = read_act(line)) {
    ++found_.shown;
    if (link->number == 0)
      chain_.unreadable(expected, "it has no number");
    else
      chain_.take(*link);
  } else if (const auto left_out = read_left_out(line)) {
    found_.sealed += left_out->sealed ? 1 : 0;
    chain_.take(left_out->link);
  } else {
    chain_.unreadable(expected, fmt::format("line {} of the file is no line of an export", lines_));
  }
}

Result<ExportCheck::Found> ExportCheck::finish() {
  CG_TRY(last, chain_.finish(ended_ ? std::optional(found_.head) : std::nullopt));
  if (!ended_)
    return fail(Error::Kind::Refused, fmt::format("the file was cut short behind act {}: its last line, the head, is "
                                                  "missing",
                                                  last.number));
  if (!wrong_.empty()) return fail(Error::Kind::Refused, wrong_);
  return found_;
}

bool ActsAbout::operator()(const Act& act) {
  if (act.kind == ActKind::DisputeDecide) return act.subject == name_ || disputes_.contains(act.subject);
  const bool about = act.subject == name_ || names(act.field("for"), name_) || names(act.field("about"), name_) ||
                     names(act.field("person"), name_);
  if (about && act.kind == ActKind::GrantRequest) grants_.insert(act.subject);
  if (about && act.kind == ActKind::DisputeOpen) disputes_.insert(std::to_string(act.number));
  return about || grants_.contains(act.subject);
}

}  // namespace citygate::records
