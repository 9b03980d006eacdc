#include "policy/people/people_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "policy/digest.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kHashStart = "$argon2id$";

class PeopleReader {
 public:
  PeopleReader(NameSource& names, Problems& problems) : names_(names), problems_(problems) {}

  void read(const Node& root) {
    TableReader top(root, "the people file", problems_);
    for (const Node* node : top.tables("department")) read_department(*node);
    for (const Node* node : top.tables("person")) read_member(*node, Kind::Person);
    for (const Node* node : top.tables("device")) read_member(*node, Kind::Device);
    top.finish();
  }

  // Called when nothing was wrong.
  bool intern(const std::string& file) {
    const auto give = [&](NameKind kind, std::string_view name, auto& id) {
      auto number = names_.intern(kind, name);
      if (!number) {
        problems_.add(file, 0, fmt::format("the name '{}' cannot be kept: {}", name, number.error().context));
        return false;
      }
      id.value = *number;
      return true;
    };
    for (auto& department : out_.departments)
      if (!give(NameKind::Department, department.name, department.id)) return false;
    for (std::size_t i = 0; i < out_.people.size(); ++i) {
      if (!give(NameKind::Person, out_.people[i].name, out_.people[i].id)) return false;
      out_.people[i].department = out_.departments[department_of_[i]].id;
    }
    return true;
  }

  PeopleFile take() { return std::move(out_); }

 private:
  enum class Kind : std::uint8_t { Person, Device };

  void read_department(const Node& node) {
    TableReader table(node, "[[department]]", problems_);
    Department out;
    out.name = table.name("name");
    out.title = table.text("title");
    table.finish();
    if (out.name.empty()) return;
    if (out.title.empty()) out.title = out.name;
    if (const auto [first, fresh] = department_lines_.emplace(out.name, node.line()); !fresh)
      return table.problem(node.line(),
                           fmt::format("department '{}' stands already in line {}", out.name, first->second));
    out_.departments.push_back(std::move(out));
  }

  void read_member(const Node& node, Kind kind) {
    const bool device = kind == Kind::Device;
    TableReader table(node, device ? "[[device]]" : "[[person]]", problems_);
    Person out;
    out.device = device;
    out.name = member_name(table);
    out.title = table.text("title");
    if (out.title.empty()) out.title = out.name;
    const std::string department = table.text("department", Need::Required);
    const auto addresses = table.words("addresses");
    if (!device) {
      for (auto& unit : table.words("units")) out.units.push_back(std::move(unit.text));
      out.password_hash = table.text("password");
      if (!out.password_hash.empty() && !out.password_hash.starts_with(kHashStart))
        table.problem(table.line_of("password"),
                      "a password stands here as its argon2id hash only; make one with: citygate hash-password");
    }
    table.finish();
    for (const auto& word : addresses) add_range(table, word, out);
    if (device && addresses.empty()) table.problem(node.line(), "a device without 'addresses' is never met");

    const auto index = find_department(department);
    if (!department.empty() && !index) {
      std::vector<std::string_view> known;
      for (const auto& each : out_.departments) known.push_back(each.name);
      table.problem(table.line_of("department"),
                    fmt::format("unknown department '{}'{}", department, suggestion(department, known)));
    }
    if (out.name.empty() || !index) return;
    if (const auto [first, fresh] = member_lines_.emplace(out.name, node.line()); !fresh)
      return table.problem(node.line(), fmt::format("'{}' stands already in line {}", out.name, first->second));
    department_of_.push_back(*index);
    out_.people.push_back(std::move(out));
  }

  // Whatever an existing directory service calls people; but Basic credentials end a name at ':'.
  static std::string member_name(TableReader& table) {
    std::string out = table.text("name", Need::Required);
    const auto fits = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != ':' && c != '\x7f'; };
    if (out.size() <= 128 && std::ranges::all_of(out, fits)) return out;
    table.problem(table.line_of("name"), "a name has no spaces, no ':', no control characters, and at most 128 bytes");
    return {};
  }

  void add_range(TableReader& table, const Word& word, Person& owner) {
    const auto range = Cidr::parse(word.text);
    if (!range)
      return table.problem(word.line,
                           fmt::format("'{}' is neither an address nor a range like 10.1.0.0/16 or 2001:db8::/32 "
                                       "(bits beyond the prefix must be zero)",
                                       word.text));
    const auto [first, fresh] = range_lines_.emplace(*range, std::pair(word.line, owner.name));
    if (!fresh)
      return table.problem(word.line, fmt::format("range {} belongs already to '{}' in line {}", range->to_string(),
                                                  first->second.second, first->second.first));
    owner.addresses.push_back(*range);
  }

  std::optional<std::size_t> find_department(std::string_view name) const {
    const auto found = std::ranges::find(out_.departments, name, &Department::name);
    if (found == out_.departments.end()) return std::nullopt;
    return static_cast<std::size_t>(found - out_.departments.begin());
  }

  NameSource& names_;
  Problems& problems_;
  PeopleFile out_;
  std::vector<std::size_t> department_of_;  // beside out_.people
  std::map<std::string, int> department_lines_, member_lines_;
  std::map<Cidr, std::pair<int, std::string>> range_lines_;
};

}  // namespace

std::optional<PeopleFile> parse_people(std::string_view text, std::string file, NameSource& names, Problems& problems) {
  const std::size_t before = problems.list().size();
  const auto root = parse_document(text, file, problems);
  if (!root) return std::nullopt;
  PeopleReader reader(names, problems);
  reader.read(*root);
  if (problems.list().size() != before || !reader.intern(file)) return std::nullopt;
  PeopleFile out = reader.take();
  out.version = PeopleVersion{first_eight(sha256_of(text))};
  return out;
}

std::shared_ptr<const Directory> Directory::read(const std::filesystem::path& file, NameSource& names,
                                                 Problems& problems) {
  const auto text = read_file(file);
  if (!text) {
    problems.add(file.string(), 0, "cannot be read: " + text.error().context);
    return nullptr;
  }
  return parse(*text, file.string(), names, problems);
}

}  // namespace citygate::policy
