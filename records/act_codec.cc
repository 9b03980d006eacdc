#include "records/act_codec.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/local_time.h"

namespace citygate::records {
namespace {

using Json = nlohmann::ordered_json;

enum Key : std::size_t { kNumber, kTime, kKind, kAuthor, kVia, kReason, kSubject, kFields, kSalt, kKeys };
constexpr std::array<std::string_view, kKeys> kKeyNames = {"number", "time",    "kind",   "author", "via",
                                                           "reason", "subject", "fields", "salt"};

std::unexpected<Error> malformed(std::string text) { return fail(Error::Kind::Malformed, std::move(text)); }

bool is_salt(std::string_view text) {
  return text.size() == kActSaltDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// nlohmann/json reports by an exception what it cannot spell.
std::optional<std::string> spelled(const Json& json) {
  try {
    return json.dump();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// The name of the first text that is no UTF-8.
std::string unspellable(const Act& act) {
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"author", &act.author}, {"via", &act.via}, {"reason", &act.reason}, {"subject", &act.subject}};
  for (const auto& [name, text] : texts)
    if (!spelled(Json(*text))) return std::string(name);
  for (const auto& [name, text] : act.fields) {
    if (!spelled(Json(name))) return "name of a field";
    if (!spelled(Json(text))) return fmt::format("field '{}'", name);
  }
  return "text";
}

// Takes the tokens of one act in their one order. nlohmann/json calls these functions by name.
class ActReader {
 public:
  [[nodiscard]] std::string_view wrong() const { return wrong_; }
  [[nodiscard]] bool whole() const { return state_ == State::After; }
  Act act;
  std::string salt;

  bool start_object(std::size_t) {
    if (state_ == State::Before) return go(State::Keys);
    if (state_ == State::Value && key_ == kFields) return go(State::Fields);
    return refuse("an object stands where none belongs");
  }
  bool end_object() {
    if (state_ == State::Fields) return next();
    if (state_ == State::Keys && key_ == kKeys) return go(State::After);
    return refuse("keys are missing");
  }
  bool key(std::string& name) {
    if (state_ == State::Fields) {
      if (!act.fields.empty() && name <= act.fields.rbegin()->first) return refuse("fields are not in order");
      field_ = std::move(name);
      return go(State::FieldValue);
    }
    if (state_ != State::Keys || key_ == kKeys || name != kKeyNames[key_])
      return refuse("keys are not those of an act");
    return go(State::Value);
  }
  bool string(std::string& text) {
    if (state_ == State::FieldValue) {
      act.fields.emplace_hint(act.fields.end(), std::move(field_), std::move(text));
      return go(State::Fields);
    }
    return state_ == State::Value && take_text(text) ? next() : refuse("a text stands where none belongs");
  }
  bool number_unsigned(std::uint64_t value) {
    if (state_ != State::Value || key_ != kNumber || value == 0) return refuse("a number stands where none belongs");
    act.number = value;
    return next();
  }
  bool null() { return refuse("null stands in it"); }
  bool boolean(bool) { return refuse("true or false stands in it"); }
  bool number_integer(std::int64_t) { return refuse("a negative number stands in it"); }
  bool number_float(double, const std::string&) { return refuse("a number is not whole"); }
  bool binary(nlohmann::json::binary_t&) { return refuse("bytes stand in it"); }
  bool start_array(std::size_t) { return refuse("an array stands in it"); }
  bool end_array() { return refuse("an array stands in it"); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    return refuse("it is no JSON");
  }

 private:
  enum class State : std::uint8_t { Before, Keys, Value, Fields, FieldValue, After };

  bool take_text(std::string& text) {
    switch (key_) {
      case kTime: return take_time(text);
      case kKind: return take_kind(text);
      case kAuthor: return act.author = std::move(text), true;
      case kVia: return act.via = std::move(text), true;
      case kReason: return act.reason = std::move(text), true;
      case kSubject: return act.subject = std::move(text), true;
      case kSalt: return salt = std::move(text), is_salt(salt) || refuse("its salt is none");
      default: return false;
    }
  }
  bool take_time(std::string_view text) {
    static const Zone kUtc = *Zone::open("UTC");
    const auto time = parse_time(text, kUtc);
    if (!time) return refuse("its time is none");
    act.time = *time;
    return true;
  }
  bool take_kind(std::string_view word) {
    const auto kind = parse_act_kind(word);
    if (!kind) return refuse(fmt::format("its kind '{}' is not known to this program", word));
    act.kind = *kind;
    return true;
  }
  bool next() {
    ++key_;
    return go(State::Keys);
  }
  bool go(State state) {
    state_ = state;
    return true;
  }
  bool refuse(std::string why) {
    if (wrong_.empty()) wrong_ = std::move(why);
    return false;
  }

  State state_ = State::Before;
  std::size_t key_ = 0;
  std::string field_, wrong_;
};

}  // namespace

std::string make_act_salt() {
  std::array<std::uint8_t, kActSaltDigits / 2> bytes{};
  CG_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  std::string out;
  for (const auto byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

Result<std::string> encode_act(const Act& act, std::string_view salt) {
  Json fields = Json::object();
  auto& members = fields.get_ref<Json::object_t&>();
  members.reserve(act.fields.size());
  for (const auto& [name, text] : act.fields) members.Container::emplace_back(name, text);  // sorted, each once
  Json json = Json::object();
  auto& keys = json.get_ref<Json::object_t&>();
  keys.reserve(kKeys);
  const auto add = [&keys](Key key, Json value) {
    keys.Container::emplace_back(std::string(kKeyNames[key]), std::move(value));
  };
  add(kNumber, act.number);
  add(kTime, format_utc(act.time));
  add(kKind, to_string(act.kind));
  add(kAuthor, act.author);
  add(kVia, act.via);
  add(kReason, act.reason);
  add(kSubject, act.subject);
  add(kFields, std::move(fields));
  add(kSalt, salt);
  auto line = spelled(json);
  if (!line) return malformed(fmt::format("the {} of an act must be text in UTF-8; write it anew", unspellable(act)));
  if (line->size() > kMaxActBytes)
    return fail(Error::Kind::TooLarge,
                fmt::format("an act of {} bytes is too long to be kept; {} are the most", line->size(), kMaxActBytes));
  return *std::move(line);
}

Result<Act> decode_act(std::string_view line) {
  ActReader reader;
  if (line.size() > kMaxActBytes) return malformed("it is longer than an act can be");
  if (!nlohmann::json::sax_parse(line, &reader) || !reader.whole())
    return malformed(reader.wrong().empty() ? "it is no JSON" : std::string(reader.wrong()));
  // One spelling: an escape that is not needed, a space, another fraction of a second would be another text.
  const auto again = encode_act(reader.act, reader.salt);
  if (!again || *again != line) return malformed("it is not spelled as acts are kept");
  return std::move(reader.act);
}

}  // namespace citygate::records
