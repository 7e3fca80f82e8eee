#include <charconv>

#include <boost/asio/use_awaitable.hpp>

#include "base/percent.h"
#include "engine/image/digest.h"
#include "engine/image/registry/registry_client.h"

namespace stack::image {

namespace asio = boost::asio;
using Exchange = HttpClient::Exchange;

namespace {

constexpr std::uint64_t kUploadPieceBytes = std::uint64_t{32} << 20;
constexpr std::size_t kIgnoredBytesMax = 64 << 10;

}  // namespace

Url RegistryClient::location_of(const Exchange& answer, const Url& asked) const {
  const auto where = resolve_url(asked, answer.header("Location"));
  if (!where || (asked.tls && !where->tls && !insecure_)) {
    throw Error(ErrorKind::invalid, registry_ + ": the registry names no usable place for an upload");
  }
  return *where;
}

asio::awaitable<bool> RegistryClient::has_blob(const std::string& repository, const std::string& digest) {
  Wanted wanted{.request = {.method = "HEAD", .url = {.host = {}, .target = "/v2/" + repository + "/blobs/" + digest}},
                .scope = scope_of(repository),
                .what = "looking for the blob " + digest};
  const auto answer = co_await ask(wanted);
  if (answer->status() == 200) co_return true;
  if (answer->status() != 404) co_await refuse(*answer, wanted.what);
  co_return false;
}

asio::awaitable<bool> RegistryClient::mount_blob(const std::string& repository, const std::string& digest,
                                                 const std::string& from) {
  Wanted wanted{.request = {.method = "POST",
                            .url = {.host = {},
                                    .target = "/v2/" + repository + "/blobs/uploads/?mount=" + percent_encode(digest) +
                                              "&from=" + percent_encode(from)}},
                .scope = scope_of(repository, " repository:" + from + ":pull"),
                .what = "taking the blob " + digest + " from " + from};
  const auto answer = co_await ask(wanted);
  const int status = answer->status();
  if (status == 201) {
    co_await answer->text(kIgnoredBytesMax);
    co_return true;
  }
  // Otherwise it has begun an upload or refuses; both mean: not that way. What was begun is given up.
  if (status == 202) {
    const Url where = location_of(*answer, url(wanted.request.url.target));
    co_await answer->text(kIgnoredBytesMax);
    Wanted give_up{
        .request = {.method = "DELETE", .url = where}, .scope = wanted.scope, .what = wanted.what, .once = true};
    const auto ignored = co_await ask(give_up);
    co_await ignored->text(kIgnoredBytesMax);
  }
  co_return false;
}

asio::awaitable<Url> RegistryClient::begin_upload(const std::string& repository) {
  Wanted wanted{.request = {.method = "POST", .url = {.host = {}, .target = "/v2/" + repository + "/blobs/uploads/"}},
                .scope = scope_of(repository),
                .what = "uploading to " + registry_ + "/" + repository};
  const auto answer = co_await ask(wanted);
  if (answer->status() != 202) co_await refuse(*answer, wanted.what);
  const Url where = location_of(*answer, url(wanted.request.url.target));
  co_await answer->text(kIgnoredBytesMax);
  co_return where;
}

asio::awaitable<void> RegistryClient::end_upload(const std::string& repository, const Url& where,
                                                 const std::string& digest, HttpRequest request) {
  request.method = "PUT";
  request.url = where;
  request.url.target +=
      (where.target.find('?') == std::string::npos ? "?" : "&") + std::string{"digest="} + percent_encode(digest);
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  Wanted wanted{.request = std::move(request),
                .scope = scope_of(repository),
                .what = "uploading the blob " + digest + " to " + registry_ + "/" + repository,
                .once = true};
  const auto answer = co_await ask(wanted);
  if (answer->status() != 201) co_await refuse(*answer, wanted.what);
  co_await answer->text(kIgnoredBytesMax);
}

// How much of an upload has arrived.
asio::awaitable<std::uint64_t> RegistryClient::ask_offset(const std::string& repository, const Url& where) {
  Wanted wanted{
      .request = {.method = "GET", .url = where}, .scope = scope_of(repository), .what = "asking for an upload"};
  const auto answer = co_await ask(wanted);
  if (answer->status() != 204) co_await refuse(*answer, wanted.what);
  const std::string range = answer->header("Range");
  std::uint64_t last = 0;
  const std::size_t dash = range.find('-');
  if (dash == std::string::npos) co_return 0;
  const auto [end, error] = std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
  co_return error != std::errc{} || last == 0 ? 0 : last + 1;
}

asio::awaitable<void> RegistryClient::upload_pieces(const std::string& repository, const Upload& upload, Url& where,
                                                    std::uint64_t& offset) {
  while (offset < upload.size) {
    const std::uint64_t bytes = std::min(kUploadPieceBytes, upload.size - offset);
    const UniqueFd pipe = upload.open(offset, bytes);
    HttpRequest request{.method = "PATCH", .url = where};
    request.headers = {{"Content-Type", "application/octet-stream"},
                       {"Content-Range", std::to_string(offset) + "-" + std::to_string(offset + bytes - 1)}};
    request.body_pipe = pipe.get();
    request.body_bytes = bytes;
    request.on_sent = [&upload, offset](std::uint64_t sent) {
      if (upload.on_bytes) upload.on_bytes(offset + sent);
    };
    Wanted wanted{.request = std::move(request),
                  .scope = scope_of(repository),
                  .what = "uploading the blob " + upload.digest + " to " + registry_ + "/" + repository,
                  .once = true};
    const auto answer = co_await ask(wanted);
    if (answer->status() != 202 && answer->status() != 204) co_await refuse(*answer, wanted.what);
    where = location_of(*answer, where);
    co_await answer->text(kIgnoredBytesMax);
    offset += bytes;
  }
}

asio::awaitable<void> RegistryClient::upload(const std::string& repository, const Upload& upload) {
  std::optional<Url> where;
  std::uint64_t offset = 0;
  for (int attempt = 0;;) {
    const std::uint64_t before = offset;
    try {
      if (!where) {
        offset = 0;
        where = co_await begin_upload(repository);
      } else {
        offset = co_await ask_offset(repository, *where);
      }
      HttpRequest last;
      UniqueFd pipe;
      if (offset == 0 && upload.size <= kUploadPieceBytes) {
        pipe = upload.open(0, upload.size);
        last.body_pipe = pipe.get();
        last.body_bytes = upload.size;
        last.on_sent = upload.on_bytes;
      } else {
        co_await upload_pieces(repository, upload, *where, offset);
      }
      co_await end_upload(repository, *where, upload.digest, std::move(last));
      co_return;
    } catch (const Error& error) {
      attempt = offset > before ? 0 : attempt + 1;
      // An upload that the registry has forgotten starts again.
      const bool lost = where && error.kind() == ErrorKind::not_found;
      if (lost || upload.size <= kUploadPieceBytes) where.reset();
      if (attempt >= settings_.attempts || !(lost || is_passing(error)) || http_.closed()) throw;
    }
    co_await http_.pause(back_off(attempt, nullptr));
  }
}

asio::awaitable<void> RegistryClient::upload(const std::string& repository, const std::string& digest,
                                             const std::string& content) {
  const Url where = co_await begin_upload(repository);
  HttpRequest request{.body = content};
  co_await end_upload(repository, where, digest, std::move(request));
}

asio::awaitable<std::string> RegistryClient::put_manifest(const std::string& repository, const std::string& reference,
                                                          const std::string& media_type, const std::string& text) {
  Wanted wanted{.request = {.method = "PUT",
                            .url = {.host = {}, .target = "/v2/" + repository + "/manifests/" + reference},
                            .headers = {{"Content-Type", media_type}},
                            .body = text},
                .scope = scope_of(repository),
                .what = "putting the manifest of " + registry_ + "/" + repository + ":" + reference};
  const auto answer = co_await ask(wanted);
  if (answer->status() != 201) co_await refuse(*answer, wanted.what);
  co_await answer->text(kIgnoredBytesMax);
  co_return sha256_digest(text);
}

}  // namespace stack::image
