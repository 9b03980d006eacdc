#include "app/generations.h"

#include <fmt/format.h>

#include <functional>

namespace citygate::app {
namespace {

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

// Tells two configurations of one process apart; means nothing beyond that.
std::string mark_of(Config& config) {
  return hex(std::hash<std::string>{}(config.schema().print(ConfigSchema::Detail::Values)));
}

struct Sizes {
  std::uint64_t rules, grants, people, entries;

  explicit Sizes(const proxy::Snapshots& snapshots)
      : rules(snapshots.rules->rules().size()),
        grants(snapshots.grants->all().size()),
        people(snapshots.people->people().size()),
        entries(snapshots.lists->status().entries) {}
};

template <class Visit>
void for_each_size(const Sizes& had, const Sizes& has, Visit&& visit) {
  visit("policy", "rules", had.rules, has.rules);
  visit("policy", "grants", had.grants, has.grants);
  visit("people", "people and devices", had.people, has.people);
  visit("lists", "entries", had.entries, has.entries);
}

}  // namespace

std::string versions_of(const proxy::Snapshots& snapshots) {
  return fmt::format("policy {}, people {}, lists {}", snapshots.rules->sha256().substr(0, 16),
                     hex(snapshots.people->version().value), hex(snapshots.lists->id().value));
}

proxy::Generation Generations::next(Config& config, const proxy::Snapshots& snapshots) {
  std::lock_guard lock(mutex_);
  const std::uint64_t number = ++last_;
  text_[number] = fmt::format("{}: configuration {}, {}", number, mark_of(config), versions_of(snapshots));
  return {.number = number, .config = config.proxy, .snapshots = snapshots};
}

std::string Generations::describe(std::uint64_t number) const {
  std::lock_guard lock(mutex_);
  const auto found = text_.find(number);
  return found == text_.end() ? fmt::format("{}", number) : found->second;
}

void Generations::forget_before(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  text_.erase(text_.begin(), text_.lower_bound(number));
}

std::uint64_t Generations::current() const {
  std::lock_guard lock(mutex_);
  return last_;
}

std::string describe_reload(Config& before, Config& after, const proxy::Snapshots& had, const proxy::Snapshots& has) {
  std::string out = versions_of(has);
  for_each_size(Sizes(had), Sizes(has), [&out](auto part, auto what, std::uint64_t old_size, std::uint64_t new_size) {
    if (old_size != new_size) out += fmt::format("\n{}: {} {}, had {}", part, new_size, what, old_size);
  });
  const auto old_schema = before.schema(), new_schema = after.schema();
  for (std::size_t i = 0; i < new_schema.fields().size(); ++i) {
    const auto& field = new_schema.fields()[i];
    if (field.print() == old_schema.fields()[i].print()) continue;
    out += fmt::format("\n{}: {}", field.key,
                       field.reload == Reload::Live ? "taken up" : "waits for `citygate upgrade` or a restart");
  }
  return out;
}

std::string describe_loss(const proxy::Snapshots& had, const proxy::Snapshots& has) {
  std::string out;
  for_each_size(Sizes(had), Sizes(has), [&out](auto part, auto what, std::uint64_t old_size, std::uint64_t new_size) {
    if (new_size * 2 >= old_size) return;
    out += fmt::format("{}{}: {} {}, had {}", out.empty() ? "" : "; ", part, new_size, what, old_size);
  });
  return out;
}

}  // namespace citygate::app
