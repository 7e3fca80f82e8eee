#include "engine/service/build_fetches.h"

#include "base/async/task_group.h"
#include "base/dockerfile/build_arguments.h"
#include "base/thrown.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr Nanos kTellEvery = std::chrono::milliseconds{100};

}  // namespace

BuildFetches::BuildFetches(core::Context& context, const image::RegistrySettings& settings,
                           std::unique_ptr<fetch::FetchedStore> store, async::ThreadPool& pool)
    : context_(context), store_(std::move(store)), fetcher_({context.loop, context.time, settings, *store_, pool}) {}

asio::awaitable<fetch::FetchedPtr> BuildFetches::file(fetch::FileWish wish, fetch::FetchRights rights,
                                                      std::shared_ptr<BuildProgress> progress,
                                                      std::shared_ptr<FetchedOfBuild> before) {
  const std::string place = wish.file_name + " " + wish.url;
  if (const auto found = before->find(place);
      found != before->end() && (wish.checksum.empty() || wish.checksum == found->second->record().digest))
    co_return found->second;
  const std::string name = "[internal] fetch " + fetch::without_credentials(wish.url);
  const int step = progress->further_step();
  progress->started(step, name, {});
  const Mono began = context_.time.mono();
  const auto told = std::make_shared<Mono>();
  fetch::OnBytes tell = [this, progress, step, told](std::uint64_t current, std::uint64_t total) {
    const Mono now = context_.time.mono();
    if (now - *told < kTellEvery && current != total) return;
    *told = now;
    progress->bytes(step, current, total);
  };
  std::exception_ptr thrown;
  fetch::FetchedPtr fetched;
  try {
    fetched = co_await fetcher_.file(std::move(wish), std::move(rights), std::move(tell));
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool cancelled = thrown && async::is_cancellation(thrown);
  const std::string why = !thrown ? "" : cancelled ? "cancelled" : error_of(thrown).message();
  progress->ended(step, name, false, context_.time.mono() - began, why);
  if (thrown) std::rethrow_exception(thrown);
  before->insert_or_assign(place, fetched);
  co_return fetched;
}

std::vector<api::BuildCacheEntry> BuildFetches::entries() const {
  std::vector<api::BuildCacheEntry> all;
  for (const auto& entry : store_->entries()) {
    all.push_back({.id = entry.id,
                   .description = entry.record.description,
                   .kind = "download",
                   .bytes = entry.record.bytes,
                   .in_use = entry.in_use,
                   .created = entry.record.created,
                   .last_used = entry.last_used});
  }
  return all;
}

fetch::FetchRights rights_of(const model::BuildSpec& spec) {
  fetch::FetchRights rights{.proxies = spec.proxies};
  for (const auto& [name, value] : spec.args) {
    if (dockerfile::is_predefined_argument(name)) rights.proxies[name] = value;
  }
  return rights;
}

}  // namespace stack::service
