#include "tests/conformance/list_oracle.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "base/matching_form.h"
#include "base/registrable_domain.h"

namespace citygate::test {
namespace {

constexpr std::size_t kArenaBytes = std::size_t{1} << 20;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}
bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> parts(std::string_view text, std::string_view between) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find_first_of(between);
    if (end != 0) out.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

// Four numbers up to 255 without leading zeros.
bool address(std::string_view text) {
  if (std::ranges::count(text, '.') != 3) return false;
  const auto numbers = parts(text, ".");
  return numbers.size() == 4 && std::ranges::all_of(numbers, [](std::string_view number) {
           return number.size() <= 3 && std::ranges::all_of(number, digit) &&
                  (number.size() == 1 || number[0] != '0') && std::stoi(std::string(number)) < 256;
         });
}

// Two labels and more, the last one of letters. "" when it is none.
std::string name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string out = lowered(text);
  if (std::ranges::any_of(out, [](char c) { return static_cast<unsigned char>(c) > 0x7e; })) out = canonical_host(out);
  if (out.size() > 253 || out.starts_with('.') || out.ends_with('.') || out.contains("..")) return {};
  const auto labels = parts(out, ".");
  if (labels.size() < 2) return {};
  for (const auto label : labels)
    if (label.size() > 63 ||
        !std::ranges::all_of(label, [](char c) { return letter(c) || digit(c) || c == '-' || c == '_'; }))
      return {};
  const auto last = labels.back();
  if (last.size() < 2 || (!std::ranges::all_of(last, letter) && !last.starts_with("xn--"))) return {};
  return out;
}
std::string host(std::string_view text) { return address(text) ? std::string(text) : name(text); }

// A path whose canonical form is itself, but for a '/' at its end.
bool plain_path(std::string_view path) {
  constexpr std::string_view kPlain = "-._~!$'(),;=:@/?&+";
  if (!std::ranges::all_of(path, [&](char c) { return letter(c) || digit(c) || kPlain.contains(c); })) return false;
  if (path.contains("//") || path.contains("/.") || path.contains("/?") || std::ranges::count(path, '?') > 1)
    return false;
  if (path.ends_with('?') || path.ends_with('&')) return false;
  return path.size() < 400 && std::ranges::count(path, '/') < 20;
}

void listed(Said& out, std::string_view text, Said::Kind kind = Said::Kind::Listed) {
  if (auto found = host(text); !found.empty()) {
    out.kind = kind;
    out.hosts.push_back(std::move(found));
  }
}

// "host" or "host/path". What comes behind the host in another shape makes it unclear.
void host_and_path(Said& out, std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"})
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  const auto end = text.find_first_of("/:?# ");
  listed(out, text.substr(0, end));
  if (out.kind != Said::Kind::Listed || end == std::string_view::npos) return;
  std::string_view path = text.substr(end);
  if (path.front() != '/' || !plain_path(path)) {
    out.kind = Said::Kind::Unclear;
    return;
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  out.path = lowered(path);
  // "1.2.3.0/24" is a network.
  if (address(text.substr(0, end)) && path.size() <= 3 && std::ranges::all_of(path.substr(1), digit) && path.size() > 1)
    out.kind = Said::Kind::Unclear;
}

void plain_line(Said& out, std::string_view line) {
  if (line.front() == '#' || line.front() == ';') return;
  for (std::size_t at = 1; at < line.size(); ++at)
    if (line[at] == '#' && (line[at - 1] == ' ' || line[at - 1] == '\t')) line = trimmed(line.substr(0, at));
  if (line.starts_with("*.")) line.remove_prefix(2);
  if (line.starts_with('.')) line.remove_prefix(1);
  if (line.contains('*')) {
    out.kind = Said::Kind::Pattern;
    return;
  }
  host_and_path(out, line);
}

void hosts_line(Said& out, std::string_view line) {
  constexpr std::array<std::string_view, 4> kNowhere{"0.0.0.0", "127.0.0.1", "::", "::1"};
  constexpr std::array<std::string_view, 3> kOwn{"localhost.localdomain", "0.0.0.0", "127.0.0.1"};
  const auto words = parts(trimmed(line.substr(0, line.find('#'))), " \t");
  if (words.empty() || words[0].starts_with('!')) return;
  out.alone = true;
  if (words.size() == 1) {
    listed(out, words[0], Said::Kind::Unclear);
    return;
  }
  const bool nowhere = std::ranges::find(kNowhere, words[0]) != kNowhere.end();
  for (const auto word : std::span(words).subspan(1))
    if (std::ranges::find(kOwn, word) == kOwn.end())
      listed(out, word, nowhere && words.size() == 2 ? Said::Kind::Listed : Said::Kind::Unclear);
}

void adblock_line(Said& out, std::string_view line) {
  if (line.front() == '!' || line.front() == '[' || line.front() == '#' || line.contains("##") || line.contains("#@#"))
    return;
  const bool exception = line.starts_with("@@");
  if (exception) line.remove_prefix(2);
  const bool anchored = line.starts_with("||");
  if (anchored) line.remove_prefix(2);
  const auto end = line.find_first_of("^/$*|: ");
  const std::string_view rest = end == std::string_view::npos ? std::string_view() : line.substr(end);
  listed(out, line.substr(0, end), exception ? Said::Kind::Exception : Said::Kind::Listed);
  out.deep = exception;
  if (line.contains('*') || out.hosts.empty()) {
    out.kind = Said::Kind::Pattern;
    out.hosts.clear();
  } else if (!anchored || rest != "^") {
    out.kind = Said::Kind::Unclear;
  }
}

void resolver_line(Said& out, std::string_view line) {
  if (line.front() == '#' || line == "server:") return;
  if (line.starts_with("local-zone:")) {
    const auto words = parts(line, "\"");
    if (words.size() == 3) listed(out, words[1]);
    return;
  }
  const auto words = parts(line, "/");
  if (words.size() < 2 || (words[0] != "address=" && words[0] != "server=" && words[0] != "local=")) return;
  auto kind = std::ranges::count(line, '/') == 2 ? Said::Kind::Listed : Said::Kind::Unclear;
  // Of a server: '#' are the usual ones, another is one to ask. Of an address: '#' is none.
  if (words.size() > 2 && kind == Said::Kind::Listed) {
    const bool usual = words[2] == "#";
    if (words[0] == "address=")
      kind = usual || words[2] == "0.0.0.0" ? kind : Said::Kind::Unclear;
    else
      kind = usual ? Said::Kind::Exception : Said::Kind::Unclear;
  }
  listed(out, words[1], kind);
}

bool covers(std::string_view name, const Target& target) {
  const std::string_view host = target.host;
  if (host == name) return true;
  return !target.address && host.size() > name.size() && host.ends_with(name) &&
         host[host.size() - name.size() - 1] == '.';
}

// `prefix` is in lower case.
bool begins_so(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size() || lowered(text.substr(0, prefix.size())) != prefix) return false;
  return text.size() == prefix.size() || std::string_view("/?&").contains(text[prefix.size()]);
}

}  // namespace

Said read_list_line(Syntax syntax, std::string_view line) {
  Said out;
  line = trimmed(line);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  if (line.empty() || line.size() > 4096 || std::ranges::any_of(line, control)) return out;
  switch (syntax) {
    case Syntax::Plain: plain_line(out, line); break;
    case Syntax::Hosts: hosts_line(out, line); break;
    case Syntax::Adblock: adblock_line(out, line); break;
    case Syntax::Resolver: resolver_line(out, line); break;
  }
  // What is below "co.uk" belongs to everybody; which lists may close it all the same is more than is known here.
  for (const auto& one : out.hosts) {
    const auto suffix = public_suffix(one);
    const bool strangers = suffix == PublicSuffix::Registry || (suffix == PublicSuffix::Operator && out.path.empty());
    if (!out.alone && strangers) out.kind = Said::Kind::Unclear;
  }
  return out;
}

std::string_view ListOracle::keep(std::string_view text) {
  if (made_.empty() || made_.back().size() + text.size() > kArenaBytes) made_.emplace_back().reserve(kArenaBytes);
  std::string& room = made_.back();
  room += text;  // stays below what was reserved, so views of it hold
  return std::string_view(room).substr(room.size() - text.size());
}

void ListOracle::add(Syntax syntax, std::string text, int source, CategoryId category) {
  std::string_view left = texts_.emplace_back(std::move(text));
  while (!left.empty()) {
    const auto end = left.find('\n');
    const std::string_view line = trimmed(left.substr(0, end));
    left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
    const Said said = read_list_line(syntax, line);
    if (category.value == 0) continue;
    for (const auto& host : said.hosts)
      lines_.push_back({keep(host), keep(said.path), line, category, static_cast<std::int16_t>(source), said.kind,
                        said.alone, said.deep});
  }
}

void ListOracle::sort() { std::ranges::stable_sort(lines_, {}, &Line::host); }

ListOracle::Answer ListOracle::answer(const Target& target) const {
  std::vector<const Line*> covering;
  for (std::string_view rest = target.host; !rest.empty();) {
    for (const Line& line : std::ranges::equal_range(lines_, rest, {}, &Line::host))
      if (!line.alone || rest == target.host) covering.push_back(&line);
    const auto dot = rest.find('.');
    rest = dot == std::string_view::npos || target.address ? std::string_view() : rest.substr(dot + 1);
  }
  return judge(target, std::move(covering));
}

ListOracle::Answer ListOracle::answer_by_scan(const Target& target) const {
  std::vector<const Line*> covering;
  for (const Line& line : lines_)
    if (line.alone ? line.host == target.host : covers(line.host, target)) covering.push_back(&line);
  return judge(target, std::move(covering));
}

ListOracle::Answer ListOracle::judge(const Target& target, std::vector<const Line*> covering) const {
  Answer out;
  std::string scratch;
  std::string text(matching_path(target.path, scratch));
  std::string bare(without_parameters(text, scratch));
  if (!target.query.empty())
    for (std::string* one : {&text, &bare}) *one += "?" + std::string(matching_query(target.query, scratch));
  std::map<int, std::size_t> excepted;  // source → the longest name that an exception has
  for (const Line* line : covering) {
    if (line->kind == Said::Kind::Unclear) out.clear = false;
    if (line->kind == Said::Kind::Exception)
      excepted[line->source] = line->deep ? std::string::npos : std::max(excepted[line->source], line->host.size());
  }
  std::erase_if(covering, [&](const Line* line) {
    if (line->kind != Said::Kind::Listed) return true;
    if (!line->path.empty() && !begins_so(text, line->path) && !begins_so(bare, line->path)) return true;
    const auto found = excepted.find(line->source);
    if (found == excepted.end()) return false;
    // A path is more specific than its host.
    return line->path.empty() ? line->host.size() <= found->second : line->host.size() < found->second;
  });
  std::size_t longest = 0;
  for (const Line* line : covering)
    if (line->path.empty() && !below_.contains(line->category)) longest = std::max(longest, line->host.size());
  for (const Line* line : covering)
    if (!line->path.empty() || below_.contains(line->category) || line->host.size() == longest)
      out.categories.insert(line->category);
  out.lines = std::move(covering);
  return out;
}

}  // namespace citygate::test
