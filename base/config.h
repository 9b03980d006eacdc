// config.h - configuration fields, defined once.
//
// A folder that has settings declares a plain struct (its defaults are its initialisers) and beside it one tuple:
//
//   inline constexpr std::tuple kProxyFields{
//       field("proxy.header_timeout", &ProxyConfig::header_timeout, between(100ms, 300'000ms), Reload::Live,
//             "Longest time a client may take to finish its request head."),
//   };
//
// From those tuples come the parser, the bounds, --print-config, conf/reference.toml and the manual page.
// Types     bool, integers, milliseconds ("5s", "100ms", "2min", "1h"), std::string, std::vector<std::string>,
//           std::map<std::string, std::vector<std::string>> (a table of free names).
//           Keys that end in _bytes also take "64KiB", "16MiB", "2GiB".
// Errors    added to Problems with file and line: unknown key (with the nearest known one), wrong type, out of bounds.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/document.h"

namespace citygate {

using TextList = std::vector<std::string>;
using TextTable = std::map<std::string, TextList>;

enum class Reload : std::uint8_t { Live, Restart };  // whether a running gateway takes up a change

// Bounds of a number or duration, both included.
template <class T>
struct Between {
  T low, high;
};
template <class T>
constexpr Between<T> between(T low, T high) {
  return {low, high};
}
struct AnyValue {};
inline constexpr AnyValue any_value;

template <class Struct, class T, class Bound>
struct Field {
  std::string_view key;
  T Struct::* member;
  Bound bound;
  Reload reload;
  std::string_view doc;
};

template <class Struct, class T, class Bound>
constexpr Field<Struct, T, Bound> field(std::string_view key, T Struct::* member, Bound bound, Reload reload,
                                        std::string_view doc) {
  return {key, member, bound, reload, doc};
}

// Gives `into` the values that `from` has in fields of this kind.
template <class Struct, class... Fields>
void copy_fields(const std::tuple<Fields...>& fields, Reload kind, const Struct& from, Struct& into) {
  const auto copy = [&](const auto& each) {
    if (each.reload == kind) into.*each.member = from.*each.member;
  };
  std::apply([&](const auto&... each) { (copy(each), ...); }, fields);
}

// One field bound to one object, without its type.
struct BoundField {
  std::string key;
  std::string type;    // "duration", "whole number", "bytes", ...
  std::string bounds;  // "100ms to 5min"; "" when any value will do
  Reload reload = Reload::Live;
  std::string doc;
  bool is_table = false;
  std::function<std::string()> print;                    // the current value as TOML
  std::function<std::string(const Node& value)> assign;  // "" or what is wrong; the object is then unchanged
};

namespace config_detail {
std::string print(bool value);
std::string print(std::int64_t value);
std::string print(std::chrono::milliseconds value);
std::string print(const std::string& value);
std::string print(const TextList& value);
std::string print(const TextTable& value);
std::string read(const Node& node, bool& out);
std::string read_integer(const Node& node, bool bytes, std::int64_t& out);
std::string read(const Node& node, std::chrono::milliseconds& out);
std::string read(const Node& node, std::string& out);
std::string read(const Node& node, TextList& out);
std::string read(const Node& node, TextTable& out);
}  // namespace config_detail

class ConfigSchema {
 public:
  // `object` must outlive the schema.
  template <class Struct, class... Fields>
  void add(const std::tuple<Fields...>& fields, Struct& object) {
    std::apply([&](const auto&... each) { (place(bind(each, object)), ...); }, fields);
  }

  [[nodiscard]] const std::vector<BoundField>& fields() const { return fields_; }

  // Assigns every field that `root` names. Reports unknown keys, wrong types, bounds; goes on to the end.
  void read(const Node& root, Problems& problems) const;

  // The objects' values as a TOML file; with docs, types and bounds it is conf/reference.toml.
  enum class Detail : std::uint8_t { Values, Reference };
  [[nodiscard]] std::string print(Detail detail) const;
  [[nodiscard]] std::string manual() const;  // the same as a manual page, roff

 private:
  template <class Struct, class T, class Bound>
  static BoundField bind(const Field<Struct, T, Bound>& field, Struct& object);
  void place(BoundField field);  // beside the others of its table, whoever declares them
  void read_table(const Node& table, const std::string& prefix, Problems& problems) const;

  std::vector<BoundField> fields_;
};

template <class Struct, class T, class Bound>
BoundField ConfigSchema::bind(const Field<Struct, T, Bound>& field, Struct& object) {
  using namespace config_detail;
  constexpr bool whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;
  constexpr bool bounded = !std::is_same_v<Bound, AnyValue>;
  const bool bytes = field.key.ends_with("_bytes");
  BoundField out;
  out.key = field.key;
  out.reload = field.reload;
  out.doc = field.doc;
  out.is_table = std::is_same_v<T, TextTable>;
  T* value = &(object.*field.member);
  if constexpr (whole) {
    out.type = bytes ? "bytes" : "whole number";
    Between<std::int64_t> bound{std::is_unsigned_v<T> ? 0 : std::numeric_limits<std::int64_t>::min(),
                                std::numeric_limits<std::int64_t>::max()};
    if constexpr (bounded) {
      bound = {static_cast<std::int64_t>(field.bound.low), static_cast<std::int64_t>(field.bound.high)};
      out.bounds = config_detail::print(bound.low) + " to " + config_detail::print(bound.high);
    }
    out.print = [value] { return config_detail::print(static_cast<std::int64_t>(*value)); };
    out.assign = [value, bound, bytes, bounds = out.bounds](const Node& node) -> std::string {
      std::int64_t read_value = 0;
      if (auto wrong = read_integer(node, bytes, read_value); !wrong.empty()) return wrong;
      if (read_value < bound.low || read_value > bound.high) return "must be from " + bounds;
      *value = static_cast<T>(read_value);
      return {};
    };
  } else {
    if constexpr (std::is_same_v<T, std::chrono::milliseconds>) out.type = "duration";
    if constexpr (std::is_same_v<T, bool>) out.type = "true or false";
    if constexpr (std::is_same_v<T, std::string>) out.type = "text";
    if constexpr (std::is_same_v<T, TextList>) out.type = "list of texts";
    if constexpr (std::is_same_v<T, TextTable>) out.type = "table: name = text or list of texts";
    if constexpr (bounded)
      out.bounds = config_detail::print(field.bound.low) + " to " + config_detail::print(field.bound.high);
    out.print = [value] { return config_detail::print(*value); };
    out.assign = [value, bound = field.bound, bounds = out.bounds](const Node& node) -> std::string {
      T read_value{};
      if (auto wrong = config_detail::read(node, read_value); !wrong.empty()) return wrong;
      if constexpr (bounded)
        if (read_value < bound.low || read_value > bound.high) return "must be from " + bounds;
      static_cast<void>(bound);
      *value = std::move(read_value);
      return {};
    };
  }
  return out;
}

}  // namespace citygate
