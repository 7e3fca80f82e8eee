// Images out of archives at web addresses.
#include <filesystem>

#include <fcntl.h>

#include "base/hide_credentials.h"
#include "base/ids.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/fetch/download.h"
#include "engine/service/images.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kUnfinished =
    "import.";  // how names of what is being fetched begin, in the engine's root folder

}  // namespace

// An engine that was killed may have left some.
void Images::sweep_fetched() const {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator{engine_.context().options.root, failed}) {
    if (entry.path().filename().string().starts_with(kUnfinished)) fs::remove(entry.path(), failed);
  }
}

void Images::import_from(std::string url, api::ImportOptions options, api::Answer<model::Image> answer) {
  if (url.find("://") == std::string::npos) url.insert(0, "http://");
  if (!image::parse_url(url))
    throw Error(ErrorKind::invalid, "fromSrc: " + hide_credentials(url) + " is no web address")
        .remedy("write http://HOST/FILE or https://HOST/FILE, or send the archive with fromSrc=-");
  tasks_.start(import_fetched(std::move(url), std::move(options), std::move(answer)));
}

asio::awaitable<void> Images::import_fetched(std::string url, api::ImportOptions options,
                                             api::Answer<model::Image> answer) {
  const std::string step = "fetching " + hide_credentials(url);
  std::exception_ptr failed;
  UniqueFd archive;
  try {
    archive = co_await fetched(std::move(url));
  } catch (const std::exception&) {
    failed = std::current_exception();
  }
  if (!failed) co_return import(std::move(archive), std::move(options), std::move(answer));
  if (async::is_cancellation(failed)) std::rethrow_exception(failed);
  Error told = error_of(failed);
  answer(told.context(step));
}

// Its name is gone again before anybody can ask for it.
asio::awaitable<UniqueFd> Images::fetched(std::string url) {
  const fs::path place =
      engine_.context().options.root / (std::string{kUnfinished} + new_id(engine_.context().random, 16));
  const ScopeGuard remove{[&] {
    std::error_code ignored;
    fs::remove(place, ignored);
  }};
  image::HttpClient http{engine_.context().loop, settings_};
  fetch::Download download{http, workers_};
  const fetch::FileWish wish{.url = std::move(url), .file_name = "archive", .checksum = {}};
  co_await download.run(wish, {}, place, [](std::uint64_t, std::uint64_t) {});
  UniqueFd file{::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) throw Error::from_errno(errno, "opening " + place.string());
  co_return file;
}

}  // namespace stack::service
