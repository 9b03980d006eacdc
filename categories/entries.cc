#include "categories/entries.h"

#include <cstring>

namespace citygate::categories {
namespace {

constexpr char kItemEnd = '\t', kOriginal = '\x1f';

std::string_view text_of(std::string_view item) {
  if (!item.empty()) item.remove_prefix(1);
  return item;
}

}  // namespace

void append_item(std::string& out, const Item& item) {
  out += item.exception ? '-' : '+';
  if (!item.category.empty()) {
    out += '@';
    out += item.category;
    out += ':';
  }
  if (item.important) out += '!';
  if (item.deep) out += '^';
  if (!item.expression.empty()) {
    out += '~';
    out += item.expression;
    return;
  }
  if (!item.phrase.empty()) {
    out += '"';
    out += item.phrase;
    return;
  }
  if (item.scope != Scope::Whole) out += item.scope == Scope::Exact ? '=' : '*';
  out += item.host;
  out += item.path;
}

std::optional<Item> parse_item(std::string_view text) {
  if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  Item out;
  out.exception = text.front() == '-';
  text.remove_prefix(1);
  if (text.front() == '@') {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    out.category = text.substr(1, colon - 1);
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  if (text.front() == '!') {
    out.important = true;
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
  }
  if (text.front() == '^') {
    out.deep = true;
    text.remove_prefix(1);
    if (text.empty() || !out.exception) return std::nullopt;
  }
  if (text.front() == '~') {
    out.expression = text.substr(1);
    return out.expression.empty() ? std::nullopt : std::optional(out);
  }
  if (text.front() == '"') {
    out.phrase = text.substr(1);
    return out.phrase.empty() ? std::nullopt : std::optional(out);
  }
  if (text.front() == '=' || text.front() == '*') {
    out.scope = text.front() == '=' ? Scope::Exact : Scope::Below;
    text.remove_prefix(1);
  }
  const auto slash = text.find('/');
  out.host = text.substr(0, slash);
  if (slash != std::string_view::npos) out.path = text.substr(slash);
  return out.host.empty() ? std::nullopt : std::optional(out);
}

bool EntryReader::next(Line& out) {
  while (!left_.empty()) {
    ++number_;
    const auto* end = static_cast<const char*>(std::memchr(left_.data(), '\n', left_.size()));
    const std::size_t size = end ? static_cast<std::size_t>(end - left_.data()) : left_.size();
    const std::string_view line = left_.substr(0, size);
    left_.remove_prefix(end ? size + 1 : size);
    if (line.empty()) continue;
    const auto original = line.find(kOriginal);
    out.number = number_;
    out.items = line.substr(0, original);
    out.original = original == std::string_view::npos ? text_of(line) : line.substr(original + 1);
    return true;
  }
  return false;
}

std::string_view EntryReader::take_item(std::string_view& items) {
  const auto end = items.find(kItemEnd);
  const std::string_view item = items.substr(0, end);
  items.remove_prefix(end == std::string_view::npos ? items.size() : end + 1);
  return item;
}

std::string original_line(std::string_view part, std::uint32_t number) {
  for (; number > 1; --number) {
    const auto end = part.find('\n');
    if (end == std::string_view::npos) return {};
    part.remove_prefix(end + 1);
  }
  EntryReader::Line line;
  EntryReader reader(part.substr(0, part.find('\n')));
  return reader.next(line) ? std::string(line.original) : std::string();
}

}  // namespace citygate::categories
