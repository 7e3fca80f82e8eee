#include "engine/service/build_fetches.h"

#include "base/async/task_group.h"
#include "base/dockerfile/build_arguments.h"
#include "base/hide_credentials.h"
#include "base/scope_guard.h"
#include "base/thrown.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr Nanos kTellFetchEvery = std::chrono::milliseconds{100};

struct Named {
  std::string step;      // for people
  std::string place;     // what means the same thing
  std::string checksum;  // what it has to be; empty: anything
};
struct Naming {
  Named operator()(const fetch::FileWish& wish) const {
    return {"[internal] fetch " + hide_credentials(wish.url), wish.file_name + " " + wish.url, wish.checksum};
  }
  Named operator()(const fetch::TreeWish& wish) const {
    const git::GitReference& it = wish.reference;
    const std::string ref = it.ref.empty() ? "" : "#" + it.ref;
    return {"[internal] fetch " + hide_credentials(it.url) + ref,
            std::string{wish.git_folder ? "repository " : "tree "} + (it.submodules ? "" : "alone ") + it.url + "#" +
                it.ref,
            it.checksum};
  }
};

}  // namespace

BuildFetches::BuildFetches(core::Context& context, const image::RegistrySettings& settings,
                           std::unique_ptr<fetch::FetchedStore> store, async::ThreadPool& pool)
    : context_(context), store_(std::move(store)), fetcher_({context.loop, context.time, settings, *store_, pool}) {}

asio::awaitable<fetch::FetchedPtr> BuildFetches::run(build::Wish wish, fetch::FetchRights rights,
                                                     std::shared_ptr<BuildProgress> progress, int step) {
  if (auto* tree = std::get_if<fetch::TreeWish>(&wish))
    co_return co_await fetcher_.tree(std::move(*tree), std::move(rights));
  const auto told = std::make_shared<Mono>();
  fetch::OnBytes tell = [this, progress, step, told](std::uint64_t current, std::uint64_t total) {
    const Mono now = context_.time.mono();
    if (now - *told < kTellFetchEvery && current != total) return;
    *told = now;
    progress->bytes(step, current, total);
  };
  co_return co_await fetcher_.file(std::move(std::get<fetch::FileWish>(wish)), std::move(rights), std::move(tell));
}

asio::awaitable<fetch::FetchedPtr> BuildFetches::fetch(build::Wish wish, fetch::FetchRights rights,
                                                       std::shared_ptr<BuildProgress> progress,
                                                       std::shared_ptr<FetchedOfBuild> before) {
  const Named named = std::visit(Naming{}, wish);
  while (before->under_way.contains(named.place)) co_await before->changed.wait();
  if (const auto found = before->places.find(named.place);
      found != before->places.end() && found->second->record().digest.starts_with(named.checksum))
    co_return found->second;
  before->under_way.insert(named.place);
  const ScopeGuard leave{[&before, &named] {
    before->under_way.erase(named.place);
    before->changed.notify_all();
  }};
  const int step = progress->further_step();
  progress->started(step, named.step, {});
  const Mono began = context_.time.mono();
  std::exception_ptr thrown;
  fetch::FetchedPtr fetched;
  try {
    fetched = co_await run(std::move(wish), std::move(rights), progress, step);
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool cancelled = thrown && async::is_cancellation(thrown);
  const std::string why = !thrown ? "" : cancelled ? "cancelled" : error_of(thrown).message();
  progress->ended(step, named.step, false, context_.time.mono() - began, why);
  if (thrown) std::rethrow_exception(thrown);
  before->places.insert_or_assign(named.place, fetched);
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
  for (const model::BuildSsh& ssh : spec.ssh) {
    if (ssh.id == "default") rights.ssh_agent = ssh.socket;
  }
  for (const model::BuildSecret& secret : spec.secrets) {
    if (secret.id.starts_with("GIT_AUTH_")) rights.git_secrets[secret.id] = secret.content;
  }
  return rights;
}

}  // namespace stack::service
