#include "categories/pattern_lines.h"

#include <cstring>
#include <string>

#include "base/file.h"
#include "categories/file_writer.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

constexpr std::uint64_t kSeed = 0x7061747465726e73U;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T take(std::string_view& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

}  // namespace

Result<void> write_pattern_lines(const std::filesystem::path& file, std::uint64_t key,
                                 const std::vector<matcher::Naming>& lines) {
  std::string out;
  out.reserve(lines.size() * sizeof(matcher::Naming) + 3 * sizeof(std::uint64_t));
  append(out, key);
  append(out, std::uint64_t{lines.size()});
  for (const auto& line : lines) append(out, line);
  append(out, matcher::hash_of_text(out, kSeed));
  CG_TRY(writer, FileWriter::create(file));
  writer.write(out);
  return writer.finish();
}

Result<std::vector<matcher::Naming>> read_pattern_lines(const std::filesystem::path& file, std::uint64_t key) {
  CG_TRY(text, read_file(file, kMaxBytes));
  const auto damaged = [&](std::string_view why) {
    return fail(Error::Kind::Storage, file.string() + ": " + std::string(why));
  };
  constexpr std::size_t kFrame = 3 * sizeof(std::uint64_t);
  if (text.size() < kFrame) return damaged("is cut short");
  std::string_view left = text;
  const std::string_view body = left.substr(0, left.size() - sizeof(std::uint64_t));
  std::string_view end = left.substr(body.size());
  if (take<std::uint64_t>(end) != matcher::hash_of_text(body, kSeed))
    return damaged("is damaged: it does not match its checksum");
  const auto found = take<std::uint64_t>(left), count = take<std::uint64_t>(left);
  if (found != key) return damaged("does not go with the url.patterns beside it");
  if (count != (text.size() - kFrame) / sizeof(matcher::Naming)) return damaged("is damaged: its count is wrong");
  std::vector<matcher::Naming> out;
  out.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(take<matcher::Naming>(left));
  return out;
}

}  // namespace citygate::categories
