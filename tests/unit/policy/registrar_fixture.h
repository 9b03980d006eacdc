// registrar_fixture.h - a registrar over a journal and names that can be made to fail. Mia orders; it is a Friday noon.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policy/act_registrar.h"
#include "tests/unit/policy/support.h"

namespace citygate::policy {

inline constexpr std::string_view kRegistrarPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[acknowledgement]
title = "Use of the internet"
text = "Work first."
[acknowledgement.guests]
text = "Guests leave no trace."
[acknowledgement.access]
title = "Records"
text = "What I see stays here."
)";
inline constexpr std::string_view kSomeText = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// A journal that fails when told to, and counts.
class TroubledActs final : public ActJournal {
 public:
  explicit TroubledActs(const Clock& clock) : kept(clock) {}
  Result<std::vector<Act>> append(std::vector<Act> acts) override {
    if (full) return fail(Error::Kind::Storage, "no space left");
    if (std::exchange(come_between, false)) {
      Act other = acts.front();
      other.kind = ActKind::View;
      EXPECT_TRUE(kept.append({other}));
      return number_taken(kept.last());
    }
    return kept.append(std::move(acts));
  }
  Result<void> scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const override {
    return kept.scan(from, visit);
  }
  std::uint64_t last() const override { return kept.last(); }

  MemoryActs kept;
  bool full = false, come_between = false;  // another act, while one is prepared
};

// Names that cannot be kept for a while.
class TroubledNames final : public NameSource {
 public:
  explicit TroubledNames(NameSource& known) : known_(known) {}
  Result<std::uint32_t> intern(NameKind kind, std::string_view name) override {
    if (full && !known_.find(kind, name)) return fail(Error::Kind::Storage, "no space left for names");
    return known_.intern(kind, name);
  }
  std::optional<std::uint32_t> find(NameKind kind, std::string_view name) const override {
    return known_.find(kind, name);
  }
  std::string name(NameKind kind, std::uint32_t number) const override { return known_.name(kind, number); }

  bool full = false;

 private:
  NameSource& known_;
};

class RegistrarTest : public testing::Test {
 protected:
  RegistrarTest() { open(); }

  ActRegistrar::Needs needs() {
    return {.journal = acts, .secrets = acts.kept, .names = names, .taxonomy = city.taxonomy(), .clock = clock};
  }
  void open() {
    auto opened = ActRegistrar::open(needs());
    ASSERT_TRUE(opened) << opened.error().context;
    registrar = std::move(*opened);
    rebase();
    registrar->on_change([this](Registrar::Effect effect) { effects.push_back(effect); });
  }
  void rebase(std::string_view people = kPeople) {
    Problems problems;
    const auto zone = Zone::open("America/Chicago");
    ASSERT_TRUE(zone);
    auto draft = registrar->draft(Directory::parse(people, "people.toml", city.names(), problems, &*zone),
                                  [&](const Directory& known) -> Result<Rulebook::Loaded> {
                                    return Rulebook::parse(kRegistrarPolicy, "policy.toml", city.taxonomy(), known,
                                                           city.names(), problems);
                                  });
    ASSERT_TRUE(draft) << draft.error().context;
    ASSERT_TRUE(problems.list().empty()) << problems.to_string();
    ASSERT_TRUE(registrar->take(std::move(*draft)));
  }

  static Act act(ActKind kind, std::string subject, ActFields fields = {}) {
    return {.kind = kind,
            .author = "mia",
            .via = "control socket, user root",
            .reason = "Case 12",
            .subject = std::move(subject),
            .fields = std::move(fields)};
  }
  Result<Act> enact(ActKind kind, std::string subject, ActFields fields = {}) {
    return registrar->enact(act(kind, std::move(subject), std::move(fields)));
  }
  // What the act was refused with.
  std::string refused(ActKind kind, std::string subject, ActFields fields = {}) {
    auto done = enact(kind, std::move(subject), std::move(fields));
    return done ? "it was done" : done.error().context;
  }
  Standing standing(std::string_view name) const {
    const auto state = registrar->state();
    const Standing* known = state.standing->of(state.people->by_name(name)->id);
    return known ? *known : Standing{};
  }
  std::string order(GrantId id) { return city.names().name(NameKind::Grant, id.value); }

  City city;
  DrivenClock clock{*parse_time("2026-11-20T12:00:00-06:00", Zone())};
  TroubledActs acts{clock};
  TroubledNames names{city.names()};
  std::unique_ptr<ActRegistrar> registrar;
  std::vector<Registrar::Effect> effects;
};

}  // namespace citygate::policy
