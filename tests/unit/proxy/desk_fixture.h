// desk_fixture.h - a desk with a small city behind it: its own taxonomy, people, rules and lists, and a clock that is
// told.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/name_source.h"
#include "meter/usage_board.h"
#include "proxy/counters.h"
#include "proxy/desk.h"
#include "proxy/proxy_config.h"
#include "records/spool.h"
#include "records/store.h"

namespace citygate::proxy {

// Keeps what is committed, with its texts.
class KeepingRing final : public records::SpoolRing {
 public:
  bool reserve(Record& record) noexcept override {
    if (full) return false;
    record.id = RecordId{++next_};
    open_.clear();
    open_.emplace_back(record);
    return true;
  }
  void commit() noexcept override { kept.push_back(open_.front()); }
  void cancel() noexcept override { open_.clear(); }
  bool crowded() const noexcept override { return full || nearly_full; }

  bool full = false, nearly_full = false;
  std::vector<records::OwnedRecord> kept;

 private:
  std::uint64_t next_ = 0;
  std::vector<records::OwnedRecord> open_;
};

inline constexpr std::string_view kRules = R"toml(
[city]
name = "Springfield"
time_zone = "America/Chicago"
contact = "IT & friends, 555-0100"
uncategorised = "work"
[[quota]]
name = "personal"
title = "Personal use"
minutes_per_day = 30
[[quota]]
name = "streaming"
title = "Streaming"
megabytes_per_day = 1
[[rule]]
name = "no-gambling"
title = "Gambling is prohibited"
clause = "S1(h)"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "news"
title = "News are personal"
clause = "S1(i)"
categories = ["news"]
action = "personal"
quota = "personal"
[[rule]]
name = "video"
title = "Video is limited"
clause = "S1(b)"
categories = ["video", "streaming-media"]
action = "streaming"
quota = "streaming"
[destinations]
ports = ["80"]
connect_ports = ["443"]
)toml";

class DeskFixture : public testing::Test {
 protected:
  DeskFixture() {
    const std::string pattern = (std::filesystem::temp_directory_path() / "citygate-desk-XXXXXX").string();
    std::vector<char> name(pattern.begin(), pattern.end());
    name.push_back('\0');
    directory_ = ::mkdtemp(name.data());
    std::ofstream(directory_ / "taxonomy.toml") << R"(
[[category]]
name = "gambling"
title = "Gambling <and> betting"
description = "x"
group = "prohibited"
[[category]]
name = "news"
title = "News"
description = "x"
group = "personal"
[[category]]
name = "video"
title = "Video"
description = "x"
group = "streaming"
[[category]]
name = "streaming-media"
title = "Media"
description = "x"
group = "streaming"
)";
    Problems problems;
    auto taxonomy = categories::Taxonomy::read(directory_ / "taxonomy.toml", names_, problems);
    EXPECT_TRUE(problems.empty()) << problems.to_string();
    snapshots_.taxonomy = std::make_shared<const categories::Taxonomy>(*std::move(taxonomy));
    snapshots_.people = policy::Directory::parse(R"(
[[department]]
name = "clerk"
title = "City Clerk"
[[person]]
name = "pat"
title = "Pat"
department = "clerk"
addresses = ["127.0.0.1"]
)",
                                                 "people.toml", names_, problems);
    auto loaded =
        policy::Rulebook::parse(kRules, "policy.toml", *snapshots_.taxonomy, *snapshots_.people, names_, problems);
    EXPECT_TRUE(problems.empty()) << problems.to_string();
    snapshots_.rules = loaded.rules;
    snapshots_.grants = loaded.grants;
    snapshots_.lists = categories::lists_for_tests({{"bets.example", category("gambling")},
                                                    {"paper.example", category("news")},
                                                    {"films.example", category("video")}});
    clock_.set(*parse_time("2026-11-23T12:00:00", loaded.rules->zone()));
    desk_ = std::make_unique<Desk>(snapshots_, clock_, board_, warnings_, &sessions_);
  }
  ~DeskFixture() override { std::filesystem::remove_all(directory_); }

  // The same city with other people in it.
  void put_people(std::string_view text) {
    Problems problems;
    snapshots_.people = policy::Directory::parse(text, "people.toml", names_, problems, &snapshots_.rules->zone());
    ASSERT_TRUE(problems.empty()) << problems.to_string();
    desk_->adopt(snapshots_);
  }

  // The same rules, and more of them.
  void put_rules(std::string_view more) {
    Problems problems;
    auto loaded = policy::Rulebook::parse(std::string(kRules) + std::string(more), "policy.toml", *snapshots_.taxonomy,
                                          *snapshots_.people, names_, problems);
    ASSERT_TRUE(problems.empty()) << problems.to_string();
    snapshots_.rules = loaded.rules;
    snapshots_.grants = loaded.grants;
    desk_->adopt(snapshots_);
  }

  CategoryId category(std::string_view name) { return snapshots_.taxonomy->find(name)->id; }

  // A case of Pat's, decided at the request.
  void open(Case& about, std::string_view url) {
    about.clear();
    ASSERT_TRUE(url.find("://") == std::string_view::npos ? parse_authority(url, about.target)
                                                          : parse_url(url, about.target));
    desk_->identify_by_address(*IpAddress::parse("127.0.0.1"), about);
    desk_->classify(about);
    desk_->decide(about, Stage::Request, {});
  }

  std::filesystem::path directory_;
  MemoryNames names_;
  Snapshots snapshots_;
  DrivenClock clock_{WallTime{}};
  meter::UsageBoard board_{meter::VisitRules{}};
  WarnRegister warnings_;
  ProxyConfig config_;
  KeepingRing ring_;
  Counters counters_;
  SessionTable sessions_;
  std::unique_ptr<Desk> desk_;
};

}  // namespace citygate::proxy
