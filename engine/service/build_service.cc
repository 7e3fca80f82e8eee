#include "engine/service/build_service.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "base/async/cancellation.h"
#include "base/folder_size.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/build/cache_prune.h"
#include "engine/build/work_folder.h"
#include "engine/core/event_bus.h"
#include "engine/core/registry_cache.h"
#include "engine/core/state_writer.h"
#include "engine/image/digest.h"
#include "engine/image/pull_policy.h"
#include "engine/service/answered.h"
#include "engine/service/build_machinery.h"
#include "engine/service/engine_events.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kWorkers = 4;  // threads that read, copy and hash
constexpr Nanos kTellEvery = std::chrono::milliseconds{100};
constexpr const char* kMount = "mount:";      // in front of the names of cache mounts
constexpr const char* kContext = "context:";  // of contexts that are kept
constexpr std::string_view kFetched = "fetched:";

// What a client calls its files may be of any length.
std::string kept_name(const std::string& name) {
  return image::sha256_digest(name).substr(std::string_view{"sha256:"}.size());
}

// Of the file system that the cache is on; none when it does not tell.
std::uint64_t free_bytes(const fs::path& folder) {
  std::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  return failed ? 0 : space.available;
}

}  // namespace

BuildService::BuildService(core::Engine& engine, core::Pulls& pulls, const image::RegistrySettings& settings)
    : engine_(engine),
      pulls_(pulls),
      settings_(settings),
      history_(engine.context().options.build_cache() / "history.json", engine.context().time, engine.context().random),
      making_(engine.context().loop),
      storing_(engine.context().loop),
      tasks_(engine.context().loop, "builds") {}

// What is under way on the pool works with the rest.
BuildService::~BuildService() {
  while (!kept_.all().empty()) kept_.take(kept_.all().front().key);
  pool_.reset();
}

asio::awaitable<BuildService::Machinery*> BuildService::machinery() {
  const auto lock = co_await making_.lock();
  if (machinery_) co_return machinery_.get();
  if (!pool_) pool_ = std::make_unique<async::ThreadPool>(kWorkers);
  core::Context& context = engine_.context();
  const fs::path root = context.options.build_cache();
  auto open_cache = [&context, &root] {
    return std::make_unique<build::CacheStore>(root, context.images, context.time);
  };
  auto cache = co_await pool_->run(std::move(open_cache));
  auto open_fetched = [this, &root] { return std::make_unique<fetch::FetchedStore>(root / "fetched", *pool_); };
  auto fetched = co_await pool_->run(std::move(open_fetched));
  auto read_history = [this] { return history_.load(); };
  history_.take(co_await pool_->run(std::move(read_history)));
  machinery_ = std::make_unique<Machinery>(engine_, settings_, std::move(cache), std::move(fetched), *pool_);
  co_return machinery_.get();
}

asio::awaitable<void> BuildService::stop() {
  for (const auto& job : jobs_) job->tasks.cancel();
  tasks_.cancel();
  while (!jobs_.empty()) {
    const auto job = jobs_.front();
    co_await job->tasks.join();
    jobs_.remove(job);
  }
  co_await tasks_.join();
  if (!machinery_) co_return;
  co_await machinery_->runner.stop();
  co_await machinery_->fetches.stop();
}

// --- building --------------------------------------------------------------------------------------------------------------------------

std::function<void()> BuildService::build(model::BuildSpec spec, UniqueFd archive,
                                          model::CredentialsByRegistry credentials,
                                          std::function<void(const api::BuildEvent&)> report) {
  auto noted = [this, id = history_.begin(spec), report = std::move(report)](const api::BuildEvent& event) {
    history_.note(id, event);
    report(event);
  };
  const auto job = std::make_shared<Job>(engine_.context().loop, std::move(noted));
  const auto is_here = [this](const std::string& name) { return engine_.context().images.find(name).has_value(); };
  if (!spec.cache_images.empty() && std::ranges::none_of(spec.cache_images, is_here)) spec.no_cache = true;
  job->spec = std::move(spec);
  job->archive = std::move(archive);
  job->credentials = std::move(credentials);
  jobs_.push_back(job);
  job->tasks.start(build_one(job), [this, job](const std::exception_ptr& thrown, const build::Built& built) {
    finish(job, thrown, built);
    // Not from within the group that the job owns.
    asio::post(engine_.context().loop, [this, job] { jobs_.remove(job); });
  });
  return [weak = std::weak_ptr<Job>(job)] {
    if (const auto alive = weak.lock()) alive->tasks.cancel();
  };
}

void BuildService::finish(const std::shared_ptr<Job>& job, const std::exception_ptr& thrown,
                          const build::Built& built) {
  if (thrown) {
    const bool cancelled = async::is_cancellation(thrown);
    const Error error = cancelled ? Error(ErrorKind::conflict, "the build was cancelled") : error_of(thrown);
    job->report(api::BuildFailed{.error = error, .cancelled = cancelled});
  } else {
    core::Context& context = engine_.context();
    const model::Image& image = built.image;
    tell_image(context, {"create", image.id, image.id, image.config.labels});
    for (const std::string& tag : job->spec.tags)
      tell_image(context, {"tag", image.id, model::parse_reference(tag).familiar(), image.config.labels});
    job->report(api::BuildDone{image.id, job->spec.tags, built.is_new});
  }
  job->progress->silence();
  tasks_.start(store_history(), [](const std::exception_ptr& failed) {
    if (failed) log_warning("the history of builds: " + error_of(failed).message());
  });
}

build::BuildRequest BuildService::request_of(const std::shared_ptr<Job>& job) {
  build::BuildRequest request;
  request.spec = job->spec;
  request.archive = std::move(job->archive);
  request.progress = job->progress;
  request.resolve = [this, job](build::WantedImage wanted) { return resolve(job, std::move(wanted)); };
  request.fetch = [this, job](build::Wish wish) { return fetch(job, std::move(wish)); };
  request.open_cache = [this, job](const std::string& reference, bool write) {
    return std::make_shared<core::RegistryCache>(engine_.context().loop, settings_, engine_.context().images, *pool_,
                                                 model::parse_reference(reference), job->credentials, write);
  };
  return request;
}

asio::awaitable<build::Built> BuildService::build_one(std::shared_ptr<Job> job) {
  for (const std::string& tag : job->spec.tags) {
    if (!model::parse_reference(tag).digest.empty())
      throw Error(ErrorKind::invalid, "the tag \"" + tag + "\" has a digest").remedy("leave the digest out");
  }
  Machinery* const made = co_await machinery();
  co_await bring_contexts(job);
  co_return co_await made->builder.build(request_of(job));
}

asio::awaitable<std::string> BuildService::check_one(std::shared_ptr<Job> job) {
  Machinery* const made = co_await machinery();
  co_await bring_contexts(job);
  co_return co_await made->builder.check(request_of(job));
}

asio::awaitable<model::Image> BuildService::resolve(std::shared_ptr<Job> job, build::WantedImage wanted) {
  image::Store& images = engine_.context().images;
  auto here = images.find(wanted.reference);
  const bool by_id = wanted.reference.starts_with("sha256:");
  if (by_id && !here) throw Error(ErrorKind::not_found, "the image " + wanted.reference + " does not exist any more");
  const auto policy = image::parse_pull_policy(job->spec.pull && !by_id ? "always" : "missing");
  if (here && (by_id || !image::wants_pull(policy, here, wanted.platform.text(), engine_.context().time.wall())))
    co_return std::move(*here);
  const model::Reference reference = model::parse_reference(wanted.reference);
  const std::string name = "[internal] pull " + reference.familiar();
  const int step = job->progress->further_step();
  job->progress->started(step, name, {});
  const Mono began = engine_.context().time.mono();
  const auto cancel = std::make_shared<async::CancellationToken>();
  const ScopeGuard leave{[cancel] { cancel->request(); }};
  core::PullRequest request{.reference = reference, .platform = wanted.platform, .credentials = job->credentials};
  const auto layers = std::make_shared<std::map<std::string, core::PullProgress>>();
  const auto told = std::make_shared<Mono>();
  request.on_progress = [this, job, layers, told, step](const core::PullProgress& progress) {
    (*layers)[progress.layer] = progress;
    const Mono now = engine_.context().time.mono();
    if (now - *told < kTellEvery) return;
    *told = now;
    std::uint64_t current = 0, total = 0;
    for (const auto& [digest, layer] : *layers) {
      current += layer.current;
      total += layer.total;
    }
    job->progress->bytes(step, current, total);
  };
  std::exception_ptr thrown;
  model::Image image;
  try {
    image = (co_await pulls_.pull(std::move(request), cancel)).image;
  } catch (...) {
    thrown = std::current_exception();
  }
  const Nanos took = engine_.context().time.mono() - began;
  job->progress->ended(step, name, false, took, thrown ? error_of(thrown).message() : "");
  if (!thrown) {
    tell_image(engine_.context(), {"pull", reference.familiar(), reference.familiar_name(), image.config.labels});
    co_return image;
  }
  if (async::is_cancellation(thrown)) std::rethrow_exception(thrown);
  Error error = error_of(thrown);
  throw error.context("pulling the image " + wanted.reference);
}

void BuildService::check(model::BuildSpec spec, UniqueFd archive, api::Answer<std::string> answer) {
  const auto job = std::make_shared<Job>(engine_.context().loop, [](const api::BuildEvent&) {});
  job->spec = std::move(spec);
  job->archive = std::move(archive);
  tasks_.start(check_one(job), answered(std::move(answer)));
}

void BuildService::work_folder(std::string name, api::Answer<std::shared_ptr<const fs::path>> answer) {
  tasks_.start(make_work_folder(std::move(name)), answered(std::move(answer)));
}

void BuildService::keep_folder(std::string name, std::shared_ptr<const fs::path> folder, std::uint64_t bytes) {
  const Wall now = engine_.context().time.wall();
  kept_.keep({.key = kept_name(name), .path = std::move(folder), .bytes = bytes, .used = now});
}

asio::awaitable<std::shared_ptr<const fs::path>> BuildService::make_work_folder(std::string name) {
  static_cast<void>(co_await machinery());
  if (!name.empty()) {
    if (auto kept = kept_.take(kept_name(name)); kept.path) co_return std::move(kept.path);
  }
  auto work = [this] { return std::make_shared<build::WorkFolder>(engine_.context().images, *pool_); };
  const auto folder = co_await pool_->run(std::move(work));
  co_return std::shared_ptr<const fs::path>{folder, &folder->path()};
}

// --- what was built --------------------------------------------------------------------------------------------------------------------

void BuildService::history(api::Answer<std::vector<api::BuildRecord>> answer) {
  tasks_.start(list_history(), answered(std::move(answer)));
}

void BuildService::forget_history(std::vector<std::string> ids, bool all,
                                  api::Answer<std::vector<std::string>> answer) {
  tasks_.start(remove_history(std::move(ids), all), answered(std::move(answer)));
}

asio::awaitable<std::vector<api::BuildRecord>> BuildService::list_history() {
  static_cast<void>(co_await machinery());
  co_return history_.all();
}

asio::awaitable<std::vector<std::string>> BuildService::remove_history(std::vector<std::string> ids, bool all) {
  static_cast<void>(co_await machinery());
  const std::vector<std::string> forgotten = history_.forget(ids, all);
  co_await store_history();
  co_return forgotten;
}

// One after the other, each with what is known by then.
asio::awaitable<void> BuildService::store_history() {
  static_cast<void>(co_await machinery());
  const auto lock = co_await storing_.lock();
  auto write = [this, text = history_.text()] { history_.store(text); };
  co_await pool_->run(std::move(write));
}

// --- the cache -------------------------------------------------------------------------------------------------------------------------

void BuildService::cache(api::Answer<std::vector<api::BuildCacheEntry>> answer) {
  tasks_.start(list_cache(), answered(std::move(answer)));
}

void BuildService::prune(api::BuildPrune prune, api::Answer<api::BuildPruned> answer) {
  tasks_.start(prune_cache(std::move(prune)), answered(std::move(answer)));
}

asio::awaitable<std::vector<api::BuildCacheEntry>> BuildService::list_cache() {
  Machinery* const made = co_await machinery();
  auto work = [made] {
    std::vector<api::BuildCacheEntry> result;
    for (const auto& entry : made->cache->entries()) {
      result.push_back({.id = entry.record.key,
                        .description = entry.record.description,
                        .kind = "step",
                        .bytes = entry.record.bytes,
                        .in_use = entry.in_use,
                        .shared = entry.shared,
                        .uses = entry.record.uses,
                        .created = entry.record.created,
                        .last_used = entry.record.last_used});
    }
    std::error_code ignored;
    for (const auto& folder : fs::directory_iterator{made->cache->mounts_folder(), ignored}) {
      const auto written = fs::last_write_time(folder.path(), ignored);
      const Wall when{std::chrono::duration_cast<Nanos>(std::chrono::file_clock::to_sys(written).time_since_epoch())};
      result.push_back({.id = kMount + folder.path().filename().string(),
                        .description = "RUN --mount=type=cache",
                        .kind = "cache mount",
                        .bytes = folder_size(folder.path()),
                        .created = when,
                        .last_used = when});
    }
    return result;
  };
  auto entries = co_await pool_->run(std::move(work));
  for (auto& entry : entries) {
    if (entry.id.starts_with(kMount)) entry.in_use = made->builder.cache_mounts().is_used(entry.id.substr(6));
  }
  for (const build::KeptFolder& each : kept_.all()) {
    entries.push_back({.id = kContext + each.key,
                       .description = "files of a client, kept for its next build",
                       .kind = "context",
                       .bytes = each.bytes,
                       .created = each.used,
                       .last_used = each.used});
  }
  for (auto& entry : made->fetches.entries()) {
    entry.id.insert(0, kFetched);
    entries.push_back(std::move(entry));
  }
  co_return entries;
}

asio::awaitable<api::BuildPruned> BuildService::prune_cache(api::BuildPrune wish) {
  const auto entries = co_await list_cache();
  std::vector<build::Prunable> prunable;
  for (const auto& entry : entries)
    prunable.push_back({entry.id, entry.bytes, entry.last_used, entry.in_use, entry.shared});
  api::BuildPruned pruned;
  const build::PruneWish limits{.all = wish.all,
                                .older_than = wish.older_than,
                                .keep_bytes = wish.keep_bytes,
                                .most_bytes = wish.most_bytes,
                                .free_bytes = wish.free_bytes,
                                .free_now = free_bytes(engine_.context().options.root),
                                .ids = wish.ids};
  pruned.ids = build::choose_prunable(std::move(prunable), limits, engine_.context().time.wall());
  std::vector<std::string> steps;
  std::vector<fs::path> mounts;
  std::uint64_t others = 0;
  for (const std::string& id : pruned.ids) {
    if (id.starts_with(kContext)) {
      others += kept_.take(id.substr(std::string_view{kContext}.size())).bytes;
      continue;
    }
    if (id.starts_with(kFetched)) {
      others += machinery_->fetches.forget(id.substr(kFetched.size()));
      continue;
    }
    if (!id.starts_with(kMount)) {
      steps.push_back(id);
      continue;
    }
    // Aside at once, on the loop: whoever takes the mount from now on begins with an empty one.
    const fs::path folder = machinery_->cache->mounts_folder() / id.substr(6);
    const fs::path aside = engine_.context().options.removed() / ("build-" + id.substr(6));
    std::error_code failed;
    fs::rename(folder, aside, failed);
    if (!failed) mounts.push_back(aside);
  }
  auto work = [this, &steps, &mounts] {
    std::uint64_t freed = steps.empty() ? 0 : machinery_->cache->remove(steps);
    for (const fs::path& folder : mounts) {
      freed += folder_size(folder);
      std::error_code failed;
      fs::remove_all(folder, failed);
      if (failed) log_warning("removing " + folder.string() + ": " + failed.message());
    }
    return freed;
  };
  pruned.freed_bytes = co_await pool_->run(std::move(work)) + others;
  tell_pruned(engine_.context(), "builder", pruned.freed_bytes);
  co_return pruned;
}

}  // namespace stack::service
