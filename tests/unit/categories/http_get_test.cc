#include "categories/http_get.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

#include "tests/unit/categories/list_server.h"

namespace citygate::categories {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Shows a certificate that it has made itself, to one client.
class OwnTlsServer {
 public:
  OwnTlsServer() : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    const auto* name = reinterpret_cast<const unsigned char*>("127.0.0.1");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    CG_CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    CG_CHECK(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1);
    CG_CHECK(SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1);
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CG_CHECK(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CG_CHECK(::listen(listener_.get(), 1) == 0);
    CG_CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    url = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/a.txt";
    thread_ = std::thread([this] { serve(); });
  }
  OwnTlsServer(const OwnTlsServer&) = delete;
  OwnTlsServer& operator=(const OwnTlsServer&) = delete;
  ~OwnTlsServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url;
  std::atomic<bool> asked = false;

 private:
  void serve() {
    const UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) return;
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl.get(), fd.get());
    char block[1024];
    if (SSL_accept(ssl.get()) == 1 && SSL_read(ssl.get(), block, sizeof block) > 0) asked = true;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  UniqueFd listener_;
  std::thread thread_;
};

HttpRequest to(const std::string& url) {
  HttpRequest out;
  out.url = url;
  out.user_agent = "citygate/test";
  return out;
}

TEST(HttpGet, TrustsNoCertificateThatAServerMadeItself) {
  bool asked = true;
  {
    OwnTlsServer server;
    const auto text = http_get_text(to(server.url), 100);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().kind, Error::Kind::Refused);
    EXPECT_THAT(text.error().context, AllOf(HasSubstr(server.url), HasSubstr("is not trusted")));
    asked = server.asked;
  }
  EXPECT_FALSE(asked);
}

TEST(HttpGet, ConnectsOnlyWhereItMay) {
  bool reached = false;
  ListServer target([&](const ListRequest&) {
    reached = true;
    return ListAnswer::ok("inner");
  });
  ListServer server([&](const ListRequest&) {
    return ListAnswer::status("302 Found", "Location: " + target.url("/inner") + "\r\n");
  });
  const auto port = [](const ListServer& of) { return of.address().substr(of.address().find(':')); };
  HttpRequest request = to("http://files.example" + port(server) + "/x");
  request.resolve = {"files.example" + port(server) + ":127.0.0.1"};
  int asked = 0;
  request.may_connect = [&asked](const IpAddress& address) {
    EXPECT_EQ(address.to_string(), "127.0.0.1");
    return ++asked == 1;  // the site, and not where it leads
  };
  const auto text = http_get_text(request, 100);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, Error::Kind::Refused);
  EXPECT_THAT(text.error().context, HasSubstr("leads to 127.0.0.1, which may not be reached"));
  EXPECT_FALSE(reached);
  request.may_connect = [](const IpAddress&) { return true; };
  EXPECT_EQ(http_get_text(request, 100).value_or(""), "inner");
}

TEST(HttpGet, AsksBeforeEachRedirect) {
  ListServer server([](const ListRequest& request) {
    if (request.path == "/a") return ListAnswer::status("302 Found", "Location: b?c=1\r\n");
    if (request.path == "/b?c=1") return ListAnswer::status("307 Temporary", "Location: http://other.example/d\r\n");
    return ListAnswer::ok("never");
  });
  HttpRequest request = to(server.url("/a"));
  std::vector<std::string> asked;
  request.may_follow = [&](const std::string& url) -> Result<std::vector<std::string>> {
    asked.push_back(url);
    if (url.contains("other.example")) return fail(Error::Kind::Refused, "not there");
    return std::vector<std::string>();
  };
  const auto text = http_get_text(request, 100);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().context, "not there");
  EXPECT_EQ(asked, (std::vector{server.url("/b?c=1"), std::string("http://other.example/d")}));
}

TEST(HttpGet, BoundsSmallTexts) {
  ListServer server([](const ListRequest&) { return ListAnswer::ok(std::string(101, 'x')); });
  const auto large = http_get_text(to(server.url("/")), 100);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, Error::Kind::TooLarge);
  EXPECT_EQ(http_get_text(to(server.url("/")), 101).value_or("").size(), 101U);
}

TEST(HttpGet, TellsOfTheAnswerThatCounts) {
  ListServer server([](const ListRequest& request) {
    if (request.path == "/a") return ListAnswer::status("302 Found", "Location: /b\r\nETag: \"redirect\"\r\n");
    return ListAnswer{
        "HTTP/1.1 103 Early Hints\r\nETag: \"hint\"\r\n\r\nHTTP/1.1 200 OK\r\neTaG:\"v1\"\r\n"
        "Last-Modified: Wed, 10 Jun 2026 00:00:00 GMT\r\nDate: Wed, 10 Jun 2026 00:01:01 GMT\r\n"
        "Content-Type: text/plain\r\n",
        "x\n"};
  });
  class Sink final : public HttpSink {
   public:
    Result<void> head(const HttpHead& head) override {
      heads.push_back(head);
      return {};
    }
    Result<void> bytes(std::string_view block) override {
      text += block;
      return {};
    }
    std::vector<HttpHead> heads;
    std::string text;
  } sink;
  const auto head = http_get(to(server.url("/a")), sink);
  ASSERT_TRUE(head) << head.error().context;
  ASSERT_EQ(sink.heads.size(), 1U);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->etag, "\"v1\"");
  EXPECT_EQ(head->age, std::chrono::seconds(61));
  EXPECT_EQ(head->content_type, "text/plain");
  EXPECT_FALSE(head->content_length);
  EXPECT_FALSE(head->framed);
  EXPECT_EQ(sink.text, "x\n");
}

TEST(HttpGet, AnswersThatAreNoHttpAreRefused) {
  ListServer server([](const ListRequest&) { return ListAnswer{"SSH-2.0-x\r\n", "hello"}; });
  EXPECT_FALSE(http_get_text(to(server.url("/")), 100));
}

}  // namespace
}  // namespace citygate::categories
