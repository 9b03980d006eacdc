#include "records/ring.h"

#include <sys/random.h>

#include <cstring>

#include "records/record_codec.h"
#include "records/ring_format.h"

namespace citygate::records {
namespace {

FrameHead* frame_at(char* data, std::uint64_t offset) { return reinterpret_cast<FrameHead*>(data + offset); }

// After a kill the file holds what the process had stored, in the order of its own stores: so the state is taken away
// before the rest is touched, and given after it is whole. The release order keeps the compiler from moving them.
void set_state(FrameHead* frame, std::uint32_t state) {
  std::atomic_ref(frame->state).store(state, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

Ring::Ring(MappedFile file, const RingHead& head, End end)
    : file_(std::move(file)),
      control_(reinterpret_cast<RingControl*>(file_.writable().data() + kRingControlAt)),
      data_(reinterpret_cast<char*>(file_.writable().data()) + kRingHeadBytes),
      capacity_(head.capacity),
      secret_(head.secret),
      first_id_(std::uint64_t{head.incarnation} << 48 | std::uint64_t{head.worker} << 40),
      worker_(static_cast<std::uint8_t>(head.worker)),
      end_(end) {}

Result<std::unique_ptr<Ring>> Ring::create(const std::filesystem::path& path, std::size_t bytes,
                                           std::uint16_t incarnation, std::uint8_t worker) {
  CG_CHECK(bytes >= kRingHeadBytes + 4 * frame_bytes(kMaxRecordBytes));
  CG_TRY(file, MappedFile::open_shared(path, bytes));
  RingHead head{.magic = kRingMagic,
                .version = kRingVersion,
                .incarnation = incarnation,
                .worker = worker,
                .capacity = (bytes - kRingHeadBytes) & ~std::uint64_t{7},
                .secret = 0,
                .checksum = 0};
  if (::getrandom(&head.secret, sizeof head.secret, 0) != sizeof head.secret) return fail_errno("draw a random number");
  head.checksum = checksum64({reinterpret_cast<const char*>(&head), offsetof(RingHead, checksum)}, 0);
  std::memset(file.writable().data() + kRingControlAt, 0, sizeof(RingControl));
  std::memcpy(file.writable().data(), &head, sizeof head);
  return std::unique_ptr<Ring>(new Ring(std::move(file), head, End::Both));
}

Result<std::unique_ptr<Ring>> Ring::attach(const std::filesystem::path& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) return fail(Error::Kind::Storage, "open " + path.string() + ": " + error.message());
  CG_TRY(file, MappedFile::open_shared(path, static_cast<std::size_t>(bytes)));
  const auto all = file.bytes();
  CG_TRY(head, read_ring_head(path, {reinterpret_cast<const char*>(all.data()), all.size()}));
  if (head.version != kRingVersion)
    return fail(Error::Kind::Refused, path.string() + ": its process runs and writes spool format " +
                                          std::to_string(head.version) + ", which only it can read; stop it");
  return std::unique_ptr<Ring>(new Ring(std::move(file), head, End::Consumer));
}

bool Ring::reserve(Record& record) noexcept {
  CG_CHECK(!open_ && end_ == End::Both);
  std::uint64_t at = write_;
  const std::uint64_t need = frame_bytes(record_bytes_bound(record));
  const std::uint64_t to_end = capacity_ - at % capacity_;
  const std::uint64_t skip = to_end < need ? to_end : 0;
  const auto fits = [&] { return at + skip + need - tail().load(std::memory_order_seq_cst) <= capacity_; };
  if (!fits()) {
    // Asked again after the wish is known: the consumer either sees it, or had made room before.
    wanted_room().store(1, std::memory_order_seq_cst);
    if (!fits()) return false;
  }
  if (skip != 0) {
    if (to_end >= sizeof(FrameHead)) {
      FrameHead* pad = frame_at(data_, at % capacity_);
      set_state(pad, kFrameTorn);
      pad->position = at;
      pad->payload_bytes = 0;
      pad->checksum = checksum64({}, frame_seed(secret_, at));
      set_state(pad, kFramePad);
    }
    at += skip;
  }
  record.id = {first_id_ | ++counter_};
  FrameHead* frame = frame_at(data_, at % capacity_);
  set_state(frame, kFrameTorn);
  char* payload = reinterpret_cast<char*>(frame + 1);
  const auto size = static_cast<std::uint64_t>(encode_record(record, payload) - payload);
  frame->position = at;
  frame->payload_bytes = static_cast<std::uint32_t>(size);
  frame->checksum = checksum64({payload, size}, frame_seed(secret_, at));
  set_state(frame, kFrameOpen);
  write_ = at;
  open_end_ = at + frame_bytes(size);
  open_ = true;
  return true;
}

void Ring::commit() noexcept {
  CG_CHECK(open_);
  set_state(frame_at(data_, write_ % capacity_), kFrameDone);
  open_ = false;
  write_ = open_end_;
  head().store(open_end_, std::memory_order_release);
  if (consumer_ != nullptr) consumer_->ring_if_dozing();
}

void Ring::cancel() noexcept {
  CG_CHECK(open_);
  set_state(frame_at(data_, write_ % capacity_), kFrameVoid);
  open_ = false;
}

bool Ring::crowded() const noexcept {
  return head().load(std::memory_order_relaxed) - tail().load(std::memory_order_relaxed) > capacity_ / 4 * 3;
}

Result<std::uint64_t> Ring::read(std::uint64_t position, const Visit& visit) const {
  const std::uint64_t head = committed();
  while (position < head) {
    const std::uint64_t offset = position % capacity_;
    const auto* frame = reinterpret_cast<const FrameHead*>(data_ + offset);
    const std::uint64_t to_end = capacity_ - offset;
    if (to_end < sizeof(FrameHead) || (frame->state == kFramePad && frame->position == position)) {
      position += to_end;
      continue;
    }
    const std::uint64_t size = frame->payload_bytes;
    const bool whole = frame->position == position && frame->state == kFrameDone && frame_bytes(size) <= to_end;
    const std::string_view bytes(reinterpret_cast<const char*>(frame + 1), whole ? size : 0);
    // What this process itself has just written, in memory that only it writes to: anything else is a broken invariant.
    if (end_ == End::Both)
      CG_CHECK(whole);
    else if (!whole || checksum64(bytes, frame_seed(secret_, position)) != frame->checksum)
      return fail(Error::Kind::Malformed, "no whole record at position " + std::to_string(position) +
                                              " of a ring of process " + std::to_string(incarnation()));
    const std::uint64_t end = position + frame_bytes(size);
    if (!visit({.bytes = bytes, .end = end, .uncertain = false})) break;
    position = end;
  }
  return position;
}

}  // namespace citygate::records
