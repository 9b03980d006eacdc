// decide_fixture.h - one city whose policy has all actions, for tests that ask decide() one question each.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/policy/support.h"

namespace citygate::policy {

inline const std::string kDecidePolicy = std::string(kSpringfield) + R"([[window]]
name = "night"
days = ["sun"]
from = "22:00"
to = "06:00"
[[quota]]
name = "time"
minutes_per_day = 30
[[quota]]
name = "volume"
megabytes_per_day = 500
[[quota]]
name = "both"
minutes_per_day = 10
megabytes_per_day = 1
[[rule]]
name = "no-gambling"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "no-pornography"
categories = ["pornography"]
action = "prohibit"
[[rule]]
name = "weapons"
categories = ["weapons"]
action = "warn"
[[rule]]
name = "social"
categories = ["social"]
action = "personal"
windows = ["lunch", "night"]
quota = "both"
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
quota = "time"
[[rule]]
name = "video"
categories = ["video", "streaming-media"]
action = "streaming"
quota = "volume"
[[department]]
name = "police"
[[department.rule]]
name = "no-games"
categories = ["games"]
action = "block"
[department.quota.time]
minutes_per_day = 20
[destinations]
ports = ["80", "8000-8999"]
private = ["10.1.0.0/16"]
[[sanctioned]]
title = "VPN"
hosts = ["vpn.city.example", "93.184.216.40"]
owner = "it"
until = 2035-01-01
[[grant]]
kind = "law-enforcement"
case = "2026-0417"
units = ["vice"]
department = "police"
categories = ["gambling"]
start = 2026-11-01
end = 2026-12-31
)";

class Decide : public ::testing::Test {
 protected:
  Decide() {
    const bool loaded = city_.load(kDecidePolicy);
    EXPECT_TRUE(loaded) << city_.problems().to_string();
  }

  Verdict of(const Request& request) const { return city_.decide(request.facts); }
  std::string opens(const Verdict& verdict) const { return city_.rules().zone().format(verdict.opens_at); }
  std::string good(const Verdict& verdict) const { return city_.rules().zone().format(verdict.good_until); }

  City city_;
};

}  // namespace citygate::policy
