// hand_over_channel.h - what the old and the new process of an upgrade say to each other, message by message.
//
//   new   Hello ─────────────────▶ old
//         ◀── Socket* Memory Control Lock Earlier* Offer     descriptors of what the old one holds, then all in words
//         Release ───────────────▶                           the old one closes the store, and serves on
//         ◀───────────── Released
//         Ready ─────────────────▶                           the new one serves as well
//         ◀──────────── Committed                            the old one accepts no more; from here on it takes orders:
//         Adopt, SignOut, Clock, Stop, Report ▶  ◀── Done    Adopt may ask for names and for acts meanwhile:
//                                                            NameAsked ◀ ▶ Name, ActAsked ◀ ▶ Act
//   Refused, from either side with the reason, instead of any of these: all stays, or becomes again, as it was.
//
// A message is one packet of a Unix socket: kVersion, kind, text, at most one descriptor. Version and kind Refused are
// read alike by every version that will ever be, so that two that do not understand each other can say so.
// Owner     one thread at a time. Errors: NotFound: the other process is gone. Timeout. Refused: its own words, or
//           another version. Malformed: anything else.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace citygate::app {

class HandOverChannel {
 public:
  static constexpr std::uint16_t kVersion = 2;  // 2: acts, sign-outs
  enum class Kind : std::uint16_t {
    Refused = 0,
    Hello = 1,
    Socket = 2,
    Memory = 3,
    Control = 4,
    Lock = 5,
    Earlier = 6,
    Offer = 7,
    Release = 8,
    Released = 9,
    Ready = 10,
    Committed = 11,
    Adopt = 12,
    Clock = 13,
    Stop = 14,
    Report = 15,
    Done = 16,
    NameAsked = 17,
    Name = 18,
    ActAsked = 19,  // "41 0": of act 41, the text from byte 0
    Act = 20,       // a piece of its line, records/act_codec.h; "" at its end, and where there is no such act
    SignOut = 21,   // "10.1.2.3 10.1.2.4": nobody is signed in there any more
  };
  struct Message {
    Kind kind = Kind::Refused;
    std::string text;
    UniqueFd descriptor;
  };

  explicit HandOverChannel(UniqueFd socket) : socket_(std::move(socket)) {}

  // Mode 0600; replaces what stands there.
  [[nodiscard]] static Result<UniqueFd> listen(const std::filesystem::path& path);
  // NotFound: nobody listens there.
  [[nodiscard]] static Result<HandOverChannel> connect(const std::filesystem::path& path);

  [[nodiscard]] Result<void> send(Kind kind, std::string_view text = {}, int descriptor = -1);
  [[nodiscard]] Result<Message> receive(std::chrono::milliseconds patience);
  // The same, and an error if it is of another kind.
  [[nodiscard]] Result<Message> expect(Kind kind, std::chrono::milliseconds patience);

  [[nodiscard]] const UniqueFd& socket() const { return socket_; }
  [[nodiscard]] pid_t peer() const;  // that connected or listened; 0 when the kernel does not say

 private:
  UniqueFd socket_;
};

}  // namespace citygate::app
