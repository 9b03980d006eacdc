#include "categories/guards.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

constexpr std::uint64_t kJudgedFrom = 100;  // entries before
constexpr std::size_t kMostTold = 20;       // findings of one kind about one source: each reads the source for its line
constexpr std::size_t kSampled = 1'000;     // names of one source
constexpr std::size_t kSampleJudgedFrom = 20;
constexpr std::uint64_t kMissedFrom = 20;  // entries of a category that is gone altogether

// Patterns may tell schemes apart: what names none is looked at under both.
std::vector<std::string> urls_of(std::string_view text) {
  if (text.contains("://")) return {std::string(text)};
  const bool path = text.contains('/');
  std::vector<std::string> out;
  for (const std::string_view scheme : {"https://", "http://"})
    out.push_back(std::string(scheme) + std::string(text) + (path ? "" : "/"));
  return out;
}

// An address as it stands in a URL.
std::string authority(std::string_view host) {
  return host.contains(':') ? fmt::format("[{}]", host) : std::string(host);
}

// What people ask a site for: an exception may hold for one of these alone.
std::vector<std::string> usual_urls(std::string_view host) {
  const std::string at = authority(host);
  std::vector<std::string> out;
  for (const std::string_view scheme : {"https://", "http://"})
    for (const std::string_view front : {"", "www."})
      for (const std::string_view back : {"/", "/page/index.html?item=1"})
        out.push_back(fmt::format("{}{}{}{}", scheme, front, at, back));
  return out;
}

// Asks `lists` about texts, and tells of those that are closed: one finding for each source that closes them.
class ClosedSites {
 public:
  ClosedSites(const Lists& lists, const Taxonomy& taxonomy)
      : lists_(lists), taxonomy_(taxonomy), closed_(closed_categories(taxonomy)) {}

  [[nodiscard]] bool closed(const std::string& url) {
    if (!parse_url(url, target_)) return false;  // it was checked where it was read
    lists_.classify(target_, workspace_, found_);
    return !(found_.categories & closed_).empty();
  }

  // `sentence`: what is said of the URL, up to "and ... would put it under ...".
  void tell(Finding::Kind kind, std::string_view url, std::string_view sentence, std::vector<Finding>& out) {
    std::set<std::string> sources;
    for (const auto& line : lists_.lines(found_)) {
      if (!closed_.contains(line.evidence.category) || !sources.insert(line.source).second) continue;
      if (++told_[line.source] > kMostTold) continue;
      const EvidenceText text = lists_.describe(line.evidence);
      add({.kind = kind,
           .source = line.source,
           .text =
               fmt::format("{} {}, and {} ({}) {}:{}: {} would put it under {}", url, sentence, text.list, text.version,
                           text.file, text.line, text.text, taxonomy_.find(line.evidence.category)->name),
           .url = std::string(url)},
          out);
    }
    // What cannot be explained is not published either.
    if (sources.empty())
      add({.kind = kind,
           .text = fmt::format("{} {}, and no line says why it would not", url, sentence),
           .url = std::string(url)},
          out);
  }

  // Adds the sources whose lines close what was asked about last.
  void add_sources(std::set<std::string>& out) const {
    for (const auto& line : lists_.lines(found_))
      if (closed_.contains(line.evidence.category)) out.insert(line.source);
  }

 private:
  static void add(Finding finding, std::vector<Finding>& out) {
    // An entry above many protected names is told once for each name, one below them once for each entry.
    for (const auto& one : out)
      if (one.text == finding.text) return;
    out.push_back(std::move(finding));
  }

  const Lists& lists_;
  const Taxonomy& taxonomy_;
  const CategorySet closed_;
  Workspace workspace_;
  Classification found_;
  Target target_;
  std::map<std::string, std::size_t> told_;  // by source
};

void judge_protected(const GuardRules& rules, ClosedSites& sites, std::vector<Finding>& out) {
  for (const auto& host : rules.protected_hosts) {
    // Of all that is below a last label, one name that its rules are the same for.
    const bool label = host.find_first_of(".:") == std::string::npos;
    for (const auto& url : urls_of(label ? "www." + host : authority(host))) {
      if (!sites.closed(url)) continue;
      sites.tell(Finding::Kind::Protected, url, "is protected", out);
      break;
    }
  }
}

void judge_canary(const GuardRules& rules, ClosedSites& sites, std::vector<Finding>& out) {
  for (const auto& text : rules.must_allow)
    for (const auto& url : urls_of(text)) {
      if (!sites.closed(url)) continue;
      sites.tell(Finding::Kind::MustAllow, text, "must stay open", out);
      break;
    }
  for (const auto& text : rules.must_block)
    for (const auto& url : urls_of(text)) {
      if (sites.closed(url)) continue;
      out.push_back({.kind = Finding::Kind::MustBlock, .source = "", .text = "", .url = text});
      break;
    }
}

std::vector<Finding> sites_at_odds(const GuardRules& rules, const Taxonomy& taxonomy, const Lists& lists) {
  std::vector<Finding> out;
  ClosedSites sites(lists, taxonomy);
  judge_protected(rules, sites, out);
  judge_canary(rules, sites, out);
  return out;
}

std::set<std::string> sources_closing(const Taxonomy& taxonomy, const Lists& lists, std::string_view text) {
  std::set<std::string> out;
  ClosedSites sites(lists, taxonomy);
  for (const auto& url : urls_of(text))
    if (sites.closed(url)) sites.add_sources(out);
  return out;
}

// A finding for each of `sources`, or one that names none.
void tell_must_block(const Finding& about, const std::set<std::string>& sources, std::vector<Finding>& out) {
  const auto say = [&](const std::string& source, std::string_view without) {
    Finding one = about;
    one.source = source;
    one.text =
        fmt::format("{} must be refused, and{} no list would put it under a prohibited category", about.url, without);
    out.push_back(std::move(one));
  };
  for (const auto& source : sources) say(source, fmt::format(" without the line that {} had", source));
  if (sources.empty()) say("", "");
}

}  // namespace

CategorySet closed_categories(const Taxonomy& taxonomy) {
  CategorySet out;
  for (const auto group : {Group::Prohibited, Group::Threat, Group::Circumvention}) out |= taxonomy.in_group(group);
  return out;
}

std::vector<Finding> judge_change(const GuardRules& rules, const SourceChange& change) {
  std::vector<Finding> out;
  if (change.to_version.empty()) return out;
  if (!change.not_compared.empty()) {
    out.push_back({.kind = Finding::Kind::Loss,
                   .source = change.source,
                   .text = fmt::format(
                       "source '{}' cannot be compared with its version in force, and waits for a person: what it "
                       "would lose of {} entries is not known: {}",
                       change.source, change.before, change.not_compared)});
    return out;
  }
  const auto own = rules.of_source.find(change.source);
  const auto& share = own == rules.of_source.end() ? rules.share : own->second;
  const auto judge = [&](Finding::Kind kind, std::uint64_t count, std::uint64_t of, std::string_view under) {
    const bool loss = kind == Finding::Kind::Loss;
    const double limit = loss ? share.loss_percent : share.gain_percent;
    const double percent = 100.0 * static_cast<double>(count) / static_cast<double>(of);
    if (percent <= limit) return;
    out.push_back(
        {kind, change.source,
         fmt::format("source '{}' would {} {} of its {} entries{}, {:.1f} %; more than {:g} % waits for a person",
                     change.source, loss ? "lose" : "gain", count, of,
                     under.empty() ? "" : fmt::format(" under {}", under), percent, limit)});
  };
  if (change.before >= kJudgedFrom) {
    judge(Finding::Kind::Loss, change.removed, change.before, "");
    judge(Finding::Kind::Gain, change.added, change.before, "");
  }
  // A small part of a large source is all that there is of its category. What is told of the whole is not told of its parts.
  const auto told = [&](Finding::Kind kind) { return std::ranges::find(out, kind, &Finding::kind) != out.end(); };
  const bool lost = told(Finding::Kind::Loss), gained = told(Finding::Kind::Gain);
  for (const auto& category : change.categories) {
    const bool judged = category.before >= kJudgedFrom;
    const bool missed = category.before >= kMissedFrom && category.after == 0;
    if ((judged || missed) && !lost) judge(Finding::Kind::Loss, category.removed, category.before, category.category);
    if (judged && !gained) judge(Finding::Kind::Gain, category.added, category.before, category.category);
  }
  return out;
}

bool Closing::operator()(std::string_view category) {
  if (category == last_) return closes_;
  last_ = category;
  const Category* about = taxonomy_.find(category);
  return closes_ = about && (about->group == Group::Prohibited || about->group == Group::Threat ||
                             about->group == Group::Circumvention);
}

std::vector<Finding> judge_sites(const GuardRules& rules, const Taxonomy& taxonomy, const Lists* before,
                                 const Lists& after, const std::set<std::string>& changed) {
  std::vector<Finding> out;
  const auto past = before ? sites_at_odds(rules, taxonomy, *before) : std::vector<Finding>();
  for (auto& finding : sites_at_odds(rules, taxonomy, after)) {
    finding.standing = std::ranges::any_of(past, [&](const Finding& one) {
      return one.kind == finding.kind && one.source == finding.source && one.url == finding.url;
    });
    if (finding.kind != Finding::Kind::MustBlock) {
      out.push_back(std::move(finding));
      continue;
    }
    std::set<std::string> at_fault;
    if (before && !finding.standing)
      for (const auto& source : sources_closing(taxonomy, *before, finding.url))
        if (changed.contains(source)) at_fault.insert(source);
    tell_must_block(finding, at_fault, out);
  }
  return out;
}

void OpenedNames::see(const SourceManifest& source, const Item& item, std::string_view category) {
  if (source.name != last_source_) {
    last_source_ = source.name;
    last_sample_ = changed_.contains(source.name) ? &samples_[source.name] : nullptr;
  }
  if (!last_sample_ || item.exception || item.host.empty() || !item.path.empty() || item.scope == Scope::Below) return;
  if (!closing_(category)) return;
  Sample& sample = *last_sample_;
  const std::uint64_t hash = matcher::hash_of_text(item.host, 0);
  if (hash > sample.below) return;
  sample.hosts.emplace(hash, item.host);
  if (sample.hosts.size() <= kSampled) return;
  sample.hosts.erase(std::prev(sample.hosts.end()));
  sample.below = sample.hosts.rbegin()->first;
}

std::vector<Finding> OpenedNames::judge(const GuardRules& rules, const Lists& before, const Lists& after) const {
  std::vector<Finding> out;
  ClosedSites were(before, taxonomy_), are(after, taxonomy_);
  for (const auto& [source, sample] : samples_) {
    std::size_t looked_at = 0, opened = 0;
    for (const auto& [hash, host] : sample.hosts) {
      bool was = false, opens = false;
      for (const auto& url : usual_urls(host)) {
        if (!were.closed(url)) continue;
        was = true;
        if (opens = !are.closed(url); opens) break;
      }
      looked_at += was ? 1 : 0;
      opened += opens ? 1 : 0;
    }
    const auto own = rules.of_source.find(source);
    const double limit = (own == rules.of_source.end() ? rules.share : own->second).loss_percent;
    const double percent =
        100.0 * static_cast<double>(opened) / static_cast<double>(std::max<std::size_t>(looked_at, 1));
    if (looked_at < kSampleJudgedFrom || percent <= limit) continue;
    out.push_back({Finding::Kind::Loss, source,
                   fmt::format("source '{}' would open {} of the {} names looked at, {:.1f} %, by exceptions of its "
                               "own; more than {:g} % waits for a person",
                               source, opened, looked_at, percent, limit)});
  }
  return out;
}

}  // namespace citygate::categories
