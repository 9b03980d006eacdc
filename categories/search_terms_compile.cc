// Lists of phrases to SearchTerms, and those to bytes and back.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "categories/search_terms.h"
#include "categories/search_text.h"

namespace citygate::categories {

class TermCompiler {
 public:
  Result<SearchTerms> compile(std::span<const TermFile> files) {
    if (files.size() > SearchTerms::kMaxFiles)
      return fail(Error::Kind::TooLarge, "more than 64 lists of search terms: join some");
    for (std::size_t i = 0; i < files.size(); ++i) CG_TRY_VOID(read_file(files[i], static_cast<std::uint16_t>(i)));
    return finish();
  }

 private:
  using Kind = SearchTerms::Kind;

  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(Error::Kind::Malformed,
                std::string(file_->name) + ":" + std::to_string(line_) + ": " + std::string(what));
  }

  Result<void> read_file(const TermFile& file, std::uint16_t number) {
    file_ = &file;
    number_ = number;
    line_ = 0;
    for (std::string_view rest = file.text; !rest.empty();) {
      const auto end = rest.find('\n');
      std::string_view text = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      ++line_;
      if (line_ == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
      text = text.substr(0, text.find('#'));
      const auto begin = text.find_first_not_of(" \t\r");
      if (begin == std::string_view::npos) continue;
      CG_TRY_VOID(read_line(text.substr(begin)));
    }
    return {};
  }

  Result<void> read_line(std::string_view text) {
    SearchTerms::Rule rule{.mark = file_->mark, .file = number_, .line = line_};
    if (text.starts_with("!!"))
      rule.kind = Kind::Unless;
    else if (text.starts_with('!'))
      rule.kind = Kind::Except;
    text.remove_prefix(rule.kind == Kind::Unless ? 2 : rule.kind == Kind::Except ? 1 : 0);
    if (text.find('+') == std::string_view::npos) return add_phrase(text, rule);
    if (rule.kind != Kind::Phrase) return wrong("an exception is one phrase: '+' and '!' do not go together");
    return add_all_of(text, rule);
  }

  // "casino(s)" is two phrases of one line.
  Result<void> add_phrase(std::string_view text, const SearchTerms::Rule& rule) {
    CG_TRY(variants, read_phrase(text));
    for (const std::string& phrase : variants) use(phrase, rule, 0);
    return {};
  }

  Result<void> add_all_of(std::string_view text, SearchTerms::Rule rule) {
    rule.kind = Kind::AllOf;
    std::vector<std::vector<std::string>> parts;
    for (;;) {
      const auto plus = text.find('+');
      CG_TRY(variants, read_phrase(text.substr(0, plus)));
      for (const auto& other : parts)
        if (other == variants) return wrong("the same words stand twice between '+'");
      parts.push_back(std::move(variants));
      if (plus == std::string_view::npos) break;
      text.remove_prefix(plus + 1);
    }
    if (parts.size() > SearchTerms::kMaxParts) return wrong("more than 8 parts between '+'");
    if (all_of_ == SearchTerms::kMaxAllOf)
      return fail(Error::Kind::TooLarge, std::string(file_->name) + ": the lists hold more than 2048 lines with '+'");
    rule.all_of = all_of_++;
    rule.parts = static_cast<std::uint8_t>(parts.size());
    rules_.push_back(rule);
    for (std::size_t place = 0; place < parts.size(); ++place)
      for (const std::string& phrase : parts[place])
        uses_[phrase].push_back({last_rule(), static_cast<std::uint32_t>(place)});
    return {};
  }

  Result<std::vector<std::string>> read_phrase(std::string_view text) const {
    std::string without, with;
    std::size_t optional = 0;
    for (std::size_t at = 0; at < text.size();) {
      if (text.substr(at).starts_with("(s)")) {
        with += 's';
        ++optional;
        at += 3;
        continue;
      }
      without += text[at];
      with += text[at++];
    }
    if (optional > 1) return wrong("'(s)' stands twice in one phrase: write two lines");
    std::vector<std::string> variants(optional == 0 ? 1 : 2);
    append_words(without, variants[0]);
    if (optional != 0) append_words(with, variants[1]);
    for (const std::string& variant : variants) {
      if (variant.empty()) return wrong("no word stands here: a phrase has letters or digits");
      const auto words = static_cast<std::size_t>(std::ranges::count(variant, ' ')) + 1;
      if (words > SearchTerms::kMaxPhraseWords) return wrong("a phrase of more than 8 words: divide it by '+'");
      if (variant.size() > 256) return wrong("a phrase of more than 256 bytes");
    }
    return variants;
  }

  void use(const std::string& phrase, const SearchTerms::Rule& rule, std::uint32_t place) {
    if (rules_.empty() || rules_.back().file != rule.file || rules_.back().line != rule.line) rules_.push_back(rule);
    uses_[phrase].push_back({last_rule(), place});
  }
  std::uint32_t last_rule() const { return static_cast<std::uint32_t>(rules_.size() - 1); }

  Result<SearchTerms> finish() {
    SearchTerms terms;
    for (const auto& [phrase, uses] : uses_) {
      terms.parts_.push_back({.hash = XXH3_64bits(phrase.data(), phrase.size()),
                              .text = static_cast<std::uint32_t>(terms.texts_.size()),
                              .text_bytes = static_cast<std::uint16_t>(phrase.size()),
                              .words = static_cast<std::uint16_t>(std::ranges::count(phrase, ' ') + 1),
                              .first_use = static_cast<std::uint32_t>(terms.uses_.size())});
      terms.texts_ += phrase;
      terms.uses_.insert(terms.uses_.end(), uses.begin(), uses.end());
    }
    terms.parts_.push_back({.first_use = static_cast<std::uint32_t>(terms.uses_.size())});
    terms.rules_ = std::move(rules_);
    terms.build_index();
    return terms;
  }

  const TermFile* file_ = nullptr;
  std::uint16_t number_ = 0;
  std::uint16_t all_of_ = 0;
  std::uint32_t line_ = 0;
  std::vector<SearchTerms::Rule> rules_;
  std::map<std::string, std::vector<SearchTerms::Use>> uses_;
};

Result<SearchTerms> SearchTerms::compile(std::span<const TermFile> files) { return TermCompiler().compile(files); }

// The bytes: this header, then the arrays one after another.
struct SearchTerms::Header {
  char magic[8] = {'c', 'g', 't', 'e', 'r', 'm', 's', '\n'};
  std::uint32_t version = 1;
  std::uint32_t parts = 0, uses = 0, rules = 0;
  std::uint64_t texts = 0;
  std::uint64_t checksum = 0;  // of all behind the header
};

std::string SearchTerms::serialise() const {
  Header header;
  header.parts = static_cast<std::uint32_t>(parts_.size());
  header.uses = static_cast<std::uint32_t>(uses_.size());
  header.rules = static_cast<std::uint32_t>(rules_.size());
  header.texts = texts_.size();
  std::string out(sizeof header, '\0');
  const auto append = [&out](const void* data, std::size_t bytes) {
    if (bytes != 0) out.append(static_cast<const char*>(data), bytes);
  };
  append(parts_.data(), parts_.size() * sizeof(Part));
  append(uses_.data(), uses_.size() * sizeof(Use));
  append(rules_.data(), rules_.size() * sizeof(Rule));
  append(texts_.data(), texts_.size());
  header.checksum = XXH3_64bits(out.data() + sizeof header, out.size() - sizeof header);
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

Result<SearchTerms> SearchTerms::open(std::string_view bytes, std::string_view name) {
  const auto unusable = [&](std::string_view what) {
    return fail(Error::Kind::Storage, std::string(name) + ": " + std::string(what));
  };
  Header header;
  const Header usual;
  if (bytes.size() < sizeof header) return unusable("is cut short: it ends within its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, usual.magic, sizeof header.magic) != 0) return unusable("holds no search terms");
  if (header.version > usual.version) return unusable("was made by a newer version of this program");
  bytes.remove_prefix(sizeof header);
  const std::uint64_t arrays = std::uint64_t{header.parts} * sizeof(Part) + std::uint64_t{header.uses} * sizeof(Use) +
                               std::uint64_t{header.rules} * sizeof(Rule);
  if (header.version == 0 || header.texts > bytes.size() || arrays != bytes.size() - header.texts)
    return unusable("is cut short or damaged: its parts do not add up to its size");
  if (header.checksum != XXH3_64bits(bytes.data(), bytes.size()))
    return unusable("is damaged: its content does not match its checksum");
  SearchTerms terms;
  const auto take = [&bytes](auto& array, std::size_t count) {
    array.resize(count);
    const std::size_t size = count * sizeof(array[0]);
    if (size != 0) std::memcpy(array.data(), bytes.data(), size);
    bytes.remove_prefix(size);
  };
  take(terms.parts_, header.parts);
  take(terms.uses_, header.uses);
  take(terms.rules_, header.rules);
  terms.texts_.assign(bytes);
  if (!terms.consistent()) return unusable("is damaged: a part of it points outside");
  terms.build_index();
  return terms;
}

bool SearchTerms::consistent() const {
  if (parts_.empty()) return uses_.empty() && rules_.empty();
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (part.text > texts_.size() || part.text_bytes > texts_.size() - part.text || part.text_bytes == 0) return false;
    if (part.words == 0 || part.words > kMaxPhraseWords || part.first_use > parts_[i + 1].first_use) return false;
  }
  if (parts_.back().first_use != uses_.size()) return false;
  return std::ranges::all_of(uses_,
                             [&](const Use& use) { return use.rule < rules_.size() && use.place < kMaxParts; }) &&
         std::ranges::all_of(rules_, [](const Rule& rule) {
           return rule.kind <= Kind::Unless && rule.file < kMaxFiles && rule.parts >= 1 && rule.parts <= kMaxParts &&
                  rule.all_of < kMaxAllOf;
         });
}

}  // namespace citygate::categories
