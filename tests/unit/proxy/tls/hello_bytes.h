// hello_bytes.h - ClientHellos as bytes, made from their parts.
#pragma once

#include <string>
#include <string_view>

namespace citygate::test {

// A big-endian number of `count` bytes.
inline std::string number(std::size_t value, int count) {
  std::string out;
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
  return out;
}
inline std::string vector(std::string_view bytes, int count) {
  return number(bytes.size(), count) + std::string(bytes);
}

inline std::string extension(unsigned type, std::string_view data) { return number(type, 2) + vector(data, 2); }
inline std::string name_entry(std::string_view name) { return std::string(1, '\0') + vector(name, 2); }
inline std::string server_name(std::string_view name) { return extension(0, vector(name_entry(name), 2)); }

// The handshake message with these extensions, or none at all.
inline std::string hello_without_extensions() {
  const std::string body = "\x03\x03" + std::string(32, 'r') + vector(std::string(32, 's'), 1) +
                           vector("\x13\x01\x13\x02", 2) + std::string("\x01\x00", 2);
  return "\x01" + vector(body, 3);
}
inline std::string hello(std::string_view extensions) {
  const std::string bare = hello_without_extensions();
  return "\x01" + vector(bare.substr(4) + vector(extensions, 2), 3);
}

// The message in records of at most `fragment` bytes.
inline std::string records(std::string_view message, std::size_t fragment = 16 * 1024) {
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += fragment)
    out += "\x16\x03\x01" + vector(message.substr(at, fragment), 2);
  return out;
}

}  // namespace citygate::test
