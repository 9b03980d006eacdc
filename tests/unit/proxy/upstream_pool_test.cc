#include "proxy/http/upstream_pool.h"

#include <deque>

#include "tests/unit/proxy/net/loop_fixture.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

class UpstreamPoolTest : public LoopFixture {
 protected:
  // What was closed is freed at the end of a turn, and gives its buffers back then.
  void TearDown() override {
    turns_.clear();
    pool_.reset();
    run_once();
  }
  void make() { pool_ = std::make_unique<UpstreamPool>(*loop_, bulk_, counters_, limits_); }

  // A connection that has carried one whole exchange, so that it may serve again.
  std::unique_ptr<OriginStream> used(OriginPlace place, TcpPair& pair) {
    auto stream = pool_->adopt(make_transport(*loop_, std::move(pair.near)).value(), std::move(place));
    carry(*stream, pair);
    return stream;
  }
  void carry(OriginStream& stream, TcpPair& pair) {
    struct Waker : OriginStream::Listener {
      EventLoop* loop;
      void on_origin_readable() override { loop->stop(); }
      void on_origin_writable() override {}
    } waker;
    waker.loop = loop_.get();
    stream.set_listener(&waker);
    stream.queue_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Framing::None, Method::Get);
    EXPECT_TRUE(stream.send({.pieces = {}, .last = true, .trailers = nullptr}, 0).done);
    send_all(pair.far, "HTTP/1.1 204 No Content\r\n\r\n");
    bool there = false;
    run_until([&] { return there = there || stream.read_head().value_or(false); });
    stream.release_head();
    EXPECT_TRUE(stream.peek()->last);
    stream.set_listener(nullptr);
  }
  std::unique_ptr<OriginStream> used_for(const char* host, TcpPair& pair) {
    auto turn = pool_->take(host, 80);
    EXPECT_TRUE(turn.place);
    return used(std::move(turn.place), pair);
  }
  UpstreamPool::OnTurn keep(int number) {
    return [this, number](UpstreamPool::Turn turn) {
      turns_.emplace_back(number, std::move(turn));
      noted();
    };
  }

  BufferPool buffers_{64 * 1024, 4};
  BulkPool bulk_{buffers_};
  Counters counters_;
  UpstreamPool::Limits limits_;
  std::unique_ptr<UpstreamPool> pool_;
  std::deque<std::pair<int, UpstreamPool::Turn>> turns_;
};

TEST_F(UpstreamPoolTest, lends_the_connection_that_was_used_last) {
  make();
  TcpPair one, two;
  auto first = used_for("a.example", one), second = used_for("a.example", two);
  const auto* last = second.get();
  pool_->give_back(std::move(first));
  pool_->give_back(std::move(second));
  EXPECT_EQ(pool_->idle(), 2U);
  EXPECT_FALSE(pool_->take("b.example", 80).stream);
  EXPECT_FALSE(pool_->take("a.example", 81).stream);
  EXPECT_EQ(pool_->take("a.example", 80).stream.get(), last);
}

TEST_F(UpstreamPoolTest, leaves_no_more_idle_than_there_are_descriptors_for) {
  make();
  TcpPair one, two, three;
  auto first = used_for("a.example", one), second = used_for("b.example", two), third = used_for("c.example", three);
  pool_->give_back(std::move(first));
  pool_->give_back(std::move(second));
  pool_->leave_idle(1);
  EXPECT_EQ(pool_->idle(), 1U);
  pool_->give_back(std::move(third));
  EXPECT_EQ(pool_->idle(), 1U);
  EXPECT_FALSE(pool_->take("b.example", 80).stream);
  EXPECT_TRUE(pool_->take("c.example", 80).stream) << "the one that was used last";
}

TEST_F(UpstreamPoolTest, a_connection_that_stirs_while_idle_is_closed) {
  make();
  TcpPair quiet, noisy;
  auto first = used_for("a.example", quiet), second = used_for("b.example", noisy);
  pool_->give_back(std::move(first));
  pool_->give_back(std::move(second));
  noisy.far.reset();
  TestTimer look(*loop_, [&] {
    look.arm(1ms);
    noted();
  });
  look.arm(1ms);
  run_until([&] { return pool_->idle() == 1; });
  EXPECT_TRUE(pool_->take("a.example", 80).stream);
}

TEST_F(UpstreamPoolTest, the_longest_idle_goes_when_there_are_too_many) {
  limits_.idle = 2;
  make();
  TcpPair one, two, three;
  auto a = used_for("a.example", one), b = used_for("b.example", two), c = used_for("c.example", three);
  pool_->give_back(std::move(b));
  pool_->give_back(std::move(a));
  pool_->give_back(std::move(c));
  EXPECT_EQ(pool_->idle(), 2U);
  EXPECT_FALSE(pool_->take("b.example", 80).stream);
  EXPECT_TRUE(pool_->take("a.example", 80).stream);
}

TEST_F(UpstreamPoolTest, keeps_no_more_than_its_share_per_host) {
  limits_.idle_per_host = 1;
  make();
  TcpPair one, two;
  auto first = used_for("a.example", one), second = used_for("a.example", two);
  pool_->give_back(std::move(first));
  pool_->give_back(std::move(second));
  EXPECT_EQ(pool_->idle(), 1U);
}

TEST_F(UpstreamPoolTest, idle_connections_are_closed_in_time) {
  limits_.idle_for = 0ms;
  make();
  TcpPair pair;
  pool_->give_back(used_for("a.example", pair));
  TestTimer look(*loop_, [&] {
    look.arm(10ms);
    noted();
  });
  look.arm(10ms);
  run_until([&] { return pool_->idle() == 0; });
  char byte;
  EXPECT_GT(::recv(pair.far.get(), &byte, 1, 0), 0) << "the request";
}

TEST_F(UpstreamPoolTest, who_waits_is_served_in_order_and_nobody_overtakes) {
  limits_.connections_per_host = 1;
  make();
  TcpPair pair;
  auto busy = used_for("a.example", pair);
  EXPECT_FALSE(pool_->take("a.example", 80));
  EXPECT_TRUE(pool_->take("b.example", 80).place) << "another origin has places of its own";
  auto one = pool_->wait("a.example", 80, keep(1)).value();
  auto two = pool_->wait("a.example", 80, keep(2)).value();
  auto three = pool_->wait("a.example", 80, keep(3)).value();
  two.drop();
  const auto* connection = busy.get();
  pool_->give_back(std::move(busy));
  EXPECT_TRUE(turns_.empty()) << "later, never from within";
  EXPECT_FALSE(pool_->take("a.example", 80)) << "others wait";
  run_until([&] { return turns_.size() == 1; });
  EXPECT_EQ(turns_[0].first, 1);
  ASSERT_EQ(turns_[0].second.stream.get(), connection);
  pool_->discard(std::move(turns_[0].second.stream));
  run_until([&] { return turns_.size() == 2; });
  EXPECT_EQ(turns_[1].first, 3);
  EXPECT_TRUE(turns_[1].second.place) << "the connection is gone, its place is not";
}

TEST_F(UpstreamPoolTest, a_place_that_is_dropped_serves_the_next) {
  limits_.connections_per_host = 1;
  make();
  auto place = pool_->take("a.example", 80).place;
  auto ticket = pool_->wait("a.example", 80, keep(1)).value();
  place.give_back();
  run_until([&] { return turns_.size() == 1; });
  EXPECT_TRUE(turns_[0].second.place);
}

TEST_F(UpstreamPoolTest, the_queue_is_bounded) {
  limits_.connections_per_host = 1;
  limits_.waiting_per_host = 2;
  make();
  const auto place = pool_->take("a.example", 80).place;
  auto one = pool_->wait("a.example", 80, keep(1)).value();
  auto two = pool_->wait("a.example", 80, keep(2)).value();
  const auto refused = pool_->wait("a.example", 80, keep(3));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::TooLarge);
  one.drop();
  EXPECT_TRUE(pool_->wait("a.example", 80, keep(4)).has_value());
}

TEST_F(UpstreamPoolTest, tickets_may_outlive_their_turn_and_the_pool) {
  limits_.connections_per_host = 1;
  make();
  auto place = pool_->take("a.example", 80).place;
  auto served = pool_->wait("a.example", 80, keep(1)).value();
  place.give_back();
  run_until([&] { return turns_.size() == 1; });
  served.drop();
  auto waiting = pool_->wait("a.example", 80, keep(2)).value();
  turns_.clear();
  run_until([&] { return turns_.size() == 1; });
  turns_.clear();
  auto open = pool_->take("b.example", 80).place;
  auto still_waiting = pool_->wait("b.example", 80, keep(3)).value();
  open.give_back();
  pool_.reset();
  still_waiting.drop();
  run_once();
  EXPECT_TRUE(turns_.empty());
}

TEST_F(UpstreamPoolTest, one_that_rests_serves_its_owner_alone) {
  limits_.idle = 0;
  make();
  TcpPair pair;
  auto stream = used_for("a.example", pair);
  const auto* signed_in = stream.get();
  UpstreamPool::Resting resting;
  pool_->rest(std::move(stream), resting);
  EXPECT_EQ(pool_->idle(), 0U);
  EXPECT_FALSE(pool_->take("a.example", 80).stream);
  stream = resting.take();
  EXPECT_EQ(stream.get(), signed_in);
  EXPECT_FALSE(resting);
  pool_->discard(std::move(stream));
}

TEST_F(UpstreamPoolTest, resting_connections_close_with_time_and_with_their_origin) {
  limits_.idle_for = 0ms;
  make();
  TcpPair one, two;
  UpstreamPool::Resting first, second;
  pool_->rest(used_for("a.example", one), first);
  pool_->rest(used_for("b.example", two), second);
  two.far.reset();
  TestTimer look(*loop_, [&] {
    look.arm(10ms);
    noted();
  });
  look.arm(10ms);
  run_until([&] { return !first && !second; });
  EXPECT_EQ(first.take(), nullptr);
}

TEST_F(UpstreamPoolTest, who_lacks_a_place_gets_that_of_a_connection_that_rests) {
  limits_.connections_per_host = 1;
  limits_.rests_for = 0ms;
  make();
  TcpPair one, two;
  UpstreamPool::Resting resting;
  pool_->rest(used_for("a.example", one), resting);
  auto turn = pool_->take("a.example", 80);
  EXPECT_FALSE(resting);
  ASSERT_TRUE(turn.place);
  EXPECT_FALSE(pool_->take("a.example", 80)) << "it was one place";
  auto ticket = pool_->wait("a.example", 80, keep(1)).value();
  pool_->rest(used(std::move(turn.place), two), resting);
  run_until([&] { return turns_.size() == 1; });
  EXPECT_TRUE(turns_[0].second.place);
  EXPECT_FALSE(resting);
}

TEST_F(UpstreamPoolTest, a_sign_in_is_not_broken_off_for_who_lacks_a_place) {
  limits_.connections_per_host = 1;
  limits_.rests_for = 1h;
  make();
  TcpPair pair;
  UpstreamPool::Resting resting;
  pool_->rest(used_for("a.example", pair), resting);
  EXPECT_FALSE(pool_->take("a.example", 80));
  auto ticket = pool_->wait("a.example", 80, keep(1)).value();
  for (int i = 0; i < 3; ++i) run_once();
  EXPECT_TRUE(resting);
  limits_.rests_for = 0ms;
  pool_->set_limits(limits_);
  run_until([&] { return turns_.size() == 1; });
  EXPECT_FALSE(resting);
}

TEST_F(UpstreamPoolTest, a_raised_limit_serves_those_who_wait) {
  limits_.connections_per_host = 1;
  make();
  const auto place = pool_->take("a.example", 80).place;
  auto one = pool_->wait("a.example", 80, keep(1)).value();
  auto two = pool_->wait("a.example", 80, keep(2)).value();
  limits_.connections_per_host = 2;
  pool_->set_limits(limits_);
  EXPECT_TRUE(turns_.empty()) << "later, never from within";
  run_until([&] { return turns_.size() == 1; });
  EXPECT_EQ(turns_[0].first, 1);
  EXPECT_TRUE(turns_[0].second.place);
}

TEST_F(UpstreamPoolTest, keeps_nothing_once_it_drains) {
  make();
  TcpPair one, two;
  auto first = used_for("a.example", one), second = used_for("a.example", two);
  pool_->give_back(std::move(first));
  pool_->drain();
  EXPECT_EQ(pool_->idle(), 0U);
  pool_->give_back(std::move(second));
  EXPECT_EQ(pool_->idle(), 0U);
}

}  // namespace
}  // namespace citygate::proxy
