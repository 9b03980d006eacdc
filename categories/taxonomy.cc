#include "categories/taxonomy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/letter_case.h"
#include "categories/digest.h"

namespace citygate::categories {
namespace {

constexpr std::array<std::pair<std::string_view, Group>, 6> kGroups{{{"prohibited", Group::Prohibited},
                                                                     {"threat", Group::Threat},
                                                                     {"circumvention", Group::Circumvention},
                                                                     {"personal", Group::Personal},
                                                                     {"streaming", Group::Streaming},
                                                                     {"work", Group::Work}}};
constexpr std::string_view kMediaName = "streaming-media", kSoftwareName = "software";

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 && name.front() != '-' && name.back() != '-' &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// The text under `key`; "" after a problem was added.
std::string required_text(const Node& table, std::string_view key, Problems& problems) {
  const Node* node = table.find(key);
  if (!node) {
    problems.add(table.file(), table.line(), fmt::format("[[category]] has no '{}'", key));
    return {};
  }
  const auto text = node->text();
  if (!text || text->empty()) {
    problems.add(node->file(), node->line(), fmt::format("'{}' must be a text that is not empty", key));
    return {};
  }
  return std::string(*text);
}

struct Line {  // where a word was first given
  std::string category;
  int line;
};

std::optional<Category> read_category(const Node& node, Problems& problems) {
  constexpr std::array<std::string_view, 5> kKeys{"name", "title", "description", "group", "foreign"};
  if (!node.is_table()) {
    problems.add(node.file(), node.line(), fmt::format("a category must be a table, not {}", to_string(node.kind())));
    return std::nullopt;
  }
  const std::size_t before = problems.list().size();
  report_unknown_keys(node, "[[category]]", kKeys, problems);
  Category out;
  out.name = required_text(node, "name", problems);
  out.title = required_text(node, "title", problems);
  out.description = required_text(node, "description", problems);
  if (!out.name.empty() && !good_name(out.name))
    problems.add(node.find("name")->file(), node.find("name")->line(),
                 fmt::format("'{}' is no category name: lower-case letters, digits and '-', at most 40", out.name));
  if (const auto word = required_text(node, "group", problems); !word.empty()) {
    const auto found = std::ranges::find(kGroups, word, &std::pair<std::string_view, Group>::first);
    if (found == kGroups.end()) {
      std::vector<std::string_view> words;
      for (const auto& [name, group] : kGroups) words.push_back(name);
      const auto near = nearest(word, words);
      problems.add(
          node.find("group")->file(), node.find("group")->line(),
          fmt::format("unknown group '{}'{}", word,
                      near.empty() ? std::string(": prohibited, threat, circumvention, personal, streaming or work")
                                   : fmt::format("; did you mean '{}'?", near)));
    } else {
      out.group = found->second;
    }
  }
  if (const Node* foreign = node.find("foreign")) {
    if (foreign->kind() != Node::Kind::Array)
      problems.add(foreign->file(), foreign->line(), "'foreign' must be a list of texts");
    for (const Node& item : foreign->items()) {
      if (const auto word = item.text(); word && !word->empty()) {
        out.foreign.push_back(lowered(*word));
      } else {
        problems.add(item.file(), item.line(), "'foreign' must be a list of texts");
      }
    }
  }
  if (problems.list().size() != before) return std::nullopt;
  return out;
}

}  // namespace

std::string_view to_string(Group group) {
  for (const auto& [word, value] : kGroups)
    if (value == group) return word;
  return "?";
}

std::optional<Taxonomy> Taxonomy::read(const std::filesystem::path& file, NameSource& names, Problems& problems) {
  const auto root = read_document(file, problems);
  if (!root) return std::nullopt;
  const std::size_t before = problems.list().size();
  constexpr std::array<std::string_view, 1> kRootKeys{"category"};
  report_unknown_keys(*root, "the taxonomy", kRootKeys, problems);
  const Node* list = root->find("category");
  if (!list || list->kind() != Node::Kind::Array || list->items().empty()) {
    problems.add(file.string(), 0, "names no category: [[category]] tables are expected");
    return std::nullopt;
  }
  Taxonomy out;
  std::unordered_map<std::string, Line> words;  // own and foreign, each of one category only
  for (const Node& node : list->items()) {
    auto category = read_category(node, problems);
    if (!category) continue;
    const auto claim = [&](const std::string& word) {
      const auto [it, fresh] = words.try_emplace(word, Line{category->name, node.line()});
      if (!fresh)
        problems.add(node.file(), node.line(),
                     fmt::format("'{}' of category '{}' is taken by category '{}' in line {}", word, category->name,
                                 it->second.category, it->second.line));
    };
    claim(category->name);
    for (const auto& word : category->foreign) claim(word);
    const auto number = names.intern(NameKind::Category, category->name);
    if (!number) {
      problems.add(node.file(), node.line(), number.error().context);
      continue;
    }
    category->id = CategoryId{static_cast<std::uint16_t>(*number)};
    if (category->name == kMediaName) out.media_ = category->id;
    if (category->name == kSoftwareName) out.software_ = category->id;
    const std::size_t index = out.categories_.size();
    out.by_name_.emplace(category->name, index);
    out.by_foreign_.emplace(category->name, index);
    for (const auto& word : category->foreign) out.by_foreign_.emplace(word, index);
    out.by_id_.emplace(category->id.value, index);
    out.categories_.push_back(std::move(*category));
  }
  if (problems.list().size() != before) return std::nullopt;
  return out;
}

const Category* Taxonomy::find(CategoryId id) const {
  const auto it = by_id_.find(id.value);
  return it == by_id_.end() ? nullptr : &categories_[it->second];
}

const Category* Taxonomy::find(std::string_view name) const {
  const auto it = by_name_.find(std::string(name));
  return it == by_name_.end() ? nullptr : &categories_[it->second];
}

const Category* Taxonomy::find_foreign(std::string_view word) const {
  const auto it = by_foreign_.find(lowered(word));
  return it == by_foreign_.end() ? nullptr : &categories_[it->second];
}

CategorySet Taxonomy::in_group(Group group) const {
  CategorySet out;
  for (const auto& category : categories_)
    if (category.group == group) out.insert(category.id);
  return out;
}

std::string Taxonomy::words_digest() const {
  Digest digest;
  for (const auto& category : categories_) {
    digest.add_field(category.name);
    for (const auto& word : category.foreign) digest.add_field(word);
    digest.add_field("");
  }
  return digest.finish_hex();
}

}  // namespace citygate::categories
