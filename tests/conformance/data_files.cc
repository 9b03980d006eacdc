#include "tests/conformance/data_files.h"

#include <archive.h>
#include <archive_entry.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

namespace citygate::test {
namespace {

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

[[noreturn]] void damaged(const std::string& what) {
  std::fprintf(stderr, "damaged test data: %s\n", what.c_str());
  std::abort();
}

std::string full_path(std::string_view path) {
  return (std::filesystem::path(CITYGATE_SOURCE_DIR) / "../shared/data" / path).string();
}

std::string read_member(archive* reader) {
  std::string out;
  char block[65536];
  for (;;) {
    const auto n = archive_read_data(reader, block, sizeof block);
    if (n < 0) damaged(archive_error_string(reader));
    if (n == 0) return out;
    out.append(block, static_cast<std::size_t>(n));
  }
}

// Each character below U+0100 is one byte.
std::string latin1(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      out.push_back(utf8[i]);
    } else {
      if (byte > 0xc3 || i + 1 == utf8.size()) damaged("a character above U+00FF");
      out.push_back(static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 63)));
    }
  }
  return out;
}

}  // namespace

bool for_each_file(std::string_view path,
                   const std::function<void(const std::string& name, const std::string& contents)>& visit) {
  const std::string file = full_path(path);
  if (!std::filesystem::exists(file)) return false;
  const Archive reader(archive_read_new(), &archive_read_free);
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_raw(reader.get());  // a compressed file alone
  if (archive_read_open_filename(reader.get(), file.c_str(), 65536) != ARCHIVE_OK) damaged(file);
  archive_entry* entry = nullptr;
  int code = ARCHIVE_OK;
  while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    const char* name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) == AE_IFREG) visit(name != nullptr ? name : "", read_member(reader.get()));
  }
  if (code != ARCHIVE_EOF) damaged(file);
  return true;
}

std::optional<std::vector<Row>> json_lines(std::string_view path) {
  std::vector<Row> rows;
  const auto read = [&](const std::string&, const std::string& contents) {
    for (std::size_t begin = 0; begin < contents.size();) {
      const std::size_t end = std::min(contents.find('\n', begin), contents.size());
      const auto object = nlohmann::json::parse(contents.substr(begin, end - begin), nullptr, false);
      begin = end + 1;
      if (!object.is_object()) continue;  // the URL tables hold comments
      Row row;
      for (const auto& [name, value] : object.items()) {
        row[name] = value.is_string() ? value.get<std::string>()
                                      : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        if (name.ends_with("_latin1")) row[name] = latin1(row[name]);
      }
      rows.push_back(std::move(row));
    }
  };
  if (!for_each_file(path, read)) return std::nullopt;
  return rows;
}

}  // namespace citygate::test
