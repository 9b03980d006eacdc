#include "review/explain_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/review/support.h"

namespace citygate::review {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ExplainRecord : public ::testing::Test {
 protected:
  ExplainRecord() {
    record_.id = RecordId{0x12340000000000ab};
    record_.begin = *parse_time("2026-11-20T12:10:00", world_.loaded.rules->zone());
    record_.end = record_.begin + std::chrono::seconds(2);
    const auto* pat = world_.people->by_name("pat");
    record_.person = pat->id;
    record_.department = pat->department_at({});
    record_.identity = IdentityMethod::Address;
    record_.client = *IpAddress::parse("10.0.0.1");
    record_.method = Method::Get;
    record_.port = 80;
    record_.host = "casino.example";
    record_.path = "/deep";
    record_.outcome = Outcome::Refused;
    record_.ruling = Ruling::Refuse;
    record_.reason = Reason::Prohibited;
    record_.rule = RuleId{*world_.names.find(NameKind::Rule, "no-gambling")};
    record_.categories.insert(world_.category("gambling"));
    record_.decisive = world_.category("gambling");
    const SourceId source{*world_.names.intern(NameKind::Source, "ut1/some/domains")};
    record_.evidence = {world_.category("gambling"), source, 1};
    record_.attempt = true;
    record_.status = 403;
    record_.policy = world_.loaded.rules->version();
    record_.lists = world_.lists->id();
    record_.people = world_.people->version();
  }

  std::string text() const { return explain_record(world_.sources(), world_.names, record_); }

  World world_;
  Record record_;
};

TEST_F(ExplainRecord, WhereACapturedConnectionWentAndWhatNamedIt) {
  EXPECT_THAT(text(), Not(HasSubstr("chosen")));
  record_.named_by = NamedBy::ServerName;
  record_.chosen = *IpAddress::parse("198.51.100.7");
  EXPECT_THAT(text(), HasSubstr("chosen       address 198.51.100.7, named by the name in its TLS hello\n"));
  record_.name_check = NameCheck::Differs;
  EXPECT_THAT(text(), HasSubstr("that name has other addresses"));
}

TEST_F(ExplainRecord, RefusalUnderTheVersionsLoadedNow) {
  EXPECT_EQ(text().substr(0, text().find("  under")), R"(Record 12340000000000ab
  what         GET http://casino.example/deep
  when         2026-11-20 12:10:00 CST to 2026-11-20 12:10:02 CST
  by           pat, department clerk
  known by     the address of the computer, 10.0.0.1: likely
  categories   Gambling
  found in     ut1/some/domains, line 1, for Gambling
               list ut1, version 2026-11-01: casino.example

Verdict: refuse, at stage request
  why          This kind of site is prohibited at all times.
  rule         Gambling sites are prohibited (no-gambling)
  clause       S1-h
  category     Gambling
  outcome      refused, answered with status 403
               counted as one attempt
  charged      nothing
  carried      0 bytes from the client, 0 to it
)");
  EXPECT_THAT(text(), Not(HasSubstr("another")));
}

TEST_F(ExplainRecord, SaysWhenVersionsHaveChanged) {
  record_.policy = PolicyVersion{1};
  record_.lists = GenerationId{2};
  record_.people = PeopleVersion{3};
  EXPECT_THAT(text(), HasSubstr("policy 0000000000000001, lists 0000000000000002, people 0000000000000003"));
  EXPECT_THAT(text(), HasSubstr("The policy loaded now is another one"));
  EXPECT_THAT(text(), HasSubstr("The lists loaded now are another generation, 0000000000000abc"));
  EXPECT_THAT(text(), HasSubstr("The people file loaded now is another one"));
  EXPECT_THAT(text(), HasSubstr("rule         no-gambling")) << "a title of another version would be a guess";
  EXPECT_THAT(text(), HasSubstr("found in     ut1/some/domains, line 1"));
  EXPECT_THAT(text(), Not(HasSubstr("version 2026-11-01"))) << "the line's text may be another now";
}

TEST_F(ExplainRecord, WhatWasCharged) {
  record_.ruling = Ruling::Allow;
  record_.outcome = Outcome::Cut;
  record_.stage = Stage::Tick;
  record_.quota = QuotaId{*world_.names.find(NameKind::Quota, "volume")};
  record_.attention = Attention::Estimated;
  record_.active_from = record_.begin;
  record_.active_until = record_.end;
  record_.streaming_bytes = 500'000'000;
  record_.slice = 3;
  record_.uncertain = true;
  EXPECT_THAT(text(), HasSubstr("attention, found by estimated, from 2026-11-20 12:10:00 CST"));
  EXPECT_THAT(text(), HasSubstr("500000000 streaming bytes, on quota volume"));
  EXPECT_THAT(text(), HasSubstr("part         4 of a long exchange, its last"));
  EXPECT_THAT(text(), HasSubstr("uncertain: the gateway stopped"));
}

TEST_F(ExplainRecord, HostileBytesStayPrintable) {
  record_.host = "a\x1b[2Jb";
  EXPECT_THAT(text(), HasSubstr("a%1B[2Jb"));
  EXPECT_THAT(text(), Not(HasSubstr("\x1b")));
}

TEST_F(ExplainRecord, SealedSaysNothing) {
  record_.sealed = true;
  EXPECT_EQ(text(), "Record 12340000000000ab is sealed. Nothing else is shown of it.\n");
}

// A store that holds one record and one sealed one.
class TwoRecords final : public records::Store {
 public:
  TwoRecords(NameSource& names, const Record& open, RecordId sealed) : names_(names), open_(open), sealed_(sealed) {}
  NameSource& names() override { return names_; }
  records::ChainedActs& acts() override { throw std::logic_error("an explanation needs no acts"); }
  SecretStore& secrets() override { throw std::logic_error("an explanation needs no secrets"); }
  void set_clock(const Clock&) override {}
  Result<records::OwnedRecord> find(RecordId id) const override {
    if (id == sealed_) return fail(Error::Kind::Refused, "sealed");
    if (id != open_.get().id) return fail(Error::Kind::NotFound, "no such record");
    return open_;
  }
  Result<void> scan(const records::RecordQuery&, const std::function<bool(const Record&)>&) const override {
    return {};
  }
  Result<void> scan_added(std::uint64_t&, const records::RecordQuery&,
                          const std::function<bool(const Record&)>&) const override {
    return {};
  }
  std::uint64_t end_cursor() const override { return 0; }
  Result<void> rollups(DepartmentId, std::int32_t, std::int32_t,
                       const std::function<void(const records::Rollup&)>&) const override {
    return {};
  }
  Result<std::uint64_t> sealed_count(DepartmentId, std::int32_t, std::int32_t) const override { return 1; }
  Result<void> sealed_summary(WallTime, WallTime, const records::SealedGroup&,
                              const std::function<void(const records::SealedSummary&)>&) const override {
    return {};
  }
  Result<std::uint64_t> copy_to(const std::filesystem::path&) override { return 0; }
  void close() override {}
  Result<void> reopen() override { return {}; }

 private:
  NameSource& names_;
  records::OwnedRecord open_;
  RecordId sealed_;
};

TEST_F(ExplainRecord, ById) {
  TwoRecords store(world_.names, record_, RecordId{7});
  EXPECT_EQ(explain_record(world_.sources(), store, record_.id).value(), text());
  EXPECT_EQ(explain_record(world_.sources(), store, RecordId{7}).value(),
            "Record 0000000000000007 is sealed. Nothing else is shown of it.\n");
  EXPECT_EQ(explain_record(world_.sources(), store, RecordId{8}).error().kind, Error::Kind::NotFound);
}

}  // namespace
}  // namespace citygate::review
