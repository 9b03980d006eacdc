// Programs: ask for one that was held, see where each request stands, take what has been agreed to.
#include <fmt/format.h>

#include <algorithm>

#include "base/percent_encoding.h"
#include "console/downloads/download_jobs.h"
#include "console/portal/grant_words.h"
#include "console/portal/pages.h"

namespace citygate::console {
namespace {

using policy::GrantCase;
using policy::GrantKind;

constexpr std::string_view kTitle = "Programs";
constexpr std::size_t kMost = 50;

const policy::ApprovalChain* chain_of(const Visit& visit) {
  return visit.in_force.rules->approval(GrantKind::Download, visit.person->department_at(visit.now));
}

void add_form(const Visit& visit, const std::string& url, Html& html) {
  html.heading("Ask for this program");
  const auto* chain = chain_of(visit);
  if (!chain) {
    html.paragraph(
        fmt::format("The policy names nobody who could agree to it. Ask: {}.", visit.in_force.rules->contact()));
    return;
  }
  html.terms({{"From", url.substr(0, url.find('?'))},
              {"Clause", chain->clause},
              {"Who has to agree", approvers_words(*chain)}});
  html.paragraph(
      "The gateway fetches the program, without your cookies, and keeps it. Those who have to agree see what it is; "
      "once they have, you take the very bytes that they agreed to here.");
  html.form("/downloads", visit.token("downloads"));
  visit.carry_going_to(html);
  html.input(Html::Input::Lines, "reason", "What you need it for", {}, Html::Need::Required);
  html.submit("Ask for it").end_form();
}

void add_jobs(const Visit& visit, Html& html) {
  std::vector<Html::Row> rows;
  for (const auto& job : visit.needs.downloads->of(visit.person->name)) {
    if (job.state == DownloadJobs::Job::State::Asked) continue;  // stands among the requests
    rows.push_back({job.url, job.state == DownloadJobs::Job::State::Fetching
                                 ? "is being fetched; look again in a moment"
                                 : job.said});
  }
  if (!rows.empty()) html.table("Not asked for yet", {"From", "How it stands"}, rows);
}

void add_requests(const Visit& visit, Html& html) {
  html.heading("Your requests, the newest first");
  std::size_t shown = 0;
  visit.needs.registrar.grants([&](const GrantCase& one) {
    if (one.grant.kind != GrantKind::Download) return true;
    if (std::ranges::find(one.subjects, visit.person->name) == one.subjects.end()) return true;
    html.heading(one.grant.name).terms(grant_terms(visit, one));
    if (one.state == GrantCase::State::Agreed && one.grant.live(visit.now))
      html.link(fmt::format("/downloads/file?grant={}", one.grant.name), "Take the program");
    return ++shown < kMost;
  });
  if (shown == 0) html.paragraph("You have asked for none.");
}

// RFC 6266: an ASCII name for old browsers, the whole one for all others.
std::string disposition(std::string_view name) {
  if (name.empty()) name = "program";
  std::string plain(name);
  for (char& c : plain)
    if (!unreserved(c)) c = '_';
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, percent_encoded(name));
}

}  // namespace

HttpAnswer show_downloads(const Visit& visit) {
  Html html;
  if (const std::string url = visit.going_to(); !url.empty()) add_form(visit, url, html);
  add_jobs(visit, html);
  add_requests(visit, html);
  return visit.page(200, kTitle, html);
}

HttpAnswer do_download(const Visit& visit) {
  DownloadAsk ask;
  ask.url = visit.going_to();  // signed: a page of ours that held it has led here
  if (ask.url.empty()) return see_other("/downloads");
  ask.person = visit.person->name;
  ask.draft = visit.propose(ActKind::GrantRequest);
  if (ask.draft.reason.empty())
    return visit.failed(Error{.kind = Error::Kind::Malformed, .context = "say what you need it for"}, kTitle);
  const auto started = visit.needs.downloads->start(std::move(ask));
  return started ? see_other("/downloads") : visit.failed(started.error(), kTitle);
}

HttpAnswer show_download_file(const Visit& visit) {
  // Giving it out is an act: who only asks about it leaves none, and has nothing.
  if (visit.request.method == HttpRequest::Method::Head)
    return {.status = 405, .headers = {{"Allow", "GET"}}, .body = {}};
  auto given = open_download(visit.needs.op, visit.request.asked("grant"), visit.person->name);
  if (!given) return visit.failed(given.error(), kTitle);
  const auto kept = keep_release(visit.needs.op, *given, visit.propose(ActKind::DownloadRelease));
  if (!kept) return visit.failed(kept.error(), kTitle);
  HttpAnswer out;
  out.headers = {{"Content-Type", "application/octet-stream"},
                 {"Content-Disposition", disposition(given->name)},
                 {"X-Content-Type-Options", "nosniff"},
                 {"Cache-Control", "no-store"}};
  out.stream_bytes = given->file.bytes();
  out.stream = [file = std::make_shared<HeldReader>(std::move(given->file))](std::span<char> into) {
    return file->read(into);
  };
  return out;
}

}  // namespace citygate::console
