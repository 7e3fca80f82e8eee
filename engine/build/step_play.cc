#include "engine/build/step_play.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/async/task_group.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/build/archive_file.h"
#include "engine/build/layer_mount.h"
#include "engine/build/path_in_root.h"

namespace stack::build {

namespace asio = boost::asio;
namespace fs = std::filesystem;

std::shared_ptr<const dockerfile::IgnoreFile> excludes_of(const CopyFiles& copy) {
  if (copy.excludes.empty()) return nullptr;
  std::string text;
  for (const std::string& pattern : copy.excludes) text += pattern + "\n";
  dockerfile::Problems problems;
  auto parsed = std::make_shared<dockerfile::IgnoreFile>(dockerfile::IgnoreFile::parse(text, problems));
  if (!problems.empty()) throw Error(ErrorKind::invalid, "--exclude: " + problems.front().message);
  return parsed;
}

StepPlay::StepPlay(BuildRun& run, NodeId id)
    : run_(run),
      ports_(run.ports_),
      id_(id),
      node_(run.plan_.nodes[id]),
      parent_(run.state_of(*node_.parent)),
      folder_(std::make_shared<WorkFolder>(ports_.images, ports_.workers)) {}

asio::awaitable<NodeState> StepPlay::play() {
  Builder& builder = run_.builder_;
  StepKey key;
  std::optional<Error> failed;
  try {
    key = co_await this->key();
  } catch (const Error& error) {
    failed = run_.placed(error, node_);
  }
  if (failed) throw Error(*failed);
  for (;;) {
    const auto known = node_.no_cache ? std::nullopt : ports_.cache.find(key.key);
    if (known) {
      run_.used_.take(key.key, known->layers);
      // Until then it could be pruned.
      if (!ports_.images.has_layer(image::chain_ids(known->layers).back())) continue;
      run_.request_.progress->ended(run_.step_of(id_), node_.name, true, Nanos{0}, {});
      co_return NodeState{state_after(key.key, known->layers), known->layers, known->created, key.key};
    }
    if (!builder.in_flight_.contains(key.key)) break;
    co_await builder.changed_.wait();
  }
  builder.in_flight_.insert(key.key);
  const ScopeGuard leave{[&builder, name = key.key] {
    builder.in_flight_.erase(name);
    builder.changed_.notify_all();
  }};
  while (builder.running_ >= ports_.steps_at_once) co_await builder.changed_.wait();
  ++builder.running_;
  const ScopeGuard done{[&builder] { --builder.running_; }};
  co_return co_await make(key);
}

asio::awaitable<NodeState> StepPlay::make(const StepKey& key) {
  Progress& progress = *run_.request_.progress;
  const int number = run_.step_of(id_);
  auto look = [this] { return ports_.cache.last_at(node_.slot); };
  const auto before = co_await ports_.workers.run(std::move(look));
  std::string cause;
  if (node_.no_cache) {
    cause = node_.instruction + ": the cache is not to be used";
  } else if (before) {
    cause = miss_reason(node_, before->parts, before->files, key);
  }
  progress.started(number, node_.name, cause);
  const Mono began = ports_.clock.mono();
  std::exception_ptr thrown;
  NodeState state;
  try {
    if (const auto* copy = std::get_if<CopyFiles>(&node_.what)) {
      co_await fetch(*copy, false);
      co_await make_copy(*copy);
    }
    if (const auto* folder = std::get_if<MakeFolder>(&node_.what)) co_await make_folder(*folder);
    if (const auto* command = std::get_if<RunCommand>(&node_.what)) co_await make_run(*command);
    state = co_await keep(key);
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool cancelled = thrown && async::is_cancellation(thrown);
  const std::string why = !thrown ? "" : cancelled ? "cancelled" : error_of(thrown).message();
  progress.ended(number, node_.name, false, ports_.clock.mono() - began, why);
  if (cancelled) std::rethrow_exception(thrown);
  if (thrown) throw run_.placed(error_of(thrown), node_);
  co_return state;
}

// --- what it reads ---------------------------------------------------------------------------------------------------------------------

const FileTree& StepPlay::open(Source& source) {
  if (source.own) return *source.own;
  if (source.context != nullptr) return source.context->tree;
  if (const auto* name = std::get_if<std::string>(&source.what.from)) {
    source.context = run_.contexts_->find(*name);
    if (source.context == nullptr) throw Error("the context \"" + *name + "\" is not open");
    source.display = source.context->display;
    return source.context->tree;
  }
  const fs::path scratch = folder_->path() / ("source-" + std::to_string(scratch_++));
  if (::mkdir(scratch.c_str(), 0700) != 0) throw Error::from_errno(errno, "making " + scratch.string());
  LayerMount mount = LayerMount::read_only(ports_.images.layer_folders(source.made->layers), scratch);
  source.own = std::make_shared<FileTree>(mount.release(), FileTree::Owners::kept);
  return *source.own;
}

ContentDigest StepPlay::read(Source& source) {
  const CopyFiles& copy = source.what;
  // What layers hold never changes.
  std::string name;
  if (source.made != nullptr) {
    name = content_name(source.made->layers, copy.sources, copy.excludes, copy.parents);
    if (auto known = run_.builder_.layer_contents_.find(name)) return std::move(*known);
  }
  const FileTree& tree = open(source);
  const auto excludes = excludes_of(copy);
  const DigestOptions options{.excludes = excludes.get(),
                              .memo = source.context != nullptr ? &source.context->memo : nullptr,
                              .clock = &ports_.clock,
                              .check = [this] { run_.throw_if_stopped(); }};
  auto digest = digest_content(tree, select_sources(tree, copy.sources, copy.parents, source.display), options);
  if (!name.empty()) run_.builder_.layer_contents_.put(name, digest);
  return digest;
}

void StepPlay::add_source(const FileSource& from, CopyFiles what, bool read, std::string display) {
  Source source{.what = std::move(what), .read = read, .display = std::move(display)};
  source.what.from = from;
  if (const auto* node = std::get_if<NodeId>(&from)) {
    source.made = run_.state_of(*node);
    source.definition = run_.definitions_.at(*node);
  }
  sources_.push_back(std::move(source));
}

void StepPlay::list_sources() {
  const auto* const copy = std::get_if<CopyFiles>(&node_.what);
  if (copy != nullptr && !copy->sources.empty())
    add_source(copy->from, *copy, true, "the stage or image that it copies from");
  const auto* const command = std::get_if<RunCommand>(&node_.what);
  if (command == nullptr) return;
  for (const Mount& mount : command->mounts) {
    if (!mount.has_source) continue;
    CopyFiles what;
    what.sources = {mount.what.source.empty() ? "." : mount.what.source};
    add_source(mount.from, std::move(what), mount.what.type == dockerfile::MountType::bind,
               "the stage or image \"" + mount.what.from + "\"");
  }
}

StepPlay::Reads StepPlay::read_all(bool contents) {
  Reads reads;
  const auto add = [&reads](ContentDigest digest) {
    reads.definitions.push_back({.digest = digest.digest, .files = {}});
    reads.contents.push_back(std::move(digest));
  };
  for (Source& source : sources_) {
    if (!source.read) continue;
    if (source.definition.empty()) {
      add(read(source));
      continue;
    }
    reads.definitions.push_back(defined_content(source.definition, source.what));
    if (contents) reads.contents.push_back(read(source));
  }
  const auto* const copy = std::get_if<CopyFiles>(&node_.what);
  for (std::size_t i = 0; copy != nullptr && i < copy->remotes.size(); ++i)
    add(read(*copy, copy->remotes[i], fetched_[i].get()));
  return reads;
}

asio::awaitable<StepKey> StepPlay::key() {
  if (const auto* copy = std::get_if<CopyFiles>(&node_.what)) co_await fetch(*copy, true);
  list_sources();
  struct Keys {
    StepKey real;
    std::string definition;
  };
  auto work = [this, before = run_.definitions_.at(*node_.parent)] {
    const Reads reads = read_all(parent_ != nullptr);
    Keys keys{.real = {}, .definition = step_key(node_, before, reads.definitions).key};
    if (parent_ != nullptr) keys.real = step_key(node_, parent_->state, reads.contents);
    return keys;
  };
  Keys keys = co_await ports_.workers.run(std::move(work));
  run_.definitions_[id_] = std::move(keys.definition);
  co_return std::move(keys.real);
}

asio::awaitable<void> StepPlay::define() {
  std::optional<Error> failed;
  try {
    static_cast<void>(co_await key());
  } catch (const Error& error) {
    failed = run_.placed(error, node_);
  }
  if (failed) throw Error(*failed);
}

// --- COPY, ADD, WORKDIR ----------------------------------------------------------------------------------------------------------------

CopyRules StepPlay::rules_of(const CopyFiles& copy, BorrowedFd root, std::string& unknown) const {
  CopyRules rules;
  if (!copy.chown.empty()) {
    rules.owner = owner_in_root(root, copy.chown);
    unknown = rules.owner->unknown;
  }
  if (!copy.chmod.empty()) {
    rules.mode = ModeChange::parse(copy.chmod);
    if (!rules.mode) {
      throw Error(ErrorKind::invalid, "--chmod: \"" + copy.chmod + "\" is not a mode")
          .remedy("write an octal mode such as 0755, or changes such as u+x,go-w");
    }
  }
  rules.check = [this] { run_.throw_if_stopped(); };
  return rules;
}

// An archive goes by way of a folder of its own, so that the rules of copying hold for what is in it.
void StepPlay::unpack_or_copy(const CopyFiles& copy, bool unpack, const FileTree& from, const CopySource& what,
                              CopyPlayer& player) {
  if (!unpack || !S_ISREG(what.about.st_mode) || !is_archive(from, what.path))
    return player.copy(from, what, copy.destination);
  const fs::path path = folder_->path() / ("archive-" + std::to_string(scratch_++));
  const FileTree tree{unpack_archive(from.open(what.path), path), FileTree::Owners::kept};
  const auto all = tree.find("");
  const std::string slash = copy.destination.ends_with('/') ? "" : "/";
  player.unpack(tree, {all->path, {}, {}, all->about}, copy.destination + slash);
}

asio::awaitable<void> StepPlay::make_copy(const CopyFiles& copy) {
  auto work = [this, &copy] {
    std::string unknown;
    const auto excludes = excludes_of(copy);
    const LayerMount mount = LayerMount::writable(ports_.images.layer_folders(parent_->layers), folder_->path());
    CopyRules rules = rules_of(copy, mount.root(), unknown);
    rules.excludes = excludes.get();
    CopyPlayer player{mount.root(), rules};
    copy_all(copy, player);
    for (const InlineFile& file : copy.inline_files) player.write(file, copy.destination);
    return unknown;
  };
  const std::string unknown = co_await ports_.workers.run(std::move(work));
  if (!unknown.empty()) {
    run_.request_.progress->warning(run_.contexts_->dockerfile_name() + ":" + std::to_string(node_.range.begin.line) +
                                    ": warning: the image knows no \"" + unknown + "\": root is the owner");
  }
}

asio::awaitable<void> StepPlay::make_folder(const MakeFolder& make) {
  auto work = [this, &make] {
    const LayerMount mount = LayerMount::writable(ports_.images.layer_folders(parent_->layers), folder_->path());
    CopyRules rules;
    if (!make.user.empty()) rules.owner = owner_in_root(mount.root(), make.user);
    CopyPlayer{mount.root(), rules}.make_folder(make.path);
  };
  co_await ports_.workers.run(std::move(work));
}

// --- the layer -------------------------------------------------------------------------------------------------------------------------

asio::awaitable<NodeState> StepPlay::keep(const StepKey& key) {
  auto stage = [this] {
    // The command of RUN has a folder of its own.
    const fs::path own = folder_->path() / "run/upper";
    return std::optional{ports_.images.stage_changes(fs::exists(own) ? own : folder_->path() / "upper")};
  };
  std::optional<image::Store::Staged> staged = co_await ports_.workers.run(std::move(stage));
  CacheRecord record{.key = key.key,
                     .definition = run_.definitions_.at(id_),
                     .slot = node_.slot,
                     .description = node_.name,
                     .layers = parent_->layers,
                     .bytes = staged->unpacked.bytes,
                     .created = ports_.clock.wall(),
                     .last_used = ports_.clock.wall(),
                     .uses = 1,
                     .parts = key.parts,
                     .files = key.files};
  record.layers.push_back(staged->diff_id);
  run_.used_.take(key.key, record.layers);
  auto place = [this, &staged] { ports_.images.place(std::move(*staged), parent_->layers); };
  co_await ports_.workers.run(std::move(place));
  NodeState state{state_after(key.key, record.layers), record.layers, record.created, key.key};
  ports_.cache.add(std::move(record));
  co_return state;
}

}  // namespace stack::build
