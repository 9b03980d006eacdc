#include "tests/unit/review/support.h"

namespace citygate::review {
namespace {

constexpr std::string_view kPeople = R"(
[[department]]
name = "clerk"
title = "City Clerk's Office"
[[department]]
name = "police"
[[person]]
name = "pat"
title = "Pat Reed"
department = "clerk"
addresses = ["10.0.0.1", "10.0.3.0/24"]
[[person]]
name = "mia"
department = "police"
units = ["vice"]
password = "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"
)";

constexpr std::string_view kPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
contact = "IT help desk, 555-0100"
[[window]]
name = "lunch"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "12:00"
to = "13:00"
[[quota]]
name = "time"
title = "Personal use"
minutes_per_day = 30
[[quota]]
name = "volume"
title = "Video and audio"
megabytes_per_day = 500
[[rule]]
name = "video"
title = "Video in measure"
categories = ["video"]
action = "streaming"
quota = "volume"
[[rule]]
name = "no-gambling"
title = "Gambling sites are prohibited"
clause = "S1-h"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "social"
title = "Social networks at lunch"
clause = "S2-b"
categories = ["social"]
action = "personal"
windows = ["lunch"]
quota = "time"
[[grant]]
kind = "law-enforcement"
case = "2026-0417"
units = ["vice"]
department = "police"
categories = ["gambling"]
end = 2026-12-31
)";

}  // namespace

World::World() {
  taxonomy = categories::Taxonomy::read(CITYGATE_SOURCE_DIR "/tests/unit/policy/taxonomy.toml", names, problems);
  people = policy::Directory::parse(kPeople, "people.toml", names, problems);
  if (taxonomy && people) loaded = policy::Rulebook::parse(kPolicy, "policy.toml", *taxonomy, *people, names, problems);
  if (!loaded.rules) throw std::runtime_error(problems.to_string());
  lists.emplace(std::vector<FakeLists::Entry>{{"casino.example", category("gambling")},
                                              {"friends.example", category("social")},
                                              {"friends.example", category("video")},
                                              {"play.example", category("games")},
                                              {"tunnel.example", category("vpn")}},
                GenerationId{0xabc});
}

Explanation World::ask(std::string_view person, std::string_view what, std::string_view at) const {
  Question question;
  question.person = person;
  question.what = what;
  question.at = parse_time(at, loaded.rules->zone()).value();
  question.usage = &usage;
  auto out = explain(sources(), question);
  if (!out) throw std::runtime_error(out.error().context);
  return std::move(*out);
}

}  // namespace citygate::review
