// taxonomy.h - the categories there are: name, title, description, group, and what foreign lists call them.
//
// Read from one TOML file (conf/taxonomy.toml) that a city can extend. Immutable once read; shared by any thread.
//
//   [[category]]
//   name = "gambling"            # lower case, digits, '-'; the word of policies, reports and commands
//   title = "Gambling"
//   description = "Casinos, betting, lotteries and sites that lead to them."
//   group = "prohibited"         # prohibited | threat | circumvention | personal | streaming | work
//   foreign = ["arjel", "casino", "gamble"]
//
// `group` says what a category is by nature, for reports and for the safety steps (threat = malware and phishing,
// circumvention); what is done about it is the policy's word.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/category_set.h"
#include "base/document.h"
#include "base/name_source.h"

namespace citygate::categories {

enum class Group : std::uint8_t { Prohibited, Threat, Circumvention, Personal, Streaming, Work };
[[nodiscard]] std::string_view to_string(Group group);

struct Category {
  CategoryId id;  // interned by name: the same for ever in one state directory
  std::string name;
  std::string title;
  std::string description;
  Group group = Group::Work;
  std::vector<std::string> foreign;
};

class Taxonomy {
 public:
  // Every error goes to `problems`, with its line; nothing is returned if there was one.
  [[nodiscard]] static std::optional<Taxonomy> read(const std::filesystem::path& file, NameSource& names,
                                                    Problems& problems);

  [[nodiscard]] const std::vector<Category>& all() const { return categories_; }
  [[nodiscard]] const Category* find(CategoryId id) const;
  [[nodiscard]] const Category* find(std::string_view name) const;          // by own name
  [[nodiscard]] const Category* find_foreign(std::string_view word) const;  // by own or foreign name, any case
  [[nodiscard]] CategorySet in_group(Group group) const;
  // Over what import makes of foreign words: another one, and lists that did not change mean something else.
  [[nodiscard]] std::string words_digest() const;
  // The category that a response of a media type stands for ("streaming-media"); 0 if the file has none.
  [[nodiscard]] CategoryId media() const { return media_; }
  // The one that a program or an installer stands for ("software", software_kind.h); 0 if the file has none.
  [[nodiscard]] CategoryId software() const { return software_; }

 private:
  std::vector<Category> categories_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::size_t> by_foreign_;
  std::unordered_map<std::uint16_t, std::size_t> by_id_;
  CategoryId media_, software_;
};

}  // namespace citygate::categories
