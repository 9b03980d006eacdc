#include "categories/overrides.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/letter_case.h"
#include "base/matching_form.h"
#include "categories/sealed_json.h"

namespace citygate::categories {
namespace {

constexpr int kFormat = 1;

std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_of(std::int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }

// `prefix` is a path prefix of `path` at a segment's border, whatever the letter case.
bool covers(std::string_view prefix, std::string_view path) {
  if (!begins_with_any_case(path, prefix)) return false;
  return path.size() == prefix.size() || prefix.empty() || path[prefix.size()] == '/';
}

}  // namespace

std::string describe_override(const Override& about) {
  std::string out = fmt::format("{} is {}, by {}", about.what(), about.category, about.author);
  if (about.ends != WallTime::max()) out += " until " + utc_text(about.ends);
  return out + ": " + about.reason;
}

Result<OverrideBook> OverrideBook::read(const std::filesystem::path& file) {
  auto book = open_sealed_json(file, kFormat, [](const Json& json) {
    OverrideBook out;
    for (const auto& one : json)
      out.all.push_back({.number = one.at("number"),
                         .host = one.at("host"),
                         .path = one.at("path"),
                         .category = one.at("category"),
                         .author = one.at("author"),
                         .reason = one.at("reason"),
                         .made = time_of(one.at("made")),
                         .ends = time_of(one.at("ends"))});
    return out;
  });
  if (!book && book.error().kind == Error::Kind::NotFound) return OverrideBook();
  return book;
}

Result<void> OverrideBook::write(const std::filesystem::path& file) const {
  Json json = Json::array();
  for (const auto& one : all)
    json.push_back({{"number", one.number},
                    {"host", one.host},
                    {"path", one.path},
                    {"category", one.category},
                    {"author", one.author},
                    {"reason", one.reason},
                    {"made", micros(one.made)},
                    {"ends", micros(one.ends)}});
  return replace_file(file, seal_json(json, kFormat));
}

std::vector<Override> OverrideBook::in_force(WallTime now) const {
  std::vector<Override> out;
  std::ranges::copy_if(all, std::back_inserter(out), [now](const Override& one) { return one.in_force(now); });
  return out;
}

WallTime OverrideBook::next_end(WallTime now) const {
  WallTime next = WallTime::max();
  for (const auto& one : all)
    if (one.in_force(now)) next = std::min(next, one.ends);
  return next;
}

OverrideIndex::OverrideIndex(std::vector<Override> overrides, std::vector<CategoryId> categories) {
  std::string scratch;
  for (Override& one : overrides) {
    one.path = std::string(matching_path(one.path, scratch));
    if (one.path.ends_with('/')) one.path.pop_back();
  }
  std::vector<std::size_t> order(overrides.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const Override &x = overrides[a], &y = overrides[b];
    if (x.host != y.host) return x.host < y.host;
    if (x.path.size() != y.path.size()) return x.path.size() > y.path.size();
    return x.number > y.number;
  });
  for (const auto i : order) {
    overrides_.push_back(std::move(overrides[i]));
    categories_.push_back(categories[i]);
  }
}

std::optional<OverrideIndex::Found> OverrideIndex::find(const Target& target, std::string& scratch,
                                                        std::string& bare_scratch) const noexcept {
  if (overrides_.empty()) return std::nullopt;
  const std::string_view path = matching_path(target.path, scratch);
  const std::string_view bare = without_parameters(path, bare_scratch);
  for (std::string_view host = target.host; !host.empty();) {
    auto at = std::ranges::lower_bound(overrides_, host, std::ranges::less(),
                                       [](const Override& one) -> std::string_view { return one.host; });
    for (; at != overrides_.end() && at->host == host; ++at)
      if (covers(at->path, path) || covers(at->path, bare))
        return Found{at->number, categories_[static_cast<std::size_t>(at - overrides_.begin())]};
    const auto dot = target.address ? std::string_view::npos : host.find('.');
    host = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
  }
  return std::nullopt;
}

std::optional<CategoryId> OverrideIndex::category_of(std::uint32_t number) const {
  const auto at = std::ranges::find(overrides_, number, &Override::number);
  if (at == overrides_.end()) return std::nullopt;
  return categories_[static_cast<std::size_t>(at - overrides_.begin())];
}

const Override* OverrideIndex::by_number(std::uint32_t number) const {
  const auto at = std::ranges::find(overrides_, number, &Override::number);
  return at == overrides_.end() ? nullptr : &*at;
}

}  // namespace citygate::categories
