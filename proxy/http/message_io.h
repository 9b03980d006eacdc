// message_io.h - one direction each of an HTTP/1 connection: bytes in to messages, messages out to bytes.
//
//   Reader buffer:  | held head | pieces parsed, not yet taken | unparsed |
//                   ^ readable()                               ^ parsed_
//
// Pieces are views into the buffer, so payload moves from one socket to the other without a copy; the buffer refuses to
// read on while it is full, which is the back-pressure.
//
// Owner     a connection. Thread: its loop. Cost: one recv per wake-up in the usual case; no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/message_parser.h"
#include "proxy/http/streams.h"
#include "proxy/net/buffer.h"
#include "proxy/net/transport.h"

namespace citygate::proxy {

class MessageReader {
 public:
  MessageReader(Transport& transport, BufferPool& pool, MessageParser::Kind kind, const ParserLimits& limits)
      : transport_(transport), buffer_(pool), parser_(kind, limits) {}

  enum class HeadStatus : std::uint8_t { Complete, NeedMore, Closed };  // Closed: the peer ended between messages
  [[nodiscard]] Result<HeadStatus> read_head();
  [[nodiscard]] const MessageHead& head() const { return parser_.head(); }
  [[nodiscard]] bool started() const { return parser_.started(); }

  // The head's views are no longer needed; its bytes may go.
  void release_head();
  // `at_least`: what is at hand is read on until it has so many payload bytes, or nothing more comes now, or fits; to be
  // asked for before the first take() of a body.
  [[nodiscard]] Result<Batch> peek(std::size_t at_least = 0);
  void take(std::uint64_t payload_bytes);
  [[nodiscard]] bool complete() const { return complete_ && pieces_left_ == 0; }

  // As Source has them.
  [[nodiscard]] std::uint64_t unread() const;
  [[nodiscard]] Result<std::uint64_t> splice_to(Pipe& pipe, std::uint64_t most);

  // The message is done with; what follows in the buffer is the next one.
  void next_message();
  // Responses: to be called before the answer's first byte.
  void expect_response_to(Method method) { parser_.expect_response_to(method); }

  // While something else is waited for: takes in what the socket holds, as far as there is room. False: the peer has
  // reset the connection. An end is no reason to give up, as many clients finish their side after a request.
  [[nodiscard]] bool read_ahead();

  // Everything from here on is a tunnel's: the buffer with what has been read beyond the head.
  [[nodiscard]] Buffer& raw();
  [[nodiscard]] bool leftover() const { return buffer_.size() > parsed_; }
  void borrow_from(BufferPool& pool) {  // between messages, while it holds no block: where the next one comes from
    if (!buffer_.holds_block()) buffer_.borrow_from(pool);
  }
  void release_if_empty();  // an idle connection holds no buffer

 private:
  static constexpr std::size_t kMaxPieces = 12;
  static constexpr std::size_t kEmptyLineBytes = 16;  // before a request (RFC 9112 section 2.2)
  enum class Fill : std::uint8_t { Read, Blocked, Full, End, Failed };
  [[nodiscard]] Fill fill();
  [[nodiscard]] bool room_for_more() const { return first_piece_ + pieces_left_ < kMaxPieces; }
  [[nodiscard]] bool at_hand(std::size_t bytes) const;
  [[nodiscard]] std::string_view unparsed() const { return buffer_.readable().substr(parsed_); }

  Transport& transport_;
  Buffer buffer_;
  MessageParser parser_;
  std::size_t parsed_ = 0;
  std::size_t empty_line_bytes_ = 0;
  bool head_held_ = false;
  bool complete_ = false;
  std::array<std::string_view, kMaxPieces> pieces_{};
  std::size_t first_piece_ = 0, pieces_left_ = 0;
};

class MessageWriter {
  static constexpr std::size_t kNoHead = SIZE_MAX;

 public:
  explicit MessageWriter(Transport& transport) : transport_(transport) {}

  // A head or a whole answer is appended here and leaves with the next send(), behind what is queued already.
  [[nodiscard]] std::string& begin_head() {
    forget_written();
    head_at_ = queue_.size();
    return queue_;
  }
  // Forgets the head that was begun last, and nothing before it; false when a part of it has been sent.
  [[nodiscard]] bool take_back_head();
  // What has been queued and has not left, for who goes on without this writer.
  [[nodiscard]] std::string_view unsent() const { return std::string_view(queue_).substr(written_); }
  void begin_body(Framing framing);  // of the message whose head was queued last
  [[nodiscard]] Sent send(const Batch& batch, std::uint64_t limit);
  [[nodiscard]] bool idle() const { return written_ == queue_.size(); }

  // As Sink has them.
  [[nodiscard]] bool takes_splices() const {
    return idle() && (framing_ == Framing::Length || framing_ == Framing::UntilClose) && transport_.can_splice();
  }
  [[nodiscard]] Sent splice_from(Pipe& pipe, std::uint64_t limit, bool more);

 private:
  Transport& transport_;
  // Once all of the queue has gone out: what comes next takes its room, not the room behind it.
  void forget_written() {
    if (written_ < queue_.size()) return;
    queue_.clear();
    written_ = 0;
    head_at_ = kNoHead;
  }

  std::string queue_;              // heads and chunk framing that are to go out before anything else
  std::size_t written_ = 0;        // of queue_
  std::size_t head_at_ = kNoHead;  // where in queue_ the last head begins; none of it has been sent
  std::string after_;              // scratch: framing behind this batch's payload
  Framing framing_ = Framing::None;
  std::uint64_t chunk_left_ = 0;  // payload that the chunk being written still lacks
  bool ended_ = false;
};

}  // namespace citygate::proxy
