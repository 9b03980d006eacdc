// The proxy auto-configuration file: what its entries may be, and what stands in the file. What browsers make of it is
// pac_test.py's.
#include "proxy/pac.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

TEST(Pac, an_entry_is_a_host_with_its_port_and_perhaps_tls) {
  struct Case {
    const char *entry, *said;  // null: refused
  };
  for (const auto& [entry, said] : std::initializer_list<Case>{
           {"gate.city.example:3128", "PROXY gate.city.example:3128"},
           {"Gate.City.Example:3128", "PROXY gate.city.example:3128"},
           {"gate.city.example:3129 tls", "HTTPS gate.city.example:3129"},
           {"192.0.2.1:80", "PROXY 192.0.2.1:80"},
           {"[2001:db8::1]:3128", "PROXY [2001:db8::1]:3128"},
           {"gate.city.example", nullptr},
           {"gate.city.example:0", nullptr},
           {"gate.city.example:65536", nullptr},
           {"gate.city.example:3128 ssl", nullptr},
           {"gate.city.example:3128; DIRECT", nullptr},
           {"\"; alert(1); \":3128", nullptr},
           {":3128", nullptr},
           {"", nullptr},
       }) {
    const auto proxy = pac_proxy(entry);
    EXPECT_EQ(proxy.has_value(), said != nullptr) << entry;
    EXPECT_EQ(proxy.value_or(""), said ? said : "");
    EXPECT_TRUE(proxy || proxy.error().context.find(entry) != std::string::npos) << "it says which one";
  }
}

TEST(Pac, every_entry_that_cannot_be_used_is_named) {
  PacConfig config;
  config.proxies = {"gate.city.example:3128", "gate"};
  config.direct = {"city.example", "*.city.example", ".city.example", "10.0.0.0/8", "2001:db8::/32", "::1", "a b"};
  const auto wrong = check_pac(config);
  ASSERT_EQ(wrong.size(), 2U);
  EXPECT_EQ(wrong[0].first, "pac.proxies");
  EXPECT_EQ(wrong[1].first, "pac.direct");
  EXPECT_NE(wrong[1].second.find("a b"), std::string::npos);
}

// The tables at the head of the file; the function behind them never changes.
std::string tables(const PacConfig& config) {
  const std::string file = pac_file(config, "PROXY 192.0.2.9:3128");
  return file.substr(0, file.find("\nfunction "));
}

bool says(const std::string& text, std::string_view line) { return text.find(line) != std::string::npos; }

TEST(Pac, the_file_says_what_is_configured) {
  PacConfig config;
  config.private_direct = false;
  EXPECT_TRUE(says(tables(config), "var proxies = \"PROXY 192.0.2.9:3128\";\n")) << "the address it was fetched from";
  EXPECT_TRUE(says(tables(config), "var ranges4 = [];\nvar ranges6 = [];\n"));
  config.proxies = {"a.example:1", "b.example:2 tls"};
  config.direct = {"*.City.Example", ".town.example", "198.51.100.0/24", "0.0.0.0/0", "2001:db8::/32"};
  config.plain_names_direct = false;
  config.fallback_direct = true;
  const std::string text = tables(config);
  EXPECT_TRUE(says(text, "var proxies = \"PROXY a.example:1; HTTPS b.example:2; DIRECT\";\n")) << text;
  EXPECT_TRUE(says(text, "var plainNamesDirect = false;\n")) << text;
  EXPECT_TRUE(says(text, "var names = {\".city.example\": 1, \".town.example\": 1};\n")) << text;
  EXPECT_TRUE(says(text, "var ranges4 = [[3325256704, 256], [0, 4294967296]];\n")) << text;
  EXPECT_TRUE(says(text, "var ranges6 = [[\"2001:db8::\", 32]];\n")) << text;
  config.private_direct = true;
  EXPECT_TRUE(says(tables(config), "[167772160, 16777216]")) << "10.0.0.0/8";
  EXPECT_TRUE(says(tables(config), "[\"fe80::\", 10]"));
}

TEST(Pac, two_paths_are_served_and_only_to_be_read) {
  PacConfig config;
  config.max_age = 90s;
  const PacService service(config);
  const auto ask = [&](Method method, std::string_view target, bool tls = false) {
    return service.answer(
        {.method = method, .target = target, .local = *SocketAddress::parse("192.0.2.9:3128"), .tls = tls});
  };
  for (const std::string_view target : {"/proxy.pac", "/wpad.dat", "/wpad.dat?x=1"}) {
    const auto page = ask(Method::Get, target);
    ASSERT_TRUE(page) << target;
    EXPECT_EQ(page->status, 200);
    EXPECT_EQ(page->content_type, "application/x-ns-proxy-autoconfig");
    EXPECT_EQ(page->extra_fields, "Cache-Control: max-age=90\r\n");
    EXPECT_TRUE(says(page->body, "PROXY 192.0.2.9:3128"));
  }
  EXPECT_TRUE(says(ask(Method::Get, "/proxy.pac", true)->body, "HTTPS 192.0.2.9:3128"));
  EXPECT_EQ(ask(Method::Head, "/proxy.pac")->status, 200);
  const auto refused = ask(Method::Post, "/proxy.pac");
  EXPECT_EQ(refused->status, 405);
  EXPECT_EQ(refused->extra_fields, "Allow: GET, HEAD\r\n");
  for (const std::string_view target : {"/", "/proxy.pacx", "/PROXY.PAC", "/a/proxy.pac", "/?/proxy.pac"})
    EXPECT_FALSE(ask(Method::Get, target)) << target;
}

}  // namespace
}  // namespace citygate::proxy
