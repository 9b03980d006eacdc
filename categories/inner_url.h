// inner_url.h - the URL that a request carries to a front end: a translator, an archive, a reader, a web proxy.
//
//   http://translate.google.com/translate?u=http%3A%2F%2Fcasino.example%2Fplay   carries   http://casino.example/play
//   tunnel://casino-example.translate.goog:443                                   carries   tunnel://casino.example:443
//
// What is carried is fetched by somebody else and shown all the same, so it is to be classified as if it had been asked for.
// It may itself be for a front end; three deep are looked at, what lies deeper is said to be there.
//
// Forms     front_ends.h for known sites; scripts that are installed on any host are known by their own forms
//           (Glype's browse.php, CGIProxy's nph-*, CroxyProxy's __cpo, Ultraviolet's encoded prefix).
// Lenience  a front end takes what a browser's address bar would: no scheme, one slash, backslashes, white space around,
//           an encoding too many. So does this; where only the path cannot be read the host is still given.
// Owner     a worker's workspace: targets are reused, so that a usual request allocates nothing. Thread: its owner's.
// Errors    none: what is no URL is not carried.
// Cost      a look-up of the host for requests that carry nothing; else a few passes over the URL, at most three times.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "base/target.h"
#include "categories/front_ends.h"

namespace citygate::categories {

class InnerUrls {
 public:
  static constexpr std::size_t kMaxDepth = 3;

  // The URLs that `outer` carries, outermost first; valid until the next call. `outer` is none of them.
  [[nodiscard]] std::span<const Target> find(const Target& outer) noexcept;

  // About the last find(): the most that any front end on the way is (the order of the enumeration); None when nothing
  // was carried. Proxy with nothing found: a web proxy's own form, whose URL only the proxy can read.
  [[nodiscard]] FrontEnd kind() const { return kind_; }
  // The innermost carries another one, which was not looked at.
  [[nodiscard]] bool deeper() const { return deeper_; }

 private:
  struct Text {
    std::string_view text;
    bool secure = false;        // what is meant where no scheme is said
    bool needs_scheme = false;  // else it is no URL
  };
  bool step(const Target& from, Target& to);
  void fold(const Target& from);
  bool read_form(const FrontEndForm& form, const Target& from, Target& to);
  bool read_parameter(const FrontEndForm& form, Target& to);
  bool read_path(const FrontEndForm& form, Target& to);
  bool read_cache_operator(const FrontEndForm& form, Target& to);
  bool read_host(const FrontEndForm& form, const Target& from, Target& to);
  bool read_anywhere(const Target& from, Target& to);
  bool read_encoded(std::string_view value, Target& to);
  bool read_url(Text text, Target& to);
  bool read_decoded_url(Text text, Target& to);

  std::array<Target, kMaxDepth + 1> targets_;  // the last is for finding out that there is one
  FrontEnd kind_ = FrontEnd::None, last_kind_ = FrontEnd::None;
  bool deeper_ = false;
  std::string path_scratch_, query_scratch_, decoded_, decoded_again_, url_;
  bool folded_ = false;
  std::string_view path_, query_;  // of the target looked at, in matching form, once fold() was called
};

}  // namespace citygate::categories
