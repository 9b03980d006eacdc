// Which format a file is in, from how its first lines look. Only lines that are of one format alone have a say.
#include <algorithm>
#include <array>
#include <utility>

#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Text = std::string_view;
constexpr int kJudgedLines = 2000;

struct Votes {
  int hosts = 0, adblock = 0, resolver = 0, rpz = 0, csv = 0, plain = 0;
  int commas = 0;  // of the plain ones: those that hold ',' or ';'
};

bool adblock(Text line) {
  return line.front() == '!' || line.front() == '[' || line.starts_with("||") || line.starts_with("@@") ||
         line.find("##") != Text::npos || line.find("#@#") != Text::npos;
}

bool resolver(Text line) {
  for (Text key : {"address=/", "server=/", "local=/", "local-zone:", "local-data:"})
    if (line.starts_with(key)) return true;
  return false;
}

// "name [ttl] [IN] CNAME data", "@ SOA ...", "$TTL 300".
bool zone(Text line) {
  if (line.front() == '$') return line.starts_with("$TTL") || line.starts_with("$ORIGIN");
  const Text name = take_word(line);
  if (name.empty() || line.empty()) return false;
  for (int words = 0; words < 3 && !line.empty(); ++words) {
    const Text word = take_word(line);
    for (Text type : {"CNAME", "SOA", "NS", "TXT"})
      if (same_letters(word, type) && !line.empty()) return true;
    // "A" is a word of prose too.
    if ((same_letters(word, "A") || same_letters(word, "AAAA")) && IpAddress::parse(take_word(line))) return true;
  }
  return false;
}

bool hosts(Text line) {
  const auto blank = line.find_first_of(" \t");
  return blank != Text::npos && IpAddress::parse(line.substr(0, line.find_first_of(" \t%")));
}

// A separator that no host or path of a list holds, before anything else could. TAB and '|' stand in no path.
bool csv(Text line) {
  if (line.front() == '"') return true;
  const auto separator = line.find_first_of(",;\t|");
  if (separator == Text::npos || separator == 0) return false;
  return line.find('/') > separator || line.find_first_of("\t|") != Text::npos;
}

// "[Adblock Plus 2.0]", "[uBlock Origin]": how such a list begins, and no other does.
bool headline(Text line) {
  if (!line.starts_with('[') || !line.ends_with(']')) return false;
  for (Text word : {"adblock", "adguard", "ublock"})
    if (same_letters(line.substr(1, word.size()), word)) return true;
  return false;
}

void vote(Text line, Votes& votes) {
  if (adblock(line)) {
    ++votes.adblock;
  } else if (resolver(line)) {
    ++votes.resolver;
  } else if (hosts(line)) {
    ++votes.hosts;
  } else if (zone(line)) {
    ++votes.rpz;
  } else if (csv(line)) {
    ++votes.csv;
  } else {
    ++votes.plain;
    votes.commas += line.find_first_of(",;") != Text::npos;
  }
}

}  // namespace

LineFormat detect_format(Text sample, CsvShape& shape) {
  Votes votes;
  Text left = sample;
  for (int seen = 0; !left.empty() && seen < kJudgedLines; ++seen) {
    const auto end = left.find('\n');
    const Text line = trim(left.substr(0, end));
    left = end == Text::npos ? Text() : left.substr(end + 1);
    if (headline(line)) return LineFormat::Adblock;
    if (!line.empty() && line.front() != '#' && line.front() != ';') vote(line, votes);
  }
  // Whether "a.example/x,y" is a URL or a line of CSV, only many such lines can tell.
  if (votes.commas * 2 > votes.plain && looks_like_csv(sample)) {
    votes.csv += votes.plain;
    votes.plain = 0;
  }
  const std::array<std::pair<int, LineFormat>, 6> kByVotes{{{votes.plain, LineFormat::Domains},
                                                            {votes.hosts, LineFormat::Hosts},
                                                            {votes.adblock, LineFormat::Adblock},
                                                            {votes.resolver, LineFormat::Resolver},
                                                            {votes.rpz, LineFormat::Rpz},
                                                            {votes.csv, LineFormat::Csv}}};
  // The first of equals: plain, which takes least for granted.
  const auto format = std::ranges::max_element(kByVotes, {}, &std::pair<int, LineFormat>::first)->second;
  if (format == LineFormat::Csv) shape = detect_csv(sample);
  return format;
}

Text foreign_content(Text sample) {
  constexpr std::array<std::pair<Text, Text>, 16> kBeginnings{{{"\x7f"
                                                                "ELF",
                                                                "a program (ELF)"},
                                                               {"MZ\x90", "a program (Windows)"},
                                                               {"%PDF-", "a PDF document"},
                                                               {"\x89PNG", "a PNG image"},
                                                               {"GIF8", "a GIF image"},
                                                               {"\xff\xd8\xff", "a JPEG image"},
                                                               {"PK\x03\x04", "a zip archive inside another"},
                                                               {"\x1f\x8b", "compressed twice (gzip)"},
                                                               {"\xfd"
                                                                "7zXZ",
                                                                "compressed twice (xz)"},
                                                               {"\x28\xb5\x2f\xfd", "compressed twice (zstd)"},
                                                               {"BZh", "compressed twice (bzip2)"},
                                                               {"7z\xbc\xaf", "a 7-Zip archive"},
                                                               {"Rar!", "a RAR archive"},
                                                               {"SQLite format 3", "an SQLite database"},
                                                               {"\xff\xfe", "UTF-16; save it as UTF-8"},
                                                               {"\xfe\xff", "UTF-16; save it as UTF-8"}}};
  for (const auto& [beginning, what] : kBeginnings)
    if (sample.starts_with(beginning)) return what;
  if (sample.find('\0') != Text::npos) return "binary data (or UTF-16; save it as UTF-8)";
  if (sample.starts_with("\xef\xbb\xbf")) sample.remove_prefix(3);
  sample = sample.substr(std::min(sample.find_first_not_of(" \t\r\n"), sample.size()));
  for (Text beginning : {"<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta"})
    if (same_letters(sample.substr(0, beginning.size()), beginning)) return "a web page (HTML)";
  if (sample.starts_with("<?xml")) return "an XML document";
  if (sample.starts_with('{')) return "JSON";
  if (sample.starts_with('[')) {
    const Text inside = sample.substr(std::min(sample.find_first_not_of(" \t\r\n", 1), sample.size()));
    if (inside.starts_with('"') || inside.starts_with('{') || inside.starts_with('[')) return "JSON";
  }
  return {};
}

}  // namespace citygate::categories
