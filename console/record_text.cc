#include "console/record_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/percent_encoding.h"
#include "records/store.h"

namespace citygate::console {
namespace {

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f)
      out += c;
    else
      append_percent_encoded(c, out);
  }
  return out;
}

std::uint16_t usual_port(Scheme scheme) {
  switch (scheme) {
    case Scheme::Http: return 80;
    case Scheme::Https: return 443;
    case Scheme::Tunnel: return 0;  // a tunnel's port is always said
  }
  return 0;
}

std::vector<std::string> category_names(const Record& record, const NameSource& names) {
  std::vector<std::string> out;
  record.categories.for_each([&](CategoryId id) { out.push_back(names.name(NameKind::Category, id.value)); });
  return out;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

}  // namespace

std::string record_url(const Record& record) {
  if (record.host.empty()) return "-";
  const bool v6 = record.host.contains(':');
  std::string out =
      fmt::format("{}://{}{}{}", to_string(record.scheme), v6 ? "[" : "", printable(record.host), v6 ? "]" : "");
  if (record.port != 0 && record.port != usual_port(record.scheme)) out += fmt::format(":{}", record.port);
  out += printable(record.path);
  if (record.has_query) out += "?...";
  return out;
}

std::string record_line(const Record& record, const NameSource& names, const Zone& zone) {
  std::string who = or_dash(names.name(NameKind::Person, record.person.value));
  if (record.department) who += fmt::format(" ({})", names.name(NameKind::Department, record.department.value));
  std::string out = fmt::format("{}  {}  {}  {} {}  {}  {}: {}", zone.format(record.end), records::to_string(record.id),
                                who, to_string(record.method), record_url(record), record.status,
                                to_string(record.outcome), to_string(record.reason));
  const auto categories = category_names(record, names);
  out += fmt::format("  [{}]", fmt::join(categories, " "));
  if (record.rule) out += fmt::format("  rule {}", names.name(NameKind::Rule, record.rule.value));
  out += fmt::format("  {} up, {} down", record.from_client_bytes, record.to_client_bytes);
  if (record.streaming_bytes > 0) out += fmt::format(", {} streaming", record.streaming_bytes);
  if (record.attention != Attention::None) out += fmt::format("  attended ({})", to_string(record.attention));
  if (record.named_by != NamedBy::Request) {
    out +=
        fmt::format("  captured on its way to {}, named by {}", record.chosen.to_string(), to_string(record.named_by));
    if (record.name_check == NameCheck::Differs) out += ", which has other addresses";
  }
  if (record.identity != IdentityMethod::Unknown)
    out += fmt::format("  known by {}: {}", in_words(record.identity), confidence(record.identity));
  if (record.grant) out += fmt::format("  by {}", names.name(NameKind::Grant, record.grant.value));
  if (record.attempt) out += "  attempt";
  if (record.elsewhere) out += "  also active at another address";
  if (!record.last) out += fmt::format("  slice {}, goes on", record.slice);
  if (record.uncertain) out += "  uncertain";
  return out;
}

std::string record_json(const Record& record, const NameSource& names) {
  nlohmann::ordered_json out{
      {"id", records::to_string(record.id)},
      {"exchange", record.exchange},
      {"slice", record.slice},
      {"last", record.last},
      {"begin", format_utc(record.begin)},
      {"end", format_utc(record.end)},
      {"person", names.name(NameKind::Person, record.person.value)},
      {"department", names.name(NameKind::Department, record.department.value)},
      {"identity", to_string(record.identity)},
      {"confidence", confidence(record.identity)},
      {"elsewhere", record.elsewhere},
      {"client", record.client.to_string()},
      {"method", to_string(record.method)},
      {"scheme", to_string(record.scheme)},
      {"host", record.host},
      {"port", record.port},
      {"path", record.path},
      {"has_query", record.has_query},
      {"named_by", to_string(record.named_by)},
      {"outcome", to_string(record.outcome)},
      {"ruling", to_string(record.ruling)},
      {"reason", to_string(record.reason)},
      {"stage", to_string(record.stage)},
      {"rule", names.name(NameKind::Rule, record.rule.value)},
      {"grant", names.name(NameKind::Grant, record.grant.value)},  // what lifted something, or the order that barred
      {"categories", category_names(record, names)},
      {"decisive", names.name(NameKind::Category, record.decisive.value)},
      {"evidence",
       {{"source", names.name(NameKind::Source, record.evidence.source.value)}, {"line", record.evidence.line}}},
      {"attempt", record.attempt},
      {"uncertain", record.uncertain},
      {"quota", names.name(NameKind::Quota, record.quota.value)},
      {"attention", to_string(record.attention)},
      {"status", record.status},
      {"from_client_bytes", record.from_client_bytes},
      {"to_client_bytes", record.to_client_bytes},
      {"streaming_bytes", record.streaming_bytes},
      {"policy", fmt::format("{:016x}", record.policy.value)},
      {"lists", fmt::format("{:016x}", record.lists.value)},
      {"people", fmt::format("{:016x}", record.people.value)}};
  if (record.named_by != NamedBy::Request) {
    out["chosen_address"] = record.chosen.to_string();
    out["name_check"] = to_string(record.name_check);
  }
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace citygate::console
