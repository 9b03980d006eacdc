#include "base/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>

namespace citygate {

std::string Problem::to_string() const {
  return line > 0 ? fmt::format("{}:{}: {}", file, line, text) : fmt::format("{}: {}", file, text);
}

std::string Problems::to_string() const {
  std::string out;
  for (const auto& problem : list_) {
    if (!out.empty()) out += '\n';
    out += problem.to_string();
  }
  return out;
}

std::string_view to_string(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::Table: return "a table";
    case Node::Kind::Array: return "an array";
    case Node::Kind::String: return "a string";
    case Node::Kind::Integer: return "a whole number";
    case Node::Kind::Float: return "a number";
    case Node::Kind::Boolean: return "true or false";
    case Node::Kind::Time: return "a date or time";
  }
  return "?";
}

std::optional<std::string_view> Node::text() const {
  if (kind_ != Kind::String && kind_ != Kind::Time) return std::nullopt;
  return text_;
}

std::optional<std::int64_t> Node::integer() const {
  if (kind_ != Kind::Integer) return std::nullopt;
  return integer_;
}

std::optional<double> Node::number() const {
  if (kind_ == Kind::Integer) return static_cast<double>(integer_);
  if (kind_ == Kind::Float) return float_;
  return std::nullopt;
}

std::optional<bool> Node::boolean() const {
  if (kind_ != Kind::Boolean) return std::nullopt;
  return integer_ != 0;
}

const Node* Node::find(std::string_view key) const {
  auto it = std::ranges::find(members_, key, &Member::first);
  return it == members_.end() ? nullptr : &it->second;
}

struct DocumentReader {
  std::shared_ptr<const std::string> file;

  Node convert(const toml::node& from) const {
    Node out;
    out.file_ = file;
    out.line_ = static_cast<int>(from.source().begin.line);
    if (auto* table = from.as_table()) {
      out.kind_ = Node::Kind::Table;
      for (const auto& [key, value] : *table) {
        out.members_.emplace_back(std::string(key.str()), convert(value));
        // The line of a value that is a table is that of its first key elsewhere; the key's own line is what people look for.
        if (const auto line = static_cast<int>(key.source().begin.line); line > 0) out.members_.back().second.line_ = line;
      }
      // toml++ sorts keys; the file's order is what people expect in messages and listings.
      std::ranges::stable_sort(out.members_, {}, [](const Node::Member& member) { return member.second.line(); });
    } else if (auto* array = from.as_array()) {
      out.kind_ = Node::Kind::Array;
      for (const auto& item : *array) out.items_.push_back(convert(item));
    } else if (auto* text = from.as_string()) {
      out.kind_ = Node::Kind::String;
      out.text_ = text->get();
    } else if (auto* integer = from.as_integer()) {
      out.kind_ = Node::Kind::Integer;
      out.integer_ = integer->get();
    } else if (auto* number = from.as_floating_point()) {
      out.kind_ = Node::Kind::Float;
      out.float_ = number->get();
    } else if (auto* boolean = from.as_boolean()) {
      out.kind_ = Node::Kind::Boolean;
      out.integer_ = boolean->get() ? 1 : 0;
    } else {
      out.kind_ = Node::Kind::Time;
      std::ostringstream stream;
      if (auto* date = from.as_date()) stream << date->get();
      if (auto* time = from.as_time()) stream << time->get();
      if (auto* both = from.as_date_time()) stream << both->get();
      out.text_ = stream.str();
    }
    return out;
  }
};

std::optional<Node> parse_document(std::string_view text, std::string file, Problems& problems) {
  try {
    const toml::table table = toml::parse(text, std::string_view(file));
    Node root = DocumentReader{std::make_shared<const std::string>(file)}.convert(table);
    return root;
  } catch (const toml::parse_error& error) {
    problems.add(std::move(file), static_cast<int>(error.source().begin.line),
                 "not TOML: " + std::string(error.description()));
    return std::nullopt;
  }
}

std::optional<Node> read_document(const std::filesystem::path& path, Problems& problems) {
  std::ifstream stream(path, std::ios::binary);
  std::error_code error;
  if (const bool directory = std::filesystem::is_directory(path, error); !stream || directory) {
    problems.add(path.string(), 0,
                 directory ? "is a directory, not a file" : "cannot be read: no such file, or no permission");
    return std::nullopt;
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return parse_document(text.str(), path.string(), problems);
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  const auto distance = [](std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const std::size_t above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    return row[b.size()];
  };
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (auto candidate : candidates) {
    if (const auto d = distance(word, candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

void report_unknown_keys(const Node& table, std::string_view where, std::span<const std::string_view> known,
                         Problems& problems) {
  for (const auto& [key, value] : table.members()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const auto near = nearest(key, known);
    problems.add(value.file(), value.line(),
                 fmt::format("unknown key '{}' in {}{}", key, where,
                             near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
  }
}

}  // namespace citygate
