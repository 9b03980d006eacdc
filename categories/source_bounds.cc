#include "categories/source_bounds.h"

#include <fmt/format.h>

#include <utility>

#include "categories/search_terms.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

std::unexpected<Error> more_than(std::uint64_t most, std::string_view of_what) {
  return fail(Error::Kind::TooLarge, fmt::format("has more than {} {}", most, of_what));
}

}  // namespace

Result<void> SourceBounds::add(const Item& item, CategoryId category, std::uint64_t written_out) {
  if (!std::exchange(entries_, true) && ++lists_ > limits_.lists) return more_than(limits_.lists, "files");
  // Nearly all items are as the one before.
  if (const Combination now{category.value, item.scope, item.exception, item.important, item.deep};
      marks_.empty() || now != last_) {
    last_ = now;
    marks_.insert(now);
    categories_.insert(category.value);
    // One more of each category may be made for protected names where an image is compiled.
    if (marks_.size() + categories_.size() > limits_.marks)
      return more_than(limits_.marks, "combinations of category and scope");
  }
  if (!item.expression.empty()) return add_expression(item, written_out);
  if (!item.phrase.empty()) return add_phrase(item);
  return {};
}

Result<void> SourceBounds::add_expression(const Item& item, std::uint64_t written_out) {
  if (++expression_lines_ > limits_.expression_lines)
    return more_than(limits_.expression_lines, "lines of expressions");
  if (!expressions_.insert(matcher::hash_of_text(item.expression, item.exception ? 1 : 0)).second) return {};
  if (expressions_.size() > limits_.expressions) return more_than(limits_.expressions, "different expressions");
  expression_bytes_ += written_out;
  if (expression_bytes_ > limits_.expression_bytes)
    return more_than(limits_.expression_bytes, "bytes of expressions, their repeats written out");
  return {};
}

Result<void> SourceBounds::add_phrase(const Item& item) {
  if (!std::exchange(terms_, true) && ++term_lists_ > limits_.term_lists)
    return more_than(limits_.term_lists, "lists of search terms");
  if (SearchTerms::joins(item.phrase) && ++joined_terms_ > limits_.joined_terms)
    return more_than(limits_.joined_terms, "lines of search terms with '+'");
  return {};
}

}  // namespace citygate::categories
