// A registry as the OCI distribution-spec 1.1 has it: manifests and blobs, with authentication, redirects, and further attempts
// after failures that may pass (no connection, 429, 5xx).
//
// Loop thread; one object per operation and registry, on top of an HttpClient that outlives it. Credentials are shown to the registry
// and to the token server that it names over an encrypted connection, never to where a redirect leads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/error.h"
#include "base/model/credentials.h"
#include "base/unique_fd.h"
#include "engine/image/manifest.h"
#include "engine/image/registry/challenge.h"
#include "engine/image/registry/http_client.h"

namespace stack::image {

class RegistryClient {
 public:
  // `registry` as references name it; `mirror` is asked in its place, without credentials.
  RegistryClient(HttpClient& http, const RegistrySettings& settings, std::string registry, std::optional<Url> mirror,
                 model::Credentials credentials);

  // Finds out how it is reached and what it asks for. Called by the others when needed; by itself it checks a login.
  boost::asio::awaitable<void> open();
  // Shows the credentials; throws not_permitted when they are not taken.
  boost::asio::awaitable<void> login();

  struct Fetched {
    std::string text, media_type, digest;
  };
  // `reference` is a tag or a digest; what comes is of that digest.
  boost::asio::awaitable<Fetched> manifest(const std::string& repository, const std::string& reference);
  // What the tag leads to, a manifest or an index, as the registry says it: nothing is fetched for a check where it need not be.
  boost::asio::awaitable<std::string> digest(const std::string& repository, const std::string& tag);
  // All tags of the repository, as the registry sorts them. Throws invalid for more than kTagsMax.
  boost::asio::awaitable<std::vector<std::string>> tags(const std::string& repository);
  static constexpr std::size_t kTagsMax = 100'000;
  // The whole blob, verified.
  boost::asio::awaitable<std::string> blob(const std::string& repository, const Descriptor& wanted,
                                           std::size_t bytes_max);
  // Writes the blob's bytes into `to`, which is not verified here; continues after the bytes it has when the connection breaks. At
  // most wanted.size bytes come. `on_bytes` gets the sum.
  boost::asio::awaitable<void> blob(const std::string& repository, const Descriptor& wanted,
                                    boost::asio::posix::stream_descriptor& to,
                                    const std::function<void(std::uint64_t)>& on_bytes);

  boost::asio::awaitable<bool> has_blob(const std::string& repository, const std::string& digest);
  // True when the registry has taken the blob over from `from`, another repository of its own.
  boost::asio::awaitable<bool> mount_blob(const std::string& repository, const std::string& digest,
                                          const std::string& from);
  // `open` gives a pipe that will give `bytes` bytes of the blob from `offset` on; called for each piece and attempt.
  struct Upload {
    std::string digest;
    std::uint64_t size = 0;
    std::function<UniqueFd(std::uint64_t offset, std::uint64_t bytes)> open;
    std::function<void(std::uint64_t)> on_bytes;
  };
  // A small blob is sent in one piece, a large one in several; sending continues after the last complete one when the connection breaks.
  boost::asio::awaitable<void> upload(const std::string& repository, const Upload& upload);
  boost::asio::awaitable<void> upload(const std::string& repository, const std::string& digest,
                                      const std::string& content);
  // Returns the digest.
  boost::asio::awaitable<std::string> put_manifest(const std::string& repository, const std::string& reference,
                                                   const std::string& media_type, const std::string& text);

  // Scopes are asked for before the first 401 says so.
  void will_push() { push_ = true; }

 private:
  struct Wanted {
    HttpRequest request;
    std::string scope;
    std::string what;   // for messages: "the manifest of localhost:5000/x:1"
    bool once = false;  // no further attempts
  };
  [[nodiscard]] Wanted wanted_manifest(const std::string& repository, const std::string& reference) const;
  boost::asio::awaitable<std::unique_ptr<HttpClient::Exchange>> ask(const Wanted& wanted);
  boost::asio::awaitable<std::unique_ptr<HttpClient::Exchange>> ask_once(const Wanted& wanted);
  boost::asio::awaitable<std::unique_ptr<HttpClient::Exchange>> follow(const Url& from,
                                                                       std::unique_ptr<HttpClient::Exchange> answer,
                                                                       const HttpRequest& request);
  boost::asio::awaitable<void> ping(bool tls);
  boost::asio::awaitable<std::string> authorization(const std::string& scope, bool renew);
  boost::asio::awaitable<std::string> fetch_token(const Challenge& challenge, const std::string& scope);
  boost::asio::awaitable<void> refuse(HttpClient::Exchange& answer, const std::string& what);
  boost::asio::awaitable<Url> begin_upload(const std::string& repository);
  boost::asio::awaitable<void> upload_pieces(const std::string& repository, const Upload& upload, Url& where,
                                             std::uint64_t& offset);
  boost::asio::awaitable<std::uint64_t> ask_offset(const std::string& repository, const Url& where);
  boost::asio::awaitable<void> end_upload(const std::string& repository, const Url& where, const std::string& digest,
                                          HttpRequest request);
  [[nodiscard]] Url location_of(const HttpClient::Exchange& answer, const Url& asked) const;
  [[nodiscard]] Nanos back_off(int attempt, const HttpClient::Exchange* answer) const;
  [[nodiscard]] Url url(const std::string& path) const;
  [[nodiscard]] std::string scope_of(const std::string& repository, const std::string& more = {}) const;

  HttpClient& http_;
  const RegistrySettings& settings_;
  std::string registry_;
  model::Credentials credentials_;
  Url base_;
  bool insecure_ = false, mirror_ = false, push_ = false;
  bool open_ = false;
  bool verify_ = true;
  std::vector<Challenge> challenges_;
  std::map<std::string, std::string> tokens_;  // by scope
};

// What may pass when one tries again.
bool is_passing(const Error& error);

}  // namespace stack::image
