// Certificates for tests, made when they are needed: an authority of its own, and what it signs.
//
// Keys are of a curve, because those are made in no time. Files have the names that Docker's certs.d has for them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct ssl_ctx_st;
struct x509_st;

namespace stack::test {

struct TlsFree {
  void operator()(evp_pkey_st* key) const;
  void operator()(x509_st* certificate) const;
  void operator()(ssl_ctx_st* context) const;
};
using TlsKey = std::unique_ptr<evp_pkey_st, TlsFree>;
using TlsCertificate = std::unique_ptr<x509_st, TlsFree>;
using TlsContext = std::unique_ptr<ssl_ctx_st, TlsFree>;

class TlsAuthority {
 public:
  explicit TlsAuthority(const std::string& name);

  struct Served {
    std::vector<std::string> names;    // of hosts
    bool expired = false;              // yesterday
    bool demands_certificate = false;  // of the client, signed by this authority
  };
  // What a server shows.
  [[nodiscard]] TlsContext context(const Served& served) const;
  // <folder>/ca.crt
  void write_authority(const std::filesystem::path& folder) const;
  // <folder>/client.cert and client.key
  void write_client(const std::filesystem::path& folder) const;

 private:
  [[nodiscard]] TlsCertificate sign(evp_pkey_st& key, const std::string& name, const std::string& extension,
                                    bool expired) const;

  std::string name_;
  TlsKey key_;
  TlsCertificate certificate_;
};

}  // namespace stack::test
