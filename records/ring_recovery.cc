#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "records/record_codec.h"
#include "records/ring.h"
#include "records/ring_format.h"

namespace citygate::records {
namespace {

std::unexpected<Error> damaged(const std::filesystem::path& path, std::string what) {
  return fail(Error::Kind::Malformed, path.string() + ": " + std::move(what));
}

struct Reader {
  std::string_view data;
  std::uint64_t secret;

  // The frame at `position`, if it is whole, was written there, and was not written over since.
  bool frame(std::uint64_t position, FrameHead& head, std::string_view& payload) const {
    const std::uint64_t offset = position % data.size();
    const std::string_view rest = data.substr(offset);
    if (rest.size() < sizeof head) return false;
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.position != position || head.payload_bytes > rest.size() - sizeof head) return false;
    if (head.state != kFrameOpen && head.state != kFrameDone && head.state != kFrameVoid && head.state != kFramePad)
      return false;
    payload = rest.substr(sizeof head, head.payload_bytes);
    return checksum64(payload, frame_seed(secret, position)) == head.checksum;
  }
};

}  // namespace

Result<RingHead> read_ring_head(const std::filesystem::path& path, std::string_view file) {
  RingHead head;
  if (file.size() < kRingHeadBytes) return damaged(path, "too short for a spool");
  std::memcpy(&head, file.data(), sizeof head);
  if (head.magic != kRingMagic) return damaged(path, "not a spool");
  if (head.version > kRingVersion)
    return fail(Error::Kind::Refused, path.string() + ": written by a newer version (spool format " +
                                          std::to_string(head.version) + "; known up to " +
                                          std::to_string(kRingVersion) + ")");
  if (head.checksum != checksum64(file.substr(0, offsetof(RingHead, checksum)), 0) || head.capacity % 8 != 0 ||
      head.capacity < sizeof(FrameHead) || head.capacity > file.size() - kRingHeadBytes || head.worker > 255)
    return damaged(path, "its head is damaged");
  return head;
}

Result<RecoveredRing> recover_ring(
    const std::filesystem::path& path,
    const std::function<Result<std::uint64_t>(std::uint16_t incarnation, std::uint8_t worker)>& mark) {
  RecoveredRing ring;
  CG_TRY(file, MappedFile::open_read_only(path));
  ring.file = std::move(file);
  const std::string_view all(reinterpret_cast<const char*>(ring.file.bytes().data()), ring.file.bytes().size());
  // The head is written before the first record: a process that died earlier left zeros, or a file not fully there.
  if (all.substr(0, kRingHeadBytes).find_first_not_of('\0') == std::string_view::npos) return ring;
  CG_TRY(head, read_ring_head(path, all));

  ring.incarnation = head.incarnation;
  ring.worker = static_cast<std::uint8_t>(head.worker);
  CG_TRY(held, mark(ring.incarnation, ring.worker));
  ring.mark = held;
  const Reader reader{.data = all.substr(kRingHeadBytes, head.capacity), .secret = head.secret};
  const std::uint64_t begin = held & ~std::uint64_t{7};
  std::uint64_t skipped = 0;
  // Nothing unread is ever written over, so all that is left lies within one capacity of the mark. A frame that is not
  // whole is stepped over eight bytes at a time, until the next that is.
  for (std::uint64_t at = begin; at < begin + head.capacity;) {
    FrameHead frame;
    std::string_view payload;
    const std::uint64_t to_end = head.capacity - at % head.capacity;
    if (to_end < sizeof(FrameHead)) {  // no frame fits: the writer went on at the front
      at += to_end;
      continue;
    }
    if (!reader.frame(at, frame, payload) || frame.state == kFrameVoid) {
      skipped += 8;
      at += 8;
      continue;
    }
    ring.lost_bytes += std::exchange(skipped, 0);  // the last stretch, which nothing whole follows, was never written
    if (frame.state == kFramePad) {
      at += to_end;
      continue;
    }
    at += frame_bytes(payload.size());
    ring.records.push_back({.bytes = payload, .end = at, .uncertain = frame.state == kFrameOpen});
  }
  return ring;
}

}  // namespace citygate::records
