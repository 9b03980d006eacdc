// head_rules.h - our own reading of a head that llhttp has let through, and what it refuses.
//
// llhttp in strict mode checks characters; this reads the same bytes a second time, line by line and with nothing
// lenient, decides the framing, and refuses what two recipients could read in two ways. The parser then compares both
// readings: where they differ the message is refused. Sections are of RFC 9112 unless said otherwise.
//
//   line ends      CR LF only; a lone LF after the start line passes llhttp                     2.2
//   obs-fold       a line that begins with white space, in heads and trailers                   5.2
//   start line     single spaces; three status digits; a version; no control characters         3, 4
//   version        other than HTTP/1.0 and HTTP/1.1: 505                                        2.3; RFC 9110 15.6.6
//   field name     empty                                                                        5.1
//   field count    over the limit: 431; request target over the limit: 414                      3; RFC 6585 5
//   target         authority-form for CONNECT and only there; "*" for OPTIONS only; absolute-form or origin-form
//                  else; no credentials in authority-form. A fragment is no part of a target, but not ambiguous either:
//                  origin_form() leaves it behind                                               3.2
//   Host           repeated, or with characters no host holds; missing in HTTP/1.1 unless CONNECT names the host itself
//                  (real clients leave it out there). One that differs from an absolute-form target is not an error:
//                  the target wins                                                                  3.2, 3.2.2
//   Transfer-Encoding  in HTTP/1.0, beside Content-Length, repeated, or anything but one final `chunked`. Other codings
//                  before a final `chunked` are 501, all else is 400                            6.1, 6.3
//   Content-Length repeated or a list, even of equal values; anything but digits; over 64 bits  6.3 rule 5
//   content        on CONNECT and TRACE; announced by 1xx and 204 it is not refused, but ends the connection
//                                                                                  6.1; RFC 9110 8.6, 9.3.6, 9.3.8
//
// All of it is 502 when a response does it. Bytes after a message that ends its connection are refused by the parser.
// Cost      one pass over the head; allocates for errors only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/http/message.h"
#include "proxy/http/message_parser.h"

namespace citygate::proxy {

// `text` from the first byte of the start line to the empty line's LF. `answers` is the request's method, for a
// response. On failure `out` is unspecified.
[[nodiscard]] Result<void> read_request_head(std::string_view text, const ParserLimits& limits, MessageHead& out);
[[nodiscard]] Result<void> read_response_head(std::string_view text, Method answers, const ParserLimits& limits,
                                              MessageHead& out);

// The field lines after a last chunk, to the empty line's LF.
[[nodiscard]] Result<void> read_trailers(std::string_view text, Error::Side side, const ParserLimits& limits,
                                         std::vector<Field>& out);

// An error that status_for() answers with `status`.
[[nodiscard]] std::unexpected<Error> refuse(std::uint16_t status, Error::Side side, std::string_view why);

// Whether the comma-separated `list` holds `member`, in any case.
[[nodiscard]] bool list_holds(std::string_view list, std::string_view member) noexcept;

// In any case, ASCII.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

// The next member of a comma-separated list, without surrounding white space; `rest` moves behind it. False at the end;
// empty members are skipped (RFC 9110 section 5.6.1.2).
[[nodiscard]] bool next_member(std::string_view& rest, std::string_view& member) noexcept;

}  // namespace citygate::proxy
