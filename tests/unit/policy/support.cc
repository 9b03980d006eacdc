#include "tests/unit/policy/support.h"

#include <stdexcept>

namespace citygate::policy {
namespace {

categories::Taxonomy read_taxonomy(NameSource& names) {
  Problems problems;
  auto out = categories::Taxonomy::read(CITYGATE_SOURCE_DIR "/tests/unit/policy/taxonomy.toml", names, problems);
  if (!out) throw std::runtime_error(problems.to_string());
  return std::move(*out);
}

}  // namespace

const std::string_view kPeople = R"(
[[department]]
name = "clerk"
[[department]]
name = "police"
title = "Police Department"
[[department]]
name = "library"
[[person]]
name = "pat"
department = "clerk"
addresses = ["10.0.0.1"]
[[person]]
name = "mia"
department = "police"
units = ["vice", "night"]
addresses = ["10.0.1.0/24"]
[[person]]
name = "sam"
department = "police"
units = ["patrol"]
[[device]]
name = "kiosk"
department = "library"
addresses = ["10.0.2.0/24"]
)";

Usage FakeUsage::used(QuotaId quota, std::int32_t day, WallTime) const noexcept {
  asked_day = day;
  const auto found = today.find(quota);
  return found == today.end() ? Usage{} : found->second;
}

City::City(std::string_view people) : taxonomy_(read_taxonomy(names_)) {
  const auto zone = Zone::open("America/Chicago");
  people_ = Directory::parse(people, "people.toml", names_, problems_, &zone.value());
  if (!people_) throw std::runtime_error(problems_.to_string());
}

bool City::load(std::string_view policy) {
  problems_ = {};
  loaded_ = Rulebook::parse(policy, "policy.toml", taxonomy_, *people_, names_, problems_);
  return loaded_.rules != nullptr;
}

CategoryId City::category(std::string_view name) const {
  const auto* found = taxonomy_.find(name);
  if (!found) throw std::runtime_error("no category " + std::string(name));
  return found->id;
}

CategorySet City::set(const std::vector<std::string_view>& names) const {
  CategorySet out;
  for (const auto name : names) out.insert(category(name));
  return out;
}

QuotaId City::quota(std::string_view name) const { return QuotaId{names_.find(NameKind::Quota, name).value_or(0)}; }

std::string City::rule_name(RuleId id) const { return names_.name(NameKind::Rule, id.value); }

Subject City::subject(std::string_view person) const {
  const Person* found = people_->by_name(person);
  if (!found) return {};
  return {found->id, found->department_at({}), IdentityMethod::Address};
}

Request::Request(const City& city, std::string_view person, const std::vector<std::string_view>& categories,
                 std::string_view local) {
  if (!parse_url("http://site.example/", target)) throw std::runtime_error("url");
  facts.subject = city.subject(person);
  facts.target = &target;
  facts.categories = city.set(categories);
  facts.usage = &usage;
  at(city, local);
}

void Request::at(const City& city, std::string_view local) { at(city, time(city, local)); }

void Request::at(const City& city, WallTime now) {
  facts.now = now;
  facts.local = city.rules().zone().at(now);
}

WallTime time(const City& city, std::string_view text) {
  const auto out = parse_time(text, city.rules().zone());
  if (!out) throw std::runtime_error("no time: " + std::string(text));
  return *out;
}

}  // namespace citygate::policy
