// Desk: who is asking, by what that is known, and whether it still is.
#include <algorithm>

#include "proxy/desk.h"

namespace citygate::proxy {

void Desk::identify_by_address(const IpAddress& client, Case& about) {
  const policy::Directory& people = *snapshots_.people;
  about.client = client;
  about.people = people.version();
  if (const auto session = session_at(about)) {
    // One that has left the directory since is nobody; his address is not for that somebody else's.
    about.subject = {};
    if (const policy::Person* person = people.by_id(session->person)) {
      identify(*person, IdentityMethod::Portal, about);
      about.known_until = std::min(about.known_until, session->until);
    }
    return;
  }
  if (const policy::Person* person = people.by_address(client, clock_.now()))
    identify(*person, IdentityMethod::Address, about);
  else
    about.subject = {};
}

void Desk::identify_as(const policy::Person& person, const IpAddress& client, Case& about) {
  about.client = client;
  about.people = snapshots_.people->version();
  identify(person, IdentityMethod::Basic, about);
}

void Desk::identify(const policy::Person& person, IdentityMethod method, Case& about) {
  const WallTime now = clock_.now();
  about.lapsed = false;
  about.known_until = WallTime::max();
  about.subject = {};
  if (now < person.start) return;  // a guest who is expected later
  about.subject = {person.id, person.department_at(now), method, person.kind};
  about.subject.personal_device = method != IdentityMethod::Address && is_personal(about);
  about.known_until = person.department_until(now);
  about.meter = &board_.person(person.id);
}

// By where it is: the city's computers have addresses of the directory or of the city's networks.
bool Desk::is_personal(const Case& about) const {
  const policy::PersonalDevices* devices = snapshots_.rules->personal_devices(about.subject.department);
  return devices && !devices->in_city_network(about.client) &&
         !snapshots_.people->by_address(about.client, clock_.now());
}

// Of an address of many people it would make everybody there whoever signed in last.
std::optional<SessionTable::Session> Desk::session_at(const Case& about) const {
  if (!sessions_ || about.shared_address) return std::nullopt;
  return sessions_->find(about.client, clock_.now());
}

bool Desk::still_known(const policy::Person& person, const Case& about) const {
  if (clock_.now() < person.start) return false;
  switch (about.subject.identity) {
    case IdentityMethod::Basic: return true;
    case IdentityMethod::Portal: {
      const auto session = session_at(about);
      return session && session->person == person.id;
    }
    case IdentityMethod::Address: {
      const policy::Person* owner = snapshots_.people->by_address(about.client, clock_.now());
      return owner && owner->id == person.id;
    }
    case IdentityMethod::Unknown: return false;
  }
  return false;
}

void Desk::refresh_subject(Case& about) {
  const policy::Directory& people = *snapshots_.people;
  about.people = people.version();
  if (!about.subject.person || about.lapsed) return;
  const policy::Person* person = people.by_id(about.subject.person);
  if (!person || !still_known(*person, about)) {
    about.lapsed = true;
    return;
  }
  const WallTime until = about.known_until;
  identify(*person, about.subject.identity, about);
  if (about.subject.identity == IdentityMethod::Portal) about.known_until = std::min(about.known_until, until);
}

}  // namespace citygate::proxy
