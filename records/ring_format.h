// ring_format.h - the bytes of a ring file, for its writer and for whoever recovers it (docs/record_format.md draws
// them).
#pragma once

#include <atomic>
#include <cstdint>

namespace citygate::records {

inline constexpr std::uint64_t kRingHeadBytes = 4096;
inline constexpr std::uint64_t kRingMagic = 0x31474e4952474343;  // "CCGRING1", little-endian
inline constexpr std::uint32_t kRingVersion = 2;

struct RingHead {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint16_t incarnation;
  std::uint16_t worker;
  std::uint64_t capacity;
  // Random per ring and part of every checksum: bytes that a client chose can never look like a frame.
  std::uint64_t secret;
  std::uint64_t checksum;  // of the fields before it
};
static_assert(sizeof(RingHead) == 40);

// What the two ends of a living ring tell each other, after the head and each on a cache line of its own; the two may
// be processes. Atomic. None of it counts once the producer's process has ended: then the frames say what is there.
struct RingControl {
  alignas(64) std::uint64_t committed;  // the producer's: up to here there are whole frames
  alignas(64) std::uint64_t released;   // the consumer's: up to here the store has them
  alignas(64) std::uint32_t wanted_room;
};
inline constexpr std::uint64_t kRingControlAt = 64;
static_assert(kRingControlAt >= sizeof(RingHead) && kRingControlAt + sizeof(RingControl) <= kRingHeadBytes);

// The states differ in every byte, so that no damaged byte turns one into another.
enum FrameState : std::uint32_t {
  kFrameTorn = 0,  // being written
  kFrameOpen = 0x4e45504f,
  kFrameDone = 0x21d0e01d,
  kFrameVoid = 0x7691ab62,  // cancelled: the next one takes its place
  kFramePad = 0x9a3c72f5,   // from here to the end of the ring there is nothing
};

// Frames begin at multiples of 8 and are followed by their payload.
struct FrameHead {
  std::uint64_t position;
  std::uint32_t payload_bytes;
  std::uint32_t state;  // atomic for its writer; not under the checksum, because it changes after it
  std::uint64_t checksum;
};
static_assert(sizeof(FrameHead) == 24);
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free &&
              std::atomic_ref<std::uint64_t>::is_always_lock_free);

constexpr std::uint64_t frame_bytes(std::uint64_t payload_bytes) {
  return (sizeof(FrameHead) + payload_bytes + 7) & ~std::uint64_t{7};
}
// Moving a frame to another place, or reading an old one as a new one, fails.
constexpr std::uint64_t frame_seed(std::uint64_t secret, std::uint64_t position) {
  return secret ^ (position * 0x9e3779b97f4a7c15u);
}

}  // namespace citygate::records
