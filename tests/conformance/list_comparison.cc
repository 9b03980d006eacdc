#include "tests/conformance/list_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace citygate::test {

using namespace categories;

namespace {

constexpr std::size_t kShown = 10;           // differences that are printed
constexpr std::size_t kEvidenceEach = 64;    // of so many targets one has its evidence read,
constexpr std::size_t kMostEvidence = 1000;  // which is slow: files are read for it

}  // namespace

Product::Product() {
  Problems problems;
  auto read = Taxonomy::read(std::filesystem::path(CITYGATE_SOURCE_DIR) / "conf" / "taxonomy.toml", names_, problems);
  EXPECT_TRUE(read) << problems.to_string();
  taxonomy_ = std::move(*read);
  auto opened = ListStore::open(directory_ / "lists", taxonomy_, names_);
  EXPECT_TRUE(opened) << opened.error().context;
  store_ = std::move(*opened);
}

void Product::import(const std::filesystem::path& path, const std::string& source, const std::string& category) {
  const auto done = store_->import(
      {.path = path, .source = source, .category = category, .version = "", .format = ListFormat::Detect},
      {.author = "a test", .reason = "the oracle reads them too"}, {});
  ASSERT_TRUE(done) << source << ": " << done.error().context;
  ASSERT_EQ(done->second.outcome, Publication::Outcome::InForce) << source;
  std::string warning;
  auto loaded = store_->load_current(warning);
  ASSERT_TRUE(loaded) << loaded.error().context;
  lists_ = std::move(*loaded);
}

const Classification& Product::classify(const Target& target) {
  lists_->classify(target, workspace_, found_);
  return found_;
}

CategoryId Product::category(std::string_view word) const {
  const Category* found = taxonomy_.find_foreign(word);
  return found ? found->id : CategoryId{};
}

CategorySet Product::below() const {
  return taxonomy_.in_group(Group::Prohibited) | taxonomy_.in_group(Group::Threat) |
         taxonomy_.in_group(Group::Circumvention);
}

std::string Product::words(const CategorySet& set) const {
  std::string out;
  set.for_each([&](CategoryId id) { out += taxonomy_.find(id)->name + " "; });
  return out.empty() ? "none" : out;
}

void Comparison::write(const std::string& source, const std::string& file, Syntax syntax, CategoryId category,
                       std::string text) {
  const auto at = std::ranges::find(sources_, source);
  const auto number = static_cast<int>(at - sources_.begin());
  if (at == sources_.end()) sources_.push_back(source);
  const std::filesystem::path path = product.scratch() / source / file;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  ASSERT_TRUE(stream.flush()) << path;
  if (category.value != 0) given_.insert(category);
  oracle.add(syntax, std::move(text), number, category);
}

void Comparison::ask(const Target& target, How how) {
  const auto expected = how == How::ByScan ? oracle.answer_by_scan(target) : oracle.answer(target);
  if (!expected.clear || speaks_of_more(target)) {
    ++left_out_;
    return;
  }
  ++compared_;
  const Classification& found = product.classify(target);
  const CategorySet seen = found.categories & given_;  // signs that no list gives are none of the oracle's business
  if (!seen.empty()) ++listed_;
  if (seen != expected.categories) {
    if (++wrong_ <= kShown) ADD_FAILURE() << difference(target, seen, expected);
  } else if (compared_ % kEvidenceEach == 0 && evidence_ < kMostEvidence) {
    check_evidence(target, seen, found, expected);
  }
}

void Comparison::ask_url(const std::string& url, Lot& lot, How how) {
  Target target;
  if (!parse_url(url, target)) return;
  if (lot.one_in(16) && !target.address) {
    const std::string authority = target.host + ":443";
    ASSERT_TRUE(parse_authority(authority, target)) << authority;
  }
  ask(target, how);
}

void Comparison::conclude(std::size_t least) const {
  EXPECT_EQ(wrong_, 0U) << "targets have other categories than the lists give them";
  EXPECT_GE(compared_, least);
  EXPECT_GT(listed_, compared_ / 10);
  EXPECT_LT(left_out_, (compared_ + left_out_) / 10);
  EXPECT_GT(evidence_, 0U);
  std::printf(
      "%zu targets compared, %zu of them listed; %zu left out (near lines of another shape, or with more to read "
      "inside); the "
      "evidence of %zu categories read; %zu lines of lists\n",
      compared_, listed_, left_out_, evidence_, oracle.lines().size());
}

// It is classified by a URL inside it or by what it searches for as well, which the oracle does not read.
bool Comparison::speaks_of_more(const Target& target) {
  if (!inner_.find(target).empty() || inner_.kind() != FrontEnd::None) return true;
  return !search_words(target, search_scratch_, search_).empty();
}

std::string Comparison::difference(const Target& target, const CategorySet& seen,
                                   const ListOracle::Answer& expected) const {
  std::string out = target.to_string() + (target.query.empty() ? "" : "?" + target.query);
  out += "\n  compiled lists: " + product.words(seen) + "\n  line by line:   " + product.words(expected.categories);
  for (const auto* line : expected.lines) {
    CategorySet category;
    category.insert(line->category);
    out += "\n    " + product.words(category) + "in " + source_of(*line) + ": " + std::string(line->text);
  }
  return out;
}

// The line that the product names is one that covers the target, of that category and source.
void Comparison::check_evidence(const Target& target, const CategorySet& seen, const Classification& found,
                                const ListOracle::Answer& expected) {
  seen.for_each([&](CategoryId id) {
    const EvidenceText text = product.lists().describe(product.lists().evidence(found, id));
    ++evidence_;
    EXPECT_TRUE(std::ranges::any_of(expected.lines,
                                    [&](const ListOracle::Line* line) {
                                      return line->category == id && line->text == text.text &&
                                             source_of(*line) == text.list;
                                    }))
        << target.to_string() << ": " << text.list << " " << text.file << ":" << text.line << ": '" << text.text << "'";
  });
}

}  // namespace citygate::test
