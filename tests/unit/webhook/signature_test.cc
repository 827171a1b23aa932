// Signatures against the vector that implementations of the specification share, and secrets as they may be.
#include "ctl/webhook/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

bool is_secret(const std::string& text) {
  try {
    secret_key(text);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return false;
  }
}

// Of the reference implementations' own tests; Python's hmac gives the same.
TEST(Signature, IsThatOfTheSpecification) {
  EXPECT_EQ(signature_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                         R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, DependsOnAllThatIsSigned) {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const std::string one = signature_of(secret, "a", 1, "body");
  const std::set<std::string> all{one,
                                  signature_of(secret, "b", 1, "body"),
                                  signature_of(secret, "a", 2, "body"),
                                  signature_of(secret, "a", 1, "bodz"),
                                  signature_of(secret, "a", 1, ""),
                                  signature_of(new_secret(), "a", 1, "body")};
  EXPECT_EQ(all.size(), 6U);
  EXPECT_EQ(signature_of(secret, "a", 1, "body"), one);
}

TEST(Secrets, AreNewEachTimeAndReadBack) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    const std::string secret = new_secret();
    EXPECT_THAT(secret, testing::StartsWith("whsec_"));
    EXPECT_EQ(secret_key(secret).size(), 32U);
    keys.insert(secret_key(secret));
  }
  EXPECT_EQ(keys.size(), 100U);
}

TEST(Secrets, HaveTheLengthOfTheSpecification) {
  EXPECT_TRUE(is_secret("whsec_" + std::string(32, 'A')));         // 24 bytes
  EXPECT_TRUE(is_secret("whsec_" + std::string(86, 'A') + "=="));  // 64
  EXPECT_FALSE(is_secret("whsec_" + std::string(28, 'A')));
  EXPECT_FALSE(is_secret("whsec_" + std::string(88, 'A')));
  EXPECT_FALSE(is_secret("whsec_" + std::string(100'000, 'A')));
}

TEST(Secrets, AreCanonicalBase64) {
  const std::string good(31, 'A');
  for (const std::string& wrong :
       {std::string(), std::string("whsec_"), "whsec_" + good, "whsec_" + good + "-", "whsec_" + good + "\n",
        "whsec_" + good + "AAA=" /* bits beyond */, "whsek_" + good + "A", good + "A",
        "whsec_" + good + "A" + std::string(1, '\0')})
    EXPECT_FALSE(is_secret(wrong)) << wrong;
  // Bits that belong to no byte are 0.
  EXPECT_TRUE(is_secret("whsec_" + std::string(34, 'A') + "Q="));
  EXPECT_FALSE(is_secret("whsec_" + std::string(34, 'A') + "B="));
}

// Of nobody: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=croft-test
constexpr const char* kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBgTCCASegAwIBAgIUFIJXNoiGmxDOs9rghQbovhce7uswCgYIKoZIzj0EAwIw\n"
    "FTETMBEGA1UEAwwKY3JvZnQtdGVzdDAgFw0yNjExMjMxMTI0NDlaGA8yMTI2MTAz\n"
    "MDExMjQ0OVowFTETMBEGA1UEAwwKY3JvZnQtdGVzdDBZMBMGByqGSM49AgEGCCqG\n"
    "SM49AwEHA0IABO9N64EVnuy215Kj1wgwEQ5YFjjdNSX0KFnKUGeK8rzR6OmOUPT5\n"
    "dR0xsgQXoM1uiJ0jfS2Wr4KIanUyhLVSt8CjUzBRMB0GA1UdDgQWBBR5N7tUKWbK\n"
    "oWoF4L05040DHxao5jAfBgNVHSMEGDAWgBR5N7tUKWbKoWoF4L05040DHxao5jAP\n"
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIHPwY/pgE02M5I1FmCle\n"
    "lwbpZcVWW7IMYK8p33G6n4n8AiEAtDkES5MSIu2MtJYnIl87YW3gaSZQRUeRvoWz\n"
    "VGODCCw=\n"
    "-----END CERTIFICATE-----\n";

TEST(Authorities, AreCertificatesAsPem) {
  const std::string two = std::string("Text before.\n") + kCertificate + kCertificate;
  EXPECT_NO_THROW(check_authorities(two));
  const Json shown = authorities_json(two);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0]["subject"], "CN=croft-test");
  EXPECT_EQ(shown[1]["until"].get<std::string>().substr(0, 4), "2126");
  EXPECT_EQ(authorities_json(""), Json());
  for (const char* wrong : {"", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                            "-----BEGIN CERTIFICATE-----\nAAAA"}) {
    try {
      check_authorities(wrong);
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("certificate"));
    }
  }
}

}  // namespace
}  // namespace croft::ctl
