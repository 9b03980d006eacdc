// recorder_house.h - a state directory with a store, a board, a driven clock and a recorder of two workers on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "records/recorder.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::test {

class RecorderHouse {
 public:
  enum class Begin : std::uint8_t { Now, Later };
  explicit RecorderHouse(records::RecordsConfig config = small(), Begin begin = Begin::Now)
      : config_(config), zone_(*Zone::open("America/Chicago")) {
    if (begin == Begin::Now) open();
  }
  ~RecorderHouse() { close(); }

  static records::RecordsConfig small() {
    records::RecordsConfig config;
    config.spool_bytes = 1 << 20;
    return config;
  }

  records::SpoolRing& ring(int worker) { return recorder_->ring(static_cast<unsigned>(worker)); }
  records::Recorder& recorder() { return *recorder_; }
  records::Store& store() { return *store_; }
  DrivenClock& clock() { return clock_; }
  [[nodiscard]] std::int32_t day() const { return zone_.at(clock_.now()).day; }
  [[nodiscard]] Usage used(PersonId person = {1}, QuotaId quota = {1}) {
    Usage usage = board_->person(person).used(quota, day(), clock_.now());
    return usage;
  }
  void flush() {
    auto flushed = recorder_->flush();
    ASSERT_TRUE(flushed) << flushed.error().context;
  }

  [[nodiscard]] Result<void> try_open() {
    CG_TRY(store, records::Store::open(directory_ / "db"));
    store_ = std::move(store);
    board_ = std::make_unique<meter::UsageBoard>(meter::VisitRules{config_.visit_pause, config_.visit_tail});
    CG_TRY(recorder, records::Recorder::open(spool(), config_, 2, *store_, *board_, zone_, clock_));
    recorder_ = std::move(recorder);
    return {};
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().context;
  }
  void close() {
    recorder_.reset();
    store_.reset();
  }
  void reopen() {
    close();
    open();
  }
  [[nodiscard]] std::filesystem::path spool() const { return directory_ / "spool"; }

 private:
  TempDir directory_;
  records::RecordsConfig config_;
  Zone zone_;
  DrivenClock clock_{kMorning};
  std::unique_ptr<records::Store> store_;
  std::unique_ptr<meter::UsageBoard> board_;
  std::unique_ptr<records::Recorder> recorder_;
};

}  // namespace citygate::test
