// search_terms.h - phrases that say what a search is for, compiled for matching at request time.
//
//   # comment
//   online casino(s)          these words one after another, "casino" or "casinos" last
//   buy + fentanyl            all of these anywhere, each a word or phrase
//   !gambling addiction       where this stands, its words count for nothing of this list (help, news, names)
//   !!hotline                 a search with this is left alone by this list
//
// Words are whole words of search_text.h: "sex" is not in "essex". Lines of one list share a mark, whose meaning is the
// caller's, as in the tables of hosts; a hit tells mark, file and line.
//
// Owner     whoever compiled or opened it; immutable, so shared by any number of threads.
// Errors    compile: Malformed, naming file and line, what is wrong and what would be right; TooLarge.
//           open: Storage: cut short, damaged (checksum), made by a newer version.
// Cost      match: for each word one hash and usually no more; no allocation. 1,000 phrases take some 60 KB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace citygate::categories {

struct TermFile {
  std::string_view name;  // for errors
  std::string_view text;
  std::uint16_t mark = 0;
};

struct TermHit {
  std::uint16_t mark = 0;
  std::uint16_t file = 0;  // in the order in which they were compiled
  std::uint32_t line = 0;
  friend bool operator==(const TermHit&, const TermHit&) = default;
};

class SearchTerms {
 public:
  SearchTerms() = default;  // matches nothing
  [[nodiscard]] static Result<SearchTerms> compile(std::span<const TermFile> files);

  // For an image: bytes that open() reads again on a machine of the same byte order. `name` stands in errors.
  [[nodiscard]] std::string serialise() const;
  [[nodiscard]] static Result<SearchTerms> open(std::string_view bytes, std::string_view name);

  // The lines that hold for `words`, each once, in no order; how many, at most out.size(). `words` is one or more texts as
  // append_words() writes them, divided by '\n'; each is judged by itself, so that no exception in one excuses another.
  // With room for kMaxFiles, no file that one of its lines holds of is left out.
  // A '!' exception behind the first kMaxExcused words of a text excuses nothing.
  [[nodiscard]] std::size_t match(std::string_view words, std::span<TermHit> out) const noexcept;

  [[nodiscard]] std::size_t rules() const { return rules_.size(); }
  // Whether a line of a list is one with '+', of which there may be kMaxAllOf.
  [[nodiscard]] static bool joins(std::string_view line) { return line.substr(0, line.find('#')).contains('+'); }

  static constexpr std::size_t kMaxExcused = 4096;
  static constexpr std::size_t kMaxFiles = 64;    // exceptions are masks of 64 bits
  static constexpr std::size_t kMaxAllOf = 2048;  // lines with '+'
  static constexpr std::size_t kMaxParts = 8;     // of one of them: a mask of 8 bits
  static constexpr std::size_t kMaxPhraseWords = 8;

 private:
  enum class Kind : std::uint8_t { Phrase, AllOf, Except, Unless };
  struct Part {  // a distinct phrase
    std::uint64_t hash = 0;
    std::uint32_t text = 0;  // where it begins in texts_
    std::uint16_t text_bytes = 0, words = 0;
    std::uint32_t first_use = 0;  // its uses end where the next part's begin
    std::uint32_t unused = 0;
  };
  struct Use {
    std::uint32_t rule = 0;
    std::uint32_t place = 0;  // of the part among the rule's
  };
  struct Rule {
    std::uint16_t mark = 0, file = 0;
    std::uint32_t line = 0;
    Kind kind = Kind::Phrase;
    std::uint8_t parts = 1;
    std::uint16_t all_of = 0;  // counts the AllOf rules
  };
  struct Header;
  struct Exceptions;
  struct Hits;

  void match_text(std::string_view words, Hits& hits) const noexcept;
  [[nodiscard]] bool may_begin(std::uint64_t hash) const;
  [[nodiscard]] std::span<const Use> uses(std::size_t part) const;
  template <class Visit>
  void for_each_part(std::string_view words, Visit&& visit) const;
  template <class Visit>
  void visit_parts_at(std::string_view words, std::size_t begin, std::size_t word, Visit& visit) const;
  void build_index();
  [[nodiscard]] bool consistent() const;
  friend class TermCompiler;

  std::string texts_;
  std::vector<Part> parts_;  // and one more that ends the uses of the last
  std::vector<Use> uses_;
  std::vector<Rule> rules_;
  // Made from the above.
  std::vector<std::uint32_t> slots_;   // part + 1, by hash
  std::vector<std::uint64_t> begins_;  // bits: hashes of first words
  std::size_t longest_ = 0;            // words
  std::size_t files_ = 0;              // that have a rule
};

}  // namespace citygate::categories
