#include "engine/fetch/fetcher.h"

#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "base/scope_guard.h"
#include "engine/fetch/download.h"
#include "engine/image/digest.h"

namespace stack::fetch {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

// Those of the engine come first, as with every other program of the machine.
image::RegistrySettings with_proxies(image::RegistrySettings settings, const std::map<std::string, std::string>& more) {
  const auto otherwise = [&](std::string& value, const char* lower, const char* upper) {
    for (const char* name : {lower, upper}) {
      const auto found = more.find(name);
      if (value.empty() && found != more.end()) value = found->second;
    }
  };
  if (settings.http_proxy.empty() && settings.https_proxy.empty()) {
    otherwise(settings.http_proxy, "http_proxy", "HTTP_PROXY");
    otherwise(settings.https_proxy, "https_proxy", "HTTPS_PROXY");
    otherwise(settings.no_proxy, "no_proxy", "NO_PROXY");
  }
  return settings;
}

}  // namespace

asio::awaitable<FetchedPtr> Fetcher::file(FileWish wish, FetchRights rights, OnBytes on_bytes) {
  const std::string key = image::sha256_digest("file " + wish.file_name + " " + wish.url);
  while (in_flight_.contains(key)) co_await changed_.wait();
  in_flight_.insert(key);
  const ScopeGuard leave{[this, &key] {
    in_flight_.erase(key);
    changed_.notify_all();
  }};
  co_return co_await file_of_key(std::move(wish), std::move(rights), key, std::move(on_bytes));
}

asio::awaitable<FetchedPtr> Fetcher::file_of_key(FileWish wish, FetchRights rights, std::string key, OnBytes on_bytes) {
  const FetchedPtr known = ports_.store.find(key);
  auto use_known = [this, &known] {
    ports_.store.touch(*known, ports_.clock.wall());
    return known;
  };
  if (known && !wish.checksum.empty() && known->record().digest == wish.checksum)
    co_return co_await ports_.pool.run(std::move(use_known));
  const image::RegistrySettings settings = with_proxies(ports_.settings, rights.proxies);
  image::HttpClient http{ports_.loop, settings};
  Download download{http, ports_.pool};
  auto make = [this] { return std::make_shared<Draft>(ports_.store.draft()); };
  const auto draft = co_await ports_.pool.run(std::move(make));
  std::optional<Error> failed;
  Downloaded got;
  try {
    const std::string etag = known ? known->record().etag : "";
    got = co_await download.run(wish, etag, draft->tree() / wish.file_name, std::move(on_bytes));
  } catch (const Error& error) {
    failed = error;
  }
  if (failed) {
    // A cancelled task breaks its connection off, which then fails.
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
    throw Error(*failed);
  }
  if (got.unchanged) co_return co_await ports_.pool.run(std::move(use_known));
  const FetchedRecord record{.key = key,
                             .description = without_credentials(wish.url),
                             .digest = got.digest,
                             .etag = got.etag,
                             .bytes = got.bytes,
                             .created = ports_.clock.wall()};
  auto keep = [this, &draft, &record] { return ports_.store.keep(std::move(*draft), record); };
  co_return co_await ports_.pool.run(std::move(keep));
}

}  // namespace stack::fetch
