// entry.h - one line of a list as its format's reader understands it.
//
// A reader is a function from one line (no line end, no byte order mark, bounded length) to a LineResult. Readers never
// fail: what they cannot use has a reason, in words an operator understands. What a file says of the lines behind is kept
// in a FileContext; most formats need none. docs/list_formats.md says how each format is meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/letter_case.h"
#include "categories/entries.h"

namespace citygate::categories {

enum class LineFormat : std::uint8_t {
  Domains,      // "example.com", "*.example.com", ".example.com"
  Urls,         // "example.com/path", scheme allowed
  Expressions,  // squidGuard's: one POSIX extended regular expression a line
  Hosts,        // "0.0.0.0 example.com other.example": those names alone
  Adblock,      // "||example.com^", "@@||example.com^", "! comment"
  Resolver,     // dnsmasq "address=/example.com/#" and unbound 'local-zone: "example.com." always_null'
  Rpz,          // "example.com CNAME .", "*.example.com CNAME rpz-passthru."
  Csv,          // "example.com,gambling"
  GuardianSites,
  GuardianUrls,
  GuardianExpressions,  // e2guardian's "bannedsitelist" and its kin
  Terms,                // search terms: one line of search_terms.h
};
inline constexpr std::size_t kLineFormats = 12;
[[nodiscard]] std::string_view to_string(LineFormat format);

// Where the columns of a CSV file are; from 0.
struct CsvShape {
  char separator = ',';
  std::size_t host = 0;
  std::optional<std::size_t> category = std::nullopt;
  bool header = false;  // the first line names the columns
};

// What the lines so far said about those behind.
struct FileContext {
  CsvShape csv = {};
  bool first_line = true;     // CSV: nothing but comments came yet
  bool subdomains = false;    // hosts files: names are meant with all below them
  bool exceptions = false;    // e2guardian: "exceptionsitelist" and the like; all that is in it is an exception
  std::string category = {};  // e2guardian: the last "#listcategory"
  // RPZ: names in small letters, without a dot at their end.
  std::string apex = {};                             // the zone's own name; "" when it was not said yet
  std::optional<std::string> origin = std::nullopt;  // what is behind names that are not written out; "" is the root
  std::string owner = {};                            // the name that a line without one is about
  bool owner_is_whole = false;                       // it was written out, or its origin is known
  unsigned bracket_lines = 0;                        // a record goes on over several lines, and this is which
  std::string zone = {};     // unbound: the last local-zone that is refused but for what its local-data says
  bool zone_is_one = false;  // and all names in it have the data of its own ("redirect")
};

struct Entry {
  enum class Kind : std::uint8_t { Block, Allow };
  Kind kind = Kind::Block;
  bool important = false;  // adblock's $important: as an Item is
  bool deep = false;       // as an Item is
  Scope scope = Scope::Whole;
  std::string category;  // as the list calls it; "": that of its file
  std::string host;      // canonical (base/target.h), or the text of an address
  std::string
      path;  // "" or a prefix in matching form (base/matching_form.h) without a slash at its end; a query behind '?'
  std::string expression;  // not empty: an expression over URLs, and host and path are empty
  std::string phrase;      // not empty: search terms, and all of host, path and expression are empty

  // An exception for all that it covers, whatever else its source says there.
  void except_deeply() {
    kind = Kind::Allow;
    deep = expression.empty() && phrase.empty();
  }
};

struct LineResult {
  enum class Kind : std::uint8_t {
    Nothing,  // blank, comment
    Entries,
    Unsupported,  // understood, but of a sort that is not matched: `reason`
    Fault,        // not a line of this format: `reason`
    Cancels,      // takes back the line of this file whose text is `cancelled` (adblock's $badfilter)
  };
  Kind kind = Kind::Nothing;
  std::string_view reason;  // a literal
  std::string cancelled;
  std::vector<Entry> entries;  // only the first `count` are of this line; the rest is kept to be used again
  std::size_t count = 0;

  void clear() {
    kind = Kind::Nothing;
    reason = {};
    cancelled.clear();
    count = 0;
  }
  void unsupported(std::string_view why) {
    kind = Kind::Unsupported;
    reason = why;
    count = 0;
  }
  void fault(std::string_view why) {
    kind = Kind::Fault;
    reason = why;
    count = 0;
  }
  Entry& next() {
    kind = Kind::Entries;
    if (count == entries.size()) entries.emplace_back();
    Entry& entry = entries[count++];
    entry.kind = Entry::Kind::Block;
    entry.important = entry.deep = false;
    entry.scope = Scope::Whole;
    entry.category.clear();
    entry.host.clear();
    entry.path.clear();
    entry.expression.clear();
    entry.phrase.clear();
    return entry;
  }
};

// Clears `out` and reads one line into it.
void read_line(LineFormat format, std::string_view line, FileContext& file, LineResult& out);

// One for each format; `line` is trimmed and not empty.
void read_domains_line(std::string_view line, LineResult& out);
void read_urls_line(std::string_view line, LineResult& out);
void read_expressions_line(std::string_view line, LineResult& out);
void read_terms_line(std::string_view line, LineResult& out);
void read_hosts_line(std::string_view line, const FileContext& file, LineResult& out);
void read_adblock_line(std::string_view line, LineResult& out);
void read_resolver_line(std::string_view line, FileContext& file, LineResult& out);
void read_csv_line(std::string_view line, FileContext& file, LineResult& out);
void read_guardian_line(LineFormat format, std::string_view line, FileContext& file, LineResult& out);
// `line` may be blank, and begins with a blank where it is about the name of the line before.
void read_rpz_line(std::string_view line, FileContext& file, LineResult& out);

// The format that most lines of `sample` (the beginning of a file) are in, and where the columns are if it is CSV.
[[nodiscard]] LineFormat detect_format(std::string_view sample, CsvShape& csv);
// The columns of a CSV file by its first lines; those that are told, counted from 1, are taken as told.
[[nodiscard]] CsvShape detect_csv(std::string_view sample, unsigned host_column = 0, unsigned category_column = 0);
// Whether lines whose first column is a URL, where no separator stands before the first '/', are CSV for all that.
[[nodiscard]] bool looks_like_csv(std::string_view sample);
// What `sample` is when it is no text: "a web page (HTML)", "a PNG image"; "" when it may be a list.
[[nodiscard]] std::string_view foreign_content(std::string_view sample);

// Common to the readers. `text` as a listed host into `out`: stricter than a URL's host, because a stray word in a list
// must not become a name: at least two labels of letters, digits, '-' and '_', the last of them no number; or an
// address in its usual form. Returns what is wrong, or "".
[[nodiscard]] std::string_view listed_host(std::string_view text, std::string& out);
// An address that is given to names to refuse them: nobody can be there (0.0.0.0, loopback, ::, documentation, reserved). A
// private one is a machine of somebody's own.
[[nodiscard]] bool leads_nowhere(const IpAddress& address);
// A pattern of names or URLs with less than four characters of text beside what "*^|" stand for and a registry's suffix
// ("*.com^", "e*.co.uk"): it is in too many of them.
[[nodiscard]] bool too_wide(std::string_view pattern);
inline constexpr std::string_view kTooWide =
    "a pattern of less than four characters, which is in too many names or URLs";
// A word that stands where a host should be, and is one label: a top-level domain, if it is meant at all.
inline constexpr std::string_view kSingleWord = "a single word: as a name it would cover a whole top-level domain";
// "host", "host/path", "host/path?query", into `out`, which it adds one entry to; sets the reason of `out` when it cannot.
void add_host_and_path(std::string_view text, LineResult& out);
[[nodiscard]] std::string_view trim(std::string_view text);
// Takes the first word off `text`, and the blanks around it.
[[nodiscard]] std::string_view take_word(std::string_view& text);

}  // namespace citygate::categories
