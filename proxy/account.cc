#include "proxy/account.h"

#include <algorithm>

namespace citygate::proxy {

void Account::open(const Case& about, std::uint64_t number, const IpAddress& client, Method method) {
  about_ = &about;
  open_ = true;
  number_ = number;
  slice_ = 0;
  client_ = client;
  method_ = method;
  has_query_ = media_ = tunnel_ = asked_by_hand_ = elsewhere_ = false;
  attention_ = Attention::None;
  total_from_client_ = total_to_client_ = 0;
  estimate_ = {};
  stretch_ = {};
  start_slice(desk_.now());
}

void Account::start_slice(WallTime now) {
  begin_ = now;
  day_end_ = desk_.day_end(now);
  from_client_ = to_client_ = streamed_ = 0;
}

void Account::pass_midnight() {
  if (!open_) return;
  const WallTime now = desk_.now();
  if (now < day_end_) return;
  const bool something = from_client_ + to_client_ > 0 || (slice_ == 0 && attention_ != Attention::None);
  const WallTime midnight = day_end_;
  if (something && !slice_until(midnight - std::chrono::microseconds(1))) return;
  start_slice(now < desk_.day_end(midnight) ? midnight : now);
}

std::uint64_t Account::may_send(std::uint64_t want) {
  pass_midnight();
  const policy::Verdict& verdict = about_->verdict;
  if (!verdict.charge.bytes || !verdict.charge.quota || !about_->meter) return want;
  // A lease belongs to the day on which its record will charge it: hence pass_midnight().
  lease_quota_ = verdict.charge.quota;
  lease_day_ = desk_.local(desk_.now()).day;
  return about_->meter->lease(lease_quota_, lease_day_, verdict.bytes_limit, want);
}

void Account::settle(std::uint64_t leased, std::uint64_t accepted) {
  to_client_ += accepted;
  total_to_client_ += accepted;
  counters_.to_client_bytes_total.add(accepted);
  const policy::Verdict& verdict = about_->verdict;
  if (verdict.charge.bytes) {
    streamed_ += accepted;
    if (verdict.charge.quota && about_->meter && leased > accepted)
      about_->meter->give_back(lease_quota_, lease_day_, leased - accepted);
  }
  if (tunnel_ && accepted > 0) estimate_.to_client(desk_.now(), accepted);
}

void Account::received(std::uint64_t bytes) {
  pass_midnight();
  from_client_ += bytes;
  total_from_client_ += bytes;
  counters_.from_client_bytes_total.add(bytes);
  if (tunnel_ && bytes > 0) estimate_.from_client(desk_.now(), bytes);
}

Record Account::make(Outcome outcome, std::uint16_t status, Part part, WallTime end) {
  const Case& about = *about_;
  const policy::Verdict& verdict = about.verdict;
  const WallTime now = std::max(end, begin_);
  Record record;
  record.exchange = number_;
  record.slice = slice_;
  record.last = part == Part::Last;
  record.begin = begin_;
  record.end = now;
  record.person = about.subject.person;
  record.department = about.subject.department;
  record.identity = about.subject.identity;
  record.client = client_;
  record.method = method_;
  record.scheme = about.target.scheme;
  record.port = about.target.port;
  record.host = about.target.host;
  record.path = std::string_view(about.target.path).substr(0, 1024);
  record.has_query = has_query_;
  record.named_by = about.named_by;
  record.name_check = about.name_check;
  record.chosen = about.chosen;
  record.outcome = outcome;
  record.ruling = verdict.ruling;
  record.reason = verdict.reason;
  record.stage = verdict.stage;
  record.rule = verdict.rule;
  record.grant = verdict.grant;
  record.categories = about.categories;
  record.decisive = about.decisive();
  record.evidence = about.evidence;
  record.sealed = verdict.sealed;
  // A refused tunnel is taken for a person's act: its contents would have told, but nobody saw them.
  record.attempt = outcome == Outcome::Refused && verdict.ruling == Ruling::Refuse &&
                   (attention_ != Attention::None || asked_by_hand_ || method_ == Method::Connect);
  record.elsewhere = elsewhere_;
  record.quota = verdict.charge.quota;
  record.streaming_bytes = streamed_;
  record.status = status;
  record.from_client_bytes = from_client_;
  record.to_client_bytes = to_client_;
  record.policy = about.policy;
  record.lists = about.lists;
  record.people = about.people;

  const bool charged = verdict.charge.minutes && outcome != Outcome::Refused && !verdict.sealed;
  if (charged && tunnel_) {
    const auto stretch = estimate_.take(now);
    if (stretch.any)
      stretch_ = {true, stretch_.any ? std::min(stretch_.from, stretch.from) : stretch.from, stretch.until};
    if (stretch_.any) {
      record.attention = Attention::Estimated;
      record.active_from = std::max(stretch_.from, begin_);
      record.active_until = std::max(record.active_from, stretch_.until);
    }
  } else if (charged && media_) {
    // A visit goes on while its media plays.
    record.attention = attention_ == Attention::None ? Attention::Document : attention_;
    record.active_from = begin_;
    record.active_until = now;
  } else if (charged && attention_ != Attention::None && slice_ == 0) {
    record.attention = attention_;
    record.active_from = record.active_until = begin_;
  }
  return record;
}

bool Account::reserve_end(Outcome outcome, std::uint16_t status, std::uint64_t about_to_send) {
  pass_midnight();
  Record record = make(outcome, status, Part::Last, desk_.now());
  record.to_client_bytes += about_to_send;
  if (about_->verdict.charge.bytes) record.streaming_bytes += about_to_send;
  if (!ring_.reserve(record)) {
    counters_.spool_full_total.add();
    return false;
  }
  last_id_ = record.id;
  last_ruling_ = record.ruling;
  last_outcome_ = outcome;
  return true;
}

void Account::commit_end() {
  ring_.commit();
  open_ = false;
  counters_.exchanges_total.add();
  counters_.verdicts.add(last_ruling_, last_outcome_);
}

bool Account::end(Outcome outcome, std::uint16_t status) {
  if (!reserve_end(outcome, status, 0)) return false;
  commit_end();
  return true;
}

bool Account::slice() {
  if (!open_) return true;
  pass_midnight();
  // An idle tunnel leaves no record of nothing every minute.
  const bool nothing = from_client_ + to_client_ == 0 && (slice_ > 0 || attention_ == Attention::None);
  return nothing || slice_until(desk_.now());
}

bool Account::slice_until(WallTime end) {
  Record record = make(Outcome::Completed, 0, Part::Slice, end);
  if (!ring_.append(record)) {
    counters_.spool_full_total.add();
    return false;
  }
  last_id_ = record.id;
  ++slice_;
  stretch_ = {};
  elsewhere_ = false;
  start_slice(record.end);
  return true;
}

}  // namespace citygate::proxy
