#include "tests/support/tls_identity.h"

#include <cstdio>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace stack::test {
namespace {

namespace fs = std::filesystem;

constexpr long kDaySeconds = 24L * 60 * 60;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string{"making a certificate: "} + what);
}

TlsKey make_key() {
  TlsKey key{EVP_EC_gen("P-256")};
  check(key != nullptr, "key");
  return key;
}

void extend(X509& certificate, int what, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  check(extension != nullptr && X509_add_ext(&certificate, extension, -1) == 1, value.c_str());
  X509_EXTENSION_free(extension);
}

template <class Write>
void write_file(const fs::path& path, Write write) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  check(file != nullptr && write(file) == 1, "file");
  std::fclose(file);
}

}  // namespace

void TlsFree::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void TlsFree::operator()(x509_st* certificate) const { X509_free(certificate); }
void TlsFree::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsAuthority::TlsAuthority(const std::string& name)
    : name_(name), key_(make_key()), certificate_(sign(*key_, name, "", false)) {}

// Without an extension: the authority itself.
TlsCertificate TlsAuthority::sign(evp_pkey_st& key, const std::string& name, const std::string& extension,
                                  bool expired) const {
  static long serial = 1;
  TlsCertificate made{X509_new()};
  X509* x = made.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x), -2 * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(x), expired ? -kDaySeconds : kDaySeconds);
  X509_set_pubkey(x, &key);
  const auto set_name = [](X509_NAME* to, const std::string& text) {
    X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  };
  set_name(X509_get_subject_name(x), name);
  set_name(X509_get_issuer_name(x), name_);
  extend(*x, NID_basic_constraints, extension.empty() ? "critical,CA:TRUE" : "CA:FALSE");
  if (!extension.empty()) extend(*x, NID_subject_alt_name, extension);
  check(X509_sign(x, key_.get(), EVP_sha256()) > 0, "signature");
  return made;
}

TlsContext TlsAuthority::context(const Served& served) const {
  std::string names;
  for (const std::string& name : served.names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  const TlsKey key = make_key();
  const TlsCertificate certificate = sign(*key, served.names.front(), names, served.expired);
  TlsContext made{SSL_CTX_new(TLS_server_method())};
  check(made != nullptr && SSL_CTX_use_certificate(made.get(), certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(made.get(), key.get()) == 1,
        "context");
  if (served.demands_certificate) {
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    check(X509_STORE_add_cert(SSL_CTX_get_cert_store(made.get()), certificate_.get()) == 1, "trust");
  }
  return made;
}

void TlsAuthority::write_authority(const fs::path& folder) const {
  fs::create_directories(folder);
  write_file(folder / "ca.crt", [&](std::FILE* file) { return PEM_write_X509(file, certificate_.get()); });
}

void TlsAuthority::write_client(const fs::path& folder) const {
  fs::create_directories(folder);
  const TlsKey key = make_key();
  const TlsCertificate certificate = sign(*key, "client", "DNS:client", false);
  write_file(folder / "client.cert", [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
  write_file(folder / "client.key", [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace stack::test
