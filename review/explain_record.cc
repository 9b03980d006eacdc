#include "review/explain_record.h"

#include <fmt/format.h>

#include "review/text_page.h"
#include "review/verdict_text.h"

namespace citygate::review {
namespace {

std::string sealed_text(RecordId id) {
  return fmt::format("Record {} is sealed. Nothing else is shown of it.\n", records::to_string(id));
}

std::string target_text(const Record& record) {
  Target target;
  target.scheme = record.scheme;
  target.host = record.host;
  target.port = record.port;
  target.path = record.path;
  return printable(target.to_string()) + (record.has_query ? "?... (the query is not kept)" : "");
}

std::string or_none(std::string text) { return text.empty() ? "none" : text; }

class RecordPage {
 public:
  RecordPage(const Sources& sources, const NameSource& names, const Record& record)
      : sources_(sources), names_(names), record_(record) {}

  std::string run() {
    page_.heading(fmt::format("Record {}", records::to_string(record_.id)));
    page_.line("what", fmt::format("{} {}", to_string(record_.method), target_text(record_)));
    captured();
    safe_search();
    page_.line("when", fmt::format("{} to {}", when(record_.begin), when(record_.end)));
    if (record_.slice > 0 || !record_.last)
      page_.line("part", fmt::format("{} of a long exchange{}", record_.slice + 1,
                                     record_.last ? ", its last" : ", which went on"));
    who();
    evidence();
    verdict();
    charged();
    versions();
    return page_.take();
  }

 private:
  std::string when(WallTime time) const { return sources_.rules.zone().format(time); }
  std::string name(NameKind kind, std::uint32_t number) const { return names_.name(kind, number); }

  std::string category(CategoryId id) const {
    const auto* found = sources_.taxonomy.find(id);
    return found ? found->title : name(NameKind::Category, id.value);
  }

  // Where its client connected to, for whom the gateway was no proxy.
  void captured() {
    constexpr std::string_view kNamed[] = {"", "its Host field", "the name in its TLS hello",
                                           "nothing but the address"};
    constexpr std::string_view kChecked[] = {"", "that name has this address",
                                             "that name has other addresses by the gateway's own look-up"};
    if (record_.named_by == NamedBy::Request) return;
    page_.line("chosen", fmt::format("address {}, named by {}", record_.chosen.to_string(),
                                     kNamed[static_cast<std::size_t>(record_.named_by)]));
    if (record_.name_check != NameCheck::Unknown)
      page_.line("", kChecked[static_cast<std::size_t>(record_.name_check)]);
  }

  // Not in the record: it follows from host, department and policy, and so can be told as long as that one is loaded.
  void safe_search() {
    if (record_.policy != sources_.rules.version()) return;
    const auto safe = policy::safe_name(record_.host, sources_.rules.safe_search(record_.department));
    if (safe)
      page_.line("reached as", fmt::format("{}, as [safe_search] wants for {}, unless [hosts] names it", safe->dialled,
                                           to_string(safe->engine)));
  }

  void who() {
    if (!record_.person) {
      page_.line("by", fmt::format("nobody known, from {}", record_.client.to_string()));
      return;
    }
    page_.line("by", fmt::format("{}, department {}", name(NameKind::Person, record_.person.value),
                                 or_none(name(NameKind::Department, record_.department.value))));
    page_.line("known by", fmt::format("{}, {}: {}", in_words(record_.identity), record_.client.to_string(),
                                       confidence(record_.identity)));
    if (record_.elsewhere) page_.line("", "came to this address while also active at another one");
  }

  void evidence() {
    std::vector<std::string> titles;
    record_.categories.for_each([&](CategoryId id) { titles.push_back(category(id)); });
    page_.line("categories", or_none(fmt::format("{}", fmt::join(titles, ", "))));
    if (record_.evidence.line == 0) return;
    page_.line("found in", fmt::format("{}, line {}, for {}", name(NameKind::Source, record_.evidence.source.value),
                                       record_.evidence.line, category(record_.evidence.category)));
    // The line as it stood then; of another generation it may be another line.
    categories::EvidenceText text;
    if (record_.lists == sources_.lists.id()) {
      text = sources_.lists.describe(record_.evidence);
    } else if (sources_.past) {
      auto found = sources_.past->describe(record_.lists, record_.evidence);
      if (!found) {
        page_.line("", fmt::format("its text cannot be shown: {}", found.error().context));
        return;
      }
      text = *std::move(found);
    }
    if (text.list.empty()) return;
    page_.line("", text.version.empty()
                       ? fmt::format("{}: {}", text.list, printable(text.text))
                       : fmt::format("list {}, version {}: {}", text.list, text.version, printable(text.text)));
  }

  void verdict() {
    page_.blank();
    page_.heading(fmt::format("Verdict: {}, at stage {}", to_string(record_.ruling), to_string(record_.stage)));
    page_.line("why", sentence(record_.reason));
    const bool same_policy = record_.policy == sources_.rules.version();
    if (record_.rule) {
      const auto* rule = same_policy ? sources_.rules.rule(record_.rule) : nullptr;
      const std::string rule_name = name(NameKind::Rule, record_.rule.value);
      page_.line("rule", rule ? fmt::format("{} ({})", rule->title, rule_name) : rule_name);
      if (rule && !rule->clause.empty()) page_.line("clause", rule->clause);
    }
    if (record_.grant) page_.line("by", name(NameKind::Grant, record_.grant.value));
    if (record_.decisive) page_.line("category", category(record_.decisive));
    page_.line("outcome",
               fmt::format("{}{}", to_string(record_.outcome),
                           record_.status > 0 ? fmt::format(", answered with status {}", record_.status) : ""));
    if (record_.attempt) page_.line("", "counted as one attempt");
    if (record_.uncertain)
      page_.line("", "uncertain: the gateway stopped before it knew whether the last bytes were sent");
  }

  void charged() {
    const std::string quota = name(NameKind::Quota, record_.quota.value);
    std::string text;
    if (record_.attention != Attention::None)
      text = fmt::format("attention, found by {}, from {} to {}", to_string(record_.attention),
                         when(record_.active_from), when(record_.active_until));
    if (record_.streaming_bytes > 0)
      text += fmt::format("{}{} streaming bytes", text.empty() ? "" : "; ", record_.streaming_bytes);
    if (text.empty())
      text = "nothing";
    else
      text += quota.empty() ? ", for reports alone" : fmt::format(", on quota {}", quota);
    page_.line("charged", text);
    page_.line("carried",
               fmt::format("{} bytes from the client, {} to it", record_.from_client_bytes, record_.to_client_bytes));
  }

  void versions() {
    page_.line("under", fmt::format("policy {:016x}, lists {:016x}, people {:016x}", record_.policy.value,
                                    record_.lists.value, record_.people.value));
    if (record_.policy != sources_.rules.version())
      page_.line("", fmt::format("The policy loaded now is another one, {:016x}.", sources_.rules.version().value));
    if (record_.lists != sources_.lists.id())
      page_.line("", fmt::format("The lists loaded now are another generation, {:016x}.", sources_.lists.id().value));
    if (record_.people != sources_.people.version())
      page_.line("",
                 fmt::format("The people file loaded now is another one, {:016x}.", sources_.people.version().value));
  }

  const Sources& sources_;
  const NameSource& names_;
  const Record& record_;
  TextPage page_;
};

}  // namespace

std::string explain_record(const Sources& sources, const NameSource& names, const Record& record) {
  if (record.sealed) return sealed_text(record.id);
  return RecordPage(sources, names, record).run();
}

Result<std::string> explain_record(const Sources& sources, records::Store& store, RecordId id) {
  const auto found = store.find(id);
  if (found) return explain_record(sources, store.names(), found->get());
  if (found.error().kind == Error::Kind::Refused) return sealed_text(id);
  return std::unexpected(found.error());
}

}  // namespace citygate::review
