#include "console/portal/portal.h"

#include <algorithm>
#include <mutex>

#include "base/log.h"
#include "base/target.h"
#include "console/downloads/download_jobs.h"
#include "console/portal/door.h"
#include "console/portal/http_server.h"
#include "console/portal/pages.h"
#include "console/portal/sign_in.h"

namespace citygate::console {
namespace {

HttpAnswer elsewhere(const proxy::PortalPlace& place, HttpRequest::Method method) {
  if (method != HttpRequest::Method::Post) {
    HttpAnswer out = see_other(place.url());
    out.status = 302;
    return out;
  }
  return {
      .status = 421, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = "This is not that site.\n"};
}

class RunningPortal final : public Portal {
 public:
  RunningPortal(PortalNeeds needs, const PortalSockets& sockets, unsigned threads,
                std::function<CertificateChoice()> certificate)
      : needs_(std::move(needs)),
        sockets_(sockets),
        threads_(threads),
        certificate_(std::move(certificate), needs_.op.clock()),
        downloads_(needs_.op) {
    needs_.downloads = &downloads_;
  }
  ~RunningPortal() override { RunningPortal::pause(); }

  Result<void> resume() override {
    const std::lock_guard lock(mutex_);
    CG_TRY(certificate, certificate_.load());
    sign_ins_ = std::make_unique<SignIns>(needs_, tokens_);
    CG_TRY(server, HttpServer::start(threads_, certificate, [this](const HttpRequest& request, HttpReply reply) {
             answer(request, std::move(reply));
           }));
    server_ = std::move(server);
    CG_TRY(door, Door::open(sockets_.listeners, sockets_.inner, needs_.place,
                            {.take = [this](UniqueFd socket,
                                            const SocketAddress& client) { server_->add(std::move(socket), client); },
                             .every_second = [this] { every_second(); }}));
    door_ = std::move(door);
    return {};
  }

  void pause() override {
    const std::lock_guard lock(mutex_);
    door_.reset();
    if (server_) server_->stop();
    if (sign_ins_) sign_ins_->stop();
    server_.reset();
  }

  void people_changed() override {
    const proxy::Snapshots in_force = needs_.op.in_force();
    const WallTime now = needs_.op.clock().now();
    needs_.sessions.keep_only([&](const proxy::SessionTable::Session& session) {
      const policy::Person* person = in_force.people->by_id(session.person);
      const policy::Standing* standing = in_force.standing->of(session.person);
      return person && proxy::mark_of_password(person->password_hash) == session.password &&
             !(standing && standing->closed_at(now));
    });
  }

  Counts counts() const override {
    const auto sessions = needs_.sessions.counts();
    Counts out{{"portal_sessions", needs_.sessions.size()},
               {"portal_sessions_opened_total", sessions.opened},
               {"portal_sessions_replaced_total", sessions.replaced},
               {"portal_sessions_ended_total", sessions.ended}};
    const std::lock_guard lock(mutex_);
    if (server_) out.emplace_back("portal_connections_open", server_->open());
    if (server_) out.emplace_back("portal_connections_refused_total", server_->turned_away());
    if (door_) out.emplace_back("portal_strangers_total", door_->strangers());
    if (sign_ins_) {
      const auto tries = sign_ins_->counts();
      out.emplace_back("portal_sign_ins_total", tries.right);
      out.emplace_back("portal_wrong_passwords_total", tries.wrong);
      out.emplace_back("portal_slowed_passwords_total", tries.slowed);
    }
    return out;
  }

 private:
  void every_second() {
    server_->look_after();
    needs_.sessions.drop_ended(needs_.op.clock().now());
    people_changed();  // a suspension may begin, a guest's term end, by the clock alone
    if (auto certificate = certificate_.changed())
      if (auto renewed = server_->renew(*certificate); !renewed) log::error("portal: {}", renewed.error().context);
  }

  // Under another name the browser would not send the cookie, and a site of somebody else's could be meant.
  [[nodiscard]] bool meant_for_us(const HttpRequest& request) const {
    std::string host;
    std::optional<IpAddress> address;
    std::uint16_t port = 0;
    return parse_host_port(request.host, 443, host, address, port) && host == needs_.place.name();
  }

  void answer(const HttpRequest& request, HttpReply reply) {
    if (!meant_for_us(request)) return reply(elsewhere(needs_.place, request.method));
    if (request.path == "/style.css") return reply(style_answer());
    const Visit visit = begin_visit(needs_, tokens_, request);
    const bool post = request.method == HttpRequest::Method::Post;
    // Without a cookie: of a form that another site sent the browser has kept ours back, and would lose it.
    if (post && !visit.form_is_ours(purpose_of(request))) return reply(visit.strange_form());
    if (request.path == "/sign-in") {
      if (post) return sign_ins_->try_password(request, std::move(reply));
      return say(visit, sign_in_answer(visit, SignInTrouble::None), reply);
    }
    if (request.path == "/sign-out" && post) return reply(sign_ins_->sign_out(visit));
    say(visit, page_of(visit, post), reply);
  }

  static std::string_view purpose_of(const HttpRequest& request) {
    return std::string_view(request.path).substr(std::min<std::size_t>(1, request.path.size()));
  }

  static void say(const Visit& visit, HttpAnswer answer, HttpReply& reply) {
    add_cookie(visit, answer);
    reply(std::move(answer));
  }

  [[nodiscard]] HttpAnswer page_of(const Visit& visit, bool post) {
    const auto pages = portal_pages();
    const auto page = std::ranges::find(pages, std::string_view(visit.request.path), &PortalPage::path);
    if (page == pages.end()) return no_page(visit);
    if (!visit.person) return sign_in_answer(visit, SignInTrouble::None);
    if (page->known == Known::ByPassword && !visit.signed_in) return sign_in_answer(visit, SignInTrouble::Needed);
    if (!post) return page->show(visit);
    return page->act ? page->act(visit) : no_page(visit);
  }

  PortalNeeds needs_;
  const PortalSockets& sockets_;
  const unsigned threads_;
  CertificateSource certificate_;
  const proxy::FormTokens tokens_;
  mutable std::mutex mutex_;  // held while what follows is made or ends
  std::unique_ptr<SignIns> sign_ins_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Door> door_;
  DownloadJobs downloads_;
};

}  // namespace

Result<std::unique_ptr<Portal>> Portal::start(PortalNeeds needs, const PortalSockets& sockets, unsigned threads,
                                              std::function<CertificateChoice()> certificate) {
  auto portal = std::make_unique<RunningPortal>(std::move(needs), sockets, threads, std::move(certificate));
  CG_TRY_VOID(portal->resume());
  return portal;
}

}  // namespace citygate::console
