// The chain that ties acts, in the store and in exports: what was tampered with is found, and named.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/hex.h"
#include "records/act_chain.h"
#include "records/act_export.h"
#include "tests/unit/records/sample_acts.h"

namespace citygate::records {
namespace {

using test::chain_of;
using testing::HasSubstr;

Result<ActHead> check(const std::vector<ActLink>& links, std::optional<ActHead> head) {
  ChainCheck check;
  for (const auto& link : links) check.take(link);
  return check.finish(head);
}

constexpr std::uint64_t kActs = 12;

TEST(ActChain, is_whole_also_where_lines_are_left_out) {
  auto links = chain_of(kActs);
  const ActHead head{.number = kActs, .hash = links.back().hash};
  EXPECT_EQ(*check(links, head), head);
  EXPECT_EQ(*check({}, ActHead()), ActHead());
  for (auto& link : links) {
    link.line.clear();
    EXPECT_EQ(*check(links, head), head);
  }
}

TEST(ActChain, names_the_first_act_that_was_tampered_with) {
  const auto links = chain_of(kActs);
  const ActHead head{.number = kActs, .hash = links.back().hash};
  const auto told = [&head](const std::vector<ActLink>& now) {
    const auto found = check(now, head);
    EXPECT_FALSE(found);
    return found ? std::string() : found.error().context;
  };
  for (std::uint64_t number = 1; number <= kActs; ++number) {
    const std::size_t at = number - 1;
    const std::string name = "act " + std::to_string(number) + " ";
    auto now = links;
    now[at].line.replace(now[at].line.find("ada"), 3, "bob");
    now[at].line_hash = hash_of_act(now[at].line);
    EXPECT_THAT(told(now), testing::StartsWith(name + "was changed"));
    now = links;
    now[at].hash[7] ^= 1;
    EXPECT_THAT(told(now), testing::StartsWith(name + "was changed"));
    now = links;
    now[at].line.pop_back();
    EXPECT_THAT(told(now), testing::StartsWith(name + "is not as it was kept"));
    now = links;
    now.erase(now.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_THAT(told(now), testing::StartsWith(name + "is missing"));
    now = links;
    now.insert(now.begin() + static_cast<std::ptrdiff_t>(at), links[at]);
    EXPECT_THAT(told(now), testing::StartsWith(name + "is there twice"));
    now = links;
    now.resize(at);
    EXPECT_THAT(told(now), testing::AllOf(HasSubstr(std::to_string(number)), HasSubstr("missing at the end")));
    if (number == kActs) continue;
    now = links;
    std::swap(now[at], now[at + 1]);
    EXPECT_THAT(told(now), testing::StartsWith(name + "is out of order"));
    // In each other's places, under each other's numbers.
    std::swap(now[at].number, now[at + 1].number);
    EXPECT_THAT(told(now), HasSubstr("stands in the place of " + name.substr(0, name.size() - 1)));
  }
}

TEST(ActChain, a_rewritten_tail_is_another_head) {
  const auto links = chain_of(kActs);
  auto other = chain_of(kActs);  // other salts
  EXPECT_TRUE(check(other, std::nullopt));
  EXPECT_THAT(check(other, ActHead{.number = kActs, .hash = links.back().hash}).error().context,
              HasSubstr("act 12 has another hash"));
  EXPECT_THAT(check(other, ActHead{.number = 5, .hash = links[4].hash}).error().context, HasSubstr("act 12"));
}

TEST(ActChain, hashes_are_read_as_they_are_written) {
  const ActHash hash = hash_of_act("abc");  // FIPS 180-4, appendix
  EXPECT_EQ(to_hex(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(parse_act_hash(to_hex(hash)), hash);
  EXPECT_EQ(parse_act_hash(to_hex(hash).substr(1)), std::nullopt);
  EXPECT_EQ(parse_act_hash("BA" + to_hex(hash).substr(2)), std::nullopt);
}

// --- exports

// All of the journal but the acts in `left_out`, and its head.
std::vector<std::string> exported(const std::vector<ActLink>& links, const std::vector<std::uint64_t>& left_out = {}) {
  std::vector<std::string> out;
  for (const auto& link : links)
    out.push_back(std::ranges::find(left_out, link.number) != left_out.end() ? export_left_out(link)
                                                                             : export_act(link));
  out.push_back(export_head(
      links.empty() ? ActHead() : ActHead{.number = links.back().number, .hash = links.back().hash}, test::kMorning));
  return out;
}

Result<ExportCheck::Found> check_export(const std::vector<std::string>& lines) {
  ExportCheck check;
  for (const auto& line : lines) check.take(line);
  return check.finish();
}

TEST(ActExport, is_whole_with_and_without_what_is_left_out) {
  const auto links = chain_of(kActs);
  auto found = check_export(exported(links));
  ASSERT_TRUE(found) << found.error().context;
  EXPECT_EQ(found->shown, kActs);
  EXPECT_EQ(found->made, "2026-11-21T14:00:00.000000Z");
  found = check_export(exported(links, {1, 5, 6, 12}));
  ASSERT_TRUE(found) << found.error().context;
  EXPECT_EQ(found->shown, kActs - 4);
  EXPECT_EQ(found->head, (ActHead{.number = kActs, .hash = links.back().hash}));
  EXPECT_TRUE(check_export(exported({})));
}

TEST(ActExport, every_byte_counts) {
  const auto lines = exported(chain_of(3), {2});
  for (std::size_t at = 0; at < lines.size(); ++at) {
    // Nothing but the file says when it was made.
    const auto end = std::min(lines[at].find(at + 1 == lines.size() ? "2026-" : "\n"), lines[at].size());
    for (std::size_t i = 0; i < end; ++i) {
      auto now = lines;
      now[at][i] = static_cast<char>(now[at][i] ^ 1);
      EXPECT_FALSE(check_export(now)) << now[at];
    }
  }
}

TEST(ActExport, names_what_was_dropped_doubled_or_moved) {
  const auto lines = exported(chain_of(kActs), {4, 9});
  for (std::size_t at = 0; at + 1 < lines.size(); ++at) {
    const std::string name = "act " + std::to_string(at + 1) + " ";
    auto now = lines;
    now.erase(now.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_THAT(check_export(now).error().context, testing::StartsWith(name + "is missing"));
    now = lines;
    now.insert(now.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
    EXPECT_THAT(check_export(now).error().context, testing::StartsWith(name + "is there twice"));
    now = lines;
    now.resize(at);
    EXPECT_THAT(check_export(now).error().context, HasSubstr("the head, is missing"));
    if (at + 2 == lines.size()) continue;
    now = lines;
    std::swap(now[at], now[at + 1]);
    EXPECT_THAT(check_export(now).error().context, testing::StartsWith(name + "is out of order"));
  }
  auto now = lines;
  now.push_back(lines.back());
  EXPECT_THAT(check_export(now).error().context, HasSubstr("stands behind the head"));
  now = lines;
  now[2] = "rubbish";
  EXPECT_THAT(check_export(now).error().context, testing::AllOf(HasSubstr("act 3 "), HasSubstr("line 3 of the file")));
}

TEST(ActExport, about_a_person_has_all_steps_of_their_grants_and_disputes) {
  ActsAbout about("ada");
  const auto make = [](std::uint64_t number, ActKind kind, std::string subject, ActFields fields) {
    Act act;
    act.number = number;
    act.kind = kind;
    act.author = "pat.lee";
    act.subject = std::move(subject);
    act.fields = std::move(fields);
    return act;
  };
  EXPECT_TRUE(about(make(1, ActKind::Suspend, "ada", {})));
  EXPECT_FALSE(about(make(2, ActKind::Suspend, "adam", {})));
  EXPECT_TRUE(
      about(make(3, ActKind::GrantRequest, "streaming-permit/3", {{"kind", "streaming-permit"}, {"for", "bob ada"}})));
  EXPECT_FALSE(
      about(make(4, ActKind::GrantRequest, "streaming-permit/4", {{"kind", "streaming-permit"}, {"for", "bob adam"}})));
  EXPECT_TRUE(about(make(5, ActKind::GrantRequest, "record-access/5",
                         {{"kind", "record-access"}, {"for", "bob"}, {"about", "ada"}})));
  EXPECT_TRUE(about(make(6, ActKind::GrantApprove, "streaming-permit/3", {})));
  EXPECT_FALSE(about(make(7, ActKind::GrantApprove, "streaming-permit/4", {})));
  EXPECT_TRUE(about(make(8, ActKind::GrantRefuse, "record-access/5", {})));
  EXPECT_FALSE(about(make(9, ActKind::GrantRefuse, "record-access/50", {})));
  EXPECT_TRUE(about(
      make(10, ActKind::GrantRequest, "law-enforcement/act-10", {{"kind", "law-enforcement"}, {"for", "ada bob"}})));
  EXPECT_TRUE(about(make(11, ActKind::GrantApprove, "law-enforcement/act-10", {}))) << "by its name, whatever that is";
  EXPECT_TRUE(about(make(12, ActKind::DisputeOpen, "ada", {{"claim", "work"}})));
  EXPECT_FALSE(about(make(13, ActKind::DisputeOpen, "bob", {{"claim", "work"}})));
  EXPECT_TRUE(about(make(14, ActKind::DisputeDecide, "12", {{"verdict", "work"}})));
  EXPECT_FALSE(about(make(15, ActKind::DisputeDecide, "13", {{"verdict", "work"}})));
  EXPECT_FALSE(about(make(16, ActKind::ListOverride, "12", {})));
}

}  // namespace
}  // namespace citygate::records
