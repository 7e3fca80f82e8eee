#include "engine/image/registry/registry_client.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/model/reference.h"
#include "base/percent.h"
#include "engine/image/digest.h"
#include "engine/image/registry/registry_json.h"

namespace stack::image {

namespace asio = boost::asio;
using Exchange = HttpClient::Exchange;

namespace {

constexpr int kRedirectsMax = 10;
constexpr std::size_t kErrorBytesMax = 64 << 10;
constexpr std::size_t kTokenBytesMax = 1 << 20;
constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::chrono::seconds kRetryAfterMax{60};
constexpr int kTagsAtOnce = 1000;
constexpr std::size_t kTagsBytesMax = std::size_t{16} << 20;  // some registries send all at once
constexpr const char* kAccept =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
bool may_pass(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace

bool is_passing(const Error& error) { return error.kind() == ErrorKind::unavailable; }

RegistryClient::RegistryClient(HttpClient& http, const RegistrySettings& settings, std::string registry,
                               std::optional<Url> mirror, model::Credentials credentials)
    : http_(http), settings_(settings), registry_(std::move(registry)), credentials_(std::move(credentials)) {
  if (mirror) {
    base_ = *mirror;
    while (base_.target.ends_with('/')) base_.target.pop_back();
    insecure_ = !base_.tls || settings_.is_insecure(base_.authority());
    mirror_ = true;
    credentials_ = {.user = base_.user, .password = base_.password, .identity_token = {}, .registry_token = {}};
    return;
  }
  const std::string host = registry_ == "docker.io" ? "registry-1.docker.io" : registry_;
  const auto parsed = parse_url("https://" + host);
  if (!parsed) throw Error(ErrorKind::invalid, "the registry's name \"" + registry_ + "\" is not valid");
  base_ = *parsed;
  base_.target.clear();
  insecure_ = settings_.is_insecure(registry_);
}

Url RegistryClient::url(const std::string& path) const {
  Url result = base_;
  result.target += path;
  return result;
}

std::string RegistryClient::scope_of(const std::string& repository, const std::string& more) const {
  return "repository:" + repository + ":" + (push_ ? "pull,push" : "pull") + more;
}

// Whether it is encrypted is tried out where it need not be; untrusted registries are contacted over TLS only.
asio::awaitable<void> RegistryClient::open() {
  if (open_) co_return;
  std::exception_ptr failed;
  const bool may_be_plain = insecure_ && !mirror_;
  verify_ = !insecure_;
  try {
    co_await ping(base_.tls);
  } catch (const Error& error) {
    if (!may_be_plain || !is_passing(error) || http_.closed()) throw;
    failed = std::current_exception();
  }
  if (!failed) co_return;
  const std::uint16_t port = base_.port;
  base_.tls = false;
  if (port == 443 && !registry_.ends_with(":443")) base_.port = 80;
  co_await ping(false);
}

asio::awaitable<void> RegistryClient::ping(bool tls) {
  HttpRequest request{.url = url("/v2/")};
  request.url.tls = tls;
  std::unique_ptr<Exchange> answer = co_await http_.send(std::move(request), verify_);
  const int status = answer->status();
  if (status == 401) challenges_ = parse_challenges(answer->header("WWW-Authenticate"));
  co_await answer->text(kErrorBytesMax);
  open_ = true;
}

asio::awaitable<void> RegistryClient::login() {
  co_await open();
  HttpRequest request{.url = url("/v2/")};
  const std::string shown = co_await authorization("", false);
  if (!shown.empty()) request.headers.emplace_back("Authorization", shown);
  const auto answer = co_await http_.send(std::move(request), verify_);
  if (answer->status() / 100 == 2) co_return;
  co_await refuse(*answer, "logging in to " + registry_);
}

asio::awaitable<std::string> RegistryClient::authorization(const std::string& scope, bool renew) {
  if (!credentials_.registry_token.empty()) co_return "Bearer " + credentials_.registry_token;
  for (const Challenge& challenge : challenges_) {
    if (challenge.scheme == "bearer" && challenge.parameters.contains("realm")) {
      if (renew || !tokens_.contains(scope)) tokens_[scope] = co_await fetch_token(challenge, scope);
      co_return "Bearer " + tokens_[scope];
    }
    if (challenge.scheme == "basic" && !credentials_.user.empty()) {
      co_return "Basic " + encode_base64(credentials_.user + ":" + credentials_.password);
    }
  }
  co_return std::string{};
}

asio::awaitable<std::string> RegistryClient::fetch_token(const Challenge& challenge, const std::string& scope) {
  const auto realm = parse_url(challenge.parameters.at("realm"));
  if (!realm) throw Error(ErrorKind::invalid, registry_ + ": the token server's address is not valid");
  const auto service = challenge.parameters.find("service");
  const std::string service_name = service == challenge.parameters.end() ? "" : service->second;
  const bool secret = !credentials_.user.empty() || !credentials_.identity_token.empty();
  if (secret && !realm->tls && !insecure_) {
    throw Error(ErrorKind::not_permitted, registry_ + ": the token server " + realm->authority() +
                                              " is not encrypted: credentials are not sent there");
  }
  const bool verify = !settings_.is_insecure(realm->authority());
  HttpRequest request{.url = *realm};
  if (!credentials_.identity_token.empty()) {
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=refresh_token&client_id=stack&service=" + percent_encode(service_name) +
                   "&refresh_token=" + percent_encode(credentials_.identity_token);
    if (!scope.empty()) request.body += "&scope=" + percent_encode(scope);
  } else {
    std::string& target = request.url.target;
    target +=
        (target.find('?') == std::string::npos ? "?" : "&") + std::string{"service="} + percent_encode(service_name);
    for (std::string_view rest = scope; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      target += "&scope=" + percent_encode(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!credentials_.user.empty()) {
      target += "&account=" + percent_encode(credentials_.user);
      request.headers.emplace_back("Authorization",
                                   "Basic " + encode_base64(credentials_.user + ":" + credentials_.password));
    }
  }
  const auto answer = co_await http_.send(std::move(request), verify);
  if (answer->status() / 100 != 2) co_await refuse(*answer, "asking " + realm->authority() + " for a token");
  co_return parse_token(co_await answer->text(kTokenBytesMax));
}

Nanos RegistryClient::back_off(int attempt, const Exchange* answer) const {
  Nanos pause = settings_.retry_after * (1 << std::min(attempt, 10));
  if (answer != nullptr) {
    const std::string asked = answer->header("Retry-After");
    int seconds = 0;
    const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), seconds);
    if (error == std::errc{} && end == asked.data() + asked.size() && seconds >= 0)
      pause = std::chrono::seconds{seconds};
  }
  return std::min<Nanos>(pause, kRetryAfterMax);
}

// Throws what the answer says; called for those that are no success.
asio::awaitable<void> RegistryClient::refuse(Exchange& answer, const std::string& what) {
  const int status = answer.status();
  std::string said;
  try {
    said = parse_registry_errors(co_await answer.text(kErrorBytesMax));
  } catch (const Error&) {
    said.clear();  // the status says it then
  }
  const std::string tail = said.empty() ? " (" + std::to_string(status) + ")" : ": " + said;
  constexpr std::string_view kManifest = "the manifest of ";
  if (status == 404 && what.starts_with(kManifest)) {
    throw Error(ErrorKind::not_found, "manifest for " + what.substr(kManifest.size()) +
                                          " not found: manifest unknown: " + (said.empty() ? "manifest unknown" : said))
        .remedy("check its name and tag");
  }
  if (status == 404) throw Error(ErrorKind::not_found, what + ": not found" + tail);
  if (status == 401 || status == 403) {
    const std::string name = what.starts_with(kManifest) ? what.substr(kManifest.size()) : "";
    const std::string repository = name.substr(0, name.find_first_of(":@", name.rfind('/') + 1));
    Error error{ErrorKind::not_permitted, name.empty()
                                              ? what + ": access denied, it does not exist or needs a login" + tail
                                              : "pull access denied for " + repository +
                                                    ", repository does not exist or may require 'docker login'" + tail};
    throw error.remedy("stack login " + (registry_ == "docker.io" ? "" : registry_));
  }
  if (may_pass(status))
    throw Error(ErrorKind::unavailable, what + ": the registry answers " + std::to_string(status) + tail);
  throw Error(ErrorKind::internal, what + ": the registry answers " + std::to_string(status) + tail);
}

asio::awaitable<std::unique_ptr<Exchange>> RegistryClient::follow(const Url& from, std::unique_ptr<Exchange> answer,
                                                                  const HttpRequest& request) {
  Url at = from;
  for (int count = 0; is_redirect(answer->status()); ++count) {
    const auto to = resolve_url(at, answer->header("Location"));
    if (!to || count == kRedirectsMax) throw Error(ErrorKind::invalid, registry_ + ": a redirect leads nowhere");
    if (at.tls && !to->tls && !insecure_) {
      throw Error(ErrorKind::not_permitted,
                  registry_ + ": a redirect leads to " + to->authority() + " without encryption");
    }
    HttpRequest next{.method = request.method, .url = *to, .headers = request.headers};
    if (!to->same_origin(base_)) {
      std::erase_if(next.headers, [](const auto& field) { return field.first == "Authorization"; });
    }
    answer.reset();
    const bool verify = !settings_.is_insecure(to->authority());
    answer = co_await http_.send(std::move(next), verify);
    at = *to;
  }
  co_return answer;
}

asio::awaitable<std::unique_ptr<Exchange>> RegistryClient::ask_once(const Wanted& wanted) {
  co_await open();
  for (bool renew = false;; renew = true) {
    HttpRequest request = wanted.request;
    // An upload's address was given by the registry and may be another host's.
    if (request.url.host.empty()) request.url = url(request.url.target);
    if (request.url.same_origin(base_)) {
      const std::string shown = co_await authorization(wanted.scope, renew);
      if (!shown.empty()) request.headers.emplace_back("Authorization", shown);
    }
    const Url from = request.url;
    const HttpRequest plain{.method = request.method, .url = from, .headers = request.headers};
    std::unique_ptr<Exchange> answer = co_await http_.send(std::move(request), verify_);
    if (answer->status() == 401 && !renew && wanted.request.body_pipe < 0) {
      auto challenges = parse_challenges(answer->header("WWW-Authenticate"));
      if (!challenges.empty()) challenges_ = std::move(challenges);
      continue;
    }
    if (is_redirect(answer->status()) && (plain.method == "GET" || plain.method == "HEAD")) {
      co_return co_await follow(from, std::move(answer), plain);
    }
    co_return answer;
  }
}

asio::awaitable<std::unique_ptr<Exchange>> RegistryClient::ask(const Wanted& wanted) {
  // Nobody waits for a registry that is not there from the start.
  co_await open();
  for (int attempt = 0;; ++attempt) {
    const bool last = wanted.once || attempt + 1 >= settings_.attempts;
    Nanos pause{};
    try {
      std::unique_ptr<Exchange> answer = co_await ask_once(wanted);
      if (last || !may_pass(answer->status())) co_return answer;
      pause = back_off(attempt, answer.get());
    } catch (const Error& error) {
      if (last || !is_passing(error) || http_.closed()) throw;
      pause = back_off(attempt, nullptr);
    }
    co_await http_.pause(pause);
  }
}

RegistryClient::Wanted RegistryClient::wanted_manifest(const std::string& repository,
                                                       const std::string& reference) const {
  const bool by_digest = reference.starts_with("sha256:");
  const std::string name = registry_ + "/" + repository + (by_digest ? "@" : ":") + reference;
  return {.request = {.url = {.host = {}, .target = "/v2/" + repository + "/manifests/" + reference},
                      .headers = {{"Accept", kAccept}}},
          .scope = scope_of(repository),
          .what = "the manifest of " + name};
}

asio::awaitable<std::string> RegistryClient::digest(const std::string& repository, const std::string& tag) {
  {
    Wanted wanted = wanted_manifest(repository, tag);
    wanted.request.method = "HEAD";
    const auto answer = co_await ask(wanted);
    std::string promised = answer->header("Docker-Content-Digest");
    if (answer->status() == 200 && model::is_digest(promised)) co_return promised;
  }
  // Not every registry says it so, and only an answer with a body says why it refuses.
  Fetched fetched = co_await manifest(repository, tag);
  co_return std::move(fetched.digest);
}

asio::awaitable<std::vector<std::string>> RegistryClient::tags(const std::string& repository) {
  std::vector<std::string> all;
  std::string target = "/v2/" + repository + "/tags/list?n=" + std::to_string(kTagsAtOnce);
  for (;;) {
    const Wanted wanted{.request = {.url = {.host = {}, .target = target}},
                        .scope = scope_of(repository),
                        .what = "the tags of " + registry_ + "/" + repository};
    const auto answer = co_await ask(wanted);
    if (answer->status() != 200) co_await refuse(*answer, wanted.what);
    // The last tag says where the list continues; a link says that it does (distribution-spec, "Listing Tags").
    const bool more = !answer->header("Link").empty();
    const std::string body = co_await answer->text(kTagsBytesMax);
    const std::vector<std::string> page = parse_tags(body);
    all.insert(all.end(), page.begin(), page.end());
    if (all.size() > kTagsMax) {
      throw Error(ErrorKind::invalid, wanted.what + " are more than " + std::to_string(kTagsMax));
    }
    if (!more || page.empty()) co_return all;
    target = "/v2/" + repository + "/tags/list?n=" + std::to_string(kTagsAtOnce) + "&last=" + page.back();
  }
}

asio::awaitable<RegistryClient::Fetched> RegistryClient::manifest(const std::string& repository,
                                                                  const std::string& reference) {
  const bool by_digest = reference.starts_with("sha256:");
  const Wanted wanted = wanted_manifest(repository, reference);
  const auto answer = co_await ask(wanted);
  if (answer->status() != 200) co_await refuse(*answer, wanted.what);
  Fetched fetched{.media_type = answer->header("Content-Type")};
  const std::string promised = by_digest ? reference : answer->header("Docker-Content-Digest");
  fetched.text = co_await answer->text(kManifestBytesMax);
  fetched.digest = sha256_digest(fetched.text);
  if (promised.starts_with("sha256:") && promised != fetched.digest) {
    throw Error(ErrorKind::invalid, wanted.what + " has the digest " + fetched.digest + " instead of " + promised);
  }
  co_return fetched;
}

asio::awaitable<std::string> RegistryClient::blob(const std::string& repository, const Descriptor& wanted_blob,
                                                  std::size_t bytes_max) {
  if (wanted_blob.size > bytes_max) {
    throw Error(ErrorKind::invalid,
                "the blob " + wanted_blob.digest + " is too large: " + std::to_string(wanted_blob.size) + " bytes");
  }
  Wanted wanted{.request = {.url = {.host = {}, .target = "/v2/" + repository + "/blobs/" + wanted_blob.digest}},
                .scope = scope_of(repository),
                .what = "the blob " + wanted_blob.digest + " of " + registry_ + "/" + repository};
  for (int attempt = 0;; ++attempt) {
    try {
      const auto answer = co_await ask(wanted);
      if (answer->status() != 200) co_await refuse(*answer, wanted.what);
      std::string text = co_await answer->text(wanted_blob.size);
      if (sha256_digest(text) != wanted_blob.digest)
        throw Error(ErrorKind::invalid, wanted.what + " has another digest");
      co_return text;
    } catch (const Error& error) {
      if (attempt + 1 >= settings_.attempts || !is_passing(error) || http_.closed()) throw;
    }
    co_await http_.pause(back_off(attempt, nullptr));
  }
}

asio::awaitable<void> RegistryClient::blob(const std::string& repository, const Descriptor& wanted_blob,
                                           asio::posix::stream_descriptor& to,
                                           const std::function<void(std::uint64_t)>& on_bytes) {
  std::uint64_t have = 0;
  std::vector<char> piece(kPieceBytes);
  const std::string what = "the blob " + wanted_blob.digest + " of " + registry_ + "/" + repository;
  for (int attempt = 0;;) {
    Wanted wanted{.request = {.url = {.host = {}, .target = "/v2/" + repository + "/blobs/" + wanted_blob.digest}},
                  .scope = scope_of(repository),
                  .what = what};
    if (have > 0) wanted.request.headers.emplace_back("Range", "bytes=" + std::to_string(have) + "-");
    const std::uint64_t before = have;
    try {
      const auto answer = co_await ask(wanted);
      const int status = answer->status();
      if (status != 200 && status != 206) co_await refuse(*answer, what);
      std::uint64_t at = 0;
      if (status == 206) {
        if (!answer->header("Content-Range").starts_with("bytes " + std::to_string(have) + "-"))
          throw Error(ErrorKind::invalid, what + ": the registry sends another part than was asked for");
        at = have;
      }
      while (const std::size_t got = co_await answer->read(piece.data(), piece.size())) {
        // A registry that does not know ranges begins from the start again.
        const std::size_t skip = static_cast<std::size_t>(std::min<std::uint64_t>(got, have - std::min(have, at)));
        at += got;
        if (at > wanted_blob.size) throw Error(ErrorKind::invalid, what + " is longer than its manifest says");
        if (skip == got) continue;
        const auto [failed, put] = co_await asio::async_write(to, asio::buffer(piece.data() + skip, got - skip),
                                                              asio::as_tuple(asio::use_awaitable));
        if (failed) throw Error(what + ": the reading end was closed");
        have = at;
        if (on_bytes) on_bytes(have);
      }
      if (have == wanted_blob.size) co_return;
      throw Error(ErrorKind::unavailable,
                  what + " ends after " + std::to_string(have) + " of " + std::to_string(wanted_blob.size) + " bytes");
    } catch (const Error& error) {
      attempt = have > before ? 0 : attempt + 1;
      if (attempt >= settings_.attempts || !is_passing(error) || http_.closed()) throw;
    }
    co_await http_.pause(back_off(attempt, nullptr));
  }
}

}  // namespace stack::image
