// workspace.h - what is inside a Workspace; private to categories/.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "categories/classification.h"
#include "categories/inner_url.h"
#include "categories/search_engines.h"
#include "matcher/host_table.h"
#include "matcher/pattern_set.h"

namespace citygate::categories {

struct Workspace::Parts {
  std::array<matcher::NameHit, matcher::HostTable::kMostNames> names;       // what the host falls under
  std::array<matcher::NameHit, matcher::HostTable::kMostPaths> paths;       // and the URL below one of them
  std::array<matcher::NameHit, matcher::HostTable::kMostPaths> bare_paths;  // without its path parameters
  std::string path, query;                                                  // folded for matching, where they differ
  std::string bare_path;
  std::string url;  // the target as patterns see it
  matcher::PatternScratch scan;
  std::vector<std::uint32_t> patterns;  // ids that match
  InnerUrls inner;
  SearchScratch search;
  std::string words;  // of a search
};

}  // namespace citygate::categories
