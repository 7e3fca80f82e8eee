#include "cli/commands/watch_loop.h"

#include <algorithm>
#include <array>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands/watch_files.h"
#include "compose/source/diagnostic.h"

namespace stack::cli {
namespace {

constexpr std::chrono::seconds kAgainPause{1};  // between looks for an engine

}  // namespace

// What is watched: the files of the rules, and those that the rules come from.
struct WatchLoop::Trees {
  compose::WatchRules rules;
  std::set<std::string> compose_files;
  watch::TreeWatch files, settings;
  watch::QuietPeriod files_quiet, settings_quiet;

  Trees(compose::WatchRules of, std::set<std::string> compose, std::vector<std::string> all_settings)
      : rules(std::move(of)),
        compose_files(std::move(compose)),
        files(rules.roots(), [this](const std::string& path, bool folder) { return rules.wants(path, folder); }),
        settings(std::move(all_settings), [](const std::string&, bool) { return true; }) {}
};

WatchLoop::WatchLoop(Session& session, compose::LoadResult loaded, compose::LoadOptions load, WatchOptions options,
                     WatchOutput output)
    : session_(session),
      loaded_(std::move(loaded)),
      load_(std::move(load)),
      options_(std::move(options)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      player_(session, options_, std::move(output), stopped_),
      trees_(trees_of(loaded_)) {
  if (!wake_) throw Error::from_errno(errno, "making an eventfd");
}

WatchLoop::~WatchLoop() = default;

std::unique_ptr<WatchLoop::Trees> WatchLoop::trees_of(const compose::LoadResult& loaded) const {
  const compose::WatchFiles system = system_watch_files();
  compose::WatchRules rules =
      compose::watch_rules(*loaded.project, {options_.services.begin(), options_.services.end()}, system);
  for (const std::string& warning : rules.warnings) player_.warn(warning);
  if (rules.rules.empty()) {
    throw Error(ErrorKind::invalid, "none of the selected services is configured for watch")
        .remedy("give one a develop section, as in: develop: {watch: [{path: ./src, action: sync, target: /app}]}");
  }
  std::set<std::string> compose_files;
  for (const auto* list : {&loaded.project->config_files, &loaded.project->env_files}) {
    for (const std::string& file : *list) {
      if (file.starts_with('/')) compose_files.insert(system.resolve(file));
    }
  }
  compose_files.insert(system.resolve(loaded.project->working_dir + "/.env"));
  std::set<std::string> settings = compose_files;
  for (const std::string& file : rules.settings) settings.insert(system.resolve(file));
  return std::make_unique<Trees>(std::move(rules), std::move(compose_files),
                                 std::vector<std::string>{settings.begin(), settings.end()});
}

void WatchLoop::stop() {
  stopped_.store(true);
  const std::uint64_t one = 1;
  // A counter that is full is readable already.
  if (::write(wake_.get(), &one, sizeof one) < 0) return;
}

void WatchLoop::run(bool interruptible) {
  play_initial();
  player_.say("Watch enabled");
  while (wait(interruptible)) {
    const Mono now = SystemClock{}.mono();
    if (again_at_ && now >= *again_at_) try_again();
    if (trees_->settings_quiet.left(now) == Nanos{0}) reload();
    if (trees_->files_quiet.left(now) == Nanos{0}) play_batch();
  }
}

// False at the end.
bool WatchLoop::wait(bool interruptible) {
  const Mono now = SystemClock{}.mono();
  std::optional<Nanos> rest = trees_->files_quiet.left(now);
  if (const auto other = trees_->settings_quiet.left(now); other && (!rest || *other < *rest)) rest = other;
  if (again_at_ && (!rest || *again_at_ - now < *rest)) rest = std::max(Nanos{0}, *again_at_ - now);
  std::array<pollfd, 4> waits{{{trees_->files.fd().get(), POLLIN, 0},
                               {trees_->settings.fd().get(), POLLIN, 0},
                               {wake_.get(), POLLIN, 0},
                               {interruptible ? wake_fd() : -1, POLLIN, 0}}};
  const int timeout = rest ? static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*rest).count()) : -1;
  if (::poll(waits.data(), waits.size(), timeout) < 0 && errno != EINTR) throw Error::from_errno(errno, "waiting");
  if (interruptible && interrupted.load()) stopped_.store(true);
  if (stopped_.load()) return false;
  const Mono then = SystemClock{}.mono();
  if (waits[0].revents != 0 && trees_->files.take_events()) trees_->files_quiet.note(then, trees_->files.is_writing());
  if (waits[1].revents != 0 && trees_->settings.take_events())
    trees_->settings_quiet.note(then, trees_->settings.is_writing());
  return true;
}

void WatchLoop::play_initial() {
  const watch::Changes everything = trees_->files.everything();
  const compose::WatchWork work = compose::initial_work(trees_->rules, everything);
  std::set<std::string> initial;
  for (const auto& [service, paths] : work.sync) {
    for (const auto& [place, path] : paths) initial.insert(path.from);
  }
  synced_.insert(initial.begin(), initial.end());
  if (player_.play(loaded_, work)) return;
  watch::Changes unplayed = everything;
  std::erase_if(unplayed, [&](const watch::Change& change) { return !initial.contains(change.path); });
  put_off(unplayed);
}

void WatchLoop::play_batch() {
  trees_->files_quiet.taken();
  const watch::Changes changes = watch::in_one(std::exchange(waiting_, {}), trees_->files.changes());
  const compose::WatchWork work = compose::watch_work(trees_->rules, changes);
  if (work.empty()) return;
  for (const auto& [service, paths] : work.sync) {
    for (const auto& [place, path] : paths) synced_.insert(path.from);
  }
  if (!player_.play(loaded_, work)) return put_off(changes);
  if (!work.rebuild.empty()) sync_again(work.rebuild);
}

void WatchLoop::put_off(const watch::Changes& changes) {
  waiting_ = watch::in_one(std::move(waiting_), changes);
  again_at_ = SystemClock{}.mono() + kAgainPause;
}

void WatchLoop::try_again() {
  again_at_.reset();
  if (!client::EngineClient::answers(session_.socket_path())) {
    put_off({});
    return;
  }
  if (apply_waits_) apply();
  if (!waiting_.empty()) play_batch();
}

void WatchLoop::reload() {
  trees_->settings_quiet.taken();
  const watch::Changes changes = trees_->settings.changes();
  if (changes.empty()) return;
  compose::LoadResult loaded = session_.try_load(load_);
  if (!loaded.project) {
    std::string text;
    for (const compose::Diagnostic& each : loaded.diagnostics) text += compose::render(each);
    player_.warn("the changed Compose file is not applied:\n" + text);
    return;
  }
  try {
    std::unique_ptr<Trees> trees = trees_of(loaded);
    const bool same = *loaded.project == *loaded_.project;
    loaded_ = std::move(loaded);
    trees_ = std::move(trees);
    if (same) return;
  } catch (const Error& error) {
    player_.warn("the changed Compose file is not applied: " + error.render());
    return;
  }
  player_.say("Compose file changed" + std::string{options_.apply_edits ? ", applying it" : ""});
  if (options_.apply_edits) apply();
}

void WatchLoop::apply() {
  apply_waits_ = !player_.apply(loaded_);
  if (apply_waits_) return put_off({});
  sync_again({});
}

// A container that was recreated begins with its image again. Of these services; of all for an empty set.
void WatchLoop::sync_again(const std::set<std::string>& services) {
  watch::Changes again;
  for (const std::string& path : synced_) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) == 0) again.push_back({.path = path, .folder = S_ISDIR(about.st_mode)});
  }
  compose::WatchWork work;
  work.sync = compose::watch_work(trees_->rules, again).sync;
  if (!services.empty()) std::erase_if(work.sync, [&](const auto& each) { return !services.contains(each.first); });
  if (!player_.play(loaded_, work)) put_off(again);
}

}  // namespace stack::cli
