// workspace.h - what is inside a Workspace; private to categories/.
#pragma once

#include <string>

#include "base/target.h"
#include "categories/classification.h"

namespace citygate::categories {

struct Workspace::Parts {
  Target inner;     // the URL inside a URL
  std::string path;  // folded for matching, where it differs
  std::string url;   // the target as patterns see it
};

}  // namespace citygate::categories
