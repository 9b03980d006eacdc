#include "console/override_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citygate::console {
namespace {

using testing::HasSubstr;

std::string place(std::string_view text) {
  const auto target = find_override_target(text);
  return target ? target->host + target->path : target.error().context;
}

TEST(OverrideTarget, HostsAndPathsInTheirCanonicalForm) {
  EXPECT_EQ(place("Bet.Example."), "bet.example");
  EXPECT_EQ(place("https://alice@www.bet.example/"), "www.bet.example");
  EXPECT_EQ(place("bet.example/a/../live/"), "bet.example/live");
  EXPECT_EQ(place("http://192.0.2.7/8"), "192.0.2.7/8");
  EXPECT_EQ(place("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(place("bet.example/%2Aa"), "bet.example/%2Aa");
  for (const char* six : {"2001:db8::1", "[2001:DB8::1]", "http://[2001:db8::1]/"})
    EXPECT_EQ(place(six), "2001:db8::1") << six;
}

// Each was taken before, and held for nothing that anybody asks for, or for more than what was typed.
TEST(OverrideTarget, WhatCouldNeverHoldIsRefusedWithWhatWouldBeRight) {
  struct Row {
    std::string_view typed, right;
  };
  for (const Row& row : {
           Row{"*", "name a host"},
           {"*.bet.example", "write bet.example"},
           {"https://*.bet.example/x", "write bet.example"},
           {".bet.example", "write bet.example"},
           {"bet*.example", "name a host"},
           {"10.0.0.0/8", "name its addresses one by one, or http://10.0.0.0/8 if a page is meant"},
           {"10.0.0.0/255.0.0.0", "it is a network"},
           {"2001:db8::/32", "it is a network"},
           {"[2001:db8::]/32", "it is a network"},
           {"bet.example:443", "on every port; leave ':443' out"},
           {"http://bet.example:8080/x", "leave ':8080' out"},
           {"[2001:db8::1]:80", "leave ':80' out"},
           {"bet.example/live/*", "write bet.example/live if all of that is meant"},
           {"bet.example/*", "write bet.example if"},
           {"bet.example/live*", "write bet.example if all of that is meant, or %2A"},
           {"bet.example/#!/live", "leave '#!/live' out if all of bet.example/ is meant"},
           {"bet.example?id=1", "cannot tell '?id=1' from other queries"},
           {"", "neither a host nor a URL"},
       })
    EXPECT_THAT(place(row.typed), HasSubstr(row.right)) << row.typed;
}

TEST(OverrideTarget, APathIsNotSeenUnderHttpsAndThatIsSaid) {
  EXPECT_EQ(unseen_path_note(*find_override_target("https://wiki.example/")), "");
  EXPECT_THAT(unseen_path_note(*find_override_target("https://wiki.example/warez")),
              HasSubstr("not for the https address that was named; an override of wiki.example would"));
  EXPECT_THAT(unseen_path_note(*find_override_target("wiki.example/warez")), HasSubstr("not for the same under https"));
}

}  // namespace
}  // namespace citygate::console
