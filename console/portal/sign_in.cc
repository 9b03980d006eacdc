#include "console/portal/sign_in.h"

#include <fmt/format.h>

#include "base/log.h"

namespace citygate::console {
namespace {

constexpr std::size_t kLongestName = 256, kLongestPassword = 1'024;

}  // namespace

void SignIns::try_password(const HttpRequest& request, HttpReply reply) {
  const Visit visit = begin_visit(needs_, tokens_, request);
  proxy::Credentials credentials{std::string(request.said("name")), std::string(request.said("password"))};
  if (credentials.user.size() > kLongestName || credentials.password.size() > kLongestPassword)
    return reply(sign_in_answer(visit, SignInTrouble::Wrong));
  const policy::Person* person = visit.in_force.people->by_name(credentials.user);
  const std::string hash =
      person && !person->is_device() && person->begun(visit.now) ? person->password_hash : std::string();
  const PersonId id = person ? person->id : PersonId{};
  const proxy::SignInSource from = needs_.source(request.client.ip);
  if (const auto known = needs_.authenticator.recall(credentials, hash, from);
      known != proxy::Authenticator::Found::NotTried)
    return reply(decide(request, id, hash, known));
  // One of both gets it: the authenticator when it takes the job, else we.
  const auto waiting = std::make_shared<HttpReply>(std::move(reply));
  const auto asked =
      needs_.authenticator.verify(std::move(credentials), hash, from,
                                  [waiting, request, id, hash, alive = alive_](proxy::Authenticator::Found found) {
                                    const std::lock_guard lock(alive->mutex);
                                    if (alive->self) (*waiting)(alive->self->decide(request, id, hash, found));
                                  });
  switch (asked.queued) {
    case proxy::Authenticator::Queued::Yes: return;
    case proxy::Authenticator::Queued::Full: return (*waiting)(sign_in_answer(visit, SignInTrouble::Busy));
    case proxy::Authenticator::Queued::Wait: {
      slowed_.fetch_add(1, std::memory_order_relaxed);
      // Only a name that is somebody's: what is typed there may be a password.
      log::warning("portal: too many wrong passwords from {}{}; further ones wait", request.client.ip.to_string(),
                   person ? fmt::format(", the last for {}", person->name) : std::string());
      return (*waiting)(
          sign_in_answer(visit, SignInTrouble::TooMany, std::chrono::ceil<std::chrono::seconds>(asked.retry_after)));
    }
  }
}

HttpAnswer SignIns::decide(const HttpRequest& request, PersonId id, const std::string& hash,
                           proxy::Authenticator::Found found) {
  Visit visit = begin_visit(needs_, tokens_, request);
  if (found == proxy::Authenticator::Found::NotTried) return sign_in_answer(visit, SignInTrouble::Busy);
  // As they are now: the password took its time.
  const policy::Person* person =
      found == proxy::Authenticator::Found::Right ? visit.in_force.people->by_id(id) : nullptr;
  if (!person || person->password_hash != hash) {
    wrong_.fetch_add(1, std::memory_order_relaxed);
    return sign_in_answer(visit, SignInTrouble::Wrong);
  }
  right_.fetch_add(1, std::memory_order_relaxed);
  const policy::Standing* standing = visit.in_force.standing->of(person->id);
  if (standing && standing->closed_at(visit.now)) return sign_in_answer(visit, SignInTrouble::Barred);
  return open_session(visit, *person);
}

namespace {

// To the policy first where that is due, and then on to where the person was going.
std::string after_sign_in(const Visit& visit) {
  const std::string going_to = visit.going_to();
  if (!acknowledgement_due(visit)) return going_to.empty() ? std::string("/") : going_to;
  return "/acknowledge" + visit.going_to_query();
}

}  // namespace

HttpAnswer SignIns::open_session(Visit& visit, const policy::Person& person) {
  // A cookie from before could be one that somebody else knows.
  visit.cookie = proxy::new_cookie();
  visit.new_cookie = true;
  const proxy::SessionTable::Session session{.person = person.id,
                                             .since = visit.now,
                                             .until = visit.now + needs_.session_lifetime(),
                                             .password = proxy::mark_of_password(person.password_hash)};
  const auto opened = needs_.sessions.open(visit.client(), session, proxy::hash_cookie(visit.cookie));
  if (!opened.done) return sign_in_answer(visit, SignInTrouble::Full);
  if (opened.replaced)
    log::warning("portal: {} signed in at {}, where somebody else was signed in", person.name,
                 visit.client().to_string());
  if (opened.others > 0)
    log::warning("portal: {} signed in at {}, and is signed in at {} other address{} as well", person.name,
                 visit.client().to_string(), opened.others, opened.others == 1 ? "" : "es");
  visit.person = &person;
  HttpAnswer answer = see_other(after_sign_in(visit));
  add_cookie(visit, answer);
  return answer;
}

HttpAnswer SignIns::sign_out(const Visit& visit) {
  needs_.sessions.close(visit.client(), proxy::hash_cookie(visit.cookie));
  HttpAnswer answer = see_other("/sign-in");
  // Not Clear-Site-Data: with "cookies" it would sign the person out of all that the city has under its domain.
  answer.headers.emplace_back("Set-Cookie",
                              fmt::format("{}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax", kCookie));
  return answer;
}

void SignIns::stop() {
  const std::lock_guard lock(alive_->mutex);
  alive_->self = nullptr;
}

SignIns::Counts SignIns::counts() const {
  return {.right = right_.load(std::memory_order_relaxed),
          .wrong = wrong_.load(std::memory_order_relaxed),
          .slowed = slowed_.load(std::memory_order_relaxed)};
}

}  // namespace citygate::console
