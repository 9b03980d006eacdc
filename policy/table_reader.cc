#include "policy/table_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace citygate::policy {

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

TableReader::TableReader(const Node& table, std::string where, Problems& problems)
    : table_(table), where_(std::move(where)), problems_(problems) {}

int TableReader::line_of(std::string_view key) const {
  const Node* node = table_.find(key);
  return node ? node->line() : table_.line();
}

const Node* TableReader::take(std::string_view key, Need need) {
  known_.push_back(key);
  const Node* node = table_.find(key);
  if (!node && need == Need::Required) problem(table_.line(), fmt::format("{} has no '{}'", where_, key));
  return node;
}

void TableReader::wrong_kind(std::string_view key, const Node& node, std::string_view wanted) {
  problem(node.line(), fmt::format("'{}' in {} must be {}, not {}", key, where_, wanted, to_string(node.kind())));
}

std::string TableReader::text(std::string_view key, Need need) {
  const Node* node = take(key, need);
  if (!node) return {};
  if (node->kind() != Node::Kind::String) {
    wrong_kind(key, *node, "a string");
    return {};
  }
  if (node->text()->empty() && need == Need::Required)
    problem(node->line(), fmt::format("'{}' in {} is empty", key, where_));
  return std::string(*node->text());
}

std::string TableReader::date(std::string_view key) {
  const Node* node = take(key, Need::Optional);
  if (!node) return {};
  if (!node->text() || node->text()->empty()) {
    wrong_kind(key, *node, "a date like 2026-12-31");
    return {};
  }
  return std::string(*node->text());
}

std::optional<WallTime> TableReader::moment(std::string_view key, const Zone& zone, Need need) {
  const std::string text = date(key);
  if (!table_.find(key) && need == Need::Required)
    problem(table_.line(), fmt::format("{} has no '{}', a date like 2026-12-31", where_, key));
  if (text.empty()) return std::nullopt;
  const auto time = parse_time(text, zone);
  if (!time) problem(line_of(key), fmt::format("'{}' is no date like 2026-12-31", text));
  return time;
}

std::vector<Word> TableReader::words(std::string_view key, Need need) {
  std::vector<Word> out;
  const Node* node = take(key, need);
  if (!node) return out;
  if (node->kind() != Node::Kind::Array) {
    wrong_kind(key, *node, "a list of strings");
    return out;
  }
  for (const auto& item : node->items()) {
    if (item.kind() == Node::Kind::String)
      out.push_back({std::string(*item.text()), item.line()});
    else
      wrong_kind(key, item, "a list of strings");
  }
  if (node->items().empty() && need == Need::Required)
    problem(node->line(), fmt::format("'{}' in {} is empty", key, where_));
  return out;
}

std::span<const Node> TableReader::items(std::string_view key, std::string_view wanted) {
  const Node* node = take(key, Need::Optional);
  if (!node) return {};
  if (node->kind() == Node::Kind::Array) return node->items();
  wrong_kind(key, *node, wanted);
  return {};
}

std::optional<std::int64_t> TableReader::whole(std::string_view key, std::int64_t low, std::int64_t high) {
  const Node* node = take(key, Need::Optional);
  if (!node) return std::nullopt;
  const auto value = node->integer();
  if (!value) {
    wrong_kind(key, *node, "a whole number");
    return std::nullopt;
  }
  if (*value < low || *value > high) {
    problem(node->line(), fmt::format("'{}' in {} must be from {} to {}", key, where_, low, high));
    return std::nullopt;
  }
  return value;
}

bool TableReader::flag(std::string_view key, bool otherwise) {
  const Node* node = take(key, Need::Optional);
  if (!node) return otherwise;
  if (!node->boolean()) wrong_kind(key, *node, "true or false");
  return node->boolean().value_or(otherwise);
}

std::string TableReader::choice(std::string_view key, std::span<const std::string_view> choices) {
  const std::string word = text(key);
  if (!table_.find(key)) return std::string(choices.front());
  if (std::ranges::find(choices, word) != choices.end()) return word;
  if (table_.find(key)->kind() == Node::Kind::String)
    problem(line_of(key), fmt::format("'{}' in {} must be one of: {}", key, where_, fmt::join(choices, ", ")));
  return std::string(choices.front());
}

std::string TableReader::name(std::string_view key) {
  std::string out = text(key, Need::Required);
  if (!out.empty() && !is_name(out)) {
    problem(line_of(key),
            fmt::format("'{}' is no name: lower-case letters, digits, '-', '_' and '.', at most 64", out));
    out.clear();
  }
  return out;
}

const Node* TableReader::table(std::string_view key) {
  const Node* node = take(key, Need::Optional);
  if (!node || node->is_table()) return node;
  wrong_kind(key, *node, "a table");
  return nullptr;
}

std::vector<const Node*> TableReader::tables(std::string_view key) {
  std::vector<const Node*> out;
  const Node* node = take(key, Need::Optional);
  if (!node) return out;
  if (node->kind() != Node::Kind::Array) {
    problem(node->line(), fmt::format("'{0}' must be written as [[{0}]], once for each", key));
    return out;
  }
  for (const auto& item : node->items()) {
    if (item.is_table())
      out.push_back(&item);
    else
      problem(item.line(), fmt::format("'{0}' must be written as [[{0}]], once for each", key));
  }
  return out;
}

void TableReader::finish() { report_unknown_keys(table_, where_, known_, problems_); }

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

}  // namespace citygate::policy
