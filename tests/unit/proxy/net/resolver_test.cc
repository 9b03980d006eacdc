#include "proxy/net/resolver.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "epoll_refusal.h"
#include "fake_dns.h"
#include "loop_fixture.h"
#include "tests/support/temp_dir.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Manner = FakeDns::Manner;

const IpAddress kOne = *IpAddress::parse("192.0.2.1");
const IpAddress kTwo = *IpAddress::parse("192.0.2.2");
const IpAddress kSix = *IpAddress::parse("2001:db8::1");

class ResolverTest : public LoopFixture {
 protected:
  struct Answer {
    int times = 0, parts = 0;  // `parts`: how often one family came before the other
    std::vector<IpAddress> first_part{};
    Result<std::shared_ptr<const Addresses>> result = fail(Error::Kind::Bug, "no answer");
    [[nodiscard]] std::optional<Error::Kind> failure() const {
      return result ? std::nullopt : std::optional(result.error().kind);
    }
  };

  void make(Resolver::HostTable hosts = {}) {
    if (config_.servers.empty()) config_.servers = {dns_.address()};
    config_.now = [this] { return now_; };
    resolver_ = Resolver::create(*loop_, config_, std::move(hosts)).value();
  }
  Resolver::OnAnswer into(Answer& answer) {
    return [this, &answer](Result<std::shared_ptr<const Addresses>> result) {
      noted();
      if (result && (*result)->more) {
        if (++answer.parts == 1) answer.first_part = (*result)->list;
        return;
      }
      ++answer.times;
      answer.result = std::move(result);
    };
  }
  // Asks and waits.
  Answer look_up(std::string_view host) {
    Answer answer;
    const Ticket ticket = resolver_->resolve(host, into(answer));
    run_until([&] { return answer.times == 1; });
    return answer;
  }
  // The same; none when there are none.
  std::vector<IpAddress> addresses_of(std::string_view host) {
    const Answer answer = look_up(host);
    return answer.result ? (*answer.result)->list : std::vector<IpAddress>{};
  }

  FakeDns dns_;
  ResolverConfig config_{.timeout = 15s};
  MonoTime now_{1h};
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, without_a_place_in_epoll_it_times_out_and_the_next_question_is_answered) {
  dns_.set("www.example.org", {.addresses = {kOne}});
  config_.timeout = 300ms;
  make();
  {
    const EpollRefusal refusal;
    const Answer answer = look_up("www.example.org");
    EXPECT_EQ(answer.failure(), Error::Kind::Timeout);
  }
  config_.timeout = 15s;
  ASSERT_TRUE(resolver_->adopt(config_, {}));
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kOne));
}

TEST_F(ResolverTest, a_passing_lack_of_places_in_epoll_costs_no_answer) {
  dns_.set("www.example.org", {.addresses = {kOne}});
  config_.timeout = 5s;
  make();
  Answer answer;
  std::optional<EpollRefusal> refusal(std::in_place);
  const Ticket ticket = resolver_->resolve("www.example.org", into(answer));
  run_once();
  refusal.reset();
  run_until([&] { return answer.times == 1; });
  ASSERT_TRUE(answer.result.has_value()) << answer.result.error().context;
  EXPECT_THAT((*answer.result)->list, ElementsAre(kOne));
}

TEST_F(ResolverTest, asks_for_both_families_and_keeps_the_answer) {
  dns_.set("www.example.org", {.addresses = {kOne, kSix, kTwo}});
  make();
  EXPECT_EQ(resolver_->cached("www.example.org"), nullptr);
  const Answer answer = look_up("www.example.org");
  ASSERT_TRUE(answer.result.has_value()) << answer.result.error().context;
  EXPECT_THAT((*answer.result)->list, UnorderedElementsAre(kOne, kTwo, kSix));
  EXPECT_FALSE((*answer.result)->listed_host);
  EXPECT_EQ(resolver_->cached("www.example.org"), *answer.result);

  Answer again;
  const auto ticket = resolver_->resolve("www.example.org", into(again));
  EXPECT_EQ(again.times, 1) << "what is known is answered at once";
  EXPECT_EQ(dns_.asked("www.example.org", 1), 1);
  EXPECT_EQ(dns_.asked("www.example.org", 28), 1);
}

TEST_F(ResolverTest, one_family_is_enough) {
  dns_.set("four.example", {.addresses = {kOne}});
  dns_.set("six.example", {.addresses = {kSix}});
  make();
  EXPECT_THAT(addresses_of("four.example"), ElementsAre(kOne));
  EXPECT_THAT(addresses_of("six.example"), ElementsAre(kSix));
}

TEST_F(ResolverTest, does_not_wait_for_servers_that_drop_aaaa) {
  dns_.set("four.example", {.addresses = {kOne}, .manner_v6 = Manner::Silent});
  config_.timeout = 1h;
  make();
  Answer answer;
  const Ticket ticket = resolver_->resolve("four.example", into(answer));
  run_until([&] { return answer.parts == 1; });
  EXPECT_THAT(answer.first_part, ElementsAre(kOne));
  EXPECT_EQ(answer.times, 0) << "the other family may still come";
  EXPECT_EQ(resolver_->cached("four.example"), nullptr) << "half an answer is not kept";

  Answer second;
  const Ticket another = resolver_->resolve("four.example", into(second));
  EXPECT_EQ(second.parts, 1) << "who comes later is told at once";
  EXPECT_EQ(dns_.asked("four.example"), 1);
}

TEST_F(ResolverTest, the_family_that_is_silent_to_the_end_is_left_out) {
  dns_.set("four.example", {.addresses = {kOne}, .manner_v6 = Manner::Silent});
  config_.timeout = 200ms;
  make();
  const Answer answer = look_up("four.example");
  EXPECT_EQ(answer.parts, 1);
  EXPECT_THAT((*answer.result)->list, ElementsAre(kOne));
  EXPECT_FALSE((*answer.result)->more);
  EXPECT_NE(resolver_->cached("four.example"), nullptr);
}

TEST_F(ResolverTest, one_family_alone_is_not_kept_long_where_no_server_told_the_others) {
  dns_.set("silent.example", {.addresses = {kOne}, .ttl = 3600, .manner_v6 = Manner::Silent});
  dns_.set("failing.example", {.addresses = {kOne}, .ttl = 3600, .manner_v6 = Manner::ServerFailure});
  dns_.set("told.example", {.addresses = {kOne}, .ttl = 3600});
  config_.timeout = 1s;
  make();
  for (const char* name : {"silent.example", "failing.example", "told.example"}) EXPECT_TRUE(look_up(name).result);
  now_ += 5s - 1ms;
  for (const char* name : {"silent.example", "failing.example"}) EXPECT_NE(resolver_->cached(name), nullptr) << name;
  now_ += 1ms;
  for (const char* name : {"silent.example", "failing.example"}) EXPECT_EQ(resolver_->cached(name), nullptr) << name;
  now_ += 30min;
  EXPECT_NE(resolver_->cached("told.example"), nullptr);
}

TEST_F(ResolverTest, a_ticket_dropped_from_within_the_first_part_hears_no_more) {
  dns_.set("four.example", {.addresses = {kOne}, .manner_v6 = Manner::Silent});
  config_.timeout = 200ms;
  make();
  Ticket ticket;
  int calls = 0;
  auto token = std::make_shared<int>(0);
  ticket = resolver_->resolve("four.example", [&, token](auto) {
    ++calls;
    ticket.drop();
    noted();
  });
  run_until([&] { return calls == 1; });
  EXPECT_EQ(token.use_count(), 1);
  look_up("four.example");  // the end of the look-up that both shared, or the cache
  EXPECT_EQ(calls, 1);
}

TEST_F(ResolverTest, asks_again_when_the_ttl_is_over) {
  dns_.set("www.example.org", {.addresses = {kOne}, .ttl = 60});
  make();
  look_up("www.example.org");
  now_ += 59s;
  EXPECT_NE(resolver_->cached("www.example.org"), nullptr);
  dns_.set("www.example.org", {.addresses = {kTwo}, .ttl = 60});
  now_ += 1s;
  EXPECT_EQ(resolver_->cached("www.example.org"), nullptr);
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kTwo));
  EXPECT_EQ(dns_.asked("www.example.org"), 2);
}

TEST_F(ResolverTest, bounds_the_ttl_from_below_and_above) {
  dns_.set("none.example", {.addresses = {kOne}, .ttl = 0});
  dns_.set("long.example", {.addresses = {kOne}, .ttl = 1'000'000});
  make();
  look_up("none.example");
  look_up("long.example");
  now_ += 999ms;
  EXPECT_NE(resolver_->cached("none.example"), nullptr);
  now_ += 1ms;
  EXPECT_EQ(resolver_->cached("none.example"), nullptr);
  now_ += 1h - 2s;
  EXPECT_NE(resolver_->cached("long.example"), nullptr);
  now_ += 1s;
  EXPECT_EQ(resolver_->cached("long.example"), nullptr);
}

TEST_F(ResolverTest, an_alias_shortens_the_ttl) {
  dns_.set("www.example.org", {.addresses = {kOne}, .ttl = 600, .alias = "host.example.net", .alias_ttl = 5});
  make();
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kOne));
  now_ += 5s;
  EXPECT_EQ(resolver_->cached("www.example.org"), nullptr);
}

TEST_F(ResolverTest, a_name_that_does_not_exist_is_not_found_and_not_asked_for_again_too_soon) {
  make();
  const Answer answer = look_up("nowhere.example");
  ASSERT_EQ(answer.failure(), Error::Kind::NotFound);
  EXPECT_EQ(answer.result.error().side, Error::Side::Origin);
  EXPECT_FALSE(answer.result.error().retryable);
  EXPECT_EQ(resolver_->cached("nowhere.example"), nullptr);
  EXPECT_EQ(look_up("nowhere.example").failure(), Error::Kind::NotFound);
  EXPECT_EQ(dns_.asked("nowhere.example"), 1);
  now_ += 5s;  // the zone did not say how long
  EXPECT_EQ(look_up("nowhere.example").failure(), Error::Kind::NotFound);
  EXPECT_EQ(dns_.asked("nowhere.example"), 2);
}

TEST_F(ResolverTest, a_name_without_addresses_is_not_found) {
  dns_.set("empty.example", {});
  make();
  EXPECT_EQ(look_up("empty.example").failure(), Error::Kind::NotFound);
}

TEST_F(ResolverTest, a_no_is_kept_as_long_as_its_zone_says) {
  dns_.set("gone.example", {.exists = false, .soa_ttl = 3600, .soa_minimum = 60});
  dns_.set("empty.example", {.soa_ttl = 30, .soa_minimum = 3600});
  dns_.set("long.example", {.exists = false, .soa_ttl = 86400, .soa_minimum = 86400});
  config_.negative_ttl = 5min;
  make();
  for (const auto& [name, kept] : {std::pair{"gone.example", 60s}, {"empty.example", 30s}, {"long.example", 300s}}) {
    EXPECT_EQ(look_up(name).failure(), Error::Kind::NotFound);
    now_ += kept - 1ms;
    EXPECT_EQ(look_up(name).failure(), Error::Kind::NotFound);
    EXPECT_EQ(dns_.asked(name), 1) << name;
    now_ += 1ms;
    EXPECT_EQ(look_up(name).failure(), Error::Kind::NotFound);
    EXPECT_EQ(dns_.asked(name), 2) << name;
  }
}

TEST_F(ResolverTest, a_missing_family_is_asked_for_again_when_its_zone_says) {
  dns_.set("four.example", {.addresses = {kOne}, .ttl = 3600, .soa_ttl = 20, .soa_minimum = 20});
  make();
  look_up("four.example");
  now_ += 19s;
  EXPECT_NE(resolver_->cached("four.example"), nullptr);
  now_ += 1s;
  EXPECT_EQ(resolver_->cached("four.example"), nullptr);
}

TEST_F(ResolverTest, failures_are_kept_for_seconds_only) {
  dns_.set("failing.example", {.manner = Manner::ServerFailure, .soa_ttl = 3600, .soa_minimum = 3600});
  make();
  EXPECT_EQ(look_up("failing.example").failure(), Error::Kind::Refused);
  dns_.set("failing.example", {.addresses = {kOne}});
  now_ += 5s - 1ms;
  EXPECT_EQ(look_up("failing.example").failure(), Error::Kind::Refused);
  now_ += 1ms;
  EXPECT_THAT(addresses_of("failing.example"), ElementsAre(kOne));
}

class ResolvConfTest : public ResolverTest {
 protected:
  // As an editor does it: a new file takes the old one's place.
  void name_server(const FakeDns& server) {
    const auto next = folder_.path() / "next";
    std::ofstream(next) << "nameserver " << server.socket_address().ip.to_string() << "\n";
    std::filesystem::rename(next, folder_.path() / "resolv.conf");
  }
  void make_from_file(const FakeDns& server) {
    name_server(server);
    config_.resolv_conf = (folder_.path() / "resolv.conf").string();
    config_.port = dns_.socket_address().port;
    config_.resolv_conf_check = 5ms;
    config_.now = [this] { return now_; };
    resolver_ = Resolver::create(*loop_, config_, {}).value();
  }
  void run_until_forgotten(std::string_view host) {
    TestTimer look(*loop_, [&] {
      look.arm(2ms);
      noted();
    });
    look.arm(2ms);
    run_until([&] { return resolver_->cached(host) == nullptr; });
  }

  test::TempDir folder_;
  FakeDns second_{{IpAddress::v4(0x7f000002), dns_.socket_address().port}};  // the file names no ports
};

TEST_F(ResolvConfTest, a_changed_file_is_taken_up_and_the_cache_forgotten) {
  dns_.set("www.example.org", {.addresses = {kOne}});
  second_.set("www.example.org", {.addresses = {kTwo}});
  make_from_file(dns_);
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kOne));
  std::filesystem::remove(folder_.path() / "resolv.conf");
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kOne)) << "a missing file changes nothing";
  name_server(second_);
  run_until_forgotten("www.example.org");
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kTwo));
}

TEST_F(ResolvConfTest, look_ups_on_their_way_end_with_the_servers_that_were_asked) {
  dns_.set("known.example", {.addresses = {kOne}});
  dns_.set("slow.example", {.manner = Manner::Silent});
  make_from_file(dns_);
  look_up("known.example");
  Answer answer;
  const Ticket ticket = resolver_->resolve("slow.example", into(answer));
  name_server(second_);
  run_until_forgotten("known.example");
  dns_.set("slow.example", {.addresses = {kOne}});  // c-ares asks again after a second or so
  run_until([&] { return answer.times == 1; });
  EXPECT_THAT((*answer.result)->list, ElementsAre(kOne));
  EXPECT_EQ(second_.asked("slow.example"), 0);
  EXPECT_EQ(resolver_->cached("slow.example"), nullptr) << "what the old servers said is not kept";
}

TEST_F(ResolverTest, adopts_other_servers_and_hosts) {
  FakeDns second;
  dns_.set("www.example.org", {.addresses = {kOne}});
  second.set("www.example.org", {.addresses = {kTwo}});
  make({{"listed.example", {kOne}}});
  look_up("www.example.org");
  ASSERT_TRUE(resolver_->adopt(config_, {{"listed.example", {kTwo}}}).has_value());
  EXPECT_NE(resolver_->cached("www.example.org"), nullptr) << "the servers are the same";
  EXPECT_THAT(resolver_->cached("listed.example")->list, ElementsAre(kTwo));
  config_.servers = {second.address()};
  ASSERT_TRUE(resolver_->adopt(config_, {}).has_value());
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kTwo));
  EXPECT_EQ(resolver_->cached("listed.example"), nullptr);
  config_.servers = {"nonsense"};
  EXPECT_FALSE(resolver_->adopt(config_, {}).has_value());
  EXPECT_THAT(resolver_->cached("www.example.org")->list, ElementsAre(kTwo)) << "the old one goes on";
}

TEST_F(ResolverTest, silence_is_a_timeout) {
  dns_.set("silent.example", {.manner = Manner::Silent});
  config_.timeout = 60ms;
  make();
  const Answer answer = look_up("silent.example");
  ASSERT_EQ(answer.failure(), Error::Kind::Timeout);
  EXPECT_TRUE(answer.result.error().retryable);
}

TEST_F(ResolverTest, asks_the_next_server_when_the_first_is_silent) {
  FakeDns second;
  dns_.set("www.example.org", {.manner = Manner::Silent});
  second.set("www.example.org", {.addresses = {kTwo}});
  config_.servers = {dns_.address(), second.address()};
  config_.timeout = 1400ms;  // 100 ms for the first try
  make();
  EXPECT_THAT(addresses_of("www.example.org"), ElementsAre(kTwo));
}

TEST_F(ResolverTest, a_failing_server_is_refused) {
  dns_.set("failing.example", {.manner = Manner::ServerFailure});
  make();
  EXPECT_EQ(look_up("failing.example").failure(), Error::Kind::Refused);
}

TEST_F(ResolverTest, nobody_at_the_servers_address_is_refused) {
  UniqueFd holder(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  const socklen_t length = SocketAddress{IpAddress::v4(0x7f000001), 0}.to_sockaddr(storage);
  ASSERT_EQ(::bind(holder.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  config_.servers = {local_address(holder).to_string()};
  holder.reset();
  make();
  EXPECT_EQ(look_up("www.example.org").failure(), Error::Kind::Refused);
}

TEST_F(ResolverTest, a_truncated_reply_is_fetched_by_tcp) {
  dns_.set("many.example", {.addresses = {kOne, kTwo, kSix}, .manner = Manner::Truncated});
  make();
  const Answer answer = look_up("many.example");
  ASSERT_TRUE(answer.result.has_value()) << answer.result.error().context;
  EXPECT_THAT((*answer.result)->list, UnorderedElementsAre(kOne, kTwo, kSix));
  EXPECT_EQ(dns_.asked_by_tcp(), 2);
}

TEST_F(ResolverTest, forged_and_noisy_replies_are_no_answer) {
  dns_.set("forged.example", {.addresses = {kOne}, .manner = Manner::WrongId});
  dns_.set("noisy.example", {.addresses = {kOne}, .manner = Manner::Noise});
  config_.timeout = 60ms;
  make();
  EXPECT_EQ(look_up("forged.example").failure(), Error::Kind::Timeout);
  EXPECT_EQ(look_up("noisy.example").failure(), Error::Kind::Timeout);
}

TEST_F(ResolverTest, replies_that_make_no_sense_are_refused) {
  dns_.set("broken.example", {.addresses = {kOne}, .manner = Manner::BrokenMessage});
  dns_.set("half.example", {.addresses = {kOne, kSix}, .manner = Manner::HalfAMessage});
  make();
  EXPECT_EQ(look_up("broken.example").failure(), Error::Kind::Refused);
  EXPECT_EQ(look_up("half.example").failure(), Error::Kind::Refused);
}

TEST_F(ResolverTest, ten_who_ask_at_once_are_one_question) {
  dns_.set("www.example.org", {.addresses = {kOne}});
  make();
  std::vector<Answer> answers(10);
  std::vector<Ticket> tickets;
  int total = 0;
  for (auto& answer : answers)
    tickets.push_back(resolver_->resolve("www.example.org", [&](auto result) {
      ++answer.times;
      answer.result = std::move(result);
      ++total;
      noted();
    }));
  tickets[3].drop();
  run_until([&] { return total == 9; });
  run_once();
  EXPECT_EQ(answers[3].times, 0);
  EXPECT_EQ(total, 9);
  EXPECT_EQ(dns_.asked("www.example.org", 1), 1);
  EXPECT_EQ(dns_.asked("www.example.org", 28), 1);
  EXPECT_EQ(*answers[0].result, *answers[9].result) << "they share one list";
}

TEST_F(ResolverTest, made_up_names_do_not_pile_up_while_servers_are_silent) {
  dns_.set("one.example", {.manner = Manner::Silent, .manner_v6 = Manner::Silent});
  dns_.set("two.example", {.manner = Manner::Silent, .manner_v6 = Manner::Silent});
  config_.timeout = 300ms;
  config_.lookups = 2;
  make();
  Answer one, again, two;
  const Ticket tickets[] = {resolver_->resolve("one.example", into(one)), resolver_->resolve("two.example", into(two)),
                            resolver_->resolve("one.example", into(again))};
  const Answer refused = look_up("three.example");
  EXPECT_EQ(refused.failure(), Error::Kind::TooLarge);
  EXPECT_EQ(refused.result.error().side, Error::Side::Local);
  EXPECT_EQ(dns_.asked("three.example"), 0);
  EXPECT_EQ(again.times, 0) << "who asks for the same name waits with the others";
  EXPECT_TRUE(look_up("localhost").result) << "nobody has to be asked for this one";
  run_until([&] { return one.times == 1 && two.times == 1 && again.times == 1; });
}

TEST_F(ResolverTest, a_dropped_ticket_destroys_the_callback_but_the_answer_is_kept) {
  dns_.set("www.example.org", {.addresses = {kOne}});
  make();
  auto token = std::make_shared<int>(0);
  int called = 0;
  auto ticket = resolver_->resolve("www.example.org", [&called, token](auto) { ++called; });
  ticket.drop();
  EXPECT_EQ(token.use_count(), 1);
  TestTimer look(*loop_, [&] {
    if (!resolver_->cached("www.example.org")) look.arm(1ms);
    noted();
  });
  look.arm(1ms);
  run_until([&] { return resolver_->cached("www.example.org") != nullptr; });
  EXPECT_EQ(called, 0);
}

TEST_F(ResolverTest, a_callback_may_drop_its_ticket_and_ask_again) {
  config_.negative_ttl = 0ms;  // so that the second time is a new question
  make();
  Ticket ticket;
  Answer second;
  ticket = resolver_->resolve("nowhere.example", [&](auto) {
    ticket.drop();
    ticket = resolver_->resolve("nowhere.example", into(second));
  });
  run_until([&] { return second.times == 1; });
  EXPECT_EQ(second.failure(), Error::Kind::NotFound);
  EXPECT_EQ(dns_.asked("nowhere.example"), 2);
}

TEST_F(ResolverTest, after_a_timeout_the_late_answer_serves_the_next_one) {
  dns_.set("slow.example", {.manner = Manner::Silent});
  config_.timeout = 40ms;
  config_.negative_ttl = 0ms;
  make();
  EXPECT_EQ(look_up("slow.example").failure(), Error::Kind::Timeout);
  EXPECT_EQ(look_up("slow.example").failure(), Error::Kind::Timeout);
  dns_.set("slow.example", {.addresses = {kOne}});
  Answer answer;
  while (answer.times == 0 || !answer.result) {
    answer = look_up("slow.example");
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_THAT((*answer.result)->list, ElementsAre(kOne));
}

TEST_F(ResolverTest, may_go_with_questions_on_their_way) {
  dns_.set("silent.example", {.manner = Manner::Silent});
  make();
  auto token = std::make_shared<int>(0);
  auto ticket = resolver_->resolve("silent.example", [token](auto) {});
  run_once();
  resolver_.reset();
  EXPECT_EQ(token.use_count(), 1);
  run_once();
}

TEST_F(ResolverTest, the_hosts_table_goes_first_and_is_marked) {
  dns_.set("listed.example", {.addresses = {kTwo}});
  make(
      {{"listed.example", {kOne, kSix}}, {"*.lab.example", {kTwo}}, {"*.a.lab.example", {kOne}}, {"void.example", {}}});
  const auto listed = resolver_->cached("listed.example");
  ASSERT_NE(listed, nullptr);
  EXPECT_TRUE(listed->listed_host);
  EXPECT_THAT(listed->list, ElementsAre(kOne, kSix));
  EXPECT_THAT(resolver_->cached("x.y.lab.example")->list, ElementsAre(kTwo));
  EXPECT_THAT(resolver_->cached("x.a.lab.example")->list, ElementsAre(kOne)) << "the longer wildcard";
  EXPECT_THAT(resolver_->cached("a.lab.example")->list, ElementsAre(kTwo)) << "a wildcard is not its own name";
  EXPECT_EQ(resolver_->cached("lab.example"), nullptr);
  EXPECT_EQ(resolver_->cached("xlab.example"), nullptr);
  EXPECT_EQ(look_up("void.example").failure(), Error::Kind::NotFound);
  EXPECT_EQ(dns_.asked("listed.example") + dns_.asked("void.example"), 0);
}

TEST_F(ResolverTest, addresses_and_localhost_need_no_server) {
  make();
  EXPECT_THAT(resolver_->cached("192.0.2.1")->list, ElementsAre(kOne));
  EXPECT_THAT(resolver_->cached("2001:db8::1")->list, ElementsAre(kSix));
  EXPECT_THAT(resolver_->cached("[2001:db8::1]")->list, ElementsAre(kSix));
  const auto local = resolver_->cached("app.localhost");
  ASSERT_NE(local, nullptr);
  EXPECT_THAT(local->list, ElementsAre(*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")));
  EXPECT_FALSE(local->listed_host) << "only what the operator lists is exempt from the rule on private addresses";
  Answer answer;
  const auto ticket = resolver_->resolve("192.0.2.1", into(answer));
  EXPECT_EQ(answer.times, 1);
}

TEST_F(ResolverTest, the_cache_is_bounded) {
  for (const char* name : {"a.example", "b.example", "c.example"}) dns_.set(name, {.addresses = {kOne}});
  config_.cache_entries = 2;
  make();
  look_up("a.example");
  look_up("b.example");
  EXPECT_NE(resolver_->cached("a.example"), nullptr);  // used later than b
  look_up("c.example");
  EXPECT_EQ(resolver_->cached("b.example"), nullptr);
  EXPECT_NE(resolver_->cached("a.example"), nullptr);
}

TEST_F(ResolverTest, names_that_dns_cannot_carry_are_not_found) {
  make();
  EXPECT_EQ(look_up(std::string(64, 'a') + ".example").failure(), Error::Kind::NotFound);
}

TEST_F(ResolverTest, a_server_that_is_no_address_is_named) {
  for (const char* wrong : {"dns.example", "192.0.2.53:x", "[2001:db8::53", ""}) {
    const auto made = Resolver::create(*loop_, {.servers = {wrong}}, {});
    ASSERT_FALSE(made.has_value()) << wrong;
    EXPECT_EQ(made.error().kind, Error::Kind::Malformed);
    EXPECT_NE(made.error().context.find('"' + std::string(wrong) + '"'), std::string::npos) << made.error().context;
  }
  for (const char* right : {"192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]", "[2001:db8::53]:5353"})
    EXPECT_TRUE(Resolver::create(*loop_, {.servers = {right}}, {}).has_value()) << right;
}

TEST_F(ResolverTest, starts_with_whatever_the_system_has_configured) {
  EXPECT_TRUE(Resolver::create(*loop_, {}, {}).has_value());
}

}  // namespace
}  // namespace citygate::proxy
