#include "review/effective_policy.h"

#include <fmt/format.h>

#include "policy/people/people_act.h"
#include "review/policy_text.h"
#include "review/text_page.h"

namespace citygate::review {
namespace {

using policy::GrantCase;
using policy::Person;
using policy::Standing;

class Page {
 public:
  Page(const PolicyView& view, const EffectiveQuestion& question)
      : view_(view), question_(question), person_(question.person), department_(person_.department_at(question.at)) {}

  std::string run() {
    page_.heading(fmt::format("{} ({})", person_.title, person_.name));
    page_.line("at", when(question_.at));
    page_.line("is", kind_words());
    page_.line("department", department_words(view_.people, department_));
    if (const auto next = person_.department_until(question_.at); next != WallTime::max())
      page_.line("", fmt::format("until {}, then {}", when(next),
                                 department_words(view_.people, person_.department_at(next))));
    if (!person_.roles.empty()) page_.line("roles", joined(person_.roles));
    if (const Person* supervisor = view_.people.by_id(person_.supervisor))
      page_.line("supervisor", fmt::format("{} ({})", supervisor->title, supervisor->name));
    known_by();
    access();
    usage();
    permissions();
    page_.blank();
    return page_.take() + policy_text(view_, department_);
  }

 private:
  std::string when(WallTime time) const { return view_.rules.zone().format(time); }

  std::string kind_words() const {
    switch (person_.kind) {
      case policy::PersonKind::Person: return "a person of the directory";
      case policy::PersonKind::Device: return "a device, which stands for nobody in particular";
      case policy::PersonKind::Guest: {
        const Person* sponsor = view_.people.by_id(person_.sponsor);
        return fmt::format("a guest until {}, for: {}{}", when(person_.end), person_.purpose,
                           sponsor ? fmt::format("; {} answers for the stay", sponsor->name) : std::string());
      }
    }
    return {};
  }

  void known_by() {
    bool any = false;
    const auto line = [&](std::string text) {
      page_.line(any ? "" : "known by", std::move(text));
      any = true;
    };
    for (const auto& term : person_.addresses) {
      if (!term.holds(question_.at)) continue;
      line(fmt::format("address {}{}: {}", policy::range_text(term.range),
                       term.until == WallTime::max() ? std::string() : fmt::format(" until {}", when(term.until)),
                       confidence(IdentityMethod::Address)));
    }
    if (!person_.password_hash.empty())
      line(fmt::format("name and password, to the proxy or on the portal: {}", confidence(IdentityMethod::Basic)));
    if (!any) line("nothing: no address at this time, and no password");
  }

  void access() {
    page_.blank();
    page_.heading("Access");
    const Standing* standing = question_.standing.of(person_.id);
    const Standing dated = standing ? standing->as_dated() : Standing();
    if (standing && question_.past) standing = &dated;
    const WallTime now = question_.at;
    if (standing && standing->barred_at(now))
      page_.line("access", fmt::format("{} since {}{}", standing->barred == Reason::Suspended ? "suspended" : "ended",
                                       when(standing->barred_from),
                                       standing->barred_until == WallTime::max()
                                           ? std::string(", until somebody reinstates")
                                           : fmt::format(", until {}", when(standing->barred_until))));
    else if (standing && standing->ended_at(now))
      page_.line("access", fmt::format("ended at {}", when(standing->ends)));
    else
      page_.line("access", "open");
    if (standing && !standing->barred_at(now) && standing->barred != Reason::Work && now < standing->barred_from)
      page_.line("", fmt::format("an order takes effect at {}", when(standing->barred_from)));
    const auto* text = view_.rules.acknowledgement(department_, person_.kind);
    if (!text) return page_.line("policy text", "nothing is to be acknowledged");
    const bool right = standing && standing->acknowledged == text->version;
    if (!standing || !standing->acknowledged)
      page_.line("policy text", "never acknowledged; nothing of the web is open before that");
    else if (!right)
      page_.line("policy text", fmt::format("another version was acknowledged at {}; nothing of the web is open before "
                                            "this one is",
                                            when(standing->acknowledged_at)));
    else
      page_.line("policy text",
                 fmt::format("acknowledged at {}; to be acknowledged again by {}", when(standing->acknowledged_at),
                             when(standing->acknowledged_at + text->renew)));
  }

  void usage() {
    const auto quotas = view_.rules.quotas(department_);
    if (quotas.empty() || !question_.usage) return;
    page_.blank();
    page_.heading("Used today");
    const LocalTime local = view_.rules.zone().at(question_.at);
    for (const auto& quota : quotas) {
      const Usage used = question_.usage->used(quota.id, local.day, question_.at);
      std::string text;
      if (quota.minutes_per_day.count() > 0) {
        const auto minutes = [](std::chrono::milliseconds time) {
          return minutes_text(static_cast<double>(time.count()) / 60'000);
        };
        text = fmt::format("{} of {} minutes", minutes(std::min(used.attended, quota.minutes_per_day)),
                           minutes(quota.minutes_per_day));
      }
      if (quota.bytes_per_day > 0)
        text += fmt::format("{}{} of {} megabytes", text.empty() ? "" : ", ", megabytes_text(used.streaming_bytes),
                            megabytes_text(quota.bytes_per_day));
      page_.line(quota.name, fmt::format("{} ({})", text, quota.title));
    }
    page_.line("", fmt::format("refilled at {}", when(view_.rules.zone().start_of(local.day + 1))));
  }

  void permissions() {
    page_.blank();
    page_.heading("Permissions");
    bool any = false;
    for (const auto& each : question_.permissions) {
      if (each.grant.sealed() || each.grant.end <= question_.at) continue;
      if (each.state != GrantCase::State::Agreed && each.state != GrantCase::State::Asked) continue;
      any = true;
      std::string what = joined(each.categories);
      if (!each.grant.host.empty()) what += fmt::format("{}{}", what.empty() ? "" : " at ", each.grant.host);
      const std::string how = each.state == GrantCase::State::Asked ? "asked for, not agreed to yet"
                              : each.grant.live(question_.at)
                                  ? fmt::format("until {}", when(each.grant.end))
                                  : fmt::format("from {} to {}", when(each.grant.start), when(each.grant.end));
      page_.line(each.grant.name, fmt::format("{}{}: {}", grant_kind_words(each.grant.kind),
                                              what.empty() ? std::string() : " for " + what, how));
    }
    if (!any) page_.line("", "none");
  }

  const PolicyView& view_;
  const EffectiveQuestion& question_;
  const Person& person_;
  const DepartmentId department_;
  TextPage page_;
};

}  // namespace

std::string effective_policy(const PolicyView& view, const EffectiveQuestion& question) {
  return Page(view, question).run();
}

}  // namespace citygate::review
