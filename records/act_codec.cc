#include "records/act_codec.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "base/hex.h"
#include "base/local_time.h"

namespace citygate::records {
namespace {

constexpr std::string_view kNumber = "{\"number\":", kTime = ",\"time\":", kKind = ",\"kind\":",
                           kAuthor = ",\"author\":", kVia = ",\"via\":", kReason = ",\"reason\":",
                           kSubject = ",\"subject\":", kFields = ",\"fields\":{", kSalt = "},\"salt\":", kEnd = "}";
// JSON's short escapes: the character, and the letter that stands for it.
constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";

std::unexpected<Error> malformed(std::string text) { return fail(Error::Kind::Malformed, std::move(text)); }

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && (c & 0x80) == 0; }

// How many bytes the character has at the front of `text`, which is not ASCII; 0: it is none of UTF-8 (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0), second = byte(1);
  const auto tail = [&byte](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool fits = first == 0xe0 ? second >= 0xa0 : first != 0xed || second < 0xa0;  // overlong; half of a pair
    return fits && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool fits = first == 0xf0 ? second >= 0x90 : first != 0xf4 || second < 0x90;  // overlong; beyond U+10FFFF
    return fits && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// False: it is no UTF-8.
bool spell(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && is_plain(text[run])) ++run;
    out += text.substr(0, run);
    text.remove_prefix(run);
    if (text.empty()) break;
    std::size_t length = 1;
    if (const auto at = kEscaped.find(text.front()); at != std::string_view::npos)
      (out += '\\') += kLetters[at];
    else if (static_cast<unsigned char>(text.front()) < 0x20)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", text.front());
    else if (length = utf8_length(text); length == 0)
      return false;
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  out += '"';
  return true;
}

// Takes an act apart. What is not spelled as encode_act() spells it is not read.
class ActReader {
 public:
  explicit ActReader(std::string_view line) : left_(line) {}

  Result<Act> read() {
    const bool read = number() && time() && kind() && text("author", kAuthor, act_.author) &&
                      text("via", kVia, act_.via) && text("reason", kReason, act_.reason) &&
                      text("subject", kSubject, act_.subject) && fields() && salt();
    if (!read) return malformed(std::move(wrong_));
    return std::move(act_);
  }

 private:
  bool word(std::string_view expected) {
    if (!left_.starts_with(expected)) return refuse(fmt::format("'{}' is not where it belongs", expected));
    left_.remove_prefix(expected.size());
    return true;
  }
  bool number() {
    if (!word(kNumber)) return false;
    const auto read = std::from_chars(left_.data(), left_.data() + left_.size(), act_.number);
    if (read.ec != std::errc{} || left_.front() == '0') return refuse("its number is none");
    left_.remove_prefix(static_cast<std::size_t>(read.ptr - left_.data()));
    return true;
  }
  // "2026-11-21T12:00:00.000000Z"
  bool time() {
    std::string text;
    if (!word(kTime) || !quoted(text)) return refuse("its time is none");
    constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    if (text.size() != kForm.size()) return refuse("its time is none");
    for (std::size_t i = 0; i < kForm.size(); ++i)
      if (kForm[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return refuse("its time is none");
    const auto part = [&text](std::size_t at, std::size_t digits) {
      int out = 0;
      for (const char c : std::string_view(text).substr(at, digits)) out = 10 * out + (c - '0');
      return out;
    };
    const std::chrono::year_month_day day{std::chrono::year(part(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(part(8, 2)))};
    if (!day.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return refuse("its time is none");
    act_.time = std::chrono::sys_days(day) + std::chrono::hours(part(11, 2)) + std::chrono::minutes(part(14, 2)) +
                std::chrono::seconds(part(17, 2)) + std::chrono::microseconds(part(20, 6));
    return true;
  }
  bool kind() {
    std::string text;
    if (!word(kKind) || !quoted(text)) return refuse("its kind is none");
    const auto kind = parse_act_kind(text);
    if (!kind) return refuse(fmt::format("its kind '{}' is not known to this program", text));
    act_.kind = *kind;
    return true;
  }
  bool text(std::string_view name, std::string_view key, std::string& into) {
    return word(key) && (quoted(into) || refuse(fmt::format("its {} is not spelled as acts are kept", name)));
  }
  bool fields() {
    if (!word(kFields)) return false;
    for (bool first = true; !left_.starts_with('}'); first = false) {
      std::string name, text;
      if ((!first && !word(",")) || !quoted(name) || !word(":") || !quoted(text))
        return refuse("its fields are not spelled as acts are kept");
      if (!first && name <= act_.fields.rbegin()->first) return refuse("its fields are not in order");
      act_.fields.emplace_hint(act_.fields.end(), std::move(name), std::move(text));
    }
    return true;
  }
  bool salt() {
    std::string salt;
    if (!word(kSalt) || !quoted(salt) || !is_hex(salt, kActSaltDigits)) return refuse("its salt is none");
    return left_ == kEnd || refuse("it does not end where it should");
  }
  // A text with its quotes.
  bool quoted(std::string& out) {
    if (!left_.starts_with('"')) return false;
    left_.remove_prefix(1);
    for (;;) {
      std::size_t run = 0;
      while (run < left_.size() && is_plain(left_[run])) ++run;
      out += left_.substr(0, run);
      left_.remove_prefix(run);
      if (left_.empty()) return false;
      if (left_.front() == '"') break;
      const std::size_t length = left_.front() == '\\' ? escape(out) : utf8_length(left_);
      if (length == 0) return false;
      if (left_.front() != '\\') out += left_.substr(0, length);
      left_.remove_prefix(length);
    }
    left_.remove_prefix(1);
    return true;
  }
  // The length of the escape in front; 0: another would be right, or none.
  std::size_t escape(std::string& out) const {
    constexpr std::string_view kLong = "\\u00";
    if (left_.size() < 2) return 0;
    if (const auto at = kLetters.find(left_[1]); at != std::string_view::npos) {
      out += kEscaped[at];
      return 2;
    }
    if (!left_.starts_with(kLong) || left_.size() < 6) return 0;
    const auto high = kHexDigits.find(left_[4]), low = kHexDigits.find(left_[5]);
    if (high > 1 || low == std::string_view::npos) return 0;
    const char c = static_cast<char>(16 * high + low);
    if (kEscaped.contains(c)) return 0;
    out += c;
    return 6;
  }
  bool refuse(std::string why) {
    if (wrong_.empty()) wrong_ = std::move(why);
    return false;
  }

  std::string_view left_;
  Act act_;
  std::string wrong_;
};

}  // namespace

std::string make_act_salt() {
  std::array<std::uint8_t, kActSaltDigits / 2> bytes{};
  CG_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return to_hex(bytes);
}

Result<std::string> encode_act(const Act& act, std::string_view salt) {
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(act.time)).year();
  if (year < std::chrono::year(0) || year > std::chrono::year(9999))
    return malformed("the time of an act is beyond the year 9999; set the clock");
  std::string out(kNumber);
  std::string unspelled;  // the name of the first text that is no UTF-8
  const auto add = [&](std::string_view key, std::string_view text, std::string_view name) {
    out += key;
    if (!spell(text, out) && unspelled.empty()) unspelled = name;
  };
  fmt::format_to(std::back_inserter(out), "{}{}\"{}\"{}\"{}\"", act.number, kTime, format_utc(act.time), kKind,
                 to_string(act.kind));
  add(kAuthor, act.author, "author");
  add(kVia, act.via, "via");
  add(kReason, act.reason, "reason");
  add(kSubject, act.subject, "subject");
  out += kFields;
  bool first = true;
  for (const auto& [name, text] : act.fields) {
    add(std::exchange(first, false) ? "" : ",", name, "name of a field");
    add(":", text, name);
  }
  add(kSalt, salt, "salt");
  out += kEnd;
  if (!unspelled.empty())
    return malformed(fmt::format("the text '{}' of an act is no UTF-8; write it anew", unspelled));
  if (out.size() > kMaxActBytes)
    return fail(Error::Kind::TooLarge,
                fmt::format("an act of {} bytes is too long to be kept; {} are the most", out.size(), kMaxActBytes));
  return out;
}

Result<Act> decode_act(std::string_view line) {
  if (line.size() > kMaxActBytes) return malformed("it is longer than an act can be");
  return ActReader(line).read();
}

}  // namespace citygate::records
