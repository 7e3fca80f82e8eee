#include "engine/fetch/fetcher.h"

#include <atomic>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "base/folder_size.h"
#include "base/git/git_checkout.h"
#include "base/git/git_secrets.h"
#include "base/hide_credentials.h"
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

asio::awaitable<std::shared_ptr<void>> Fetcher::turn(std::string key) {
  while (in_flight_.contains(key)) co_await changed_.wait();
  in_flight_.insert(key);
  const auto leave = [this, key](void*) {
    in_flight_.erase(key);
    changed_.notify_all();
  };
  co_return std::shared_ptr<void>{this, leave};
}

asio::awaitable<FetchedPtr> Fetcher::used(FetchedPtr known) {
  auto touch = [this, &known] {
    ports_.store.touch(*known, ports_.clock.wall());
    return known;
  };
  co_return co_await ports_.pool.run(std::move(touch));
}

// --- files -----------------------------------------------------------------------------------------------------------------------------

asio::awaitable<FetchedPtr> Fetcher::file(FileWish wish, FetchRights rights, OnBytes on_bytes) {
  const std::string key = image::sha256_digest("file " + wish.file_name + " " + wish.url);
  const auto mine = co_await turn(key);
  co_return co_await file_of_key(std::move(wish), std::move(rights), key, std::move(on_bytes));
}

asio::awaitable<FetchedPtr> Fetcher::file_of_key(FileWish wish, FetchRights rights, std::string key, OnBytes on_bytes) {
  const FetchedPtr known = ports_.store.find(key);
  if (known && !wish.checksum.empty() && known->record().digest == wish.checksum) co_return co_await used(known);
  const image::RegistrySettings settings = with_proxies(ports_.settings, rights.proxies);
  image::HttpClient http{ports_.loop, settings};
  Download download{http, ports_.pool};
  auto make = [this] { return std::make_shared<FetchedDraft>(ports_.store.draft()); };
  const auto draft = co_await ports_.pool.run(std::move(make));
  std::optional<Error> failed;
  Downloaded got;
  try {
    // What is kept is not what the checksum names: that it has not changed would say nothing.
    const std::string etag = known && wish.checksum.empty() ? known->record().etag : "";
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
  if (got.unchanged) co_return co_await used(known);
  const FetchedRecord record{.key = key,
                             .description = hide_credentials(wish.url),
                             .digest = got.digest,
                             .etag = got.etag,
                             .bytes = got.bytes,
                             .created = ports_.clock.wall()};
  auto keep = [this, &draft, &record] { return ports_.store.keep(std::move(*draft), record); };
  co_return co_await ports_.pool.run(std::move(keep));
}

// --- repositories ----------------------------------------------------------------------------------------------------------------------

namespace {

// The proxies as every program finds them.
void add_proxies(const image::RegistrySettings& settings, std::map<std::string, std::string>& environment) {
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) environment[name] = value;
  };
  add("http_proxy", settings.http_proxy);
  add("https_proxy", settings.https_proxy);
  add("no_proxy", settings.no_proxy);
}

// What makes two checkouts of a commit differ.
std::string parts_of(const TreeWish& wish, const git::Commit& commit) {
  return (wish.git_folder ? " with .git " + commit.name : "") + (wish.reference.submodules ? "" : " alone");
}

git::GitUser user_of(const image::RegistrySettings& settings, const FetchRights& rights,
                     const git::GitReference& reference, std::function<bool()> stopped) {
  git::GitUser user{.own_settings = false, .environment = {}, .stopped = std::move(stopped)};
  add_proxies(settings, user.environment);
  user.environment.merge(git::authorization(reference, rights.git_secrets));
  // A host is taken for what it says it is, as BuildKit takes it: there is nobody to ask. It sees no key of the engine's own user.
  user.environment["GIT_SSH_COMMAND"] =
      "ssh -F /dev/null -o BatchMode=yes -o IdentityFile=none -o StrictHostKeyChecking=no "
      "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
  if (!rights.ssh_agent.empty()) user.environment["SSH_AUTH_SOCK"] = rights.ssh_agent;
  return user;
}

}  // namespace

asio::awaitable<FetchedPtr> Fetcher::by_git(std::function<FetchedPtr(const std::function<bool()>& stopped)> work) {
  struct Run {
    explicit Run(asio::io_context& loop) : over(loop) {}
    std::atomic<bool> stopped{false};
    async::Event over;
    bool ended = false;
    FetchedPtr fetched;
    std::exception_ptr thrown;
  };
  const auto run = std::make_shared<Run>(ports_.loop);
  const ScopeGuard stop{[run] { run->stopped = true; }};
  ++git_running_;
  git_pool_.post([this, run, work = std::move(work)] {
    FetchedPtr fetched;
    std::exception_ptr thrown;
    try {
      fetched = work([run] { return run->stopped.load(); });
    } catch (...) {
      thrown = std::current_exception();
    }
    asio::post(ports_.loop, [this, run, fetched = std::move(fetched), thrown = std::move(thrown)]() mutable {
      run->fetched = std::move(fetched);
      run->thrown = std::move(thrown);
      run->ended = true;
      run->over.notify_all();
      --git_running_;
      changed_.notify_all();
    });
  });
  while (!run->ended) co_await run->over.wait();
  if (run->thrown) std::rethrow_exception(run->thrown);
  co_return run->fetched;
}

asio::awaitable<void> Fetcher::stop() {
  while (git_running_ > 0) co_await changed_.wait();
}

asio::awaitable<FetchedPtr> Fetcher::tree(TreeWish wish, FetchRights rights) {
  const std::string key = image::sha256_digest("trees " + wish.reference.url);
  const auto mine = co_await turn(key);
  const FetchedPtr fetched = co_await tree_of_key(std::move(wish), std::move(rights));
  co_return co_await used(fetched);
}

asio::awaitable<FetchedPtr> Fetcher::tree_of_key(TreeWish wish, FetchRights rights) {
  const image::RegistrySettings settings = with_proxies(ports_.settings, rights.proxies);
  auto work = [ports = ports_, settings, wish = std::move(wish),
               rights = std::move(rights)](const std::function<bool()>& stopped) -> FetchedPtr {
    const git::GitReference& reference = wish.reference;
    const git::Git git{git::transports_of(reference), {}, user_of(settings, rights, reference, stopped)};
    const git::Commit commit = git::commit_of(git, reference, git::Preferred::tag);
    const std::string key = image::sha256_digest("tree " + reference.url + " " + commit.id + parts_of(wish, commit));
    if (auto known = ports.store.find(key)) return known;
    FetchedDraft draft = ports.store.draft();
    git::check_out(git, reference, commit, draft.tree(),
                   {.git_folder = wish.git_folder, .submodules = reference.submodules});
    const FetchedRecord record{.key = key,
                               .description = hide_credentials(reference.url) + "#" + commit.id,
                               .digest = commit.id,
                               .etag = {},
                               .bytes = folder_size(draft.tree()),
                               .created = ports.clock.wall()};
    return ports.store.keep(std::move(draft), record);
  };
  co_return co_await by_git(std::move(work));
}

}  // namespace stack::fetch
