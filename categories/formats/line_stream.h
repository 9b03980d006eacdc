// line_stream.h - cuts a stream of blocks into lines of bounded length.
//
// Takes LF and CRLF, drops a UTF-8 byte order mark. Of a line over kMaxLineBytes only the beginning is kept and `cut`
// is set, so a line of a gigabyte costs no memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace citygate::categories {

inline constexpr std::size_t kMaxLineBytes = 4096;

class LineStream {
 public:
  struct Line {
    std::string_view text;     // valid until the next block
    std::uint64_t number = 0;  // from 1
    bool cut = false;
  };

  // Calls visit(const Line&) -> bool for each line that ends in `block`; false stops at once and is returned.
  template <class Visit>
  bool feed(std::string_view block, Visit&& visit) {
    while (!block.empty()) {
      const auto end = block.find('\n');
      const std::string_view piece = block.substr(0, end);
      if (end == std::string_view::npos) {
        keep(piece);
        return true;
      }
      block.remove_prefix(end + 1);
      if (!pending_ && piece.size() <= kMaxLineBytes) {
        if (!visit(next(piece, false))) return false;
        continue;
      }
      keep(piece);
      if (!flush(visit)) return false;
    }
    return true;
  }

  // The last line, when the stream did not end with a line end.
  template <class Visit>
  bool finish(Visit&& visit) {
    return !pending_ || flush(visit);
  }

 private:
  void keep(std::string_view piece) {
    pending_ = true;
    cut_ = cut_ || kept_.size() + piece.size() > kMaxLineBytes;
    kept_.append(piece.substr(0, kMaxLineBytes - kept_.size()));
  }
  template <class Visit>
  bool flush(Visit&& visit) {
    const bool go_on = visit(next(kept_, cut_));
    kept_.clear();
    pending_ = cut_ = false;
    return go_on;
  }
  Line next(std::string_view text, bool cut) {
    if (++number_ == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return {text, number_, cut};
  }

  std::string kept_;
  bool pending_ = false, cut_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace citygate::categories
