#include "meter/visits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace citygate::meter {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Zone& chicago() {
  static const Zone zone = *Zone::open("America/Chicago");
  return zone;
}
const WallTime kMorning = *parse_time("2026-11-20T08:00:00", chicago());
const std::int32_t kDay = *parse_day("2026-11-20");
constexpr VisitKey kAda{.person = {1}, .quota = {1}};

class Fold {
 public:
  explicit Fold(VisitRules rules = {}) : visits(rules, chicago()) {}

  void act(seconds from, seconds until, std::uint16_t category = 1, Attention method = Attention::Document,
           std::uint64_t document = 0) {
    act(kMorning + from, kMorning + until, category, method, document);
  }
  void act(WallTime from, WallTime until, std::uint16_t category = 1, Attention method = Attention::Document,
           std::uint64_t document = 0) {
    Visits::Charges charges;
    visits.add({.person = kAda.person,
                .quota = kAda.quota,
                .department = {1},
                .category = {category},
                .method = method,
                .from = from,
                .until = until,
                .document = document},
               charges);
    book(charges);
  }
  void act(seconds at) { act(at, at); }
  void settle(WallTime now) {
    Visits::Charges charges;
    visits.settle(now, charges);
    book(charges);
  }
  void settle() { settle(kMorning + 48h); }

  [[nodiscard]] milliseconds total(std::int32_t day = kDay) { return by_day[day]; }
  // What the board would answer.
  [[nodiscard]] milliseconds on_board(WallTime now, std::int32_t day = kDay) {
    const auto running = visits.running(kAda, day, by_day[day]);
    if (!running.any) return by_day[day];
    UsageBoard board{VisitRules{}};
    board.person(kAda.person).publish(kAda.quota, day, running.attended_until_last_action, running.last_action);
    return board.person(kAda.person).used(kAda.quota, day, now).attended;
  }

  Visits visits;
  std::map<std::int32_t, milliseconds> by_day;
  std::map<std::pair<int, int>, milliseconds> by_kind;  // category, method

 private:
  void book(const Visits::Charges& charges) {
    for (const auto& charge : charges) {
      EXPECT_EQ(charge.key, kAda);
      by_day[charge.day] += charge.amount;
      by_kind[{charge.category.value, static_cast<int>(charge.method)}] += charge.amount;
    }
  }
};

TEST(Visits, one_action_costs_the_tail) {
  Fold fold;
  fold.act(0s);
  EXPECT_EQ(fold.total(), 0s);
  fold.settle(kMorning + 59s);
  EXPECT_EQ(fold.total(), 0s);
  fold.settle(kMorning + 60s);
  EXPECT_EQ(fold.total(), 60s);
  fold.settle();
  EXPECT_EQ(fold.total(), 60s);
}

TEST(Visits, gaps_up_to_the_pause_are_filled_and_longer_ones_not) {
  Fold fold;
  fold.act(0s);
  fold.act(180s);
  EXPECT_EQ(fold.total(), 180s);
  fold.act(361s);
  EXPECT_EQ(fold.total(), 240s) << "the tail of a visit that is over comes with the next";
  fold.settle();
  EXPECT_EQ(fold.total(), 300s);
}

TEST(Visits, a_gap_whose_tail_was_charged_is_filled_once) {
  Fold fold;
  fold.act(0s);
  fold.settle(kMorning + 70s);
  fold.act(150s);
  EXPECT_EQ(fold.total(), 150s);
  fold.settle();
  EXPECT_EQ(fold.total(), 210s);
}

TEST(Visits, time_goes_to_the_action_that_it_follows) {
  Fold fold;
  fold.act(0s, 0s, 1, Attention::Navigation);
  fold.act(100s, 100s, 2, Attention::Document);
  fold.act(130s, 130s, 1, Attention::Estimated);
  fold.settle();
  EXPECT_EQ((fold.by_kind[{1, 1}]), 100s);
  EXPECT_EQ((fold.by_kind[{2, 2}]), 30s);
  EXPECT_EQ((fold.by_kind[{1, 3}]), 60s);
}

TEST(Visits, media_goes_on_as_long_as_it_plays) {
  Fold fold;
  fold.act(0s);
  for (int minute = 0; minute < 30; ++minute) fold.act(minute * 60s, (minute + 1) * 60s, 3, Attention::Estimated);
  fold.act(600s, 600s);  // a click in the middle of it
  fold.settle();
  EXPECT_EQ(fold.total(), 31min);
}

TEST(Visits, any_order_within_the_look_back_gives_the_same) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    struct Act {
      seconds from, until;
      std::uint16_t category;
    };
    std::vector<Act> acts;
    for (int i = 0; i < 12; ++i) {
      const seconds from(random() % 800);
      acts.push_back(
          {from, from + seconds(random() % 4 == 0 ? random() % 90 : 0), static_cast<std::uint16_t>(1 + random() % 3)});
    }
    Fold shuffled;
    for (const Act& act : acts) {
      shuffled.act(act.from, act.until, act.category);
      if (random() % 3 == 0) shuffled.settle(kMorning + seconds(random() % 1200));
    }
    shuffled.settle();
    std::ranges::sort(acts, {}, [](const Act& act) { return std::tuple(act.from, act.until, act.category); });
    Fold ordered;
    // And the definition again, second by second.
    std::vector<bool> attended(2000);
    seconds reach{0};
    for (std::size_t i = 0; i < acts.size(); ++i) {
      ordered.act(acts[i].from, acts[i].until, acts[i].category);
      reach = std::max(reach, acts[i].until);
      const bool joined = i + 1 < acts.size() && acts[i + 1].from <= reach + 180s;
      for (auto s = acts[i].from; s < (joined ? std::max(reach, acts[i + 1].from) : reach + 60s); ++s)
        attended[static_cast<std::size_t>(s.count())] = true;
    }
    ordered.settle();
    EXPECT_EQ(shuffled.by_kind, ordered.by_kind);
    EXPECT_EQ(ordered.total(), seconds(std::ranges::count(attended, true)));
  }
}

TEST(Visits, what_comes_later_than_the_look_back_never_counts_twice) {
  Fold fold;
  for (int i = 0; i < 60; ++i) fold.act(i * 60s);  // an hour without a gap
  fold.settle();
  const auto before = fold.total();
  EXPECT_EQ(before, 60min);
  for (int i = 0; i < 60; ++i) fold.act(i * 60s + 30s);
  fold.settle();
  EXPECT_EQ(fold.total(), 60min + 30s) << "only the last of them goes beyond what was charged";
}

TEST(Visits, many_actions_at_once_stay_bounded_and_exact) {
  Fold fold;
  for (int i = 0; i < 5000; ++i) fold.act(kMorning + milliseconds(i * 100), kMorning + milliseconds(i * 100));
  fold.settle();
  EXPECT_EQ(fold.total(), 499'900ms + 60s);
  EXPECT_LT(fold.visits.save(kAda).size(), 4000u);
}

TEST(Visits, midnight_parts_a_visit_in_two_days) {
  Fold fold;
  const WallTime midnight = chicago().start_of(kDay + 1);
  fold.act(midnight - 100s, midnight - 100s);
  fold.act(midnight - 20s, midnight - 20s);
  EXPECT_EQ(fold.on_board(midnight - 10s), 90s);
  // The tail reaches 40 s into the new day, where nothing is charged yet.
  ASSERT_EQ(fold.visits.crossing(kDay + 1), std::vector{kAda});
  EXPECT_EQ(fold.on_board(midnight, kDay + 1), 0s);
  EXPECT_EQ(fold.on_board(midnight + 15s, kDay + 1), 15s);
  EXPECT_EQ(fold.on_board(midnight + 50s, kDay + 1), 40s);
  fold.settle(midnight + 41s);
  EXPECT_EQ(fold.total(kDay), 100s);
  EXPECT_EQ(fold.total(kDay + 1), 40s);
  EXPECT_EQ(fold.on_board(midnight + 50s, kDay + 1), 40s);
}

TEST(Visits, days_of_23_and_25_hours_hold_what_they_hold) {
  for (const char* text : {"2026-03-08", "2026-11-01"}) {
    const std::int32_t day = *parse_day(text);
    const WallTime begin = chicago().start_of(day), end = chicago().start_of(day + 1);
    Fold fold;
    for (WallTime at = begin - 1min; at <= end + 1min; at += 1min) fold.act(at, at);
    fold.settle(end + 1h);
    EXPECT_EQ(fold.total(day), end - begin) << text;
    EXPECT_EQ(fold.total(day - 1), 1min);
    EXPECT_EQ(fold.total(day + 1), 2min);
  }
}

TEST(Visits, board_and_ledger_agree_at_any_moment) {
  std::mt19937 random(7);
  Fold fold;
  seconds now{0};
  for (int i = 0; i < 300; ++i) {
    now += seconds(random() % 250);
    fold.act(now);
    // A tail that runs is on the board to the second, and the ledger charges the same when it is over.
    const seconds later(random() % 100);
    const auto seen = fold.on_board(kMorning + now + later);
    fold.settle(kMorning + now + later);
    EXPECT_EQ(fold.on_board(kMorning + now + later), seen);
    if (later >= 60s) {
      EXPECT_EQ(fold.total(), seen);
    }
  }
}

TEST(Visits, polling_stops_counting_until_its_rhythm_breaks) {
  Fold fold;
  for (int i = 0; i < 480; ++i) fold.act(i * 60s, i * 60s, 1, Attention::Document, 42);
  fold.settle();
  EXPECT_EQ(fold.total(), 3min) << "three intervals make the machine";
  Fold person;
  for (const int at : {0, 70, 120, 260, 290, 400}) person.act(seconds(at), seconds(at), 1, Attention::Document, 42);
  person.settle();
  EXPECT_EQ(person.total(), 460s);
  // Another document between is a person's.
  fold.act(480 * 60s, 480 * 60s, 1, Attention::Document, 43);
  fold.settle();
  EXPECT_EQ(fold.total(), 4min);
}

TEST(Visits, saved_and_restored_in_the_middle_goes_on_the_same) {
  std::mt19937 random(9);
  Fold whole, pieces;
  seconds now{0};
  for (int i = 0; i < 500; ++i) {
    now += seconds(random() % 220);
    const auto document = 1 + random() % 12;
    for (Fold* fold : {&whole, &pieces})
      fold->act(now, now + seconds(i % 7 == 0 ? 40 : 0), 1, Attention::Document, document);
    if (i % 5 != 0) continue;
    pieces.settle(kMorning + now + 30s);
    const std::string saved = pieces.visits.save(kAda);
    pieces.visits = Visits(VisitRules{}, chicago());
    ASSERT_TRUE(pieces.visits.restore(kAda, saved));
    EXPECT_EQ(pieces.visits.save(kAda), saved);
    for (std::size_t cut = 0; cut < saved.size(); ++cut)
      ASSERT_FALSE(Visits(VisitRules{}, chicago()).restore(kAda, std::string_view(saved).substr(0, cut)));
  }
  whole.settle();
  pieces.settle();
  EXPECT_EQ(whole.by_day, pieces.by_day);
}

TEST(Visits, a_new_zone_moves_nothing_that_is_charged) {
  Fold fold;
  const WallTime midnight = chicago().start_of(kDay + 1);
  fold.act(midnight - 100s, midnight - 100s);
  fold.act(midnight - 40s, midnight - 40s);
  fold.visits.set_zone(*Zone::open("America/Los_Angeles"));
  fold.act(midnight + 20s, midnight + 20s);
  fold.settle(midnight + 1h);
  EXPECT_EQ(fold.total(kDay), 180s);
  EXPECT_EQ(fold.total(kDay + 1), 0s);
}

}  // namespace
}  // namespace citygate::meter
