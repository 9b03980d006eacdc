#include "categories/sources_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/hex.h"
#include "base/local_time.h"
#include "base/target.h"
#include "categories/image.h"
#include "categories/list_store.h"
#include "categories/minisign.h"
#include "categories/table_reader.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::string_view kSourceKeys[] = {
    "name",       "url",    "path",      "format",   "category",         "categories",
    "every",      "jitter", "at",        "minisign", "signature_url",    "sha256",
    "sha256_url", "proxy",  "max_bytes", "timeout",  "max_loss_percent", "max_gain_percent",
    "subdomains", "enabled"};
// Offered to who misspells one, as far as parse_list_format() knows them.
constexpr std::string_view kFormats[] = {"detect",  "directory", "domains", "hosts",      "adblock",
                                         "dnsmasq", "unbound",   "rpz",     "e2guardian", "csv"};
constexpr std::size_t kMostEnabled = kMaxSources - 1;  // lists.starter is one more
// Formats whose lines do not say what category they are of.
constexpr std::string_view kPlainFormats[] = {"domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz"};

bool is_http(std::string_view url) { return url.starts_with("http://") || url.starts_with("https://"); }
bool has_blank(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

// "; did you mean 'x'?", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto near = nearest(word, known);
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

// One [[source]].
class SourceReader {
 public:
  SourceReader(const Node& node, const fs::path& home, const GuardSettings& guards, const Taxonomy& taxonomy,
               Problems& problems, std::vector<Problem>& warnings)
      : node_(node),
        table_(node, problems),
        home_(home),
        taxonomy_(taxonomy),
        problems_(problems),
        warnings_(warnings) {
    out_.line = node.line();
    out_.max_loss_percent = guards.max_loss_percent;
    out_.max_gain_percent = guards.max_gain_percent;
  }

  Source read() {
    report_unknown_keys(node_, "[[source]]", kSourceKeys, problems_);
    read_name();
    table_.boolean("enabled", out_.enabled);
    read_place();
    read_format();
    read_categories();
    read_schedule();
    read_verification();
    read_proxy();
    table_.bytes("max_bytes", out_.max_bytes);
    table_.duration("timeout", 1s, 24h, out_.timeout);
    table_.percent("max_loss_percent", 100, out_.max_loss_percent);
    table_.percent("max_gain_percent", 1'000'000, out_.max_gain_percent);
    warn();
    return std::move(out_);
  }

 private:
  void read_name() {
    if (!table_.find("name")) return table_.missing("[[source]] has no 'name'");
    table_.text("name", out_.name);
    if (!good_source_name(out_.name))
      table_.wrong("name", fmt::format("is '{}', which is no name for a source: lower-case letters, digits, '-', '_' "
                                       "and '.', at most 64, no '.' in front",
                                       out_.name));
    if (reserved_source_name(out_.name))
      table_.wrong("name", fmt::format("is '{}', which is the gateway's own in evidence: choose another", out_.name));
    if (out_.name == "starter")
      table_.wrong("name", "is 'starter', under which the lists of the setting lists.starter are kept: choose another");
  }

  void read_place() {
    const bool url = table_.find("url"), path = table_.find("path");
    if (url == path)
      return table_.missing(url ? "[[source]] has both 'url' and 'path': give one of them"
                                : "[[source]] says neither 'url' nor 'path': where should the list come from?");
    std::string text;
    table_.text(url ? "url" : "path", text);
    const std::string_view key = url ? "url" : "path";
    if (text.empty()) return table_.wrong(key, "must not be empty");
    if (path && (is_http(text) || text.starts_with("file:")))
      return table_.wrong("path", "is a URL: write url = instead of path =");
    if (path)
      out_.path = resolve(text);
    else if (const auto place = read_url("url", text); place && is_http(*place))
      out_.url = *place;
    else if (place)
      out_.path = *place;
  }

  // A URL as it stands, file:// as the path it means. Nothing after a problem was added.
  std::optional<std::string> read_url(std::string_view key, const std::string& text) {
    if (text.starts_with("file://")) {
      const std::string path = text.substr(7);
      if (path.starts_with('/') && path.find('%') == std::string::npos) return path;
      table_.wrong(key,
                   "must name a file of this machine, as \"file:///srv/lists/ut1.tar.gz\"; write one with '%' or a "
                   "relative one as path =");
      return std::nullopt;
    }
    if (!is_http(text)) {
      table_.wrong(key, fmt::format("is '{}': https://, http:// and file:// are understood", shown_url(text)));
      return std::nullopt;
    }
    Target target;
    if (has_blank(text) || !parse_url(text, target)) {
      table_.wrong(key, fmt::format("is '{}', which is no URL", shown_url(text)));
      return std::nullopt;
    }
    return text;
  }

  void read_format() {
    table_.text("format", out_.format);
    table_.boolean("subdomains", out_.subdomains);
    if (const auto format = parse_list_format(out_.format)) {
      if (out_.subdomains && !subdomains_fit(*format))
        table_.wrong("subdomains",
                     fmt::format("is for hosts files: what names mean in the format {} is settled", out_.format));
      return;
    }
    std::vector<std::string_view> known;
    for (const auto word : kFormats)
      if (parse_list_format(word)) known.push_back(word);
    table_.wrong("format", fmt::format("is '{}', which is none of {}{}", out_.format, fmt::join(known, ", "),
                                       suggestion(out_.format, known)));
  }

  void check_category(const Node& where, std::string_view word) {
    if (taxonomy_.find(word)) return;
    const Category* foreign = taxonomy_.find_foreign(word);
    std::vector<std::string_view> known;
    for (const auto& category : taxonomy_.all()) known.push_back(category.name);
    problems_.add(
        where.file(), where.line(),
        fmt::format("'{}' is no category of the taxonomy{}", word,
                    foreign ? fmt::format("; there it is called '{}'", foreign->name) : suggestion(word, known)));
  }

  void read_categories() {
    if (const Node* one = table_.find("category")) {
      table_.text("category", out_.category);
      if (one->kind() == Node::Kind::String) check_category(*one, out_.category);
    }
    const Node* many = table_.find("categories");
    if (!many && out_.category.empty()) check_category_known();
    if (!many) return;
    if (!many->is_table())
      return table_.wrong("categories", "must be a table, as { adult = \"pornography\", special = \"\" }");
    if (table_.find("category"))
      table_.wrong("categories", "contradicts 'category': either every line is of one category or the list says which");
    for (const auto& [foreign, own] : many->members()) {
      const auto word = own.kind() == Node::Kind::String ? own.text() : std::nullopt;
      if (!word) {
        problems_.add(own.file(), own.line(),
                      fmt::format("'{}' must be a category in quotes, or \"\" to leave it out", foreign));
        continue;
      }
      if (!word->empty()) check_category(own, *word);
      out_.categories.emplace_back(foreign, *word);
    }
  }

  // One list of a plain format needs to be told what it is; of several, each has a name that says it.
  void check_category_known() {
    const std::string place = out_.url.empty() ? out_.path.string() : out_.url;
    std::error_code error;
    const bool several = place.find(".tar") != std::string::npos || place.find(".tgz") != std::string::npos ||
                         place.ends_with('/') || (!out_.path.empty() && fs::is_directory(out_.path, error));
    if (!several && std::ranges::find(kPlainFormats, out_.format) != std::end(kPlainFormats))
      table_.missing(
          fmt::format("source '{}' needs 'category': a list in the format {} does not say what its lines are",
                      out_.name, out_.format));
  }

  void read_schedule() {
    table_.duration("every", 1min, 24h * 366, out_.every);
    if (table_.find("jitter"))
      table_.duration("jitter", 0s, 24h * 7, out_.jitter);
    else
      out_.jitter = std::min(out_.jitter, out_.every / 10);
    if (out_.jitter > out_.every) table_.wrong("jitter", "must not be longer than 'every'");
    const Node* at = table_.find("at");
    if (!at) return;
    const auto text = at->text();  // TOML has times of its own: at = 03:00:00
    out_.at = text ? parse_time_of_day(*text) : std::nullopt;
    if (!out_.at || *out_.at >= 86'400) {
      table_.wrong("at", "must be a time of day from \"00:00\" to \"23:59\"");
    } else if (out_.every % 24h != 0s) {
      table_.wrong("at", fmt::format("is a time of day, so 'every' must be whole days: \"24h\", \"48h\", not {}",
                                     config_detail::print(std::chrono::milliseconds(out_.every))));
    }
  }

  // A URL or, for sources that are files, a path.
  void read_companion(std::string_view key, std::string& out) {
    std::string text;
    table_.text(key, text);
    if (text.empty()) return;
    if (text.find("://") == std::string::npos)
      out = resolve(text).string();
    else if (auto place = read_url(key, text))
      out = std::move(*place);
  }

  void read_verification() {
    table_.text("minisign", out_.minisign);
    if (!out_.minisign.empty())
      if (const auto key = MinisignKey::parse(out_.minisign); !key) table_.wrong("minisign", key.error().context);
    read_companion("signature_url", out_.signature_url);
    if (out_.minisign.empty() && !out_.signature_url.empty())
      table_.wrong("signature_url", "is of no use without 'minisign', the public key that must have signed the list");
    if (!out_.minisign.empty() && out_.signature_url.empty()) out_.signature_url = beside(".minisig");
    table_.text("sha256", out_.sha256);
    lower_hex(out_.sha256);
    if (table_.find("sha256") && !is_hex(out_.sha256, kSha256Digits))
      table_.wrong("sha256", "must be 64 hexadecimal digits");
    read_companion("sha256_url", out_.sha256_url);
    if (!out_.sha256.empty() && !out_.sha256_url.empty())
      table_.wrong("sha256_url", "contradicts 'sha256': give one of them");
  }

  // The source's own place with `ending` behind the file's name.
  [[nodiscard]] std::string beside(std::string_view ending) const {
    std::string out = out_.url.empty() ? out_.path.string() : out_.url;
    const auto end = out_.url.empty() ? std::string::npos : out.find_first_of("?#");
    return out.insert(std::min(end, out.size()), ending);
  }

  void read_proxy() {
    table_.text("proxy", out_.proxy);
    if (out_.proxy.empty()) return;
    Target target;
    const std::size_t authority = out_.proxy.find("://") + 3;
    if (!is_http(out_.proxy) || has_blank(out_.proxy) || !parse_url(out_.proxy, target) || target.path != "/" ||
        !target.query.empty() || out_.proxy.find_first_of("@#?", authority) != std::string::npos)
      table_.wrong("proxy", "must be as \"http://10.0.0.9:8080\", or \"\" for none");
  }

  void warn(std::string_view key, std::string text) {
    const Node* node = table_.find(key);
    warnings_.push_back({node_.file(), node ? node->line() : node_.line(), std::move(text)});
  }

  void warn() {
    const bool pinned = !out_.minisign.empty() || !out_.sha256.empty();
    const bool checked_in_the_clear = !out_.sha256_url.empty() && out_.sha256_url.starts_with("http://");
    if (out_.url.starts_with("http://") && !pinned && (out_.sha256_url.empty() || checked_in_the_clear))
      warn("url",
           fmt::format("source '{}' comes over plain http{}: anybody on the way can change the list; use https, or "
                       "name the signer's key with 'minisign' or the checksum with 'sha256'",
                       out_.name,
                       checked_in_the_clear ? " and so does its checksum" : " with neither signature nor checksum"));
    std::error_code error;
    if (!out_.path.empty() && !fs::exists(out_.path, error))
      warn("path",
           fmt::format("source '{}' is to be read from {}, which does not exist now", out_.name, out_.path.string()));
  }

  [[nodiscard]] fs::path resolve(const std::string& text) const { return (home_ / text).lexically_normal(); }

  const Node& node_;
  TableReader table_;
  const fs::path& home_;
  const Taxonomy& taxonomy_;
  Problems& problems_;
  std::vector<Problem>& warnings_;
  Source out_;
};

}  // namespace

std::string shown_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto authority = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, scheme + 3)) + std::string(url.substr(scheme + 3 + at + 1));
}

GuardRules guard_rules_of(const SourcesFile& file) {
  GuardRules out;
  out.share = {file.guards.max_loss_percent, file.guards.max_gain_percent};
  for (const Source& source : file.sources)
    out.of_source[source.name] = {source.max_loss_percent, source.max_gain_percent};
  for (const GuardEntry& entry : file.guards.protected_hosts) out.protected_hosts.push_back(entry.text);
  for (const GuardEntry& entry : file.guards.must_allow) out.must_allow.push_back(entry.text);
  for (const GuardEntry& entry : file.guards.must_block) out.must_block.push_back(entry.text);
  return out;
}

const Source* SourcesFile::find(std::string_view name) const {
  const auto found = std::ranges::find(sources, name, &Source::name);
  return found == sources.end() ? nullptr : &*found;
}

std::optional<SourcesFile> SourcesFile::read(const fs::path& file, const Taxonomy& taxonomy, Problems& problems) {
  const auto root = read_document(file, problems);
  if (!root) return std::nullopt;
  const std::size_t before = problems.list().size();
  constexpr std::string_view kRootKeys[] = {"source", "guards"};
  report_unknown_keys(*root, "the sources file", kRootKeys, problems);
  SourcesFile out;
  const fs::path home = file.parent_path();
  if (const Node* guards = root->find("guards")) out.guards = read_guard_settings(*guards, home, problems);
  const Node* list = root->find("source");
  if (list && list->kind() != Node::Kind::Array)
    problems.add(list->file(), list->line(), "'source' must be tables of their own: [[source]], with two brackets");
  std::map<std::string, int> lines;
  std::size_t enabled = 0;
  const std::string words = taxonomy.words_digest();
  for (const Node& node : list ? list->items() : std::span<const Node>()) {
    if (!node.is_table()) {
      problems.add(node.file(), node.line(), fmt::format("a source must be a table, not {}", to_string(node.kind())));
      continue;
    }
    Source source = SourceReader(node, home, out.guards, taxonomy, problems, out.warnings).read();
    source.taxonomy = words;
    const auto [first, fresh] = lines.try_emplace(source.name, source.line);
    if (!fresh && !source.name.empty())
      problems.add(
          node.file(), node.line(),
          fmt::format("source '{}' stands in line {} already: names are told apart", source.name, first->second));
    if (source.enabled && ++enabled == kMostEnabled + 1)
      problems.add(
          node.file(), node.line(),
          fmt::format("source '{}' is one too many: {} may be enabled, beside the lists of lists.starter; join "
                      "some of them, or set enabled = false",
                      source.name, kMostEnabled));
    out.sources.push_back(std::move(source));
  }
  if (problems.list().size() != before) return std::nullopt;
  return out;
}

}  // namespace citygate::categories
