#include "proxy/portal_place.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "base/percent_encoding.h"
#include "proxy/net/proxy_protocol.h"
#include "proxy/portal_service.h"

namespace citygate::proxy {
namespace {

const WallTime kNow = WallTime(std::chrono::hours(500'000));
const SocketAddress kInner = *SocketAddress::parse("127.0.0.1:40001");
const SocketAddress kClient = *SocketAddress::parse("10.1.2.3:51000");
const SocketAddress kLocal = *SocketAddress::parse("10.0.0.1:3128");

PortalPlace place(std::uint16_t port = 8443) { return PortalPlace("portal.city.example", port, kInner); }

// The fields of a link as the portal gets them.
std::map<std::string, std::string> fields_of(std::string_view link) {
  std::map<std::string, std::string> out;
  link.remove_prefix(std::min(link.size(), link.find('?') + 1));
  while (!link.empty()) {
    const std::string_view one = link.substr(0, link.find('&'));
    link.remove_prefix(std::min(link.size(), one.size() + 1));
    out.emplace(one.substr(0, one.find('=')), percent_decoded(one.substr(one.find('=') + 1)));
  }
  return out;
}

std::optional<std::string> follow(const PortalPlace& portal, std::string_view link, const IpAddress& client,
                                  WallTime now) {
  auto fields = fields_of(link);
  return portal.going_to(fields["to"], fields["until"], fields["key"], client, now);
}

TEST(PortalPlace, SaysItsPortOnlyWhereItIsNotTheUsualOne) {
  EXPECT_EQ(place().url(), "https://portal.city.example:8443/");
  EXPECT_EQ(place(443).url(), "https://portal.city.example/");
  EXPECT_EQ(PortalPlace("2001:db8::1", 443, kInner).url(), "https://[2001:db8::1]/");
}

TEST(PortalPlace, KnowsItsOwnRequests) {
  const PortalPlace portal = place();
  EXPECT_TRUE(portal.serves("portal.city.example", 443));
  EXPECT_TRUE(portal.serves("portal.city.example", 8443));
  EXPECT_FALSE(portal.serves("portal.city.example", 22)) << "another port of that name is somebody else's";
  EXPECT_FALSE(portal.serves("www.portal.city.example", 443));
  EXPECT_TRUE(portal.redirects("portal.city.example", 80));
  EXPECT_FALSE(portal.serves("portal.city.example", 80));
}

TEST(PortalPlace, AWorkersHeaderSaysWhoseConnectionItIs) {
  const PortalPlace portal = place();
  EXPECT_EQ(portal.client_of(portal.header_for(kClient, kLocal)), kClient);
  const SocketAddress six = *SocketAddress::parse("[2001:db8::7]:51000");
  EXPECT_EQ(portal.client_of(portal.header_for(six, kLocal)), six);
}

TEST(PortalPlace, NobodyElseCanPoseAsAClient) {
  const PortalPlace portal = place();
  std::string bare;
  append_proxy_header(ProxyHeader::Version::Two, {.source = kClient, .destination = kLocal}, bare);
  EXPECT_FALSE(portal.client_of(bare)) << "without the secret";
  EXPECT_FALSE(portal.client_of(place().header_for(kClient, kLocal))) << "with that of another process";
  std::string wrong = bare;
  append_proxy_value(0xe7, "guess", wrong);
  EXPECT_FALSE(portal.client_of(wrong));
  std::string other_type = bare;
  append_proxy_value(0xe6, std::string(32, '\0'), other_type);
  EXPECT_FALSE(portal.client_of(other_type));
  const std::string right = portal.header_for(kClient, kLocal);
  for (std::size_t i = 0; i < right.size(); ++i) EXPECT_FALSE(portal.client_of(right.substr(0, i)));
  EXPECT_FALSE(portal.client_of(right + "x")) << "more than the header";
  EXPECT_FALSE(portal.client_of("PROXY TCP4 10.1.2.3 10.0.0.1 51000 3128\r\n"));
}

TEST(PortalPlace, ALinkBringsThePersonBack) {
  const PortalPlace portal = place();
  const std::string url = "http://news.example/a b?q=1&r=%20#x";
  const std::string clean = "http://news.example/a%20b?q=1&r=%20&to=http://evil.example/#x";
  const std::string link = portal.link_back(clean, kClient.ip, kNow);
  EXPECT_TRUE(link.starts_with("https://portal.city.example:8443/?to=http://news.example/a%2520b")) << link;
  EXPECT_EQ(follow(portal, link, kClient.ip, kNow), clean);
  EXPECT_FALSE(follow(portal, portal.link_back(url, kClient.ip, kNow), kClient.ip, kNow)) << "with a space";
}

TEST(PortalPlace, ALinkIsNoOpenRedirect) {
  const PortalPlace portal = place();
  const std::string link = portal.link_back("http://news.example/", kClient.ip, kNow);
  EXPECT_FALSE(follow(portal, link, IpAddress::v4(1), kNow)) << "lent to somebody else";
  EXPECT_FALSE(follow(portal, link, kClient.ip, kNow + std::chrono::hours(1))) << "of yesterday";
  EXPECT_TRUE(follow(portal, link, kClient.ip, kNow + std::chrono::minutes(59)));
  auto fields = fields_of(link);
  EXPECT_FALSE(portal.going_to("http://evil.example/", fields["until"], fields["key"], kClient.ip, kNow));
  EXPECT_FALSE(portal.going_to(fields["to"], "99999999999", fields["key"], kClient.ip, kNow));
  EXPECT_FALSE(portal.going_to(fields["to"], fields["until"], "", kClient.ip, kNow));
  EXPECT_FALSE(follow(place(), link, kClient.ip, kNow)) << "of another process";
  const std::string script = portal.link_back("javascript:alert(1)", kClient.ip, kNow);
  EXPECT_FALSE(follow(portal, script, kClient.ip, kNow));
}

TEST(PortalPlace, ALinkBeyondWhatBrowsersTakeSaysNoWay) {
  const PortalPlace portal = place();
  EXPECT_EQ(portal.link_back("http://news.example/" + std::string(3'000, 'a'), kClient.ip, kNow), portal.url());
  EXPECT_EQ(portal.link_back("", kClient.ip, kNow), portal.url());
}

TEST(PortalService, SendsOnToTheSamePathOverTls) {
  const PortalPlace portal = place();
  const auto get = portal_redirect(portal, Method::Get, "/usage?x=1");
  EXPECT_EQ(get.status, 302);
  EXPECT_NE(get.extra_fields.find("Location: https://portal.city.example:8443/usage\r\n"), std::string::npos);
  EXPECT_EQ(portal_redirect(portal, Method::Post, "/").status, 307);
  for (const std::string_view odd : {"//evil.example/", "/a\r\nSet-Cookie: x", "/\"><script>", "usage", ""}) {
    const auto answer = portal_redirect(portal, Method::Get, odd);
    EXPECT_NE(answer.extra_fields.find("Location: https://portal.city.example:8443/\r\n"), std::string::npos) << odd;
  }
}

class Nothing final : public LocalService {
 public:
  std::optional<LocalAnswer> answer(const LocalRequest&) const override { return std::nullopt; }
};

TEST(PortalService, AnswersForItsNameAlone) {
  const PortalPlace portal = place();
  const Nothing nothing;
  const PortalService service(&portal, nothing);
  const auto ask = [&](std::string_view host, std::string_view target) {
    return service.answer({.method = Method::Get, .target = target, .host = host, .local = kLocal, .tls = false})
        .has_value();
  };
  EXPECT_TRUE(ask("portal.city.example", "/"));
  EXPECT_TRUE(ask("Portal.City.Example:3128", "/usage"));
  EXPECT_FALSE(ask("other.example", "/"));
  EXPECT_FALSE(ask("", "/"));
  EXPECT_FALSE(ask("portal.city.example", "/proxy.pac"));
  EXPECT_FALSE(PortalService(nullptr, nothing)
                   .answer({.method = Method::Get, .target = "/", .host = "portal.city.example", .local = kLocal})
                   .has_value());
}

}  // namespace
}  // namespace citygate::proxy
