// origin_connection.h - one HTTP/1 connection to an origin: a slot for one exchange at a time.
#pragma once

#include <memory>
#include <string>

#include "proxy/http/message_io.h"
#include "proxy/http/origin_place.h"
#include "proxy/http/streams.h"

namespace citygate::proxy {

class OriginConnection final : public OriginStream, public Transport::Handler, public Deferred {
 public:
  OriginConnection(std::unique_ptr<Transport> transport, BulkPool& buffers, const ParserLimits& limits,
                   OriginPlace place);

  // OriginStream
  void set_listener(Listener* listener) override { listener_ = listener; }
  void queue_request(std::string_view head, Framing body_framing, Method method) override;
  Result<bool> read_head() override;
  const MessageHead& response() const override { return reader_.head(); }
  void next_head() override;
  void release_head() override { reader_.release_head(); }
  std::unique_ptr<Transport> release_transport(std::string_view& early) override;
  bool reused() const override { return uses_ > 1; }
  IpAddress peer() const override { return transport_->peer().ip; }
  Result<Batch> peek() override { return reader_.peek(); }
  Result<Batch> peek_ahead(std::size_t bytes) override { return reader_.peek(bytes); }
  void take(std::uint64_t payload_bytes) override { reader_.take(payload_bytes); }
  void announce_again() override { transport_->want_read_again(); }
  Sent send(const Batch& batch, std::uint64_t limit) override;
  std::uint64_t unread() const override { return reader_.unread(); }
  Result<std::uint64_t> splice_to(Pipe& pipe, std::uint64_t most) override { return reader_.splice_to(pipe, most); }
  bool takes_splices() const override { return writer_.takes_splices(); }
  Sent splice_from(Pipe& pipe, std::uint64_t limit, bool more) override {
    return writer_.splice_from(pipe, limit, more);
  }

  // May it serve another exchange? Only if this one's messages are whole on both sides and nothing follows them.
  [[nodiscard]] bool reusable() const;
  void make_idle();  // between exchanges: holds no buffer
  // A wake-up between exchanges: true if nothing has come, neither bytes nor an end. An edge may be older than the
  // exchange's last read, or be announce_again() of a body that ended meanwhile.
  [[nodiscard]] bool still_quiet();
  [[nodiscard]] OriginPlace& place() { return place_; }  // the pool's affair

 private:
  // Transport::Handler
  void on_readable() override;
  void on_writable() override;

  std::unique_ptr<Transport> transport_;
  BulkPool& buffers_;
  MessageReader reader_;
  MessageWriter writer_;
  Listener* listener_ = nullptr;
  OriginPlace place_;
  std::uint64_t uses_ = 0;
  bool request_done_ = false;
  bool broken_ = false;
};

}  // namespace citygate::proxy
