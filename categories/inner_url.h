// inner_url.h - the URL that a request carries to a front end: a translator, an archive, a reader, a web proxy.
//
//   http://translate.google.com/translate?u=http%3A%2F%2Fcasino.example%2Fplay   carries   http://casino.example/play
//   tunnel://casino-example.translate.goog:443                                   carries   tunnel://casino.example:443
//
//   http://[64:ff9b::808:404]/                                                   carries   http://8.8.4.4/
//
// What is carried is fetched by somebody else and shown all the same, so it is to be classified as if it had been asked for.
// It may itself be for a front end; three deep are looked at, what lies deeper is said to be there.
//
// Several   a parameter may stand there twice, a URL fit two forms, a ".." take the URL out of a path that is sent on as it
//           was (Target::before_dots). Which one is fetched the front end alone knows: all are found, up to four of one
//           target and eight in all, in 32 places; that there are more is said as that there are deeper ones.
// Forms     front_ends.h for known sites; scripts that are installed on any host are known by their own forms
//           (Glype's browse.php, CGIProxy's nph-*, CroxyProxy's __cpo, Ultraviolet's encoded prefix).
//           An IPv6 address that leads to an IPv4 one (NAT64, 6to4) carries it.
// Lenience  a front end takes what a browser's address bar would: no scheme, one slash, backslashes, white space around,
//           an encoding too many. So does this; where only the path cannot be read the host is still given.
// Owner     a worker's workspace: targets are reused, so that a usual request allocates nothing. Thread: its owner's.
// Errors    none: what is no URL is not carried.
// Cost      a look-up of the host for requests that carry nothing; else a few passes over the URL, and over each that is
//           found in it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/target.h"
#include "categories/front_ends.h"

namespace citygate::categories {

class InnerUrls {
 public:
  static constexpr std::size_t kMaxDepth = 3, kMaxOfOne = 4, kMaxFound = 8, kMaxTries = 32;

  // The URLs that `outer` carries, outermost first, each once; valid until the next call. `outer` is none of them.
  [[nodiscard]] std::span<const Target> find(const Target& outer) noexcept;

  // About the last find(): the most that any front end on the way is (the order of the enumeration); None when nothing
  // was carried. Proxy with nothing found: a web proxy's own form, whose URL only the proxy can read.
  [[nodiscard]] FrontEnd kind() const { return kind_; }
  // Another one is carried, which was not looked at: it lies deeper, or is one too many.
  [[nodiscard]] bool deeper() const { return deeper_; }

 private:
  struct Text {
    std::string_view text;
    bool secure = false;        // what is meant where no scheme is said
    bool needs_scheme = false;  // else it is no URL
  };
  // Reads what `from`, itself `depth` deep, carries.
  void step(const Target& from, std::size_t depth);
  enum class Path : std::uint8_t { Canonical, BeforeDots };
  void read_all(const Target& from, Path which);
  void fold(const Target& from);
  void read_form(const FrontEndForm& form, const Target& from);
  void read_parameter(const FrontEndForm& form);
  void read_encoded_parameter(std::string_view name, FrontEnd kind);
  void read_path(const FrontEndForm& form);
  void read_cache_operator(const FrontEndForm& form);
  void read_google_host(const FrontEndForm& form, const Target& from);
  void read_host(const FrontEndForm& form, const Target& from, std::string_view label, bool international);
  void read_anywhere(const Target& from);
  void read_origin_of_croxy(const Target& from);
  void read_glype();
  void read_glype_path(std::string_view path);
  void read_embedded_address(const Target& from);
  // These read one URL into next(); false when the text is none.
  bool read_encoded(Text value);
  bool read_url(Text text);
  bool read_decoded_url(Text text);
  Target& next() { return targets_[found_]; }
  // Keeps what was read into next().
  void take(FrontEnd kind);
  bool another_try();
  void met(FrontEnd kind) { kind_ = std::max(kind_, kind); }

  std::array<Target, kMaxFound + 1> targets_;  // the last is for finding out that there is one
  std::array<std::uint8_t, kMaxFound> depth_{};
  std::size_t found_ = 0;
  FrontEnd kind_ = FrontEnd::None;
  bool deeper_ = false;
  // Of the target looked at.
  std::size_t from_depth_ = 0, of_one_ = 0, tries_ = 0;
  bool full_ = false;  // no more of it is taken
  bool read_ = false;  // an earlier form has a URL
  bool folded_ = false;
  std::string_view path_, query_;  // in matching form, once fold() was called
  std::string path_scratch_, query_scratch_, decoded_, decoded_again_, url_, joined_;
};

}  // namespace citygate::categories
