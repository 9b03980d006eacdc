#include "categories/content_coding.h"

#include <zlib.h>
#include <zstd.h>

#include "base/letter_case.h"

namespace citygate::categories {
namespace {

constexpr int kMostCodings = 4;  // more than that nobody applies

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> inflated(std::string_view bytes, int window_bits, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return std::nullopt;
  std::string out(most, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return std::nullopt;
  return out;
}

std::optional<std::string> decoded_once(std::string_view coding, std::string_view bytes, std::size_t most) {
  if (same_letters(coding, "gzip") || same_letters(coding, "x-gzip")) return inflated(bytes, 15 + 16, most);
  if (same_letters(coding, "deflate")) {
    auto out = inflated(bytes, 15, most);
    return out ? out : inflated(bytes, -15, most);  // what some servers send under that name
  }
  if (same_letters(coding, "zstd")) {
    ZSTD_DStream* stream = ZSTD_createDStream();
    if (!stream) return std::nullopt;
    std::string out(most, '\0');
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const bool failed = ZSTD_isError(ZSTD_decompressStream(stream, &to, &in));
    ZSTD_freeDStream(stream);
    out.resize(to.pos);
    if (!failed) return out;
  }
  return std::nullopt;
}

}  // namespace

bool is_coded(std::string_view codings) {
  return codings.find_first_not_of(" \t,") != codings.npos && !same_letters(trimmed(codings), "identity");
}

std::optional<std::string> decoded_beginning(std::string_view codings, std::string_view bytes, std::size_t most) {
  std::string out(bytes);
  for (int left = kMostCodings; !codings.empty(); --left) {
    const auto comma = codings.rfind(',');
    const std::string_view last = trimmed(comma == codings.npos ? codings : codings.substr(comma + 1));
    codings = comma == codings.npos ? std::string_view() : codings.substr(0, comma);
    if (last.empty() || same_letters(last, "identity")) continue;
    if (left == 0) return std::nullopt;
    auto plain = decoded_once(last, out, most);
    if (!plain) return std::nullopt;
    out = *std::move(plain);
  }
  return out;
}

}  // namespace citygate::categories
