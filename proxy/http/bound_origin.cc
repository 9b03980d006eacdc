#include "proxy/http/bound_origin.h"

namespace citygate::proxy {

void BoundOrigin::keep(std::string_view host, std::uint16_t port, PersonId person,
                       std::unique_ptr<OriginStream> stream) {
  drop();
  if (!pool_.come_to_rest(*stream)) return pool_.discard(std::move(stream));
  host_.assign(host);
  port_ = port;
  person_ = person;
  stream_ = std::move(stream);
  stream_->set_listener(this);
}

std::unique_ptr<OriginStream> BoundOrigin::take(std::string_view host, std::uint16_t port, PersonId person) {
  if (!stream_ || host_ != host || port_ != port) return nullptr;
  if (person_ != person) {
    drop();
    return nullptr;
  }
  stream_->set_listener(nullptr);
  return std::move(stream_);
}

void BoundOrigin::drop() { pool_.discard(std::move(stream_)); }

void BoundOrigin::on_origin_readable() {
  if (stream_ && !pool_.still_at_rest(*stream_)) drop();
}

}  // namespace citygate::proxy
