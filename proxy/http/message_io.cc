#include "proxy/http/message_io.h"

#include <algorithm>

namespace citygate::proxy {

MessageReader::Fill MessageReader::fill() {
  auto room = buffer_.writable();
  if (room.empty()) {
    if (head_held_) return Fill::Full;  // its views point into the block
    buffer_.compact();
    room = buffer_.writable();
    if (room.empty()) return Fill::Full;
  }
  const IoResult result = transport_.read(room);
  switch (result.kind) {
    case IoResult::Kind::Ok: buffer_.produced(result.bytes); return Fill::Read;
    case IoResult::Kind::WouldBlock: return Fill::Blocked;
    case IoResult::Kind::End: return Fill::End;
    case IoResult::Kind::Failed: return Fill::Failed;
  }
  return Fill::Failed;
}

Result<MessageReader::HeadStatus> MessageReader::read_head() {
  for (;;) {
    if (!buffer_.empty()) {
      auto step = parser_.next(buffer_.readable());
      if (!step) return std::unexpected(std::move(step).error());
      if (step->what == MessageParser::Step::What::HeadComplete) {
        parsed_ = step->consumed;
        head_held_ = true;
        return HeadStatus::Complete;
      }
      buffer_.consume(step->consumed);
      if ((empty_line_bytes_ += step->consumed) > kEmptyLineBytes)
        return fail(Error::Kind::Malformed, "empty lines where a request should be", Error::Side::Client);
    }
    switch (fill()) {
      case Fill::Read: continue;
      case Fill::Blocked: return HeadStatus::NeedMore;
      case Fill::Full: return fail(Error::Kind::TooLarge, "a head larger than the buffer", Error::Side::Client);
      case Fill::Failed: return HeadStatus::Closed;
      case Fill::End:
        if (!parser_.started()) return HeadStatus::Closed;
        return fail(Error::Kind::Malformed, "the connection ended inside a head", Error::Side::Client);
    }
  }
}

bool MessageReader::read_ahead() {
  if (pieces_left_ > 0) return true;  // views into the block, which filling may move
  Fill filled;
  do filled = fill();
  while (filled == Fill::Read);
  release_if_empty();
  return filled != Fill::Failed;
}

void MessageReader::release_head() {
  head_held_ = false;
  if (pieces_left_ == 0) {
    buffer_.consume(parsed_);
    parsed_ = 0;
  }
}

bool MessageReader::at_hand(std::size_t bytes) const {
  std::size_t total = 0;
  for (std::size_t i = first_piece_; i < first_piece_ + pieces_left_; ++i) total += pieces_[i].size();
  return total >= bytes;
}

Result<Batch> MessageReader::peek(std::size_t at_least) {
  if ((pieces_left_ == 0 || !at_hand(at_least)) && !complete_) {
    if (pieces_left_ == 0) {
      if (!head_held_ && parsed_ > 0) {
        buffer_.consume(parsed_);
        parsed_ = 0;
      }
      first_piece_ = 0;
    }
    while (room_for_more()) {
      auto step = parser_.next(unparsed());
      if (!step) return std::unexpected(std::move(step).error());
      parsed_ += step->consumed;
      using What = MessageParser::Step::What;
      if (step->what == What::Body) {
        if (!step->body.empty()) pieces_[first_piece_ + pieces_left_++] = step->body;
        continue;
      }
      if (step->what == What::MessageComplete) {
        complete_ = true;
        break;
      }
      if (step->what == What::HeadComplete) return fail(Error::Kind::Bug, "a second head inside a body");
      // What is at hand goes first. Filling must not move the block under the pieces.
      if (pieces_left_ > 0 && (at_hand(at_least) || buffer_.writable().empty())) break;
      const Fill filled = fill();
      if (filled == Fill::Read) continue;
      if (filled == Fill::Blocked || filled == Fill::Full) break;
      if (filled == Fill::Failed)
        return fail(Error::Kind::Refused, "the connection broke inside a body", Error::Side::Origin);
      auto end = parser_.end_of_stream();
      if (!end) return fail(Error::Kind::Refused, "the connection ended inside a body", Error::Side::Origin);
      complete_ = true;
      break;
    }
  }
  Batch out;
  out.pieces = {pieces_.data() + first_piece_, pieces_left_};
  out.last = complete_;
  out.full = !complete_ && pieces_left_ > 0 && (!room_for_more() || buffer_.writable().empty());
  if (complete_) out.trailers = &parser_.trailers();
  return out;
}

void MessageReader::take(std::uint64_t payload_bytes) {
  while (payload_bytes > 0) {
    CG_CHECK(pieces_left_ > 0);
    std::string_view& piece = pieces_[first_piece_];
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(payload_bytes, piece.size()));
    piece.remove_prefix(part);
    payload_bytes -= part;
    if (piece.empty()) {
      ++first_piece_;
      --pieces_left_;
    }
  }
}

std::uint64_t MessageReader::unread() const {
  if (head_held_ || pieces_left_ > 0 || leftover() || !transport_.can_splice()) return 0;
  return parser_.content_left();
}

Result<std::uint64_t> MessageReader::splice_to(Pipe& pipe, std::uint64_t most) {
  buffer_.release();  // what is left in it has been taken
  parsed_ = 0;
  const IoResult result = transport_.splice_to(pipe, most);
  switch (result.kind) {
    case IoResult::Kind::Ok: parser_.skip_content(result.bytes); return result.bytes;
    case IoResult::Kind::WouldBlock: return 0;
    case IoResult::Kind::End:
    case IoResult::Kind::Failed: break;
  }
  return fail(Error::Kind::Refused, "the connection ended inside a body", Error::Side::Origin);
}

void MessageReader::next_message() {
  buffer_.consume(parsed_);
  parsed_ = 0;
  head_held_ = complete_ = false;
  empty_line_bytes_ = 0;
  first_piece_ = pieces_left_ = 0;
  parser_.reset();
}

Buffer& MessageReader::raw() {
  buffer_.consume(parsed_);
  parsed_ = 0;
  head_held_ = false;
  return buffer_;
}

void MessageReader::release_if_empty() {
  if (buffer_.empty()) buffer_.release();
}

bool MessageWriter::take_back_head() {
  if (head_at_ == kNoHead) return false;
  queue_.resize(head_at_);
  head_at_ = kNoHead;
  return true;
}

void MessageWriter::begin_body(Framing framing) {
  framing_ = framing;
  chunk_left_ = 0;
  ended_ = false;
}

Sent MessageWriter::send(const Batch& batch, std::uint64_t limit) {
  Sent out;
  forget_written();
  const std::uint64_t offered = batch.bytes();
  std::uint64_t payload = std::min(offered, limit);
  after_.clear();
  if (framing_ == Framing::Chunked) {
    if (chunk_left_ == 0 && payload > 0) {
      char prefix[20];
      queue_.append(prefix, chunk_prefix(payload, prefix));
      chunk_left_ = payload;
    }
    payload = std::min(payload, chunk_left_);
    if (payload > 0 && payload == chunk_left_) after_ = "\r\n";
  }
  const bool ending = batch.last && payload == offered;
  if (ending && !ended_ && framing_ == Framing::Chunked) {
    static const std::vector<Field> kNone;
    append_last_chunk(batch.trailers ? *batch.trailers : kNone, after_);
  }

  std::array<iovec, 16> pieces;
  std::size_t count = 0;
  const auto add = [&](std::string_view bytes) {
    if (!bytes.empty()) pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  };
  add(std::string_view(queue_).substr(written_));
  std::uint64_t left = payload;
  for (auto piece : batch.pieces) {
    if (left == 0) break;
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    add(piece.substr(0, part));
    left -= part;
  }
  add(after_);
  if (count == 0) {
    out.done = ending;
    return out;
  }

  const IoResult result = transport_.write({pieces.data(), count});
  if (result.kind == IoResult::Kind::WouldBlock) {
    out.blocked = true;
    return out;
  }
  if (result.kind != IoResult::Kind::Ok) {
    out.failed = true;
    return out;
  }
  std::size_t moved = result.bytes;
  const std::size_t from_queue = std::min(moved, queue_.size() - written_);
  written_ += from_queue;
  moved -= from_queue;
  if (head_at_ != kNoHead && written_ > head_at_) head_at_ = kNoHead;
  out.payload = std::min<std::uint64_t>(moved, payload);
  moved -= static_cast<std::size_t>(out.payload);
  chunk_left_ -= framing_ == Framing::Chunked ? out.payload : 0;
  const bool all_payload = out.payload == payload && written_ == queue_.size();
  if (all_payload && !after_.empty()) {
    // The framing behind the payload is owed from here on, whether the socket took it or not.
    if (ending) ended_ = true;
    queue_.assign(after_, moved);
    written_ = 0;
  } else if (all_payload && ending) {
    ended_ = true;
  }
  out.blocked = !all_payload || written_ != queue_.size();
  out.done = !out.blocked && ending;
  return out;
}

Sent MessageWriter::splice_from(Pipe& pipe, std::uint64_t limit, bool more) {
  const IoResult result =
      transport_.splice_from(pipe, limit, more ? Transport::Follows::More : Transport::Follows::Nothing);
  return {.payload = result.bytes,
          .blocked = result.kind == IoResult::Kind::WouldBlock,
          .failed = result.kind == IoResult::Kind::Failed || result.kind == IoResult::Kind::End};
}

}  // namespace citygate::proxy
