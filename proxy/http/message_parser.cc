#include "proxy/http/message_parser.h"

#include <llhttp.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "proxy/http/head_rules.h"

namespace citygate::proxy {
namespace {

// Bytes of chunk sizes and extensions that may pass before some content does. A peer that sends only extensions would
// otherwise keep a connection busy without a bound (RFC 9112 section 7.1.1).
constexpr std::size_t kChunkFramingBytes = 4096;

enum class State : std::uint8_t {
  Head,
  Length,    // `left` bytes of content to come; 0: only MessageComplete
  Chunked,   // llhttp reads chunk framing
  Trailers,  // behind the last chunk's size line
  UntilClose,
  Complete,  // until reset()
  Dead,      // an error was returned, until reset()
};

// Where llhttp stopped, as its callbacks saw it.
enum class Event : std::uint8_t { None, Head, Body, ChunkSize, Message };

}  // namespace

// llhttp reads heads and chunk framing. Content of a known length is counted here, without a look at its bytes.
struct MessageParser::Impl {
  Kind kind;
  ParserLimits limits;
  llhttp_t machine{};
  State state = State::Head;
  Event event = Event::None;
  Method answers = Method::Other;
  std::string_view body;          // of Event::Body
  std::size_t scanned = 0;        // bytes of the unfinished head that llhttp has seen
  std::size_t framing_bytes = 0;  // since the last content of a chunk
  std::uint64_t left = 0;
  MessageHead head;
  std::string trailer_text;
  std::vector<Field> trailers;

  Impl(Kind its_kind, const ParserLimits& its_limits) : kind(its_kind), limits(its_limits) { restart(); }

  static Impl& of(llhttp_t* machine) { return *static_cast<Impl*>(machine->data); }
  static int stop_at(llhttp_t* machine, Event event) {
    of(machine).event = event;
    return HPE_PAUSED;
  }
  static const llhttp_settings_t* settings();

  [[nodiscard]] Error::Side side() const { return kind == Kind::Request ? Error::Side::Client : Error::Side::Origin; }

  std::unexpected<Error> die(std::uint16_t status, std::string_view why) {
    state = State::Dead;
    return refuse(status, side(), why);
  }
  std::unexpected<Error> die(Error error) {
    state = State::Dead;
    return std::unexpected(std::move(error));
  }

  void restart() {
    llhttp_init(&machine, kind == Kind::Request ? HTTP_REQUEST : HTTP_RESPONSE, settings());
    machine.data = this;
    state = State::Head;
    event = Event::None;
    scanned = framing_bytes = 0;
    left = 0;
    head.clear();
    trailer_text.clear();
    trailers.clear();
  }

  // Lets llhttp read `input`; returns how far it came. `event` says why it stopped, None: at the end of the input.
  Result<std::size_t> run(std::string_view input);
  std::unexpected<Error> refuse_llhttp();
  Result<Step> read_head(std::string_view input);
  Result<Step> complete_head(std::string_view text, std::size_t consumed);
  Result<Step> read_chunks(std::string_view input);
  Result<void> count_framing(std::size_t bytes);
  Result<Step> take_body(std::string_view input, std::uint64_t limit);
};

const llhttp_settings_t* MessageParser::Impl::settings() {
  static const llhttp_settings_t all = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_headers_complete = [](llhttp_t* machine) { return stop_at(machine, Event::Head); };
    made.on_chunk_header = [](llhttp_t* machine) {
      // Only the last chunk matters: what follows it are trailers.
      return machine->content_length == 0 ? stop_at(machine, Event::ChunkSize) : 0;
    };
    made.on_body = [](llhttp_t* machine, const char* at, std::size_t length) {
      of(machine).body = {at, length};
      return stop_at(machine, Event::Body);
    };
    made.on_message_complete = [](llhttp_t* machine) { return stop_at(machine, Event::Message); };
    return made;
  }();
  return &all;
}

Result<std::size_t> MessageParser::Impl::run(std::string_view input) {
  event = Event::None;
  const llhttp_errno_t code = llhttp_execute(&machine, input.data(), input.size());
  if (code == HPE_OK) return input.size();
  if (code != HPE_PAUSED) return refuse_llhttp();
  llhttp_resume(&machine);
  return static_cast<std::size_t>(llhttp_get_error_pos(&machine) - input.data());
}

// Only what does not hang on how the bytes were cut may pick the status.
std::unexpected<Error> MessageParser::Impl::refuse_llhttp() {
  const llhttp_errno_t code = llhttp_get_errno(&machine);
  if (code == HPE_PAUSED_H2_UPGRADE) return die(505, "an HTTP/2 preface");
  if (code == HPE_INVALID_VERSION && machine.http_major != 0 && (machine.http_major != 1 || machine.http_minor > 1))
    return die(505, "a version other than HTTP/1.0 and HTTP/1.1");
  const char* reason = llhttp_get_error_reason(&machine);
  return die(code == HPE_INVALID_METHOD ? 501 : 400, reason != nullptr ? reason : llhttp_errno_name(code));
}

Result<MessageParser::Step> MessageParser::Impl::read_head(std::string_view input) {
  std::size_t skipped = 0;
  if (scanned == 0) {
    // RFC 9112 section 2.2: empty lines before a request are left over from clients that end a POST with one.
    if (kind == Kind::Request)
      while (input.substr(skipped).starts_with("\r\n")) skipped += 2;
    input.remove_prefix(skipped);
    if (input.empty() || (kind == Kind::Request && input == "\r")) return Step{.consumed = skipped};
    // llhttp skips any number of CR and LF, and takes lower-case methods and binary rubbish for methods unknown to it.
    const char first = input.front();
    const bool letter = (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
    if (kind == Kind::Response ? first != 'H' : !letter) return die(400, "no HTTP message begins so");
  }
  // Never past the limit, so that a head too large is one whether it comes whole or in pieces.
  const std::string_view within = input.substr(0, limits.head_bytes);
  if (scanned < within.size()) {
    CG_TRY(ran, run(within.substr(scanned)));
    scanned += ran;
    if (event == Event::Head) return complete_head(within.substr(0, scanned), skipped + scanned);
  }
  if (scanned < limits.head_bytes) return Step{.consumed = skipped};
  const auto line = within.substr(0, within.find('\n'));
  if (kind == Kind::Request && line.size() > limits.target_bytes) return die(414, "the request target is too long");
  return die(431, "the head is too large");
}

Result<MessageParser::Step> MessageParser::Impl::complete_head(std::string_view text, std::size_t consumed) {
  const Result<void> read =
      kind == Kind::Request ? read_request_head(text, limits, head) : read_response_head(text, answers, limits, head);
  if (!read) return die(read.error());
  // Two readings of one head: the machine's and ours. Where they differ, so would the next recipient's.
  const bool machine_chunked = (machine.flags & F_CHUNKED) != 0;
  const bool machine_counts = (machine.flags & F_CONTENT_LENGTH) != 0;
  const bool same = head.framing == Framing::Chunked  ? machine_chunked && !machine_counts
                    : head.framing == Framing::Length ? machine_counts && machine.content_length == head.content_length
                    : head.framing == Framing::UntilClose ? !machine_chunked && !machine_counts
                    : kind == Kind::Request               ? !machine_chunked && !machine_counts
                                                          : true;
  if (!same) return die(400, "a head that can be read in two ways");
  switch (head.framing) {
    case Framing::None: state = State::Length; break;
    case Framing::Length:
      state = State::Length;
      left = head.content_length;
      break;
    case Framing::Chunked: state = State::Chunked; break;
    case Framing::UntilClose: state = State::UntilClose; break;
  }
  return Step{.what = Step::What::HeadComplete, .consumed = consumed};
}

Result<void> MessageParser::Impl::count_framing(std::size_t bytes) {
  framing_bytes += bytes;
  if (framing_bytes > kChunkFramingBytes) return die(400, "more chunk framing than content");
  return {};
}

Result<MessageParser::Step> MessageParser::Impl::read_chunks(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size()) {
    const std::string_view rest = input.substr(used);
    // Not past the limit in one go: else a peer's bytes in one piece would pass where they do not in two.
    const std::string_view piece =
        state == State::Trailers ? rest.substr(0, limits.trailer_bytes - trailer_text.size() + 1) : rest;
    CG_TRY(ran, run(piece));
    used += ran;
    if (event == Event::Body) {
      CG_TRY_VOID(count_framing(ran - body.size()));
      framing_bytes = 0;
      return Step{.what = Step::What::Body, .consumed = used, .body = body};
    }
    if (state == State::Trailers) {
      trailer_text.append(piece.substr(0, ran));
      if (trailer_text.size() > limits.trailer_bytes) return die(431, "the trailers are too large");
    } else {
      CG_TRY_VOID(count_framing(ran));
      if (event == Event::ChunkSize) state = State::Trailers;
    }
    if (event == Event::Message) {
      if (auto read = read_trailers(trailer_text, side(), limits, trailers); !read) return die(read.error());
      state = State::Complete;
      return Step{.what = Step::What::MessageComplete, .consumed = used};
    }
  }
  return Step{.consumed = used};
}

Result<MessageParser::Step> MessageParser::Impl::take_body(std::string_view input, std::uint64_t limit) {
  if (input.empty()) return Step{};
  const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(limit, input.size()));
  return Step{.what = Step::What::Body, .consumed = taken, .body = input.substr(0, taken)};
}

MessageParser::MessageParser(Kind kind, const ParserLimits& limits) : impl_(std::make_unique<Impl>(kind, limits)) {}
MessageParser::~MessageParser() = default;

void MessageParser::reset() { impl_->restart(); }

void MessageParser::expect_response_to(Method method) { impl_->answers = method; }

Result<MessageParser::Step> MessageParser::next(std::string_view input) {
  Impl& self = *impl_;
  switch (self.state) {
    case State::Head: return self.read_head(input);
    case State::Length: {
      if (self.left == 0) {
        self.state = State::Complete;
        return Step{.what = Step::What::MessageComplete};
      }
      auto step = self.take_body(input, self.left);
      self.left -= step->consumed;
      return step;
    }
    case State::Chunked:
    case State::Trailers: return self.read_chunks(input);
    case State::UntilClose: return self.take_body(input, input.size());
    case State::Complete:
      if (input.empty()) return Step{};
      return self.die(400, "bytes after the last message of a connection");
    case State::Dead: break;
  }
  return refuse(400, self.side(), "the parser met an error before");
}

Result<MessageParser::Step> MessageParser::end_of_stream() {
  Impl& self = *impl_;
  const bool done = self.state == State::UntilClose || (self.state == State::Length && self.left == 0);
  if (done) {
    self.state = State::Complete;
    return Step{.what = Step::What::MessageComplete};
  }
  if (self.state == State::Head && self.scanned == 0) {
    auto closed = self.die(400, "closed before a message began");
    closed.error().retryable = true;  // nothing was answered yet
    return closed;
  }
  return self.die(400, "closed in the midst of a message");
}

std::uint64_t MessageParser::content_left() const { return impl_->state == State::Length ? impl_->left : 0; }

void MessageParser::skip_content(std::uint64_t bytes) {
  CG_CHECK(bytes < content_left());
  impl_->left -= bytes;
}

const MessageHead& MessageParser::head() const { return impl_->head; }
const std::vector<Field>& MessageParser::trailers() const { return impl_->trailers; }
bool MessageParser::started() const { return impl_->state != State::Head || impl_->scanned != 0; }

std::uint16_t status_for(const Error& error) {
  if (error.side == Error::Side::Origin) return 502;
  // refuse() writes it first; errors born elsewhere have only their kind.
  std::uint16_t status = error.kind == Error::Kind::TooLarge ? 431 : 400;
  const std::string_view text = error.context;
  if (text.size() > 4 && text[3] == ':') std::from_chars(text.data(), text.data() + 3, status);
  return status;
}

}  // namespace citygate::proxy
