// entry.h - one line of a list as its format's reader understands it.
//
// A reader is a function from one line (no line end, no byte order mark, bounded length) to a LineResult. Readers keep
// nothing between lines and never fail: what they cannot use has a reason, in words an operator understands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "categories/entries.h"

namespace citygate::categories {

enum class LineFormat : std::uint8_t {
  Domains,   // "example.com", "*.example.com", ".example.com"
  Urls,      // "example.com/path", scheme allowed
  Hosts,     // "0.0.0.0 example.com other.example"
  Adblock,   // "||example.com^", "@@||example.com^", "! comment"
  Resolver,  // dnsmasq "address=/example.com/#" and unbound 'local-zone: "example.com." always_null'
};
[[nodiscard]] std::string_view to_string(LineFormat format);

struct Entry {
  enum class Kind : std::uint8_t { Block, Allow };
  Kind kind = Kind::Block;
  Scope scope = Scope::Whole;
  std::string category;  // as the list calls it; "": that of its file
  std::string host;      // canonical (base/target.h), or the text of an address
  std::string
      path;  // "" or a prefix in matching form (base/matching_form.h) without a slash at its end; a query behind '?'
  std::string expression;  // not empty: an expression over URLs, and host and path are empty
};

struct LineResult {
  enum class Kind : std::uint8_t {
    Nothing,  // blank, comment
    Entries,
    Unsupported,  // understood, but of a sort that is not matched: `reason`
    Fault,        // not a line of this format: `reason`
  };
  Kind kind = Kind::Nothing;
  std::string_view reason;     // a literal
  std::vector<Entry> entries;  // only the first `count` are of this line; the rest is kept to be used again
  std::size_t count = 0;

  void clear() {
    kind = Kind::Nothing;
    reason = {};
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
    entry.scope = Scope::Whole;
    entry.category.clear();
    entry.host.clear();
    entry.path.clear();
    entry.expression.clear();
    return entry;
  }
};

// Clears `out` and reads one line into it.
void read_line(LineFormat format, std::string_view line, LineResult& out);

void read_domains_line(std::string_view line, LineResult& out);
void read_urls_line(std::string_view line, LineResult& out);
void read_hosts_line(std::string_view line, LineResult& out);
void read_adblock_line(std::string_view line, LineResult& out);
void read_resolver_line(std::string_view line, LineResult& out);

// The format that most lines of `sample` (the beginning of a file) are in.
[[nodiscard]] LineFormat detect_format(std::string_view sample);

// Common to the readers. `text` as a listed host into `out`: stricter than a URL's host, because a stray word in a list
// must not become a name: at least two labels of letters, digits, '-' and '_', the last of them no number; or an
// address in its usual form. Returns what is wrong, or "".
[[nodiscard]] std::string_view listed_host(std::string_view text, std::string& out);
// "host" or "host/path", into `out`, which it adds one entry to; sets the reason of `out` when it cannot.
void add_host_and_path(std::string_view text, LineResult& out);
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace citygate::categories
