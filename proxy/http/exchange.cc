// Exchange: how it begins, what policy says, and how it ends. exchange_identity.cc finds who is asking,
// exchange_forward.cc moves the bodies.
#include "proxy/http/exchange.h"

#include <algorithm>

#include "proxy/http/connection_sign_in.h"
#include "proxy/http/message_parser.h"
#include "proxy/http/upstream_pool.h"

namespace citygate::proxy {
namespace {

constexpr std::string_view kContinue = "citygate-continue=";

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() >= scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), target.begin(), [](char a, char b) { return a == (b | 0x20); });
}

Reason reason_for(const Error& error) {
  switch (error.kind) {
    case Error::Kind::TooLarge: return Reason::TooLarge;
    case Error::Kind::Timeout: return Reason::TimedOut;
    default: return Reason::BadRequest;
  }
}

}  // namespace

std::string url_with_query(const Target& target) {
  return target.query.empty() ? target.to_string() : target.to_string() + "?" + target.query;
}

Exchange::Exchange(WorkerContext& context, ClientStream& client, ConnectionId connection, ClientClaim& claim)
    : context_(context),
      client_(client),
      connection_(connection),
      claim_(claim),
      account_(context.desk, context.ring, context.counters),
      times_(context.loop, context.counters),
      tick_timer_(context.loop, [this] { on_tick(); }) {}

Exchange::~Exchange() {
  drop_origin();
  give_pipes_back();
}

void Exchange::open(const SocketAddress& peer, Method method, Framing framing) {
  peer_ = peer;
  method_ = method;
  request_framing_ = framing;
  number_ = ++context_.exchange_number;
  case_.clear();
  case_.shared_address = claim_.exempt();
  reached_.reset();
  safe_name_.reset();
  if (chosen_) target_is_chosen_address();
  request_sent_ = looking_ = response_begun_ = retried_ = ending_ = writing_ = sending_ = to_portal_ = false;
  interim_heads_ = 0;
  request_->body_pace.reset();
  request_->reader_pace.reset();
  answer_is_last_ = framing != Framing::None;
  status_ = 0;
  state_ = State::Identifying;
  account_.open(case_, number_, peer.ip, method);
  times_.begin(number_);
}

// What room a crowded spool has left is for the records of what runs: who comes now is refused, and counted with
// others.
std::optional<Limited> Exchange::admit() {
  if (!context_.ring.crowded()) return context_.admission.begin(claim_, context_.loop.now());
  context_.counters.overload_refusals_total.add();
  return Limited{Reason::Overloaded, 503, std::chrono::seconds(5)};
}

void Exchange::begin(const SocketAddress& peer) {
  open(peer, client_.request().method, client_.request().framing);
  client_.enter(ClientStream::Phase::Deciding);
  const auto limited = admit();
  read_signs();
  if (limited) {
    if (!name_target()) case_.target.clear();
    context_.desk.identify_by_address(peer_.ip, case_);
    return answer_limited(*limited);
  }
  case_.upload_bytes = client_.request().framing == Framing::Length ? client_.request().content_length : 0;
  if (!read_target()) return;
  if (is_for_portal()) return lead_to_portal();
  identify();
}

void Exchange::begin_local(const SocketAddress& peer, const LocalAnswer& page) {
  peer_ = peer;
  method_ = client_.request().method;
  request_framing_ = client_.request().framing;
  number_ = ++context_.exchange_number;
  case_.clear();
  request_sent_ = looking_ = response_begun_ = retried_ = writing_ = false;
  ending_ = true;
  answer_is_last_ = request_framing_ != Framing::None;
  status_ = page.status;
  times_.begin(number_);
  context_.counters.local_answers_total.add();
  const auto limited = context_.admission.begin(claim_, context_.loop.now());
  if (!limited) return answer(page);
  status_ = limited->status;
  answer_is_last_ = true;
  answer(error_page(context_.pages, limited->status, limited->reason, limited->retry_after));
}

void Exchange::begin_broken(const SocketAddress& peer, const Error& error) {
  open(peer, Method::Other, Framing::None);
  answer_is_last_ = true;
  context_.desk.identify_by_address(peer.ip, case_);
  context_.counters.bad_requests_total.add();
  if (const auto limited = admit()) return answer_limited(*limited);
  const std::uint16_t status = error.kind == Error::Kind::Timeout ? 408 : status_for(error);
  answer_error(status, status == 501 || status == 505 ? Reason::NotServed : reason_for(error), Outcome::Failed);
}

void Exchange::read_signs() {
  const MessageHead& head = client_.request();
  meter::RequestSigns signs;
  signs.method = method_;
  signs.accept = head.value(FieldName::Accept);
  signs.referer = head.value(FieldName::Referer);
  signs.sec_fetch_mode = head.value(FieldName::SecFetchMode);
  signs.sec_fetch_dest = head.value(FieldName::SecFetchDest);
  signs.sec_fetch_user = head.value(FieldName::SecFetchUser);
  signs.sec_purpose = head.value(FieldName::SecPurpose);
  signs.purpose = head.value(FieldName::Purpose);
  signs.x_moz = head.value(FieldName::XMoz);
  signs.x_requested_with = head.value(FieldName::XRequestedWith);
  signs.upgrade_insecure_requests = head.value(FieldName::UpgradeInsecureRequests);
  signs.range = head.value(FieldName::Range);
  promise_ = meter::promised(signs);
  bound_to_person_ = signs_in_connection(head, FieldName::Authorization);
  account_.set_attention(promise_);
  if (meter::asked_by_hand(signs)) account_.set_asked_by_hand();
}

Result<void> Exchange::name_target() {
  const std::string_view target = client_.request().target;
  if (chosen_) return read_captured_target();
  return method_ == Method::Connect ? parse_authority(target, case_.target) : parse_url(target, case_.target);
}

bool Exchange::read_target() {
  const MessageHead& head = client_.request();
  Result<void> parsed;
  if (method_ == Method::Connect && !chosen_) {
    parsed = name_target();
    account_.set_tunnel();
  } else if (method_ == Method::Connect || method_ == Method::Trace || head.target == "*" ||
             starts_with_scheme(head.target, "https://") || starts_with_scheme(head.target, "ftp://")) {
    // TRACE would show an origin what the gateway removes; https:// without CONNECT would have us speak TLS for the
    // client. Who has not asked a proxy cannot ask for a tunnel either.
    answer_error(501, Reason::NotServed, Outcome::Failed);
    return false;
  } else {
    parsed = name_target();
    if (!case_.target.query.empty()) account_.set_query();
  }
  if (parsed) return true;
  case_.target.clear();  // half of a name is no evidence of anything
  context_.desk.identify_by_address(peer_.ip, case_);
  context_.counters.bad_requests_total.add();
  if (head.target.starts_with('/')) {
    // Somebody took the gateway for a web server.
    case_.verdict.reason = Reason::BadRequest;
    status_ = 400;
    record_then(Outcome::Failed, [this] { answer(no_web_server_page(context_.pages)); });
    return false;
  }
  answer_error(400, Reason::BadRequest, Outcome::Failed);
  return false;
}

void Exchange::decide_first() {
  if (asked_ == Asked::Nothing)
    context_.desk.decide(case_, Stage::Hello, {&case_.chosen, 1});
  else
    context_.desk.decide(case_, Stage::Request, {});
}

void Exchange::decide_request() {
  if (const auto limited = context_.admission.begin_for(claim_, case_.subject, context_.loop.now()))
    return answer_limited(*limited);
  context_.desk.classify(case_);
  decide_first();
  times_.decided();
  note_whereabouts();
  if (case_.verdict.ruling == Ruling::Warn && continue_after_warning()) return;
  if (case_.verdict.ruling == Ruling::Warn && (method_ == Method::Connect || promise_ == Attention::None)) {
    // A warning cannot be shown inside a tunnel, and what no person asked for has nobody to warn: decided, and charged,
    // as if it had been read.
    case_.warning_waived = true;
    decide_first();
  }
  if (case_.verdict.ruling != Ruling::Allow) return obey();
  reach_origin();
}

bool Exchange::continue_after_warning() {
  const std::string_view query = case_.target.query;
  const auto at = query.rfind(kContinue);
  if (method_ != Method::Get || at == std::string_view::npos) return false;
  Desk& desk = context_.desk;
  const std::string_view token = query.substr(at + kContinue.size());
  if (!desk.warnings().accept(token, case_.subject.person, case_.verdict.category, desk.local(desk.now()).day))
    return false;
  desk.decide(case_, Stage::Request, {});
  account_.set_attention(Attention::None);
  status_ = 303;
  case_.target.query.resize(at > 0 ? at - 1 : 0);
  record_then(Outcome::Completed, [this] { answer(redirect_page(url_with_query(case_.target))); });
  return true;
}

void Exchange::obey() {
  drop_origin();
  switch (case_.verdict.ruling) {
    case Ruling::Authenticate: return ask_who();
    case Ruling::Warn: {
      status_ = 403;
      Desk& desk = context_.desk;
      std::string& query = case_.target.query;
      if (const auto old = query.rfind(kContinue); old != std::string::npos) query.resize(old > 0 ? old - 1 : 0);
      std::string url = url_with_query(case_.target);
      url += query.empty() ? '?' : '&';
      url += kContinue;
      url += desk.warnings().token(case_.subject.person, case_.verdict.category, desk.local(desk.now()).day);
      return record_then(Outcome::Refused, [this, url] { answer(warning_page(context_.pages, case_, url)); });
    }
    case Ruling::Portal: return send_to_portal(url_with_query(case_.target));
    case Ruling::Hold: return answer_held();
    case Ruling::Allow:  // not called for it; if it were, refusing is the safe mistake
    case Ruling::Refuse: return answer_refusal();
  }
}

void Exchange::answer_refusal() {
  drop_origin();
  context_.counters.refused_total.add();
  if (method_ == Method::Connect) answer_is_last_ = true;  // what follows may be the tunnel's first bytes already
  status_ = 403;
  record_then(Outcome::Refused, [this] { answer(refusal_page(context_.pages, case_, account_.last_id())); });
}

void Exchange::answer_error(std::uint16_t status, Reason reason, Outcome outcome) {
  drop_origin();
  status_ = status;
  case_.verdict.reason = reason;
  case_.verdict.charge = {};
  if ((status != 502 && status != 504) || method_ == Method::Connect) answer_is_last_ = true;
  record_then(outcome, [this, status, reason] { answer(error_page(context_.pages, status, reason)); });
}

void Exchange::answer_limited(const Limited& limited) {
  hide_what_a_grant_may_cover();
  answer_is_last_ = true;
  if (!context_.tally.first_request(peer_.ip, case_.subject, limited.reason, limited.status)) account_.leave_out();
  case_.verdict.reason = limited.reason;
  status_ = limited.status;
  record_then(Outcome::Failed, [this, limited] {
    answer(error_page(context_.pages, limited.status, limited.reason, limited.retry_after));
  });
}

void Exchange::record_then(Outcome outcome, std::move_only_function<void()> then) {
  tick_timer_.cancel();
  ending_ = true;
  stop_reaching();
  if (!account_.opened() || account_.end(outcome, asked_ == Asked::Http ? status_ : std::uint16_t{0})) {
    resume_ = nullptr;
    return then();
  }
  resume_ = std::make_unique<Resume>(
      [this, outcome, then = std::move(then)]() mutable { record_then(outcome, std::move(then)); });
}

void Exchange::on_room() {
  if (const auto resume = std::move(resume_)) (*resume)();
}

void Exchange::answer(const LocalAnswer& page) {
  state_ = State::Answering;
  if (asked_ == Asked::Http)
    client_.queue_answer(page, answer_is_last_ ? ClientStream::End::Close : ClientStream::End::KeepAlive);
  else
    answer_without_http();
  client_.enter(ClientStream::Phase::Writing);
  write_answer();
}

void Exchange::write_answer() {
  const Sent sent = client_.send(Batch{.pieces = {}, .last = true, .trailers = nullptr}, 0);
  if (sent.failed) return end_exchange(ClientStream::End::Close);
  if (sent.done) end_exchange(answer_is_last_ ? ClientStream::End::Close : ClientStream::End::KeepAlive);
}

void Exchange::end_exchange(ClientStream::End how) {
  CG_ASSERT(!account_.opened());
  tick_timer_.cancel();
  drop_origin();
  give_pipes_back();
  name_look_up_.reset();
  resume_ = nullptr;
  const bool tunnel = method_ == Method::Connect || status_ == 101;
  times_.end(tunnel ? ExchangeTimes::Kind::Tunnel : ExchangeTimes::Kind::Exchange);
  state_ = State::Over;
  context_.admission.end(claim_);
  client_.finished(how);
}

void Exchange::arm_tick() {
  if (ending_ || (state_ != State::Forwarding && state_ != State::Tunnel)) return;
  std::chrono::milliseconds wait = context_.config.slice_interval;
  const WallTime now = context_.desk.now();
  if (case_.verdict.good_until > now && case_.verdict.good_until - now < wait)
    wait = std::chrono::ceil<std::chrono::milliseconds>(case_.verdict.good_until - now);
  if (state_ == State::Tunnel)
    wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(tunnel_ends() - context_.loop.now()));
  tick_timer_.arm(std::max(wait, std::chrono::milliseconds(1)));
}

void Exchange::on_tick() {
  if (state_ == State::Tunnel && context_.loop.now() >= tunnel_ends()) return tunnel_over(Outcome::TimedOut);
  slice();
  decide_again();
  arm_tick();
}

bool Exchange::slice() {
  // Before the answer's head it is not known yet what the exchange is; its first record waits for that.
  if (ending_ || !(state_ == State::Tunnel || (state_ == State::Forwarding && response_begun_))) return true;
  if (account_.moved()) note_whereabouts();
  return account_.slice();
}

void Exchange::decide_again() {
  if (ending_ || to_portal_ || (!reaching() && state_ != State::Forwarding && state_ != State::Tunnel)) return;
  const policy::Verdict before = case_.verdict;
  const policy::Subject subject_before = case_.subject;
  const PolicyVersion policy_before = case_.policy;
  const Evidence evidence_before = case_.evidence;
  context_.desk.refresh(case_);
  if (reached_ && !reached_->is_public()) case_.listed_host = is_listed();
  context_.desk.decide(case_, Stage::Tick, origin_address());
  if (case_.verdict.ruling != Ruling::Allow) {
    if (reaching() || (state_ == State::Forwarding && !response_begun_)) {
      // Nothing has gone to the client yet: it gets the page.
      if (!request_sent_ && request_framing_ != Framing::None) answer_is_last_ = true;
      return obey();
    }
    // What has passed since the last record passed under the charge before.
    case_.verdict.ruling = Ruling::Refuse;
    case_.verdict.charge = before.charge;
    return cut();
  }
  if (before.charge == case_.verdict.charge && subject_before.department == case_.subject.department) return;
  // The slice stands under what it was decided by, and so must name that. With a full spool the old charge goes on
  // until the next tick: better than losing what it stands for.
  const auto rely_on = [this](policy::Verdict verdict, policy::Subject subject, PolicyVersion policy,
                              Evidence evidence) {
    case_.verdict = verdict;
    case_.subject = subject;
    case_.policy = policy;
    case_.evidence = evidence;
  };
  const policy::Verdict now = case_.verdict;
  const policy::Subject subject_now = case_.subject;
  const PolicyVersion policy_now = case_.policy;
  const Evidence evidence_now = case_.evidence;
  rely_on(before, subject_before, policy_before, evidence_before);
  if (slice()) rely_on(now, subject_now, policy_now, evidence_now);
}

bool Exchange::may_take(std::uint64_t bytes) {
  const std::uint64_t sent = account_.from_client_bytes() + bytes;
  if (sent <= case_.upload_bytes) return true;  // it has said so, and that was decided
  case_.upload_bytes = sent;
  if (sent > case_.verdict.upload_limit) decide_again();
  return !ending_;
}

void Exchange::bytes_used_up() {
  case_.verdict.ruling = Ruling::Refuse;
  case_.verdict.reason = Reason::BytesUsedUp;
  case_.verdict.stage = Stage::Tick;
  cut();
}

void Exchange::cut() {
  context_.counters.cut_total.add();
  client_.stop_tunnel();
  drop_origin();
  record_then(Outcome::Cut, [this] { end_exchange(ClientStream::End::Short); });
}

void Exchange::wait_for_room(std::move_only_function<void()> then) {
  if (!resume_) resume_ = std::make_unique<Resume>(std::move(then));
}

void Exchange::on_client_gone(Outcome outcome) {
  if (state_ == State::Over || (ending_ && resume_)) return;  // recording already, or nothing to record
  if (state_ == State::Identifying) hide_what_a_grant_may_cover();
  if (state_ == State::Identifying || reaching()) status_ = 0;
  context_.counters.client_gone_total.add();
  if (state_ == State::Answering) return end_exchange(ClientStream::End::Close);
  if (!response_begun_) account_.set_attention(Attention::None);  // nothing came that could be attended to
  drop_origin();
  record_then(outcome, [this] { end_exchange(ClientStream::End::Close); });
}

void Exchange::on_timeout() {
  if (resume_) return;  // waiting for the spool, not for a peer
  switch (state_) {
    case State::Over:
    case State::Tunnel: return;
    case State::Answering: context_.counters.slow_clients_total.add(); return end_exchange(ClientStream::End::Close);
    case State::Queueing: return answer_busy();
    case State::Identifying:
      answer_is_last_ = true;
      hide_what_a_grant_may_cover();
      [[fallthrough]];
    case State::Connecting: return answer_error(504, Reason::TimedOut, Outcome::TimedOut);
    case State::Forwarding: {
      const bool origin_owes = request_sent_ || sending_;  // an answer, or to take the request
      if (writing_ || (!response_begun_ && !origin_owes)) context_.counters.slow_clients_total.add();
      if (!response_begun_) return answer_error(origin_owes ? 504 : 408, Reason::TimedOut, Outcome::TimedOut);
      drop_origin();
      return record_then(Outcome::TimedOut, [this] { end_exchange(ClientStream::End::Short); });
    }
  }
}

void Exchange::tunnel_up(std::uint16_t status) {
  status_ = status;
  request_.reset();
  arm_tick();  // anew: from here on its lifetime counts as well
}

void Exchange::tunnel_over(Outcome outcome) {
  if (ending_) return;
  client_.stop_tunnel();
  record_then(outcome, [this] { end_exchange(ClientStream::End::Close); });
}

void Exchange::drop_origin() {
  if (origin_) context_.upstreams.discard(std::move(origin_));
}

}  // namespace citygate::proxy
