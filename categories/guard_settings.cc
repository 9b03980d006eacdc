#include "categories/guard_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/target.h"
#include "categories/table_reader.h"

namespace citygate::categories {
namespace {

constexpr std::string_view kKeys[] = {"protected",  "protected_file",   "must_allow",
                                      "must_block", "max_loss_percent", "max_gain_percent"};

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

void add_host(std::string_view text, const std::string& file, int line, std::vector<GuardEntry>& out,
              Problems& problems) {
  std::string host = canonical_host(text);
  if (text.starts_with("*.") && !canonical_host(text.substr(2)).empty()) {
    problems.add(
        file, line,
        fmt::format("write '{}' for '{}': names below a protected host are protected with it", text.substr(2), text));
  } else if (host.empty() || text.find('/') != std::string_view::npos) {
    problems.add(file, line, fmt::format("'{}' is no host name; one is like 'city.example'", text));
  } else {
    out.push_back({std::move(host), file, line});
  }
}

void read_protected_file(const std::filesystem::path& path, const TableReader& table, std::vector<GuardEntry>& out,
                         Problems& problems) {
  const auto text = read_file(path, std::size_t{4} << 20);
  if (!text) return table.wrong("protected_file", "cannot be read: " + text.error().context);
  std::string_view rest = *text;
  for (int line = 1; !rest.empty(); ++line) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (const auto host = trimmed(rest.substr(0, end)); !host.empty())
      add_host(host, path.string(), line, out, problems);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void read_urls(std::string_view key, const TableReader& table, std::vector<GuardEntry>& out, Problems& problems) {
  table.texts(key, [&](const Node& item, std::string_view text) {
    Target target;
    if (!parse_url(text, target) && canonical_host(text).empty())
      problems.add(
          item.file(), item.line(),
          fmt::format("'{}' in '{}' is no URL and no host; write as \"https://www.city.example/\"", text, key));
    else
      out.push_back({std::string(text), item.file(), item.line()});
  });
}

}  // namespace

GuardSettings read_guard_settings(const Node& node, const std::filesystem::path& home, Problems& problems) {
  GuardSettings out;
  if (!node.is_table()) {
    problems.add(node.file(), node.line(), "'guards' must be a table: [guards]");
    return out;
  }
  report_unknown_keys(node, "[guards]", kKeys, problems);
  const TableReader table(node, problems);
  table.texts("protected", [&](const Node& item, std::string_view text) {
    add_host(text, item.file(), item.line(), out.protected_hosts, problems);
  });
  std::string more;
  table.text("protected_file", more);
  if (!more.empty()) read_protected_file((home / more).lexically_normal(), table, out.protected_hosts, problems);
  read_urls("must_allow", table, out.must_allow, problems);
  read_urls("must_block", table, out.must_block, problems);
  table.percent("max_loss_percent", 100, out.max_loss_percent);
  table.percent("max_gain_percent", 1'000'000, out.max_gain_percent);
  return out;
}

}  // namespace citygate::categories
