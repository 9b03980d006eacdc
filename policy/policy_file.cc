#include "policy/policy_file.h"

#include "policy/grants/approval_reader.h"
#include "policy/readers.h"

namespace citygate::policy {

PolicyFile read_policy(const Node& root, const categories::Taxonomy& taxonomy, const Directory& people,
                       Problems& problems) {
  PolicyFile out;
  out.file = root.file();
  TableReader top(root, "the policy file", problems);
  read_documents(top.tables("document"), out, problems);
  read_city(top.table("city"), out, problems);
  read_acknowledgement(top.table("acknowledgement"), out, problems);
  out.records = read_record_access(top.table("records"), problems);
  for (const Node* node : top.tables("window")) read_window(*node, out, problems);
  for (const Node* node : top.tables("quota")) read_quota(*node, out, problems);
  read_rules(top.tables("rule"), LayerKind::City, taxonomy, out, out.layer, problems);
  out.devices = read_personal_devices(top.table("personal_devices"), LayerKind::City, out, problems);
  out.excessive = read_excessive(top.table("excessive"), "[excessive]", problems);
  read_approvals(top.tables("approval"), out.approvals, problems);
  for (const Node* node : top.tables("department")) read_supplement(*node, taxonomy, people, out, problems);
  out.destinations = read_destinations(top.table("destinations"), problems);
  const auto sanctioned = top.tables("sanctioned");
  read_tunnels(top.table("tunnels"), out, problems);
  out.safe_search = read_safe_search(top.table("safe_search"), "[safe_search]", problems);
  read_on_error(top.table("on_error"), out, problems);
  const auto grants = top.tables("grant");
  if (out.zone) {
    out.sanctioned = read_sanctioned(sanctioned, *out.zone, problems);
    out.grants = read_grants(grants, taxonomy, people, *out.zone, problems);
  }
  top.finish();
  check_clauses(root, out, problems);
  return out;
}

}  // namespace citygate::policy
