#include "console/act_draft.h"

#include <nlohmann/json.hpp>

#include "base/local_time.h"
#include "console/commands.h"
#include "console/selectors.h"

namespace citygate::console {

Act draft_act(ActKind kind, const Arguments& args, const Output& output) {
  Act act;
  act.kind = kind;
  act.author = argument(args, "by");
  act.via = output.via();
  act.reason = argument(args, "reason");
  return act;
}

bool may_be_kept(const Error& error) { return error.kind == Error::Kind::Storage || error.kind == Error::Kind::Bug; }

void tell_kept(const Act& kept, std::string_view words, const Arguments& args, Output& output) {
  if (!given(args, "json")) return output.out(words);
  const nlohmann::ordered_json out{{"act", kept.number},           {"time", format_utc(kept.time)},
                                   {"kind", to_string(kept.kind)}, {"author", kept.author},
                                   {"subject", kept.subject},      {"reason", kept.reason},
                                   {"fields", kept.fields}};
  output.out(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace citygate::console
