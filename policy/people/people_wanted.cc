#include "policy/people/people_wanted.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "policy/people/csv.h"
#include "policy/people/people_act.h"
#include "policy/people/people_check.h"
#include "policy/people/people_file.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

constexpr std::array<std::string_view, 14> kColumns{"kind",    "name",  "title",     "department", "from",
                                                    "until",   "units", "roles",     "supervisor", "sponsor",
                                                    "purpose", "head",  "addresses", "password"};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

class RowReader {
 public:
  RowReader(const std::string& file, const Zone& zone, Problems& problems)
      : file_(file), zone_(zone), problems_(problems) {
    out_.file = file;
  }

  void read(const std::vector<CsvRow>& rows) {
    if (rows.empty()) return problems_.add(file_, 0, "is empty; its first row names the columns, 'name' among them");
    if (!read_header(rows.front())) return;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      row_ = &rows[i];
      if (row_->cells.size() != columns_.size())
        problems_.add(file_, row_->line,
                      fmt::format("{} cells in this row, and {} columns in the header; a cell with a "
                                  "comma stands in quotes",
                                  row_->cells.size(), columns_.size()));
      else
        read_row();
    }
  }

  PeopleWanted take() { return std::move(out_); }

 private:
  bool read_header(const CsvRow& row) {
    bool fine = true;
    for (const auto& cell : row.cells) {
      const auto name = trimmed(cell.text);
      if (std::ranges::find(columns_, name) != columns_.end())
        fine = problem(cell, fmt::format("a second column '{}'", name));
      else if (std::ranges::find(kColumns, name) == kColumns.end())
        fine = problem(cell, row.cells.size() == 1 && name.find(';') != std::string_view::npos
                                 ? std::string("cells stand between commas; this file has ';'")
                                 : fmt::format("unknown column '{}'{}", name, suggestion(name, kColumns)));
      columns_.emplace_back(name);
    }
    if (fine && std::ranges::find(columns_, "name") == columns_.end()) {
      problems_.add(file_, row.line, "no column 'name'");
      return false;
    }
    return fine;
  }

  // Null where there is no such column.
  [[nodiscard]] const CsvCell* cell(std::string_view column) const {
    const auto found = std::ranges::find(columns_, column);
    return found == columns_.end() ? nullptr : &row_->cells[static_cast<std::size_t>(found - columns_.begin())];
  }
  [[nodiscard]] std::string_view text(std::string_view column) const {
    const CsvCell* found = cell(column);
    return found ? trimmed(found->text) : std::string_view();
  }

  bool problem(const CsvCell& at, std::string text) {
    problems_.add(file_, at.line, fmt::format("column {}: {}", at.column, text));
    return false;
  }
  [[nodiscard]] FactSource source(const CsvCell& at) const { return {static_cast<std::uint64_t>(at.line), 0}; }

  void read_row() {
    const CsvCell& name = *cell("name");
    const auto kind_word = text("kind");
    if (kind_word == "department") return read_department(name);
    const auto kind = kind_word.empty() ? PersonKind::Person : parse_person_kind(kind_word);
    if (!kind) {
      problem(*cell("kind"), fmt::format("'{}' is no kind: person, device, guest or department", kind_word));
      return;
    }
    PersonWanted out;
    out.value.kind = *kind;
    out.value.name = trimmed(name.text);
    out.value.sources.set_all(source(name));
    if (const auto wrong = wrong_person_name(out.value.name); !wrong.empty()) problem(name, std::string(wrong));
    read_texts(out);
    read_departments(out);
    read_addresses(out);
    read_term(out);
    out_.people.push_back(std::move(out));
  }

  void read_department(const CsvCell& name) {
    DepartmentWanted out;
    out.value.name = trimmed(name.text);
    out.value.source = out.value.head_source = source(name);
    if (!is_name(out.value.name))
      problem(name,
              fmt::format("'{}' is no name of a department: lower-case letters, digits, '-', '_' and '.', at most "
                          "64",
                          out.value.name));
    out.title = cell("title") != nullptr;
    out.head = cell("head") != nullptr;
    out.value.title = text("title");
    out.value.head = text("head");
    out_.departments.push_back(std::move(out));
  }

  void say(PersonWanted& out, Fact fact, const CsvCell& at) {
    out.said |= 1U << static_cast<unsigned>(fact);
    out.value.sources.set(fact, source(at));
  }

  void read_texts(PersonWanted& out) {
    const PersonKind kind = out.value.kind;
    const auto take = [&](std::string_view column, Fact fact, std::string& into, bool fits) {
      const CsvCell* at = cell(column);
      if (!at) return;
      into = trimmed(at->text);
      if (fits) return say(out, fact, *at);
      if (!into.empty()) problem(*at, fmt::format("a {} has no '{}'", to_string(kind), column));
      into.clear();
    };
    take("title", Fact::Title, out.value.title, true);
    take("supervisor", Fact::Supervisor, out.value.supervisor, kind == PersonKind::Person);
    take("sponsor", Fact::Sponsor, out.value.sponsor, kind == PersonKind::Guest);
    take("purpose", Fact::Purpose, out.value.purpose, kind == PersonKind::Guest);
    std::string units, roles, head;
    take("units", Fact::Units, units, kind == PersonKind::Person);
    take("roles", Fact::Roles, roles, kind == PersonKind::Person);
    take("head", Fact::Entry, head, false);
    out.value.units = split_list(units, ';');
    out.value.roles = split_list(roles, ';');
    for (const auto& role : out.value.roles)
      if (auto wrong = wrong_role(role); !wrong.empty()) problem(*cell("roles"), std::move(wrong));
    const auto hash = text("password");
    if (hash.empty()) return;
    if (kind == PersonKind::Device)
      problem(*cell("password"), "a device has no 'password'");
    else if (!is_password_hash(hash))
      problem(*cell("password"),
              "a password stands here as its argon2id hash only; make one with: citygate hash-password");
    out.value.password_hash = hash;
    say(out, Fact::Password, *cell("password"));
  }

  void read_departments(PersonWanted& out) {
    const CsvCell* at = cell("department");
    if (!at) return;
    say(out, Fact::Department, *at);
    for (const auto& part : split_list(at->text, ';')) {
      const auto mark = part.find('@');
      StayValue stay{std::string(trimmed(std::string_view(part).substr(0, mark))), WallTime::min(), source(*at)};
      if (mark != std::string::npos) stay.from = time_in(*at, std::string_view(part).substr(mark + 1), WallTime::min());
      out.value.departments.push_back(std::move(stay));
    }
    if (out.value.departments.empty()) problem(*at, "no department is named; who leaves is separated");
    if (out.value.kind == PersonKind::Guest) return;
    const auto from = text("from");
    if (from.empty() || out.value.departments.empty()) return;
    if (out.value.departments.size() > 1 || out.value.departments[0].from != WallTime::min())
      problem(*cell("from"), "the department names its dates itself, so 'from' stays empty");
    out.value.departments[0].from = time_in(*cell("from"), from, WallTime::min());
  }

  void read_addresses(PersonWanted& out) {
    const CsvCell* at = cell("addresses");
    if (!at) return;
    out.addresses = true;
    for (const auto& part : split_list(at->text, ';')) {
      const std::string_view word = part;
      const auto mark = word.find('@');
      const auto range = Cidr::parse(trimmed(word.substr(0, mark)));
      if (!range) {
        problem(*at, wrong_range(trimmed(word.substr(0, mark))));
        continue;
      }
      AddressValue term{.range = *range, .source = source(*at)};
      if (mark != std::string_view::npos) {
        const auto dates = word.substr(mark + 1);
        const auto dots = dates.find("..");
        term.from = time_in(*at, dates.substr(0, dots), WallTime::min());
        if (dots != std::string_view::npos) term.until = time_in(*at, dates.substr(dots + 2), WallTime::max());
      }
      out.value.addresses.push_back(term);
    }
  }

  void read_term(PersonWanted& out) {
    const CsvCell* until = cell("until");
    if (out.value.kind == PersonKind::Guest) {
      if (const CsvCell* from = cell("from")) out.value.start = time_in(*from, from->text, WallTime::min());
      if (!until) return;
      say(out, Fact::Term, *until);
      out.value.end = time_in(*until, until->text, WallTime::max());
      if (trimmed(until->text).empty()) problem(*until, "a guest's stay ends on a day like 2026-12-31");
    } else if (until && !trimmed(until->text).empty()) {
      problem(*until, fmt::format("a {} has no 'until'; end somebody's access with: citygate access separate",
                                  to_string(out.value.kind)));
    }
  }

  WallTime time_in(const CsvCell& at, std::string_view text, WallTime missing) {
    text = trimmed(text);
    if (text.empty()) return missing;
    const auto time = parse_time(text, zone_);
    if (!time) problem(at, fmt::format("'{}' is no date like 2026-12-31", text));
    return time.value_or(missing);
  }

  const std::string& file_;
  const Zone& zone_;
  Problems& problems_;
  std::vector<std::string> columns_;
  const CsvRow* row_ = nullptr;
  PeopleWanted out_;
};

PeopleWanted wanted_of(PeopleValues values, std::string file) {
  PeopleWanted out;
  out.file = std::move(file);
  for (auto& each : values.departments) out.departments.push_back({std::move(each), true, true});
  for (auto& each : values.people) {
    PersonWanted wanted{.value = std::move(each), .said = (1U << kFacts) - 1, .addresses = true};
    if (wanted.value.password_hash.empty()) wanted.said &= ~(1U << static_cast<unsigned>(Fact::Password));
    out.people.push_back(std::move(wanted));
  }
  return out;
}

}  // namespace

PeopleWanted read_wanted(std::string_view text, const std::string& file, const Zone& zone, Problems& problems) {
  if (file.ends_with(".toml")) {
    auto values = parse_people(text, file, &zone, problems);
    return values ? wanted_of(*std::move(values), file) : PeopleWanted();
  }
  if (!file.ends_with(".csv")) {
    problems.add(file, 0, "is neither .csv nor .toml: the name says how it is read");
    return {};
  }
  RowReader reader(file, zone, problems);
  const auto before = problems.list().size();
  const auto rows = read_csv(text, file, problems);
  if (problems.list().size() == before || !rows.empty()) reader.read(rows);
  return reader.take();
}

}  // namespace citygate::policy
