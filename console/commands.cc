#include "console/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/document.h"
#include "console/act_log.h"

namespace citygate::console {
namespace {

constexpr std::string_view kPath[] = {"path"}, kTarget[] = {"target"}, kName[] = {"name"}, kWhat[] = {"what"},
                           kDepartment[] = {"department"}, kTime[] = {"time"}, kDuration[] = {"duration"};
constexpr std::string_view kImportOptions[] = {"as",      "category", "format", "version", "subdomains",
                                               "confirm", "author",   "by",     "reason",  "json"};
constexpr std::string_view kJson[] = {"json"}, kOverrideNeeds[] = {"target", "as", "reason"}, kNumber[] = {"number"};
constexpr std::string_view kUpdateOptions[] = {"names", "all", "confirm", "author", "by", "reason", "json"};
constexpr std::string_view kStatusOptions[] = {"patterns", "json"};
constexpr std::string_view kLookupOptions[] = {"generation", "record", "json"};
constexpr std::string_view kHistoryOptions[] = {"limit", "json"}, kDiffOptions[] = {"from", "to", "json"};
constexpr std::string_view kChangeOptions[] = {"author", "by", "reason", "json"};
constexpr std::string_view kPublishOptions[] = {"source", "drop", "author", "by", "reason", "json"};
constexpr std::string_view kRollbackOptions[] = {"to", "author", "by", "reason", "json"};
constexpr std::string_view kOverrideOptions[] = {"until", "author", "by", "confirm", "json"},
                           kEndOptions[] = {"author", "by", "reason", "json"};
constexpr std::string_view kOrderNeeds[] = {"name", "by", "reason"}, kSuspendOptions[] = {"from", "until"},
                           kSeparateOptions[] = {"at"}, kReceiptNeeds[] = {"name", "by", "method"},
                           kReceiptOptions[] = {"reason", "text", "access"},
                           kAcknowledgedOptions[] = {"department", "json"};
constexpr std::string_view kDownloadNeeds[] = {"url", "for", "by", "reason"}, kDays[] = {"days"},
                           kSaveNeeds[] = {"grant", "to", "by"};
constexpr std::string_view kPeopleOptions[] = {"department", "role", "kind", "json"}, kAddress[] = {"address"},
                           kWhoOptions[] = {"at", "json"};
constexpr std::string_view kPersonNeeds[] = {"name", "department", "by", "reason"},
                           kGuestNeeds[] = {"name", "department", "sponsor", "purpose", "until", "by", "reason"},
                           kAddressNeeds[] = {"name", "address", "by", "reason"};
constexpr std::string_view kPersonOptions[] = {"kind", "title", "units", "roles", "supervisor", "addresses"},
                           kGuestOptions[] = {"title", "from", "addresses"},
                           kPersonChangeOptions[] = {"title",   "units",   "roles", "supervisor",
                                                     "sponsor", "purpose", "until"},
                           kMoveOptions[] = {"from"}, kAssignOptions[] = {"from", "until"},
                           kReleaseOptions[] = {"until"}, kDepartmentOptions[] = {"title", "head"},
                           kPasswordOptions[] = {"hash", "none"};
constexpr std::string_view kPeopleImportOptions[] = {"by", "reason", "dry-run", "complete", "separate-missing", "json"};
constexpr std::string_view kSearchOptions[] = {"user",    "department", "category", "host",   "from", "to",
                                               "outcome", "elsewhere",  "limit",    "format", "by",   "reason"};
constexpr std::string_view kFollowOptions[] = {"user",      "department", "category", "host", "outcome",
                                               "elsewhere", "limit",      "format",   "by",   "reason"};
constexpr std::string_view kRequestNeeds[] = {"kind", "by", "reason"}, kGrant[] = {"grant"},
                           kGrantBy[] = {"grant", "by"}, kDecisionNeeds[] = {"grant", "by", "reason"},
                           kSummaryNeeds[] = {"month", "by"}, kSummaryOptions[] = {"case", "reason", "json"},
                           kKind[] = {"kind"};
constexpr std::string_view kRequestOptions[] = {"for",       "units",   "department",  "case",    "about", "categories",
                                                "host",      "sha256",  "url",         "sponsor", "from",  "until",
                                                "full_name", "address", "description", "json"};
constexpr std::string_view kApproveOptions[] = {"step", "reason", "json"}, kGrantShowOptions[] = {"by", "json"},
                           kGrantListOptions[] = {"state", "kind", "for", "waiting_for", "json"},
                           kChainOptions[] = {"for", "json"};
constexpr std::string_view kDisputeListOptions[] = {"user", "open", "json"}, kDisputeOpenNeeds[] = {"by", "reason"},
                           kDisputeOpenOptions[] = {"record", "site", "claim"},
                           kDisputeDecideNeeds[] = {"number", "by", "verdict", "reason"};
constexpr std::string_view kEffectiveOptions[] = {"at", "usage", "by", "reason"};
constexpr std::string_view kReportOptions[] = {"from", "to", "format"};
constexpr std::string_view kMetricsOptions[] = {"format"};
constexpr std::string_view kUpgradeOptions[] = {"program"};
constexpr std::string_view kExplainOptions[] = {"user", "at", "by", "reason"};
constexpr std::string_view kActsOptions[] = {"kind", "subject", "author", "from", "to", "limit", "json"};
constexpr std::string_view kActsSubject[] = {"subject"}, kActsHead[] = {"head"};
constexpr std::string_view kReloadOptions[] = {"by", "reason"};
constexpr std::span<const std::string_view> kNone;

constexpr Command kCommands[] = {
    {"lists import", kPath, kImportOptions, lists_import},
    {"lists update", kNone, kUpdateOptions, lists_update},
    {"lists status", kNone, kStatusOptions, lists_status},
    {"lists lookup", kTarget, kLookupOptions, lists_lookup},
    {"lists history", kNone, kHistoryOptions, lists_history},
    {"lists diff", kNone, kDiffOptions, lists_diff},
    {"lists publish", kNone, kPublishOptions, lists_publish},
    {"lists rollback", kNone, kRollbackOptions, lists_rollback},
    {"lists remove", kName, kChangeOptions, lists_remove},
    {"lists override", kOverrideNeeds, kOverrideOptions, lists_override},
    {"lists end-override", kNumber, kEndOptions, lists_end_override},
    {"lists overrides", kNone, kJson, lists_overrides},
    {"access suspend", kOrderNeeds, kSuspendOptions, access_suspend},
    {"access reinstate", kOrderNeeds, kNone, access_reinstate},
    {"access separate", kOrderNeeds, kSeparateOptions, access_separate},
    {"access acknowledge", kReceiptNeeds, kReceiptOptions, access_acknowledge},
    {"access acknowledged", kNone, kAcknowledgedOptions, access_acknowledged},
    {"access receipt", kName, kJson, access_receipt},
    {"access show", kName, kJson, access_show},
    {"acts list", kNone, kActsOptions, acts_list},
    {"acts show", kNumber, kJson, acts_show},
    {"acts export", kNone, kActsSubject, acts_export},
    {"acts verify", kNone, kActsHead, acts_verify},
    {"people list", kNone, kPeopleOptions, people_list},
    {"people show", kName, kJson, people_show},
    {"people who", kAddress, kWhoOptions, people_who},
    {"people export", kNone, kNone, people_export},
    {"people add", kPersonNeeds, kPersonOptions, people_add},
    {"people guest add", kGuestNeeds, kGuestOptions, people_guest_add},
    {"people change", kOrderNeeds, kPersonChangeOptions, people_change},
    {"people move", kPersonNeeds, kMoveOptions, people_move},
    {"people address assign", kAddressNeeds, kAssignOptions, people_address_assign},
    {"people address release", kAddressNeeds, kReleaseOptions, people_address_release},
    {"people department add", kOrderNeeds, kDepartmentOptions, people_department_add},
    {"people department change", kOrderNeeds, kDepartmentOptions, people_department_change},
    {"people password", kOrderNeeds, kPasswordOptions, people_password},
    {"people import", kPath, kPeopleImportOptions, people_import},
    {"download ask", kDownloadNeeds, kDays, download_ask},
    {"download list", kNone, kNone, download_list},
    {"download save", kSaveNeeds, kNone, download_save},
    {"download sweep", kNone, kNone, download_sweep},
    {"grant request", kRequestNeeds, kRequestOptions, grant_request},
    {"grant approve", kGrantBy, kApproveOptions, grant_approve},
    {"grant refuse", kDecisionNeeds, kJson, grant_refuse},
    {"grant withdraw", kDecisionNeeds, kJson, grant_withdraw},
    {"grant list", kNone, kGrantListOptions, grant_list},
    {"grant show", kGrant, kGrantShowOptions, grant_show},
    {"grant sealed-summary", kSummaryNeeds, kSummaryOptions, grant_sealed_summary},
    {"grant chain", kKind, kChainOptions, grant_chain},
    {"dispute list", kNone, kDisputeListOptions, dispute_list},
    {"dispute show", kNumber, kJson, dispute_show},
    {"dispute open", kDisputeOpenNeeds, kDisputeOpenOptions, dispute_open},
    {"dispute decide", kDisputeDecideNeeds, kNone, dispute_decide},
    {"records search", kNone, kSearchOptions, records_search},
    {"records follow", kNone, kFollowOptions, records_follow},
    {"report", kDepartment, kReportOptions, report},
    {"explain", kWhat, kExplainOptions, explain},
    {"effective-policy", kName, kEffectiveOptions, effective_policy},
    {"metrics", kNone, kMetricsOptions, metrics},
    {"status", kNone, kNone, status},
    {"backup stage", kNone, kNone, backup_stage},
    {"clock set", kTime, kNone, clock_set},
    {"clock advance", kDuration, kNone, clock_advance},
    {"reload", kNone, kReloadOptions, reload},
    {"stop", kNone, kNone, stop},
    {"upgrade", kNone, kUpgradeOptions, upgrade},
};

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

int report_error(const Error& error, Output& output) {
  output.err(error.context.empty() ? to_string(error.kind) : std::string_view(error.context));
  return error.kind == Error::Kind::Malformed || error.kind == Error::Kind::NotFound ? kWrongRequest : kFailed;
}

std::string_view argument(const Arguments& args, std::string_view name) {
  const auto it = args.find(name);
  return it == args.end() ? std::string_view() : std::string_view(it->second);
}

int run_command(Operator& op, const Request& request, Output& output) {
  const auto command = std::ranges::find(kCommands, request.command, &Command::name);
  if (command == std::end(kCommands)) {
    std::vector<std::string_view> names;
    for (const auto& known : kCommands) names.push_back(known.name);
    output.err(fmt::format("unknown command '{}'{}", request.command, suggestion(request.command, names)));
    return kWrongRequest;
  }
  std::vector<std::string_view> known(command->required.begin(), command->required.end());
  known.insert(known.end(), command->optional.begin(), command->optional.end());
  for (const auto& [name, value] : request.args) {
    if (std::ranges::find(known, name) != known.end()) continue;
    output.err(fmt::format("'{}' takes no argument '{}'{}", command->name, name, suggestion(name, known)));
    return kWrongRequest;
  }
  for (const auto name : command->required) {
    if (!argument(request.args, name).empty()) continue;
    output.err(fmt::format("'{}' needs the argument '{}'", command->name, name));
    return kWrongRequest;
  }
  // Where it is required, the registrar says who may be an author.
  if (std::ranges::find(command->optional, "by") != command->optional.end())
    if (const auto by = check_by(op, request.args); !by) return report_error(by.error(), output);
  return command->run(op, request.args, output);
}

}  // namespace citygate::console
