// table_reader.h - reads the values of one TOML table of a file that people write; each complaint names the key's line.
//
// Both are borrowed. A key that is absent leaves `out` as it is; so does one with something wrong, after the problem was added.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/config.h"
#include "base/document.h"

namespace citygate::categories {

class TableReader {
 public:
  TableReader(const Node& table, Problems& problems) : table_(table), problems_(problems) {}

  [[nodiscard]] const Node* find(std::string_view key) const { return table_.find(key); }
  void wrong(std::string_view key, std::string_view what) const {
    const Node* node = table_.find(key);
    problems_.add(table_.file(), node ? node->line() : table_.line(), fmt::format("'{}' {}", key, what));
  }
  void missing(std::string_view what) const { problems_.add(table_.file(), table_.line(), std::string(what)); }

  void text(std::string_view key, std::string& out) const {
    const Node* node = table_.find(key);
    if (!node) return;
    if (node->kind() != Node::Kind::String)
      wrong(key, fmt::format("must be a text in quotes, not {}", to_string(node->kind())));
    else
      out = *node->text();
  }
  void duration(std::string_view key, std::chrono::seconds least, std::chrono::seconds most,
                std::chrono::seconds& out) const {
    const Node* node = table_.find(key);
    if (!node) return;
    std::chrono::milliseconds value{0};
    if (const auto what = config_detail::read(*node, value); !what.empty()) return wrong(key, what);
    if (value < least || value > most)
      return wrong(key, fmt::format("must be from {} to {}", config_detail::print(least), config_detail::print(most)));
    out = std::chrono::duration_cast<std::chrono::seconds>(value);
  }
  void bytes(std::string_view key, std::uint64_t& out) const {
    const Node* node = table_.find(key);
    if (!node) return;
    std::int64_t value = 0;
    if (const auto what = config_detail::read_integer(*node, true, value); !what.empty()) return wrong(key, what);
    if (value < 1) return wrong(key, "must be at least 1 byte");
    out = static_cast<std::uint64_t>(value);
  }
  void percent(std::string_view key, double most, double& out) const {
    const Node* node = table_.find(key);
    if (!node) return;
    const auto value = node->number();
    if (!value || !(*value >= 0 && *value <= most))
      return wrong(key, fmt::format("must be a number from 0 to {}", most));
    out = *value;
  }
  void boolean(std::string_view key, bool& out) const {
    const Node* node = table_.find(key);
    if (!node) return;
    if (const auto value = node->boolean())
      out = *value;
    else
      wrong(key, "must be true or false");
  }
  // Calls `each(item, text)` for the texts of a list.
  template <class Each>
  void texts(std::string_view key, Each&& each) const {
    const Node* node = table_.find(key);
    if (!node) return;
    if (node->kind() != Node::Kind::Array) return wrong(key, "must be a list of texts");
    for (const Node& item : node->items()) {
      if (item.kind() == Node::Kind::String)
        each(item, *item.text());
      else
        problems_.add(item.file(), item.line(), fmt::format("'{}' must be a list of texts", key));
    }
  }

 private:
  const Node& table_;
  Problems& problems_;
};

}  // namespace citygate::categories
