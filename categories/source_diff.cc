#include "categories/source_diff.h"

#include <algorithm>
#include <map>

#include "categories/entries.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

constexpr std::size_t kExamples = 3;

// An item's hash, and the number of its category beside it.
struct Mention {
  std::uint64_t hash;
  std::uint32_t category;
  friend auto operator<=>(const Mention&, const Mention&) = default;
};

// As a person would write it.
std::string shown_item(std::string_view text) {
  const auto item = parse_item(text);
  if (!item) return std::string(text);
  std::string out = item->exception ? "exception " : "";
  if (!item->expression.empty()) return out.append("/").append(item->expression).append("/");
  if (!item->phrase.empty()) return out.append("\"").append(item->phrase).append("\"");
  if (item->scope == Scope::Below) out += "*.";
  return out.append(item->host).append(item->path);
}

class Differ {
 public:
  SourceChange run(const SourceText* before, const SourceText* after) {
    SourceChange out;
    out.source = (after ? after : before)->manifest.name;
    if (before) out.from_version = before->manifest.version;
    if (after) out.to_version = after->manifest.version;
    const auto old = mentions(before), now = mentions(after);
    changes_.resize(names_.size());
    for (const auto& one : old) ++changes_[one.category].before;
    for (const auto& one : now) ++changes_[one.category].after;
    std::vector<Mention> removed, added;
    std::ranges::set_difference(old, now, std::back_inserter(removed));
    std::ranges::set_difference(now, old, std::back_inserter(added));
    out.before = old.size();
    out.after = now.size();
    out.added = added.size();
    out.removed = removed.size();
    for (const auto& one : added) ++changes_[one.category].added;
    for (const auto& one : removed) ++changes_[one.category].removed;
    find_examples(after, added, &CategoryChange::added, &CategoryChange::added_examples);
    find_examples(before, removed, &CategoryChange::removed, &CategoryChange::removed_examples);
    for (const auto& [name, number] : names_) {
      CategoryChange& change = changes_[number];
      if (change.added == 0 && change.removed == 0) continue;
      change.category = name;
      out.categories.push_back(std::move(change));
    }
    return out;
  }

 private:
  std::uint32_t number_of(std::string_view category) {
    if (category == last_name_ && !names_.empty()) return last_;
    const auto [at, fresh] = names_.try_emplace(std::string(category), static_cast<std::uint32_t>(names_.size()));
    last_name_ = at->first;
    return last_ = at->second;
  }

  // visit(text of the item, mention) -> go on?
  template <class Visit>
  void each_item(const SourceText& of, Visit&& visit) {
    for (const auto& file : of.manifest.files) {
      if (file.offset > of.text.size()) continue;
      EntryReader reader(of.text.substr(file.offset, file.bytes));
      for (EntryReader::Line line; reader.next(line);)
        while (!line.items.empty()) {
          const std::string_view text = EntryReader::take_item(line.items);
          std::string_view category = file.category;
          if (text.size() > 1 && text[1] == '@') category = text.substr(2, text.find(':') - 2);
          const std::uint32_t number = number_of(category);
          if (!visit(text, Mention{matcher::hash_of_text(text, number), number})) return;
        }
    }
  }

  std::vector<Mention> mentions(const SourceText* of) {
    std::vector<Mention> out;
    if (!of) return out;
    out.reserve(of->manifest.entries);
    each_item(*of, [&](std::string_view, const Mention& one) {
      out.push_back(one);
      return true;
    });
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
  }

  void find_examples(const SourceText* in, const std::vector<Mention>& wanted, std::uint64_t CategoryChange::* count,
                     std::vector<std::string> CategoryChange::* examples) {
    if (!in || wanted.empty()) return;
    std::size_t open = 0;  // examples still to be found
    for (const auto& change : changes_) open += std::min<std::size_t>(change.*count, kExamples);
    each_item(*in, [&](std::string_view text, const Mention& one) {
      auto& found = changes_[one.category].*examples;
      if (found.size() >= kExamples || !std::ranges::binary_search(wanted, one)) return true;
      found.push_back(shown_item(text));
      return --open > 0;
    });
  }

  std::map<std::string, std::uint32_t, std::less<>> names_;
  std::string_view last_name_;
  std::uint32_t last_ = 0;
  std::vector<CategoryChange> changes_;  // by number
};

}  // namespace

SourceChange diff_source(const SourceText* before, const SourceText* after) { return Differ().run(before, after); }

}  // namespace citygate::categories
