// snapshots.h - the immutable parts that a worker decides by; each is replaced on its own.
#pragma once

#include <memory>

#include "categories/lists.h"
#include "categories/taxonomy.h"
#include "policy/grants/grant_book.h"
#include "policy/people/directory.h"
#include "policy/people/standing.h"
#include "policy/rulebook.h"

namespace citygate::proxy {

struct Snapshots {
  std::shared_ptr<const categories::Taxonomy> taxonomy;
  std::shared_ptr<const categories::Lists> lists;
  std::shared_ptr<const policy::Rulebook> rules;
  std::shared_ptr<const policy::GrantBook> grants;
  std::shared_ptr<const policy::Directory> people;
  std::shared_ptr<const policy::StandingTable> standing = std::make_shared<const policy::StandingTable>();
};

}  // namespace citygate::proxy
