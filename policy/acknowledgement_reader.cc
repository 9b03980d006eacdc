#include <fmt/format.h>

#include "policy/readers.h"

namespace citygate::policy {
namespace {

constexpr std::int64_t kMostRenewDays = 3'660;

void read_renew(TableReader& table, AcknowledgementDraft& out) {
  if (const auto days = table.whole("renew_days", 1, kMostRenewDays)) out.renew = std::chrono::days(*days);
  out.renew_line = table.line_of("renew_days");
}

AcknowledgementDraft read_text(TableReader& table, Need need) {
  AcknowledgementDraft out;
  out.line = table.line();
  out.title = table.text("title");
  out.text = table.text("text", need);
  out.clause = table.text("clause");
  read_renew(table, out);
  return out;
}

}  // namespace

void read_acknowledgement(const Node* node, PolicyFile& out, Problems& problems) {
  if (!node) return;
  TableReader table(*node, "[acknowledgement]", problems);
  const Node* access = table.table("access");
  const Node* guests = table.table("guests");
  // A city may ask its guests alone, or those alone who see what others did.
  AcknowledgementDraft draft = read_text(table, access || guests ? Need::Optional : Need::Required);
  table.finish();
  if (guests) {
    TableReader of_guests(*guests, "[acknowledgement.guests]", problems);
    draft.guests = of_guests.text("text", Need::Required);
    of_guests.finish();
  }
  if (access) {
    TableReader second(*access, "[acknowledgement.access]", problems);
    out.access_agreement = read_text(second, Need::Required);
    second.finish();
  }
  out.acknowledgement = std::move(draft);
}

void read_acknowledgement(const Node* node, const PolicyFile& policy, SupplementDraft& out, Problems& problems) {
  if (!node) return;
  TableReader table(*node, "[department.acknowledgement]", problems);
  AcknowledgementDraft draft;
  draft.line = node->line();
  draft.text = table.text("text");
  read_renew(table, draft);
  table.finish();
  const bool city_asks = policy.acknowledgement && !policy.acknowledgement->text.empty();
  if (draft.text.empty() && !draft.renew)
    table.problem(node->line(), "[department.acknowledgement] says nothing: give 'text', 'renew_days' or both");
  else if (draft.text.empty() && !city_asks)
    table.problem(draft.renew_line, "there is no text to renew: give 'text', or [acknowledgement] one for the city");
  out.acknowledgement = std::move(draft);
}

}  // namespace citygate::policy
