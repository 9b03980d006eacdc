#include "categories/search_terms.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>

namespace citygate::categories {
namespace {

constexpr std::size_t kBeginBits = 1 << 14;

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

}  // namespace

bool SearchTerms::may_begin(std::uint64_t hash) const {
  const std::uint64_t bit = hash % kBeginBits;
  return (begins_[bit / 64] >> (bit % 64) & 1) != 0;
}

std::span<const SearchTerms::Use> SearchTerms::uses(std::size_t part) const {
  return std::span(uses_).subspan(parts_[part].first_use, parts_[part + 1].first_use - parts_[part].first_use);
}

void SearchTerms::build_index() {
  const std::size_t count = parts_.empty() ? 0 : parts_.size() - 1;
  slots_.assign(std::bit_ceil(std::max<std::size_t>(count * 2, 16)), 0);
  begins_.assign(kBeginBits / 64, 0);
  longest_ = 0;
  files_ = 0;
  for (const auto& rule : rules_) files_ = std::max<std::size_t>(files_, rule.file + std::size_t{1});
  for (std::size_t i = 0; i < count; ++i) {
    const Part& part = parts_[i];
    std::size_t slot = part.hash & (slots_.size() - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
    const std::string_view text = std::string_view(texts_).substr(part.text, part.text_bytes);
    const std::uint64_t bit = hash_of(text.substr(0, text.find(' '))) % kBeginBits;
    begins_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    longest_ = std::max<std::size_t>(longest_, part.words);
  }
}

// Calls visit(part, first word, word behind the last) for the parts that begin at `begin`, which is word number `word`.
template <class Visit>
void SearchTerms::visit_parts_at(std::string_view words, std::size_t begin, std::size_t word, Visit& visit) const {
  std::size_t end = begin;
  for (std::size_t length = 1; length <= longest_ && end < words.size(); ++length) {
    end = std::min(words.find(' ', length == 1 ? begin : end + 1), words.size());
    const std::string_view text = words.substr(begin, end - begin);
    const std::uint64_t hash = hash_of(text);
    if (length == 1 && !may_begin(hash)) return;
    for (std::size_t slot = hash & (slots_.size() - 1); slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
      const std::size_t part = slots_[slot] - 1;
      if (parts_[part].hash != hash) continue;
      if (std::string_view(texts_).substr(parts_[part].text, parts_[part].text_bytes) != text) continue;
      visit(part, word, word + length);
      break;
    }
  }
}

template <class Visit>
void SearchTerms::for_each_part(std::string_view words, Visit&& visit) const {
  std::size_t word = 0;
  for (std::size_t begin = 0; begin < words.size(); ++word) {
    visit_parts_at(words, begin, word, visit);
    begin = std::min(words.find(' ', begin), words.size() - 1) + 1;
  }
}

// What one search is excused from: bit f is the f-th file.
struct SearchTerms::Exceptions {
  std::uint64_t anywhere = 0;
  std::array<std::uint64_t, kMaxExcused> at_word;  // set up to `words`
  std::size_t words = 0;

  void add_words(std::size_t begin, std::size_t end, std::uint64_t file) {
    if (end > at_word.size()) return;
    while (words < end) at_word[words++] = 0;
    for (std::size_t i = begin; i < end; ++i) at_word[i] |= file;
  }
  [[nodiscard]] bool hold(std::size_t begin, std::size_t end, std::uint64_t file) const {
    if ((anywhere & file) != 0) return true;
    for (std::size_t i = begin; i < std::min(end, words); ++i)
      if ((at_word[i] & file) != 0) return true;
    return false;
  }
};

// What has been found of all texts.
struct SearchTerms::Hits {
  std::span<TermHit> out;
  std::size_t count = 0;
  std::uint64_t files = 0;  // that have one

  void add(const TermHit& hit, std::size_t all_files) {
    if (count == out.size() || std::ranges::find(out.first(count), hit) != out.first(count).end()) return;
    // Phrases of one file do not take the place that the first of another may need.
    const std::uint64_t file = std::uint64_t{1} << hit.file;
    if ((files & file) != 0 && out.size() - count <= all_files - static_cast<std::size_t>(std::popcount(files))) return;
    files |= file;
    out[count++] = hit;
  }
};

std::size_t SearchTerms::match(std::string_view words, std::span<TermHit> out) const noexcept {
  if (rules_.empty()) return 0;
  Hits hits{.out = out};
  while (!words.empty()) {
    const std::size_t end = std::min(words.find('\n'), words.size());
    match_text(words.substr(0, end), hits);
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return hits.count;
}

// Twice over a text in which something stands, once over the others: whether a phrase counts depends on exceptions
// that may stand behind it.
void SearchTerms::match_text(std::string_view words, Hits& hits) const noexcept {
  Exceptions exceptions;
  bool any = false;
  for_each_part(words, [&](std::size_t part, std::size_t begin, std::size_t end) {
    for (const Use& use : uses(part)) {
      const Rule& rule = rules_[use.rule];
      const std::uint64_t file = std::uint64_t{1} << rule.file;
      if (rule.kind == Kind::Unless)
        exceptions.anywhere |= file;
      else if (rule.kind == Kind::Except)
        exceptions.add_words(begin, end, file);
      else
        any = true;
    }
  });
  if (!any) return;
  std::array<std::uint8_t, kMaxAllOf> seen{};
  for_each_part(words, [&](std::size_t part, std::size_t begin, std::size_t end) {
    for (const Use& use : uses(part)) {
      const Rule& rule = rules_[use.rule];
      if (rule.kind == Kind::Except || rule.kind == Kind::Unless) continue;
      if (exceptions.hold(begin, end, std::uint64_t{1} << rule.file)) continue;
      if (rule.kind == Kind::AllOf) {
        std::uint8_t& places = seen[rule.all_of];
        places = static_cast<std::uint8_t>(places | 1U << use.place);
        if (places != (1U << rule.parts) - 1) continue;
      }
      hits.add({rule.mark, rule.file, rule.line}, files_);
    }
  });
}

}  // namespace citygate::categories
