#include "proxy/tls/tls_context.h"

#include <gmock/gmock.h>

#include "throwaway_certificate.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

Result<std::shared_ptr<const TlsContext>> load(const PairOfFiles& pair) {
  return TlsContext::load(pair.files, std::make_shared<TicketKeys>());
}

WallTime now() { return SystemClock().now(); }

TEST(TlsContext, takes_a_pair_that_fits) {
  const PairOfFiles pair;
  const auto context = load(pair);
  ASSERT_TRUE(context) << context.error().context;
  EXPECT_THAT((*context)->description(), HasSubstr("gate.test, 127.0.0.1, valid until 20"));
}

TEST(TlsContext, takes_a_chain) {
  const PairOfFiles pair;
  const KeyPointer key = make_key();
  const std::string above = certificate_text(make_key(), "authority.test");
  pair.write(certificate_text(key) + above + above, key_text(key));
  EXPECT_TRUE(load(pair));
  pair.write(certificate_text(key) + above.substr(0, above.size() / 2) + "\n-----END CERTIFICATE-----\n",
             key_text(key));
  const auto context = load(pair);
  ASSERT_FALSE(context);
  EXPECT_THAT(context.error().context, HasSubstr("certificate 2 of the chain is damaged"));
}

struct BadPair {
  const char* name;
  std::string certificate, key;
  const char* file;  // that is to blame
  const char* says;
};

TEST(TlsContext, says_what_is_wrong_with_a_pair) {
  const KeyPointer key = make_key(), other = make_key(), weak = make_rsa_key(1024);
  const BadPair bad[] = {
      {"no certificate", "hello", key_text(key), "gate.pem", "no certificate in PEM form"},
      {"empty", "", "", "gate.pem", "no certificate in PEM form"},
      {"swapped", key_text(key), certificate_text(key), "gate.pem", "no certificate in PEM form"},
      {"another key", certificate_text(key), key_text(other), "gate.key", "is not the key of the certificate in"},
      {"no key", certificate_text(key), "hello", "gate.key", "no private key in PEM form"},
      {"passphrase", certificate_text(key), locked_key_text(key), "gate.key", "openssl pkey"},
      {"weak", certificate_text(weak), key_text(weak), "gate.pem", "too small"},
  };
  for (const BadPair& one : bad) {
    const PairOfFiles pair;
    pair.write(one.certificate, one.key);
    const auto context = load(pair);
    ASSERT_FALSE(context) << one.name;
    EXPECT_EQ(context.error().kind, Error::Kind::Malformed) << one.name;
    EXPECT_THAT(context.error().context, HasSubstr(one.file)) << one.name;
    EXPECT_THAT(context.error().context, HasSubstr(one.says)) << one.name;
  }
}

TEST(TlsContext, names_a_file_that_is_not_there) {
  const PairOfFiles pair;
  std::filesystem::remove(pair.files.key);
  const auto context = load(pair);
  ASSERT_FALSE(context);
  EXPECT_THAT(context.error().context, HasSubstr("gate.key"));
}

TEST(TlsContext, warns_of_what_clients_will_not_accept) {
  const PairOfFiles pair;
  std::filesystem::permissions(pair.files.key, std::filesystem::perms::owner_all);
  const KeyPointer key = make_key();
  const auto warning = [&](std::chrono::seconds from, std::chrono::seconds until) {
    pair.write(certificate_text(key, "gate.test", from, until), key_text(key));
    return load(pair).value()->warning(now());
  };
  EXPECT_EQ(warning(-1h, 24h * 90), "");
  EXPECT_THAT(warning(-48h, -24h), HasSubstr("has expired"));
  EXPECT_THAT(warning(24h, 48h), HasSubstr("valid only from"));
  EXPECT_THAT(warning(-48h, 24h), HasSubstr("expires on"));
  std::filesystem::permissions(pair.files.key, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_THAT(warning(-1h, 24h * 90), HasSubstr("chmod o-r"));
}

TEST(TicketKeys, seal_for_one_turn_and_open_for_two) {
  TicketKeys keys(1h);
  const MonoTime start{};
  const auto first = keys.to_seal(start);
  ASSERT_TRUE(first);
  EXPECT_EQ(keys.to_seal(start + 59min)->name, first->name);
  const auto second = keys.to_seal(start + 61min);
  EXPECT_NE(second->name, first->name);
  const auto opened = keys.to_open(first->name, start + 62min);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->old);
  EXPECT_EQ(opened->key.cipher, first->cipher);
  EXPECT_FALSE(keys.to_open(second->name, start + 62min)->old);
  EXPECT_FALSE(keys.to_open(first->name, start + 122min)) << "its second turn is over";
  EXPECT_TRUE(keys.to_open(second->name, start + 123min));
}

TEST(TicketKeys, a_key_that_was_left_alone_for_long_opens_nothing) {
  TicketKeys keys(1h);
  const auto first = keys.to_seal(MonoTime{});
  EXPECT_FALSE(keys.to_open(first->name, MonoTime{} + 3h));
}

}  // namespace
}  // namespace citygate::proxy
