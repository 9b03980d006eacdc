#include "policy/people/people_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/digest.h"
#include "policy/people/people_check.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kHashStart = "$argon2id$";
constexpr std::string_view kGatewayName = "gateway";  // an author of acts

class PeopleReader {
 public:
  PeopleReader(const Zone* zone, Problems& problems) : zone_(zone), problems_(problems) {}

  void read(const Node& root) {
    TableReader top(root, "the people file", problems_);
    for (const Node* node : top.tables("department")) read_department(*node);
    for (const Node* node : top.tables("person")) read_member(*node, PersonKind::Person);
    for (const Node* node : top.tables("device")) read_member(*node, PersonKind::Device);
    for (const Node* node : top.tables("guest")) read_member(*node, PersonKind::Guest);
    top.finish();
  }

  PeopleValues take() { return std::move(out_); }

 private:
  static FactSource at(int line) { return {static_cast<std::uint64_t>(line > 0 ? line : 0), 0}; }

  void read_department(const Node& node) {
    TableReader table(node, "[[department]]", problems_);
    DepartmentValue out;
    out.source = at(node.line());
    out.name = table.name("name");
    out.title = table.text("title");
    out.head = table.text("head");
    out.head_source = at(table.line_of("head"));
    table.finish();
    if (!out.name.empty()) out_.departments.push_back(std::move(out));
  }

  void read_member(const Node& node, PersonKind kind) {
    TableReader table(node, fmt::format("[[{}]]", to_string(kind)), problems_);
    PersonValue out;
    out.kind = kind;
    out.sources.set_all(at(node.line()));
    out.name = member_name(table);
    out.title = table.text("title");
    read_departments(table, out);
    read_addresses(table, out);
    if (kind == PersonKind::Person) read_place(table, out);
    if (kind != PersonKind::Device) read_password(table, out);
    if (kind == PersonKind::Guest) read_stay(table, out);
    table.finish();
    if (!out.name.empty()) out_.people.push_back(std::move(out));
  }

  static std::string member_name(TableReader& table) {
    std::string out = table.text("name", Need::Required);
    const auto wrong = wrong_person_name(out);
    if (wrong.empty() || out.empty()) return out;
    table.problem(table.line_of("name"), std::string(wrong));
    return {};
  }

  void read_departments(TableReader& table, PersonValue& out) {
    const bool dated = table.has("departments");
    std::string name = table.text("department", out.name.empty() && !dated ? Need::Required : Need::Optional);
    if (!name.empty() && dated)
      table.problem(table.line_of("department"),
                    "'department' and 'departments' do not go together; the first of 'departments' needs no from");
    if (!name.empty() && !dated)
      out.departments.push_back({std::move(name), WallTime::min(), at(table.line_of("department"))});
    out.sources.set(Fact::Department, at(dated ? table.line_of("departments") : table.line_of("department")));
    for (const Node& item : table.items("departments", "a list of tables like {name = \"clerk\", from = 2026-03-01}")) {
      if (!item.is_table()) {
        table.problem(item.line(), "in 'departments' stand tables like {name = \"clerk\", from = 2026-03-01}");
        continue;
      }
      TableReader stay(item, "'departments'", problems_);
      StayValue value{stay.text("name", Need::Required), time_of(stay, "from", WallTime::min()), at(item.line())};
      stay.finish();
      if (!value.department.empty()) out.departments.push_back(std::move(value));
    }
  }

  void read_addresses(TableReader& table, PersonValue& out) {
    for (const Node& item : table.items("addresses", "a list of strings")) {
      if (item.kind() == Node::Kind::String) {
        add_range(table, *item.text(), item.line(), WallTime::min(), WallTime::max(), out);
      } else if (item.is_table()) {
        TableReader entry(item, "'addresses'", problems_);
        const std::string address = entry.text("address", Need::Required);
        const WallTime from = time_of(entry, "from", WallTime::min()), until = time_of(entry, "until", WallTime::max());
        entry.finish();
        if (!address.empty()) add_range(table, address, item.line(), from, until, out);
      } else {
        table.problem(item.line(), fmt::format("'addresses' must be a list of strings, or of tables like {{address = "
                                               "\"10.1.2.3\", from = 2026-03-01}}; {} is neither",
                                               to_string(item.kind())));
      }
    }
    if (out.kind == PersonKind::Device && !table.has("addresses"))
      table.problem(table.line(), "a device without 'addresses' is never met");
  }

  static void add_range(TableReader& table, std::string_view text, int line, WallTime from, WallTime until,
                        PersonValue& out) {
    const auto range = Cidr::parse(text);
    if (range) return out.addresses.push_back({*range, from, until, at(line)});
    table.problem(line, wrong_range(text));
  }

  void read_place(TableReader& table, PersonValue& out) {
    for (auto& unit : table.words("units")) out.units.push_back(std::move(unit.text));
    for (auto& role : table.words("roles")) {
      if (const auto wrong = wrong_role(role.text); !wrong.empty())
        table.problem(role.line, wrong);
      else
        out.roles.push_back(std::move(role.text));
    }
    out.supervisor = table.text("supervisor");
    out.sources.set(Fact::Units, at(table.line_of("units")));
    out.sources.set(Fact::Roles, at(table.line_of("roles")));
    out.sources.set(Fact::Supervisor, at(table.line_of("supervisor")));
  }

  static void read_password(TableReader& table, PersonValue& out) {
    out.password_hash = table.text("password");
    out.sources.set(Fact::Password, at(table.line_of("password")));
    if (!out.password_hash.empty() && !is_password_hash(out.password_hash))
      table.problem(table.line_of("password"),
                    "a password stands here as its argon2id hash only; make one with: citygate hash-password");
  }

  void read_stay(TableReader& table, PersonValue& out) {
    out.sponsor = table.text("sponsor");
    out.purpose = table.text("purpose");
    out.start = time_of(table, "start", WallTime::min());
    out.end = time_of(table, "end", WallTime::max());
    out.sources.set(Fact::Sponsor, at(table.line_of("sponsor")));
    out.sources.set(Fact::Purpose, at(table.line_of("purpose")));
    out.sources.set(Fact::Term, at(table.line_of("end")));
  }

  // A day is its local midnight.
  WallTime time_of(TableReader& table, std::string_view key, WallTime missing) {
    const std::string text = table.date(key);
    if (text.empty()) return missing;
    if (!zone_) {
      table.problem(table.line_of(key), fmt::format("'{}' needs the city's time zone, and none is known here", key));
      return missing;
    }
    const auto time = parse_time(text, *zone_);
    if (!time) table.problem(table.line_of(key), fmt::format("'{}' is no date like 2026-12-31", text));
    return time.value_or(missing);
  }

  const Zone* zone_;
  Problems& problems_;
  PeopleValues out_;
};

}  // namespace

std::string_view wrong_person_name(std::string_view name) {
  const auto fits = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != ':' && c != '\x7f'; };
  if (name != kGatewayName && !name.empty() && name.size() <= 128 && std::ranges::all_of(name, fits)) return {};
  if (name == kGatewayName) return "'gateway' is the author of what the gateway does by itself, and nobody's name";
  return "a name has no spaces, no ':', no control characters, and at most 128 bytes";
}

bool is_password_hash(std::string_view text) { return text.starts_with(kHashStart); }

std::optional<PeopleValues> parse_people(std::string_view text, std::string file, const Zone* zone,
                                         Problems& problems) {
  const auto root = parse_document(text, file, problems);
  if (!root) return std::nullopt;
  PeopleReader reader(zone, problems);
  reader.read(*root);
  PeopleValues out = reader.take();
  out.sources.push_back(std::move(file));
  out.version = PeopleVersion{first_eight(sha256_of(text))};
  return out;
}

}  // namespace citygate::policy
