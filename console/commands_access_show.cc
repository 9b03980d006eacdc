// `citygate access show`: where a person stands, and what became of the orders about the access.
#include "console/access_text.h"
#include "console/commands.h"
#include "console/selectors.h"
#include "review/access_evidence.h"

namespace citygate::console {
namespace {

Result<void> show(Operator& op, const Arguments& args, Output& output) {
  const auto name = argument(args, "name");
  CG_TRY(id, find_person(op, name));
  CG_TRY_VOID(op.flush());
  CG_TRY(orders, review::access_orders(op.acts(), op.store(), op.names(), name));
  const auto state = op.registrar().state();
  const policy::Standing* known = state.standing->of(id);
  const policy::Standing standing = known ? *known : policy::Standing{};
  const AccessOf about{.name = name,
                       .person = state.people->by_id(id),
                       .state = state,
                       .standing = standing,
                       .orders = orders,
                       .names = op.names(),
                       .now = op.clock().now()};
  if (given(args, "json")) {
    output.out(access_json(about));
    return {};
  }
  for (const auto& line : access_lines(about)) output.out(line);
  return {};
}

}  // namespace

int access_show(Operator& op, const Arguments& args, Output& output) {
  const auto shown = show(op, args, output);
  return shown ? kDone : report_error(shown.error(), output);
}

}  // namespace citygate::console
