// accuracy.cc - builds generations of lists in a scratch directory and says how they classify: the C++ half of bench/accuracy.
//
//   accuracy TAXONOMY DIRECTORY      then one request a line on the standard input, one answer a line on the other side
//
//   categories                                     name=group,...
//   import TAB path TAB source TAB category TAB format    "ok" TAB entries
//   status                                         name=entries,...
//   classify TAB url                               name,...    of the generation in force; "" = uncategorised
//   why TAB category TAB url                       list TAB file TAB line TAB text
//
// Any request may be answered by "error" TAB words. Thread: one. The product's public interface is all it uses, so what
// it prints is what a gateway with these lists would decide about.
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "base/name_source.h"
#include "base/target.h"
#include "categories/list_store.h"

namespace citygate::categories {
namespace {

class Generations {
 public:
  static Result<Generations> create(const char* taxonomy, const char* directory) {
    Generations out;
    Problems problems;
    auto read = Taxonomy::read(taxonomy, *out.names_, problems);
    if (!read) return fail(Error::Kind::Malformed, problems.to_string());
    out.taxonomy_ = std::make_unique<Taxonomy>(std::move(*read));
    CG_TRY(store, ListStore::open(directory, *out.taxonomy_, *out.names_));
    out.store_ = std::move(store);
    CG_TRY_VOID(out.load());
    return out;
  }

  Result<std::string> answer(const std::vector<std::string>& words) {
    if (words[0] == "categories") return categories();
    if (words[0] == "import" && words.size() == 5) return import(words);
    if (words[0] == "status") return status();
    if (words[0] == "classify" && words.size() == 2) return classify(words[1]);
    if (words[0] == "why" && words.size() == 3) return why(words[1], words[2]);
    return fail(Error::Kind::Malformed, "no such request: " + words[0]);
  }

 private:
  // The two calls that change when the store's interface does.
  Result<std::string> import(const std::vector<std::string>& words) {
    const auto format = parse_list_format(words[4]);
    if (!format) return fail(Error::Kind::Malformed, "no such format: " + words[4]);
    // Those of the collections are lists of sites: docs/list_formats.md says to widen them.
    CG_TRY(done, store_->import({.path = words[1],
                                 .source = words[2],
                                 .category = words[3],
                                 .version = "",
                                 .format = *format,
                                 .subdomains = subdomains_fit(*format)},
                                {.author = "bench/accuracy", .reason = "to be measured"}, {}));
    if (done.second.outcome != Publication::Outcome::InForce)
      return fail(Error::Kind::Refused, words[2] + ": is not in force");
    CG_TRY_VOID(load());
    return fmt::format("ok\t{}", done.first.entries);
  }
  Result<void> ask(const std::string& url) {
    CG_TRY_VOID(parse_url(url, target_));
    lists_->classify(target_, *workspace_, found_);
    return {};
  }

  Result<void> load() {
    std::string warning;
    CG_TRY(lists, store_->load_current(warning));
    if (!warning.empty()) return fail(Error::Kind::Storage, warning);
    lists_ = std::move(lists);
    return {};
  }

  Result<std::string> categories() const {
    std::string out;
    for (const auto& category : taxonomy_->all())
      out += fmt::format("{}{}={}", out.empty() ? "" : ",", category.name, to_string(category.group));
    return out;
  }

  Result<std::string> status() const {
    std::string out;
    for (const auto& [id, entries] : lists_->status().categories)
      out += fmt::format("{}{}={}", out.empty() ? "" : ",", name(id), entries);
    return out;
  }

  Result<std::string> classify(const std::string& url) {
    CG_TRY_VOID(ask(url));
    std::string out;
    found_.categories.for_each([&](CategoryId id) { out += (out.empty() ? "" : ",") + name(id); });
    return out;
  }

  Result<std::string> why(const std::string& word, const std::string& url) {
    const Category* category = taxonomy_->find(word);
    if (!category) return fail(Error::Kind::NotFound, "no such category: " + word);
    CG_TRY_VOID(ask(url));
    const auto line = lists_->describe(lists_->evidence(found_, category->id));
    return fmt::format("{}\t{}\t{}\t{}", line.list, line.file, line.line, line.text);
  }

  std::string name(CategoryId id) const {
    const Category* category = taxonomy_->find(id);
    return category ? category->name : fmt::format("category-{}", id.value);
  }

  std::unique_ptr<MemoryNames> names_ = std::make_unique<MemoryNames>();
  std::unique_ptr<Taxonomy> taxonomy_;
  std::unique_ptr<ListStore> store_;
  std::shared_ptr<const Lists> lists_;
  std::unique_ptr<Workspace> workspace_ = std::make_unique<Workspace>();
  Target target_;
  Classification found_;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == '\t')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

int run(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: accuracy TAXONOMY DIRECTORY (bench/accuracy/measure runs it)\n";
    return 2;
  }
  auto generations = Generations::create(arguments[1], arguments[2]);
  if (!generations) {
    std::cerr << generations.error().context << '\n';
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = generations->answer(split(line));
    std::string text = answer ? *answer : "error\t" + answer.error().context;
    for (char& c : text)
      if (c == '\n') c = ' ';
    std::cout << text << '\n';
    if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
  }
  return 0;
}

}  // namespace
}  // namespace citygate::categories

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  return citygate::categories::run(count, arguments);
}
