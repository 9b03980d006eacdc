// software_kind.h - whether an answer is a program or an installer: by its first bytes, its media type, its name.
//
// Bytes decide where they say something; a name or a type alone decides unless the bytes are plainly a page. Names and
// types are what honest servers say; bytes are what runs.
//
//   bytes   PE ("MZ"), ELF, Mach-O, Android dex, deb and rpm packages, scripts with "#!", Windows installer (an OLE file
//           that name or type calls one), zip archives whose first entry or name is a Java, Android or Windows package
//   type    application/x-msdownload, vnd.debian.binary-package, vnd.android.package-archive and their like
//   name    of Content-Disposition, else the path's last segment: .exe .msi .dmg .apk .deb .iso .ps1 ...
//
// Contents that come compressed by Content-Encoding (gzip, deflate, zstd, and several of them one over the other) are
// looked at as what they unpack to.
// What cannot be looked at - a part from the middle (206), several parts in one, another coding (br) - is judged by type
// and name; where these say no more than that it is bytes (application/octet-stream, or nothing), it is taken for a
// part of a program: else whoever asked for all but the first byte would have any.
// Thread    any; pure. Cost: below 0.2 us without a coding; a few microseconds and one allocation to unpack the first
//           bytes, which is done only for types that can be programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace citygate::categories {

// How many first bytes are enough to tell all kinds; with fewer, what they show is judged. Most answers need fewer, see
// more_would_tell().
inline constexpr std::size_t kSoftwareBytes = 64;
// The same of what is packed: before the first byte that it unpacks to stand the packer's tables.
inline constexpr std::size_t kPackedBytes = 1'024;

// Borrowed.
struct AnswerHead {
  std::string_view content_type, content_encoding, content_disposition;  // of several fields, with commas between them
  std::string_view path;                                                 // of the request
  bool begins_later = false;  // a part (206) that does not begin at the first byte: its bytes show nothing
};

enum class SoftwareSign : std::uint8_t { None, Name, Type, Bytes };

struct SoftwareFinding {
  SoftwareSign sign = SoftwareSign::None;
  std::string_view kind;  // "Windows program"; static
  [[nodiscard]] explicit operator bool() const { return sign != SoftwareSign::None; }
};

[[nodiscard]] SoftwareFinding find_software(const AnswerHead& head, std::string_view first_bytes);

// Whether with more of its first bytes something else could be found. A stream of events that has said a word need not
// be kept waiting for the next.
[[nodiscard]] bool more_would_tell(const AnswerHead& head, std::string_view first_bytes);

}  // namespace citygate::categories
