#include "policy/people/people_export.h"

#include <fmt/format.h>

#include "policy/people/people_act.h"

namespace citygate::policy {
namespace {

// A basic string of TOML 1.0.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

class Exporter {
 public:
  explicit Exporter(const Zone& zone) : zone_(zone) {}

  void department(const DepartmentValue& each) {
    out_ += "[[department]]\n";
    text("name", each.name);
    if (!each.title.empty()) text("title", each.title);
    if (!each.head.empty()) text("head", each.head);
    out_ += '\n';
  }

  void person(const PersonValue& each) {
    out_ += fmt::format("[[{}]]\n", to_string(each.kind));
    text("name", each.name);
    if (!each.title.empty()) text("title", each.title);
    departments(each);
    if (!each.units.empty()) list("units", each.units);
    if (!each.roles.empty()) list("roles", each.roles);
    if (!each.supervisor.empty()) text("supervisor", each.supervisor);
    addresses(each);
    if (each.kind == PersonKind::Guest) {
      text("sponsor", each.sponsor);
      text("purpose", each.purpose);
      if (each.start != WallTime::min()) out_ += fmt::format("start = {}\n", date(each.start));
      out_ += fmt::format("end = {}\n", date(each.end));
    }
    out_ += '\n';
  }

  std::string take() { return std::move(out_); }

 private:
  void text(std::string_view key, std::string_view value) { out_ += fmt::format("{} = {}\n", key, quoted(value)); }

  void list(std::string_view key, const std::vector<std::string>& values) {
    std::vector<std::string> parts;
    for (const auto& value : values) parts.push_back(quoted(value));
    out_ += fmt::format("{} = [{}]\n", key, fmt::join(parts, ", "));
  }

  void departments(const PersonValue& each) {
    if (each.departments.size() == 1 && each.departments[0].from == WallTime::min())
      return text("department", each.departments[0].department);
    std::vector<std::string> parts;
    for (const auto& stay : each.departments)
      parts.push_back(fmt::format("{{name = {}{}}}", quoted(stay.department),
                                  stay.from == WallTime::min() ? "" : ", from = " + date(stay.from)));
    out_ += fmt::format("departments = [{}]\n", fmt::join(parts, ", "));
  }

  void addresses(const PersonValue& each) {
    std::vector<std::string> parts;
    for (const auto& term : each.addresses) {
      if (term.from == WallTime::min() && term.until == WallTime::max()) {
        parts.push_back(quoted(range_text(term.range)));
        continue;
      }
      parts.push_back(fmt::format("{{address = {}{}{}}}", quoted(range_text(term.range)),
                                  term.from == WallTime::min() ? "" : ", from = " + date(term.from),
                                  term.until == WallTime::max() ? "" : ", until = " + date(term.until)));
    }
    if (!parts.empty() || each.kind == PersonKind::Device)
      out_ += fmt::format("addresses = [{}]\n", fmt::join(parts, ", "));
  }

  [[nodiscard]] std::string date(WallTime time) const {
    const std::string out = date_text(time, zone_);
    return out.size() == 10 ? out : quoted(out);
  }

  const Zone& zone_;
  std::string out_;
};

}  // namespace

std::string export_people(const PeopleValues& values, const Zone& zone) {
  Exporter exporter(zone);
  for (const auto& each : values.departments) exporter.department(each);
  for (const auto& each : values.people) exporter.person(each);
  return exporter.take();
}

std::string date_text(WallTime time, const Zone& zone) {
  const std::int32_t day = zone.at(time).day;
  return zone.start_of(day) == time ? format_day(day) : format_utc(time);
}

}  // namespace citygate::policy
