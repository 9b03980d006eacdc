#include "policy/people/standing.h"

namespace citygate::policy {

StandingTable StandingTable::with(PersonId person, const Standing& standing) const {
  StandingTable out = *this;
  out.set(person, standing);
  return out;
}

void StandingTable::set(PersonId person, const Standing& standing) {
  const std::size_t block = person.value / kBlock;
  if (block >= blocks_.size()) blocks_.resize(block + 1);
  auto& mine = blocks_[block];
  if (!mine)
    mine = std::make_shared<Block>();
  else if (mine.use_count() > 1)
    mine = std::make_shared<Block>(*mine);
  (*mine)[person.value % kBlock] = {standing, true};
}

}  // namespace citygate::policy
