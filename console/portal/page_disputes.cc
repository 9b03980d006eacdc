// Disputes: "this was work", said by whom it was refused to or counted for, and decided by somebody above him.
#include <fmt/format.h>

#include <vector>

#include "console/portal/pages.h"
#include "policy/people/dispute_fold.h"

namespace citygate::console {
namespace {

using policy::Dispute;
using Input = Html::Input;
using Need = Html::Need;

constexpr std::size_t kMost = 50;

std::string state_words(const Visit& visit, const Dispute& one) {
  switch (one.state) {
    case Dispute::State::Open: return "waits for an answer";
    case Dispute::State::Work:
      return fmt::format("{} has found at {} that it was work: {}", one.decided_by, visit.time(one.decided_at),
                         one.decided_why);
    case Dispute::State::Personal:
      return fmt::format("{} has found at {} that it was personal: {}", one.decided_by, visit.time(one.decided_at),
                         one.decided_why);
  }
  return {};
}

Html::Terms terms_of(const Visit& visit, const Dispute& one) {
  return {{"By", one.person},
          {"Site", one.what},
          {"Record", one.record},
          {"Claim", one.wrong_category ? "the site is in the wrong category" : "it was work"},
          {"In the person's words", one.why},
          {"Opened", visit.time(one.opened_at)},
          {"State", state_words(visit, one)}};
}

void add_form(const Visit& visit, Html& html) {
  html.heading("Dispute a verdict");
  html.paragraph(
      "Say that a visit was work, or that a site is in the wrong category. Your supervisor or the head of your "
      "department decides; what you read here is what they read.");
  html.form("/disputes", visit.token("disputes")).hidden("do", "open");
  html.input(Input::Text, "record", "Number of the record",
             "16 digits, from the page that refused; empty: say the site below", Need::Optional,
             visit.request.asked("record"));
  html.input(Input::Text, "what", "Site", "As in www.example.org", Need::Optional, visit.request.asked("what"));
  const Html::Choice claims[] = {{"work", "This was work"}, {"category", "The site is in the wrong category"}};
  html.choice("claim", "What is wrong", claims);
  html.input(Input::Lines, "reason", "Why", {}, Need::Required);
  html.submit("Send").end_form();
}

bool decides(const Visit& visit, const Dispute& one) {
  const policy::Directory& people = *visit.in_force.people;
  const policy::Person* person = people.by_name(one.person);
  return person && policy::may_decide_dispute(*visit.person, *person, people, visit.now);
}

void add_decision(const Visit& visit, const Dispute& one, Html& html) {
  if (!visit.signed_in) {
    html.link("/sign-in", fmt::format("Sign in to decide about dispute {}", one.number));
    return;
  }
  html.form("/disputes", visit.token("disputes")).hidden("do", "decide").hidden("dispute", std::to_string(one.number));
  html.input(Input::Text, "reason", fmt::format("Your reason, about dispute {}", one.number),
             "It is shown to the person", Need::Required);
  html.submit("It was work", "verdict", "work").submit("It was personal", "verdict", "personal").end_form();
}

// The site of a record that is the person's own; of others nothing is told, not even that there is one.
Result<std::string> site_of(const Visit& visit, std::string_view record) {
  const auto id = records::parse_record_id(record);
  if (!id)
    return fail(Error::Kind::Malformed, fmt::format("'{}' is no number of a record: those have 16 digits", record));
  const auto found = visit.needs.op.store().find(*id);
  if (!found || found->get().person != visit.person->id)
    return fail(Error::Kind::NotFound, fmt::format("you have no record '{}'", record));
  return std::string(found->get().host);
}

HttpAnswer open_dispute(const Visit& visit) {
  Act act = visit.propose(ActKind::DisputeOpen);
  act.subject = visit.person->name;
  const auto add = [&](std::string_view field, std::string_view value) {
    if (!value.empty()) act.fields.insert_or_assign(std::string(field), std::string(value));
  };
  add("claim", visit.request.said("claim"));
  add("what", visit.request.said("what"));
  if (const auto record = visit.request.said("record"); !record.empty()) {
    const auto site = site_of(visit, record);
    if (!site) return visit.failed(site.error(), "Disputes");
    add("record", record);
    add("what", *site);
  }
  const auto kept = visit.needs.registrar.enact(std::move(act));
  return kept ? see_other("/disputes") : visit.failed(kept.error(), "Disputes");
}

HttpAnswer decide_dispute(const Visit& visit) {
  if (!visit.signed_in) return sign_in_answer(visit, SignInTrouble::Needed);
  Act act = visit.propose(ActKind::DisputeDecide);
  act.subject = visit.request.said("dispute");
  act.fields.emplace("verdict", visit.request.said("verdict"));
  const auto kept = visit.needs.registrar.enact(std::move(act));
  return kept ? see_other("/disputes") : visit.failed(kept.error(), "Disputes");
}

}  // namespace

HttpAnswer show_disputes(const Visit& visit) {
  std::vector<Dispute> own, waiting;
  visit.needs.registrar.disputes([&](const Dispute& one) {
    if (one.person == visit.person->name) {
      if (own.size() < kMost) own.push_back(one);
    } else if (one.state == Dispute::State::Open && waiting.size() < kMost && decides(visit, one)) {
      waiting.push_back(one);
    }
    return own.size() < kMost || waiting.size() < kMost;
  });
  Html html;
  for (const auto& one : waiting) {
    html.heading(fmt::format("Dispute {} of {} waits for your word", one.number, one.person));
    html.terms(terms_of(visit, one));
    add_decision(visit, one, html);
  }
  add_form(visit, html);
  html.heading("Yours, the newest first");
  if (own.empty()) html.paragraph("You have disputed nothing.");
  for (const auto& one : own) html.heading(fmt::format("Dispute {}", one.number)).terms(terms_of(visit, one));
  return visit.page(200, "Disputes", html);
}

HttpAnswer do_dispute(const Visit& visit) {
  return visit.request.said("do") == "decide" ? decide_dispute(visit) : open_dispute(visit);
}

}  // namespace citygate::console
