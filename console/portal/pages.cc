#include "console/portal/pages.h"

#include <fmt/format.h>

namespace citygate::console {

std::span<const PortalPage> portal_pages() {
  static constexpr PortalPage kPages[] = {
      {"/", &show_home, nullptr},
      {"/usage", &show_usage, nullptr},
      {"/refusals", &show_refusals, nullptr},
      {"/grants", &show_grants, &do_withdraw},
      {"/grants/request", &show_grant_request, &do_grant_request},
      {"/downloads", &show_downloads, &do_download},
      {"/downloads/file", &show_download_file, nullptr},
      {"/decisions", &show_decisions, &do_decision, Known::ByPassword},
      {"/disputes", &show_disputes, &do_dispute},
      {"/acknowledge", &show_acknowledge, &do_acknowledge},
      {"/access-agreement", &show_access_agreement, &do_access_agreement},
  };
  return kPages;
}

namespace {

std::string_view words(SignInTrouble trouble) {
  switch (trouble) {
    case SignInTrouble::None: return {};
    case SignInTrouble::Needed:
      return "Who decides about others signs in: an address shows whose machine it is, and not who sits there.";
    case SignInTrouble::Wrong: return "Name or password is wrong. Nobody is signed in.";
    case SignInTrouble::TooMany:
      return "There were too many wrong passwords from here, or for this name. Further ones are not looked at for a "
             "while.";
    case SignInTrouble::Busy: return "The gateway has too much to do to look at passwords. Try again in a few seconds.";
    case SignInTrouble::Barred:
      return "Your access to the web has been suspended or has ended. Ask your supervisor or the help desk.";
    case SignInTrouble::Full: return "As many people are signed in as there may be. Tell the help desk.";
  }
  return {};
}

std::uint16_t status_of(SignInTrouble trouble) {
  switch (trouble) {
    case SignInTrouble::None: return 200;
    case SignInTrouble::Needed:
    case SignInTrouble::Wrong:
    case SignInTrouble::Barred: return 403;
    case SignInTrouble::TooMany: return 429;
    case SignInTrouble::Busy:
    case SignInTrouble::Full: return 503;
  }
  return 500;
}

}  // namespace

HttpAnswer sign_in_answer(const Visit& visit, SignInTrouble trouble, std::chrono::seconds retry_after) {
  Html html;
  if (trouble != SignInTrouble::None) html.wrong(words(trouble));
  html.paragraph(
      visit.shared_address()
          ? "Use the name and the password that the city gave you. Several people use the web from this address: "
            "signing "
            "in shows you these pages, and the web goes on asking your browser for your password."
          : "Use the name and the password that the city gave you. You stay signed in at this machine until you "
            "sign out, or for some hours; close this with \"Sign out\" where others use it too.");
  html.form("/sign-in", visit.token("sign-in"));
  visit.carry_going_to(html);
  html.input(Html::Input::Text, "name", "Name", "As in pat.reed", Html::Need::Required);
  html.input(Html::Input::Password, "password", "Password", {}, Html::Need::Required);
  html.submit("Sign in").end_form();
  html.paragraph(fmt::format("This gateway sees you at the address {}.", visit.client().to_string()));
  HttpAnswer answer = visit.page(status_of(trouble), "Sign in to use the web", html);
  if (retry_after.count() > 0) answer.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return answer;
}

HttpAnswer no_page(const Visit& visit) {
  Html html;
  html.paragraph("There is no such page here.").link("/", "To the first page");
  return visit.page(404, "Not found", html);
}

}  // namespace citygate::console
