// local_operator.h - the administrator's commands where no gateway runs: this process opens the state directory itself.
//
// What killed gateways left in their spools is folded into the store at the first flush(), so that reports are whole.
// Thread    the caller's alone.
#pragma once

#include <memory>

#include "app/config.h"
#include "app/state_directory.h"
#include "console/operator.h"

namespace citygate::app {

// `command` is what it will be asked. An import is the way out where no image of the lists can be read, so it needs
// none.
[[nodiscard]] Result<std::unique_ptr<console::Operator>> open_locally(Config config, StateDirectory state,
                                                                      std::string version, std::string_view command);

}  // namespace citygate::app
