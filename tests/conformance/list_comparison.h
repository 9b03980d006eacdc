// list_comparison.h - the same lists given to the product and to the oracle, and both asked about the same targets.
//
//   Comparison both;
//   both.write("ut1", "gambling/domains", Syntax::Plain, both.product.category("gambling"), text);   ...
//   both.import("ut1");   ...
//   both.oracle.sort();
//   both.ask_url("http://bet.example/", lot);   ...
//   both.conclude(1);
//
// Each difference is a failure of the running test, with the lines that speak about the target; ten are printed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/name_source.h"
#include "categories/inner_url.h"
#include "categories/list_store.h"
#include "categories/search_engines.h"
#include "categories/taxonomy.h"
#include "tests/conformance/list_oracle.h"
#include "tests/conformance/list_urls.h"
#include "tests/support/temp_dir.h"

namespace citygate::test {

// The product's own taxonomy and a store in a scratch directory.
class Product {
 public:
  Product();

  // These two follow the interface of the store.
  void import(const std::filesystem::path& path, const std::string& source, const std::string& category);
  const categories::Classification& classify(const Target& target);

  [[nodiscard]] const categories::Lists& lists() const { return *lists_; }
  [[nodiscard]] std::filesystem::path scratch() const { return directory_.path(); }
  // By own or foreign name; 0: unknown.
  [[nodiscard]] CategoryId category(std::string_view word) const;
  // Those that hold for all that is below a listed name, whatever longer names say.
  [[nodiscard]] CategorySet below() const;
  [[nodiscard]] std::string words(const CategorySet& set) const;

 private:
  TempDir directory_;
  MemoryNames names_;
  categories::Taxonomy taxonomy_;
  std::unique_ptr<categories::ListStore> store_;
  std::shared_ptr<const categories::Lists> lists_;
  categories::Workspace workspace_;
  categories::Classification found_;
};

class Comparison {
 public:
  Product product;
  ListOracle oracle{product.below()};

  // `file` is its name inside the source's directory, or that of the only file. Category 0: unknown to the taxonomy.
  void write(const std::string& source, const std::string& file, Syntax syntax, CategoryId category, std::string text);
  // A directory, by the names of its files.
  void import(const std::string& source) { product.import(product.scratch() / source, source, ""); }
  void import_file(const std::string& source, const std::string& file, const std::string& category) {
    product.import(product.scratch() / source / file, source, category);
  }

  enum class How : std::uint8_t { ByName, ByScan };  // of the oracle
  void ask(const Target& target, How how = How::ByName);
  // A URL, and now and then what a CONNECT for its host would be; nothing where it is none.
  void ask_url(const std::string& url, Lot& lot, How how = How::ByName);

  [[nodiscard]] std::size_t compared() const { return compared_; }
  // At least so many were compared, none differed, and enough of them were listed; prints what was done.
  void conclude(std::size_t least) const;

 private:
  [[nodiscard]] bool speaks_of_more(const Target& target);
  [[nodiscard]] std::string difference(const Target& target, const CategorySet& seen,
                                       const ListOracle::Answer& expected) const;
  void check_evidence(const Target& target, const CategorySet& seen, const categories::Classification& found,
                      const ListOracle::Answer& expected);
  [[nodiscard]] const std::string& source_of(const ListOracle::Line& line) const {
    return sources_[static_cast<std::size_t>(line.source)];
  }

  std::vector<std::string> sources_;
  CategorySet given_;  // by any list
  categories::InnerUrls inner_;
  categories::SearchScratch search_scratch_;
  std::string search_;
  std::size_t compared_ = 0, listed_ = 0, left_out_ = 0, evidence_ = 0, wrong_ = 0;
};

}  // namespace citygate::test
