#include "base/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace citygate {
namespace config_detail {
namespace {

std::string expected(std::string_view what, const Node& node) {
  return fmt::format("must be {}, not {}", what, to_string(node.kind()));
}

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      out += c;
  }
  return out + "\"";
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr Unit kDurations[] = {{"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};

template <std::size_t N>
bool read_with_unit(std::string_view text, const Unit (&units)[N], std::int64_t& out) {
  std::int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return false;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const Unit& known : units)
    if (unit == known.name) return !__builtin_mul_overflow(count, known.factor, &out);
  return false;
}

}  // namespace

std::string print(bool value) { return value ? "true" : "false"; }
std::string print(std::int64_t value) { return std::to_string(value); }
std::string print(std::chrono::milliseconds value) {
  for (const Unit& unit : kDurations)
    if (value.count() % unit.factor == 0 && (value.count() >= unit.factor || unit.factor == 1))
      return fmt::format("\"{}{}\"", value.count() / unit.factor, unit.name);
  return "\"0ms\"";
}
std::string print(const std::string& value) { return quote(value); }
std::string print(const TextList& value) {
  std::string out = "[";
  for (const auto& text : value) out += (out.size() > 1 ? ", " : "") + quote(text);
  return out + "]";
}
std::string print(const TextTable& value) {
  std::string out;
  for (const auto& [name, texts] : value) out += quote(name) + " = " + print(texts) + "\n";
  return out;
}

std::string read(const Node& node, bool& out) {
  if (auto value = node.boolean()) {
    out = *value;
    return {};
  }
  return expected("true or false", node);
}

std::string read_integer(const Node& node, bool bytes, std::int64_t& out) {
  if (auto value = node.integer()) {
    out = *value;
    return {};
  }
  if (bytes && node.text()) {
    if (read_with_unit(*node.text(), kSizes, out)) return {};
    return "must be a number of bytes, or one with its unit, as \"64KiB\"";
  }
  return expected("a whole number", node);
}

std::string read(const Node& node, std::chrono::milliseconds& out) {
  std::int64_t count = 0;
  if (node.text() && read_with_unit(*node.text(), kDurations, count)) {
    out = std::chrono::milliseconds(count);
    return {};
  }
  return "must be a duration with its unit, as \"100ms\", \"5s\", \"2min\" or \"1h\"";
}

std::string read(const Node& node, std::string& out) {
  if (node.kind() != Node::Kind::String) return expected("a string", node);
  out = *node.text();
  return {};
}

std::string read(const Node& node, TextList& out) {
  if (node.kind() != Node::Kind::Array) return expected("an array of strings", node);
  for (const Node& item : node.items()) {
    if (item.kind() != Node::Kind::String) return expected("an array of strings", item);
    out.emplace_back(*item.text());
  }
  return {};
}

std::string read(const Node& node, TextTable& out) {
  if (!node.is_table()) return expected("a table", node);
  for (const auto& [key, value] : node.members()) {
    TextList texts;
    if (value.kind() == Node::Kind::String)
      texts.emplace_back(*value.text());
    else if (auto wrong = read(value, texts); !wrong.empty())
      return "entry '" + key + "' " + wrong;
    out.emplace(key, std::move(texts));
  }
  return {};
}

}  // namespace config_detail

void ConfigSchema::read(const Node& root, Problems& problems) const { read_table(root, "", problems); }

void ConfigSchema::read_table(const Node& table, const std::string& prefix, Problems& problems) const {
  for (const auto& [name, value] : table.members()) {
    const std::string key = prefix.empty() ? name : prefix + "." + name;
    if (auto it = std::ranges::find(fields_, key, &BoundField::key); it != fields_.end()) {
      if (auto wrong = it->assign(value); !wrong.empty())
        problems.add(value.file(), value.line(), fmt::format("{} {}", key, wrong));
      continue;
    }
    const bool known_table =
        std::ranges::any_of(fields_, [&key](const BoundField& field) { return field.key.starts_with(key + "."); });
    if (known_table && value.is_table()) {
      read_table(value, key, problems);
      continue;
    }
    if (known_table) {
      problems.add(value.file(), value.line(), fmt::format("{} must be a table: [{}]", key, key));
      continue;
    }
    std::vector<std::string_view> keys;
    for (const auto& field : fields_) {
      keys.push_back(field.key);
      if (const auto dot = field.key.find('.'); dot != std::string::npos && value.is_table())
        keys.push_back(std::string_view(field.key).substr(0, dot));
    }
    const auto near = nearest(key, keys);
    problems.add(value.file(), value.line(),
                 fmt::format("unknown key '{}'{}", key,
                             near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
  }
}

void ConfigSchema::place(BoundField field) {
  const auto table_of = [](const BoundField& one) { return std::string_view(one.key).substr(0, one.key.find('.')); };
  const auto last = std::find_if(fields_.rbegin(), fields_.rend(),
                                 [&](const BoundField& one) { return table_of(one) == table_of(field); });
  fields_.insert(last == fields_.rend() ? fields_.end() : last.base(), std::move(field));
}

std::string ConfigSchema::print(Detail detail) const {
  std::string out;
  std::string table;
  for (const auto& field : fields_) {
    const auto dot = field.key.find('.');
    const std::string own_table = field.is_table ? field.key : field.key.substr(0, dot);
    if (own_table != table) {
      out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", own_table);
      table = own_table;
    }
    if (detail == Detail::Reference) {
      out += fmt::format("# {}\n# {}{}{}.\n", field.doc, field.type,
                         field.bounds.empty() ? std::string() : ", from " + field.bounds,
                         field.reload == Reload::Restart ? "; a change needs a restart" : "");
    }
    out += field.is_table ? field.print() : fmt::format("{} = {}\n", field.key.substr(dot + 1), field.print());
  }
  return out;
}

std::string ConfigSchema::manual() const {
  const auto escape = [](std::string_view text) {
    std::string out;
    for (char c : text) {
      if (c == '\\') out += "\\e";
      else if (c == '-') out += "\\-";
      else out += c;
    }
    return out;
  };
  std::string out =
      ".TH CITYGATE.TOML 5 \"\" Citygate \"File formats\"\n.SH NAME\ncitygate.toml \\- configuration of the Citygate web "
      "gateway\n.SH DESCRIPTION\nThe file is TOML. Unknown keys are errors. \\fBcitygate check\\fR reads it as the gateway "
      "would.\n.SH FIELDS\n";
  for (const auto& field : fields_) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n{}{}.", escape(field.key), escape(field.doc), escape(field.type),
                       field.bounds.empty() ? std::string() : ", from " + escape(field.bounds));
    if (!field.is_table) out += fmt::format(" Default: {}.", escape(field.print()));
    out += field.reload == Reload::Restart ? " A change needs a restart.\n" : "\n";
  }
  return out;
}

}  // namespace citygate
