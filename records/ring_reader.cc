#include "records/ring_reader.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "records/record_codec.h"

namespace citygate::records {
namespace {

// Of a ring that has little room to itself in a batch, so that it gets on all the same.
constexpr std::size_t kLeastShare = 16;

// Only a bug, or memory that went bad, makes a record of our own unreadable; the frame's checksum was right.
bool decode(const SpooledRecord& spooled, Record& out) {
  if (decode_record(spooled.bytes, out)) return true;
  log::error("a record of {} bytes in the spool cannot be read and is left out", spooled.bytes.size());
  return false;
}

}  // namespace

RecoveredReader::RecoveredReader(std::vector<RecoveredRing> rings) {
  rings_.reserve(rings.size());
  for (RecoveredRing& ring : rings) {
    rings_.push_back({.ring = std::move(ring)});
    advance(rings_.size() - 1);
  }
}

void RecoveredReader::advance(std::size_t ring) {
  Ended& ended = rings_[ring];
  for (; ended.next < ended.ring.records.size(); ++ended.next)
    if (decode(ended.ring.records[ended.next], ended.head)) break;
  if (ended.next < ended.ring.records.size()) heads_.emplace(ended.head.end, ring);
}

void RecoveredReader::take(std::size_t batch_records, std::vector<Record>& taken, Batch& batch) {
  while (!heads_.empty() && taken.size() < batch_records) {
    const std::size_t ring = heads_.top().second;
    heads_.pop();
    Ended& ended = rings_[ring];
    const SpooledRecord& spooled = ended.ring.records[ended.next++];
    ended.head.uncertain = ended.head.uncertain || spooled.uncertain;
    taken.push_back(ended.head);
    SpoolDirectory::put_mark(batch, ended.ring.incarnation, ended.ring.worker, spooled.end);
    advance(ring);
  }
}

void RingReader::clear() {
  sources_.clear();
  ends_.clear();
  running_.clear();
  ended_.clear();
  recovered_ = RecoveredReader({});
}

Result<void> RingReader::resume(Ring& ring) {
  CG_TRY(mark, spool_.mark(ring.incarnation(), ring.worker()));
  ring.release(mark);
  sources_.push_back({.ring = &ring, .attached = nullptr, .read = mark});
  return {};
}

Result<void> RingReader::attach_earlier(std::uint16_t own) {
  CG_TRY(incarnations, spool_.incarnations());
  for (const std::uint16_t each : incarnations) {
    if (each == own) continue;
    CG_TRY(runs, spool_.runs(each));
    if (!runs) {
      ended_.push_back(each);
      continue;
    }
    CG_TRY(rings, spool_.attach(each));
    for (auto& ring : rings) {
      CG_TRY_VOID(resume(*ring));
      sources_.back().attached = std::move(ring);
    }
    running_.push_back(each);
  }
  return {};
}

std::vector<std::uint64_t> RingReader::committed() const {
  std::vector<std::uint64_t> out;
  out.reserve(sources_.size());
  for (const Source& source : sources_) out.push_back(source.ring->committed());
  return out;
}

bool RingReader::anything_committed() const {
  return std::ranges::any_of(sources_, [](const Source& source) { return source.read < source.ring->committed(); });
}

bool RingReader::take(const std::vector<std::uint64_t>& until, std::size_t batch_records, std::vector<Record>& taken) {
  const std::size_t room = batch_records - std::min(batch_records, taken.size());
  const std::size_t share = std::max(kLeastShare, room / std::max<std::size_t>(1, sources_.size()));
  ends_.resize(taken.size());
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    source.first = source.last = taken.size();
    source.began = source.read;
    source.more = false;
    if (!source.damaged && source.read < until[i]) read_ring(source, until[i], share, taken);
  }
  keep_order(taken);
  return std::ranges::any_of(sources_, &Source::more);
}

void RingReader::read_ring(Source& source, std::uint64_t until, std::size_t most, std::vector<Record>& taken) {
  auto read = source.ring->read(source.read, [&](const SpooledRecord& spooled) {
    if (most == 0) return false;
    --most;
    if (!decode(spooled, taken.emplace_back()))
      taken.pop_back();
    else
      ends_.push_back(spooled.end);
    source.read = spooled.end;
    return true;
  });
  if (read) {
    source.read = *read;
  } else {
    log::error("{}; its records wait until that process ends", read.error().context);
    source.damaged = true;
  }
  source.last = taken.size();
  source.more = !source.damaged && source.read < until;
}

// Where a ring has more than was taken, the others' records that come after its own are left for the next turn.
void RingReader::keep_order(std::vector<Record>& taken) {
  WallTime limit = WallTime::max();
  for (const Source& source : sources_) {
    if (!source.more) continue;
    WallTime latest = WallTime::min();
    for (std::size_t i = source.first; i < source.last; ++i) latest = std::max(latest, taken[i].end);
    limit = std::min(limit, latest);
  }
  if (limit == WallTime::max() || sources_.size() < 2) return;
  std::size_t kept = sources_.front().first;
  for (Source& source : sources_) {
    std::size_t i = source.first;
    for (; i < source.last && taken[i].end <= limit; ++i, ++kept) {
      taken[kept] = taken[i];
      ends_[kept] = ends_[i];
    }
    if (i == source.last) continue;
    source.more = true;
    source.read = i == source.first ? source.began : ends_[kept - 1];
  }
  taken.resize(kept);
  ends_.resize(kept);
}

bool RingReader::holds_much() const {
  return std::ranges::any_of(sources_, [](const Source& source) {
    return source.read - source.ring->released() > source.ring->capacity() / 4;
  });
}

// A mark is never behind what is released: recovery looks no further than one ring from it.
void RingReader::put_marks(Batch& batch) const {
  for (const Source& source : sources_)
    if (source.read != source.ring->released())
      SpoolDirectory::put_mark(batch, source.ring->incarnation(), source.ring->worker(), source.read);
}

void RingReader::release() {
  for (Source& source : sources_) source.ring->release(source.read);
}

Result<std::vector<std::uint16_t>> RingReader::newly_ended() const {
  std::vector<std::uint16_t> out;
  for (const std::uint16_t each : running_) {
    CG_TRY(runs, spool_.runs(each));
    if (!runs) out.push_back(each);
  }
  return out;
}

void RingReader::leave(std::uint16_t incarnation) {
  std::erase_if(sources_, [&](const Source& source) { return source.ring->incarnation() == incarnation; });
  std::erase(running_, incarnation);
  ended_.push_back(incarnation);
}

Result<void> RingReader::recover() {
  recovered_ = RecoveredReader({});
  std::vector<RecoveredRing> rings;
  for (const std::uint16_t each : ended_) {
    CG_TRY(left, spool_.recover(each));
    std::ranges::move(left, std::back_inserter(rings));
  }
  recovered_ = RecoveredReader(std::move(rings));
  return {};
}

bool RingReader::take_recovered(std::size_t batch_records, std::vector<Record>& taken, Batch& batch) {
  if (recovered_.empty()) return false;
  recovered_.take(batch_records, taken, batch);
  return true;
}

Result<void> RingReader::remove_ended() {
  recovered_ = RecoveredReader({});
  for (; !ended_.empty(); ended_.pop_back()) CG_TRY_VOID(spool_.remove(ended_.back()));
  return {};
}

}  // namespace citygate::records
