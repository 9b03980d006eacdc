#include "proxy/http/via.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

MessageHead head_with(std::initializer_list<Field> fields) {
  MessageHead head;
  head.fields = fields;
  return head;
}
Field via(std::string_view value) { return {FieldName::Via, "Via", value}; }
Field hops(std::string_view value) { return {FieldName::MaxForwards, "Max-Forwards", value}; }

TEST(Via, is_one_for_the_whole_process_and_tells_names_apart) {
  EXPECT_EQ(via_of("citygate"), via_of("citygate"));
  EXPECT_NE(via_of("citygate"), via_of("citygate-2"));
  EXPECT_TRUE(via_of("north").starts_with("1.1 north-"));
}

TEST(Via, a_request_that_names_us_has_passed) {
  const std::string ours = via_of("citygate");
  const std::string name = ours.substr(4);
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  for (const std::string& value :
       {ours, "1.0 other, " + ours, "1.1 a (b, c),HTTP/1.1\t" + name + " (x)", "2 " + upper, ", ," + ours + " ,"})
    EXPECT_TRUE(has_passed(head_with({via("1.1 first"), via(value)}), ours)) << value;
}

TEST(Via, others_are_not_us) {
  const std::string ours = via_of("citygate");
  for (const std::string& value : {std::string("1.1 citygate"), ours + "0", ours.substr(4), "1.1 x (" + ours + ")",
                                   std::string(), std::string("1.1 "), "1.1 a:" + ours.substr(4)})
    EXPECT_FALSE(has_passed(head_with({via(value)}), ours)) << value;
  EXPECT_FALSE(has_passed(head_with({{FieldName::Other, "X-Via", ours}}), ours));
}

TEST(MaxForwards, is_the_least_that_is_said) {
  EXPECT_EQ(*max_forwards(head_with({})), std::nullopt);
  EXPECT_EQ(*max_forwards(head_with({hops("0")})), 0U);
  EXPECT_EQ(*max_forwards(head_with({hops("010")})), 10U);
  EXPECT_EQ(*max_forwards(head_with({hops("7"), hops("3")})), 3U);
  EXPECT_EQ(*max_forwards(head_with({hops("99999999999999999999999")})), UINT64_MAX);
}

TEST(MaxForwards, that_is_no_number_is_malformed) {
  for (const char* value : {"", "-1", "+1", "1.5", "1 2", "0x1", "one"})
    EXPECT_FALSE(max_forwards(head_with({hops(value)})).has_value()) << value;
}

}  // namespace
}  // namespace citygate::proxy
