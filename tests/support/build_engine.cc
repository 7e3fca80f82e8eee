#include "tests/support/build_engine.h"

#include <cstdlib>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/engine_tree.h"
#include "base/file.h"
#include "base/scope_guard.h"
#include "engine/build/content_digest.h"
#include "engine/build/layer_mount.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/core/claims.h"
#include "engine/core/engine.h"
#include "engine/core/engine_socket.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "engine/daemon/host_machine.h"
#include "engine/image/digest.h"
#include "engine/sandbox/skeleton.h"
#include "engine/shim/spawn.h"
#include "engine/volume/volume_store.h"
#include "netns/network.h"
#include "tests/places.h"

namespace stack::test {

namespace asio = boost::asio;
namespace fs = std::filesystem;

std::vector<std::string> BuildResult::played() const {
  std::vector<std::string> names;
  for (const auto& event : events) {
    if (const auto* step = std::get_if<api::BuildStepStarted>(&event)) names.push_back(step->name);
  }
  return names;
}

std::vector<std::string> BuildResult::cached() const {
  std::vector<std::string> names;
  for (const auto& event : events) {
    const auto* step = std::get_if<api::BuildStepEnded>(&event);
    if (step != nullptr && step->cached) names.push_back(step->name);
  }
  return names;
}

std::string BuildResult::cause_of(const std::string& part) const {
  for (const auto& event : events) {
    const auto* step = std::get_if<api::BuildStepStarted>(&event);
    if (step != nullptr && step->name.find(part) != std::string::npos) return step->cause;
  }
  return "not played";
}

std::string BuildResult::output() const {
  std::string text;
  for (const auto& event : events) {
    if (const auto* output = std::get_if<api::BuildStepOutput>(&event)) text += output->bytes;
  }
  return text;
}

std::vector<std::string> BuildResult::warnings() const {
  std::vector<std::string> texts;
  for (const auto& event : events) {
    if (const auto* warning = std::get_if<api::BuildWarning>(&event)) texts.push_back(warning->text);
  }
  return texts;
}

namespace {

core::Options options_of(const fs::path& root, const std::string& tag) {
  core::Options options{
      .root = root / "root", .run = root / "run", .shim_program = fs::path{STACK_BINARY_DIR} / "stack-shim", .tag = {}};
  options.tag = tag.empty() ? "b" + std::to_string(::getpid() % 100000) : tag;
  for (const fs::path& folder : {options.root, options.run, options.containers(), options.removed(), options.shims()})
    tree::make_folder(folder);
  sandbox::make_skeleton(options.skeleton());
  return options;
}

}  // namespace

struct BuildEngine::Parts {
  Parts(const fs::path& root, const std::string& tag) : options(options_of(root, tag)) {
    cgroup::make_parent(facts.cgroups, options.cgroup());
  }
  // Runs the loop until `done`.
  void run_until(const bool& done) {
    while (!done) {
      if (loop.run_one() == 0) loop.restart();
    }
  }

  asio::io_context loop{1};
  async::SystemTimekeeper time{loop};
  const RandomSource random = system_random();
  const core::Options options;
  state::Store store{options.root / "state.db"};
  core::StateWriter writer{loop, time, store};
  async::ThreadPool workers{2};
  async::TaskGroup tasks{loop, "engine"};
  core::EventBus events{0};
  core::Claims claims;
  image::Store images{options.root / "images", time, random};
  volume::Store volumes{options.root / "volumes"};
  const sandbox::HostFacts facts = daemon::facts_of_machine(options);
  const UniqueFd shim_program = shim::seal_program(options.shim_program);
  const std::unique_ptr<netns::NetworkStack> network = netns::NetworkStack::open(loop, {.tag = options.tag});
  struct : core::ScopedSockets {
    void open(model::ApiScope, const std::string&) override { throw Error("no sockets for builds"); }
  } scoped_sockets;
  core::Context context{loop,   options, time,    random,   writer, workers,      tasks,         events,
                        claims, images,  volumes, *network, facts,  shim_program, scoped_sockets};
  core::Engine engine{context};
  image::RegistrySettings registries;
  core::Pulls pulls{loop, images, registries, workers};
  service::BuildService builds{engine, pulls, registries};
  async::TaskGroup ending{loop, "ending"};
};

BuildEngine::BuildEngine(const fs::path& root, std::string tag) : parts_(std::make_unique<Parts>(root, tag)) {
  bool done = false;
  const auto recover = [](Parts* parts) -> asio::awaitable<void> {
    co_await parts->engine.recover(parts->store.load(), true);
  };
  parts_->ending.start(recover(parts_.get()), [&](const std::exception_ptr&) { done = true; });
  parts_->run_until(done);
}

BuildEngine::~BuildEngine() {
  bool done = false;
  const auto end = [](Parts* parts) -> asio::awaitable<void> {
    co_await parts->builds.stop();
    co_await parts->pulls.stop();
    co_await parts->engine.stop();
    co_await parts->writer.drain();
    co_await parts->writer.stop();
  };
  parts_->ending.start(end(parts_.get()), [&](const std::exception_ptr&) { done = true; });
  parts_->run_until(done);
  parts_->network->remove_all();
  for (const std::string& why : cgroup::remove_tree(parts_->facts.cgroups, parts_->options.cgroup()))
    std::fprintf(stderr, "%s\n", why.c_str());
}

image::Store& BuildEngine::images() { return parts_->images; }

void BuildEngine::import_busybox(const std::string& name) {
  const fs::path folder = parts_->options.root / "busybox";
  const std::string script = "set -e; umask 022; mkdir -p '" + folder.string() + "'; cd '" + folder.string() +
                             "'; mkdir -p bin etc tmp root; chmod 1777 tmp; cp \"$(command -v busybox)\" bin/busybox;"
                             "for a in sh ls cat echo mkdir rm touch ln chmod chown true false id env sleep head seq "
                             "find test stat cp pwd grep; do "
                             "ln -sf busybox bin/$a; done;"
                             "echo 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:44:web:/srv:/bin/sh' >etc/passwd; echo "
                             "'root:x:0:\nstaff:x:50:' >etc/group;"
                             "tar --owner=0 --group=0 --numeric-owner -cf ../busybox.tar .";
  if (std::system(script.c_str()) != 0) throw Error("cannot make an image of busybox: is busybox-static installed?");
  import(parts_->options.root / "busybox.tar", name);
  fs::remove_all(folder);
}

void BuildEngine::import(const fs::path& archive, const std::string& name) {
  const UniqueFd file{::open(archive.c_str(), O_RDONLY | O_CLOEXEC)};
  images().import(file, {.reference = name, .changes = {"ENV PATH=/bin", "CMD [\"sh\"]"}}, {});
}

BuildResult BuildEngine::build(model::BuildSpec spec, UniqueFd archive) {
  BuildResult result;
  bool done = false;
  parts_->builds.build(std::move(spec), std::move(archive), {}, [&](const api::BuildEvent& event) {
    result.events.push_back(event);
    if (const auto* finished = std::get_if<api::BuildDone>(&event)) result.image_id = finished->image_id;
    if (const auto* failed = std::get_if<api::BuildFailed>(&event)) result.failure = failed->error;
    done = !result.image_id.empty() || result.failure || std::holds_alternative<api::BuildDone>(event);
  });
  parts_->run_until(done);
  return result;
}

BuildResult BuildEngine::build(
    model::BuildSpec spec, const std::function<void(const api::BuildEvent&, const std::function<void()>&)>& during) {
  BuildResult result;
  bool done = false;
  std::function<void()> cancel;
  cancel = parts_->builds.build(std::move(spec), {}, {}, [&](const api::BuildEvent& event) {
    result.events.push_back(event);
    if (const auto* finished = std::get_if<api::BuildDone>(&event)) result.image_id = finished->image_id;
    if (const auto* failed = std::get_if<api::BuildFailed>(&event)) result.failure = failed->error;
    done = std::holds_alternative<api::BuildDone>(event) || std::holds_alternative<api::BuildFailed>(event);
    during(event, cancel);
  });
  parts_->run_until(done);
  return result;
}

std::vector<api::BuildCacheEntry> BuildEngine::cache() {
  std::optional<std::vector<api::BuildCacheEntry>> result;
  bool done = false;
  parts_->builds.cache([&](auto answer) {
    if (auto* entries = std::get_if<0>(&answer)) result = std::move(*entries);
    done = true;
  });
  parts_->run_until(done);
  if (!result) throw Error("the cache could not be listed");
  return *result;
}

api::BuildPruned BuildEngine::prune(api::BuildPrune wish) {
  std::optional<api::BuildPruned> result;
  bool done = false;
  parts_->builds.prune(std::move(wish), [&](auto answer) {
    if (auto* pruned = std::get_if<0>(&answer)) result = std::move(*pruned);
    done = true;
  });
  parts_->run_until(done);
  if (!result) throw Error("the cache could not be pruned");
  return *result;
}

std::string BuildEngine::check(model::BuildSpec spec) {
  std::string result;
  bool done = false;
  parts_->builds.check(std::move(spec), {}, [&](auto answer) {
    result = answer.index() == 0 ? std::get<0>(answer) : std::get<1>(answer).message();
    done = true;
  });
  parts_->run_until(done);
  return result;
}

std::string BuildEngine::tree_of(const std::string& image_id) {
  const auto image = images().find(image_id);
  if (!image) throw Error("no such image: " + image_id);
  const fs::path scratch = images().make_incoming();
  const ScopeGuard remove{[&] { fs::remove_all(scratch); }};
  build::LayerMount mount = build::LayerMount::read_only(images().layer_folders(*image), scratch);
  const build::FileTree tree{mount.release(), build::FileTree::Owners::kept};
  std::string text;
  tree.walk("", [&](const build::FileTree::Entry& entry) {
    char mode[16];
    std::snprintf(mode, sizeof mode, "%06o", entry.about.st_mode);
    text += std::string{mode} + " " + std::to_string(entry.about.st_uid) + ":" + std::to_string(entry.about.st_gid) +
            " " + entry.path;
    if (S_ISLNK(entry.about.st_mode)) text += " -> " + entry.link;
    if (S_ISREG(entry.about.st_mode))
      text += " " + std::to_string(entry.about.st_size) + " " + image::digest_of(tree.open(entry.path)).substr(7, 12);
    text += "\n";
    return true;
  });
  return text;
}

std::string BuildEngine::leftovers() {
  // What is removed is removed on the pools; this waits for them.
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text.clear();
    for (const auto& entry : fs::directory_iterator{parts_->options.root / "images/incoming"})
      text += "folder " + entry.path().string() + "\n";
    for (const auto& entry : fs::directory_iterator{parts_->options.shims()})
      text += "socket " + entry.path().string() + "\n";
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{parts_->options.build_cache() / "fetched", ignored}) {
      if (entry.path().filename().string().starts_with("draft-")) text += "folder " + entry.path().string() + "\n";
    }
    for (const auto& entry : fs::directory_iterator{parts_->options.build_secrets(), ignored})
      text += "secret " + entry.path().string() + "\n";
    for (const std::string& folder : parts_->facts.cgroups.folders(parts_->options.cgroup())) {
      for (const auto& entry : fs::directory_iterator{folder, ignored}) {
        if (entry.is_directory(ignored)) text += "group " + entry.path().string() + "\n";
      }
    }
    std::ifstream mounts{"/proc/self/mountinfo"};
    for (std::string line; std::getline(mounts, line);) {
      if (line.find(parts_->options.root.string()) != std::string::npos) text += "mount " + line + "\n";
    }
    if (text.empty()) return text;
    parts_->loop.restart();
    parts_->loop.run_for(std::chrono::milliseconds{10});
  }
  return text;
}

}  // namespace stack::test
