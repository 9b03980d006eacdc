#include "categories/entries_writer.h"

#include "categories/formats/entry.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

constexpr char kItemEnd = '\t', kOriginal = '\x1f';
constexpr std::size_t kShownBytes = 300;

}  // namespace

void EntriesWriter::begin(Hold hold) {
  part_ = {.offset = written_};
  hold_ = hold;
  next_line_ = 1;
  line_.clear();
  counts_.clear();
  cancelled_.clear();
}

void EntriesWriter::add_item(const Item& item, CategoryId category) {
  if (!line_.empty()) line_ += kItemEnd;
  const std::size_t at = line_.size();
  append_item(line_, item);
  counts_.push_back({matcher::hash_of_text(std::string_view(line_).substr(at), category.value), category.value,
                     !item.path.empty() || !item.expression.empty(), item.exception});
}

void EntriesWriter::end_line(std::uint64_t number, std::string_view text) {
  if (line_.empty()) return;
  const std::uint64_t text_hash = hold_ == Hold::No ? 0 : matcher::hash_of_text(trim(text), 0);
  if (std::string_view(line_).substr(1) != text) {
    line_ += kOriginal;
    append_printable(line_, text, kShownBytes);
  }
  line_ += '\n';
  if (hold_ == Hold::No) {
    commit(number, line_, 0, counts_.size());
    counts_.clear();
  } else {
    held_text_ += line_;
    held_.push_back({number, text_hash, held_text_.size(), counts_.size()});
    if (held_text_.size() > kHeldBytes || held_.size() >= kHeldLines) commit_held();
  }
  line_.clear();
}

bool EntriesWriter::cancel(std::string_view text) {
  cancelled_.insert(matcher::hash_of_text(trim(text), 0));
  return cancelled_.size() <= kMostCancelled;
}

EntriesWriter::Part EntriesWriter::end() {
  commit_held();
  settle();
  part_.bytes = written_ - part_.offset;
  return part_;
}

void EntriesWriter::commit_held() {
  std::size_t begin = 0, first_count = 0;
  for (const auto& line : held_) {
    if (cancelled_.contains(line.text_hash))
      ++part_.cancelled;
    else
      commit(line.number, std::string_view(held_text_).substr(begin, line.end - begin), first_count, line.counts_end);
    begin = line.end;
    first_count = line.counts_end;
  }
  held_.clear();
  held_text_.clear();
  counts_.clear();
}

void EntriesWriter::commit(std::uint64_t number, std::string_view line, std::size_t first_count,
                           std::size_t last_count) {
  if (duplicates_ >= kKeptRepeats) {
    settle();
    line = without_repeats(line, first_count, last_count);
    if (line.empty()) return;
    first_count = last_count;
  }
  for (; first_count < last_count; ++first_count) {
    seen_.prefetch(counts_[first_count].hash);
    unsettled_.push_back(counts_[first_count]);
    ++part_.entries;
  }
  if (unsettled_.size() >= kUnsettled) settle();
  // Lines without an entry keep their place: line n here is line n of the list.
  for (; next_line_ < number; ++next_line_) write("\n");
  write(line);
  ++next_line_;
  const auto items = line.substr(0, line.find_first_of("\x1f\n"));
  items_digest_.add(items);
  items_digest_.add("\n");
}

std::string_view EntriesWriter::without_repeats(std::string_view line, std::size_t first_count,
                                                std::size_t last_count) {
  const auto items_end = line.find_first_of("\x1f\n");
  std::string_view items = line.substr(0, items_end);
  fresh_line_.clear();
  std::uint64_t kept = 0;
  for (; first_count < last_count; ++first_count) {
    const auto item = EntryReader::take_item(items);
    if (!insert(counts_[first_count])) continue;
    if (kept++ > 0) fresh_line_ += kItemEnd;
    fresh_line_ += item;
  }
  part_.entries += kept;
  if (kept == 0) return {};
  fresh_line_ += line.substr(items_end);
  return fresh_line_;
}

bool EntriesWriter::insert(const Count& count) {
  if (!seen_.insert(count.hash)) {
    ++duplicates_;
    return false;
  }
  ++distinct_;
  exceptions_ += count.exception;
  if (!last_category_ || last_category_->id.value != count.category) {
    last_category_ = &categories_[count.category];
    last_category_->id = CategoryId{count.category};
  }
  ++(count.path ? last_category_->urls : last_category_->hosts);
  return true;
}

void EntriesWriter::settle() {
  for (const Count& count : unsettled_) insert(count);
  unsettled_.clear();
}

void EntriesWriter::write(std::string_view text) {
  writer_.write(text);
  digest_.add(text);
  written_ += text.size();
}

}  // namespace citygate::categories
