#include "proxy/parents.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kNow{1h};

std::string names(const Parents::Way& way) {
  std::string out;
  for (const Parent* hop : way) out += (out.empty() ? "" : " ") + (hop ? hop->name : std::string("direct"));
  return out;
}

class ParentsTest : public testing::Test {
 protected:
  void make(const TextTable& routes) {
    parents_ = Parents::create({{"north", {"10.0.0.1:3128"}}, {"south", {"[2001:db8::1]:8080"}}}, routes).value();
  }
  std::string way(std::string_view host) { return names(parents_->way_to(host)); }
  std::shared_ptr<const Parents> parents_;
  ParentHealth health_;
};

TEST_F(ParentsTest, without_configuration_there_is_no_table) { EXPECT_EQ(*Parents::create({}, {}), nullptr); }

TEST_F(ParentsTest, the_longest_name_says_the_way) {
  make({{"*.example", {"north"}},
        {"*.a.Example", {"south", "direct"}},
        {"x.a.example", {"direct"}},
        {"*.a.b.example", {"south"}}});
  EXPECT_EQ(way("www.example"), "north");
  EXPECT_EQ(way("a.example"), "north") << "a wildcard is not its own name";
  EXPECT_EQ(way("y.a.example"), "south direct");
  EXPECT_EQ(way("x.a.example"), "direct");
  EXPECT_EQ(way("z.x.a.example"), "south direct");
  EXPECT_EQ(way("xexample"), "direct") << "without a default, directly";
  EXPECT_EQ(way("192.0.2.1"), "direct");
}

TEST_F(ParentsTest, the_default_is_for_all_others) {
  make({{"default", {"north", "south"}}, {"*.city.example", {"direct"}}});
  EXPECT_EQ(way("www.example"), "north south");
  EXPECT_EQ(way("www.city.example"), "direct");
}

TEST_F(ParentsTest, hops_are_tried_in_order_and_none_twice) {
  make({{"default", {"south", "north", "south"}}});
  Hops hops;
  hops.begin(parents_, "a.example", health_, kNow);
  EXPECT_EQ(hops.parent()->name, "south");
  EXPECT_TRUE(hops.next(health_, kNow));
  EXPECT_EQ(hops.parent()->name, "north");
  EXPECT_TRUE(hops.next(health_, kNow));
  EXPECT_FALSE(hops.next(health_, kNow));
  EXPECT_TRUE(hops.through_parents());
}

TEST_F(ParentsTest, what_is_down_comes_last_for_a_while) {
  make({{"default", {"north", "south"}}});
  Hops hops;
  hops.begin(parents_, "a.example", health_, kNow);
  health_.failed(*hops.parent(), kNow);
  hops.begin(parents_, "a.example", health_, kNow);
  EXPECT_EQ(hops.parent()->name, "south");
  EXPECT_TRUE(hops.next(health_, kNow));
  EXPECT_EQ(hops.parent()->name, "north") << "better than none";
  hops.begin(parents_, "a.example", health_, kNow + 10s);
  EXPECT_EQ(hops.parent()->name, "north");
}

TEST_F(ParentsTest, without_a_table_there_is_one_hop) {
  Hops hops;
  hops.begin(nullptr, "a.example", health_, kNow);
  EXPECT_EQ(hops.parent(), nullptr);
  EXPECT_FALSE(hops.through_parents());
  EXPECT_FALSE(hops.next(health_, kNow));
}

TEST_F(ParentsTest, a_port_must_be_named) {
  for (const char* address : {"10.0.0.1", "proxy.example", ":3128", "10.0.0.1:0", "10.0.0.1:99999", "a b:1", ""})
    EXPECT_FALSE(Parents::create({{"p", {address}}}, {{"default", {"p"}}}).has_value()) << address;
}

TEST_F(ParentsTest, the_names_of_hops_are_no_names_of_parents) {
  for (const char* name : {"direct", "default"})
    EXPECT_FALSE(Parents::create({{name, {"10.0.0.1:1"}}}, {{"default", {name}}}).has_value()) << name;
}

}  // namespace
}  // namespace citygate::proxy
