#include "engine/service/container_file_service.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>

#include "base/log.h"
#include "base/tar/tree_extract.h"
#include "base/thrown.h"
#include "engine/build/owner_names.h"
#include "engine/core/engine_socket.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "engine/image/decompressed_stream.h"
#include "engine/image/layer_changes.h"
#include "engine/sandbox/storage_options.h"
#include "engine/service/answered.h"
#include "engine/service/archive_stream.h"
#include "engine/service/container_names.h"
#include "engine/service/container_paths.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

struct Injected {
  const char *name, *target;
};
constexpr std::array kInjected{Injected{"hosts", "/etc/hosts"}, Injected{"hostname", "/etc/hostname"},
                               Injected{"resolv.conf", "/etc/resolv.conf"}};

bool is_mounted_over(const model::Container& row, const char* target) {
  return std::ranges::any_of(row.spec.mounts, [&](const model::Mount& mount) { return mount.target == target; });
}

// Everything belongs to the user that the container's configuration names.
std::optional<std::pair<uid_t, gid_t>> owner_in(BorrowedFd root, const std::string& user) {
  if (user.empty()) return std::nullopt;
  const bool only_number = user.find_first_not_of("0123456789") == std::string::npos;
  const build::Owner owner = build::owner_in_root(root, only_number ? user + ":0" : user);
  if (!owner.unknown.empty())
    throw Error(ErrorKind::invalid, "unable to find user " + owner.unknown + ": no matching entries in the container");
  return std::pair{owner.user, owner.group};
}

}  // namespace

// On the loop's thread only: what works on the pool gets no more than the root's descriptor.
struct ContainerFileService::Opened {
  core::ManagedContainer::Access access;
  std::optional<core::ContainerRoot> root;
  fs::path scratch;  // what reading a container that does not run needs; removed with this
  async::ThreadPool& workers;

  explicit Opened(async::ThreadPool& pool) : workers(pool) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    root.reset();
    if (scratch.empty()) return;
    workers.post([folder = std::move(scratch)] {
      std::error_code failed;
      fs::remove_all(folder, failed);
      if (failed) log_warning("removing " + folder.string() + ": " + failed.message());
    });
  }
};

ContainerFileService::ContainerFileService(core::Engine& engine, const image::UnpackLimits& limits)
    : engine_(engine),
      store_(engine.context().images),
      limits_(limits),
      tasks_(engine.context().loop, "files of containers") {}

async::ThreadPool& ContainerFileService::workers() {
  if (!pool_) pool_ = std::make_unique<async::ThreadPool>(kThreads);
  return *pool_;
}

asio::awaitable<void> ContainerFileService::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

model::Image ContainerFileService::image_of(const model::Container& row) const {
  auto image = store_.find_used(row.spec.image_id);
  if (!image) throw Error(ErrorKind::not_found, "the image of " + row.spec.name + " does not exist any more");
  return std::move(*image);
}

// As its start puts them together. Who only reads leaves no trace in the container: mount points are made in a scratch folder.
core::ContainerRoot::Parts ContainerFileService::parts_of(const model::Container& row, bool change) const {
  const core::Options& options = engine_.context().options;
  core::ContainerRoot::Parts parts{.layers = store_.layer_folders(image_of(row)),
                                   .folder = options.container(row.id),
                                   .binds = {},
                                   .read_only = row.spec.read_only};
  if (change) {
    parts.project = sandbox::storage_project(row.id);
    parts.storage_bytes = sandbox::storage_limit(row.spec.storage_options);
  }
  parts.layers.push_back(options.skeleton().string());
  const fs::path upper = options.writable_layer(row.id);
  if (!change && fs::exists(upper)) parts.layers.insert(parts.layers.begin(), upper.string());
  for (const Injected& file : kInjected) {
    const fs::path source = options.container(row.id) / file.name;
    if (!is_mounted_over(row, file.target)) parts.binds.push_back({source.string(), "", file.target});
  }
  for (const model::Mount& mount : row.spec.mounts) {
    if (mount.kind == model::MountKind::tmpfs) continue;
    if (mount.kind == model::MountKind::image) {
      const auto image = store_.find_used(mount.image_id);
      if (!image) throw Error(ErrorKind::not_found, "the image " + mount.source + " does not exist any more");
      parts.binds.push_back({.source = mount.source,
                             .subpath = mount.subpath,
                             .target = mount.target,
                             .read_only = true,
                             .image_layers = store_.layer_folders(*image)});
      continue;
    }
    std::string source =
        mount.kind == model::MountKind::bind ? core::bind_source(mount, row.spec, options) : mount.source;
    if (mount.kind == model::MountKind::volume) {
      const auto folder = engine_.volumes().path(mount.source);
      if (!folder) throw Error(ErrorKind::not_found, "volume " + mount.source + " does not exist");
      source = *folder;
    }
    const bool create = change && mount.kind == model::MountKind::bind && mount.create_host_path;
    parts.binds.push_back({std::move(source), mount.subpath, mount.target, mount.read_only, create});
  }
  return parts;
}

asio::awaitable<std::shared_ptr<ContainerFileService::Opened>> ContainerFileService::open(Container container,
                                                                                          bool change) {
  const auto opened = std::make_shared<Opened>(workers());
  opened->access = co_await container->access(change);
  const std::string id = container->row().id;
  if (const std::int32_t pid = opened->access.pid; pid != 0) {
    auto enter = [pid, id] { return std::optional{core::ContainerRoot::of_process(pid, id)}; };
    opened->root = co_await workers().run(std::move(enter));
    co_return opened;
  }
  core::ContainerRoot::Parts parts = parts_of(container->row(), change);
  auto assemble = [this, &opened, &parts, change] {
    if (change) {
      if (::mkdir(parts.folder.c_str(), 0700) != 0 && errno != EEXIST)
        throw Error::from_errno(errno, "making " + parts.folder.string());
    } else {
      parts.folder = opened->scratch = store_.make_incoming();
    }
    return std::optional{core::ContainerRoot::of_parts(parts)};
  };
  opened->root = co_await workers().run(std::move(assemble));
  co_return opened;
}

// --- stat and read ---------------------------------------------------------------------------------------------------

void ContainerFileService::stat(const std::string& container, const std::string& path,
                                api::Answer<api::PathStat> answer) {
  tasks_.start(look(container_named(engine_, container), container, path), answered(std::move(answer)));
}

asio::awaitable<api::PathStat> ContainerFileService::look(Container container, std::string name, std::string path) {
  const auto opened = co_await open(container, false);
  auto work = [root = opened->root->root(), name, path] { return look_at(root, container_path(path), name); };
  co_return co_await workers().run(std::move(work));
}

void ContainerFileService::read(const std::string& container, const std::string& path,
                                std::function<std::shared_ptr<api::ByteStream>(const api::PathStat&)> open,
                                std::function<void(const Error&)> fail) {
  const auto begun = std::make_shared<bool>(false);
  auto start = [begun, open = std::move(open)](const api::PathStat& stat) {
    *begun = true;
    return open(stat);
  };
  tasks_.start(send(container_named(engine_, container), container, path, std::move(start)),
               [begun, fail = std::move(fail)](const std::exception_ptr& thrown) {
                 if (!thrown) return;
                 if (!*begun) return fail(failure_of(thrown));
                 if (!async::is_cancellation(thrown))
                   log_error("reading files of a container: " + error_of(thrown).message());
               });
}

asio::awaitable<void> ContainerFileService::send(
    Container container, std::string name, std::string path,
    std::function<std::shared_ptr<api::ByteStream>(const api::PathStat&)> start) {
  const auto opened = co_await open(container, false);
  const BorrowedFd root = opened->root->root();
  auto look = [root, name, path] { return look_at(root, container_path(path), name); };
  const api::PathStat stat = co_await workers().run(std::move(look));
  container->announce("archive-path");
  const auto out = start(stat);
  auto pack = [root, name, path](BorrowedFd to) { pack_path(root, container_path(path), name, to); };
  co_await stream_archive(engine_.context().loop, workers(), std::move(pack), out);
}

// --- write -----------------------------------------------------------------------------------------------------------

void ContainerFileService::write(api::ArchiveUpload upload, api::Answer<std::monostate> answer) {
  Container container = container_named(engine_, upload.container);
  tasks_.start(unpack(std::move(container), std::make_shared<api::ArchiveUpload>(std::move(upload))),
               answered(std::move(answer)));
}

asio::awaitable<std::monostate> ContainerFileService::unpack(Container container,
                                                             std::shared_ptr<api::ArchiveUpload> upload) {
  std::string user;
  if (upload->users_owner) {
    user = container->row().spec.user;
    if (user.empty()) user = image_of(container->row()).config.user;
  }
  const auto opened = co_await open(container, true);
  auto work = [root = opened->root->root(), upload, user] {
    const UniqueFd archive = std::move(upload->archive);  // closed when done: the sender notices
    const UniqueFd folder = open_destination(root, container_path(upload->path), upload->container);
    image::DecompressedStream plain{archive};
    const bool direct = plain.compression() == image::Compression::none;
    tar::Stream stream{[&plain] { return plain.next(); }, direct ? BorrowedFd{archive} : BorrowedFd{-1}};
    tar::extract(stream, folder,
                 {.owner = owner_in(root, user), .keep_kind = upload->keep_kind, .place = upload->path, .rename = {}});
    return std::monostate{};
  };
  co_await workers().run(std::move(work));
  container->announce("extract-to-dir");
  co_return std::monostate{};
}

// --- remove ----------------------------------------------------------------------------------------------------------

void ContainerFileService::remove(const std::string& container, std::vector<std::string> paths,
                                  api::Answer<std::monostate> answer) {
  tasks_.start(remove_all(container_named(engine_, container), container, std::move(paths)),
               answered(std::move(answer)));
}

asio::awaitable<std::monostate> ContainerFileService::remove_all(Container container, std::string name,
                                                                 std::vector<std::string> paths) {
  const auto opened = co_await open(container, true);
  auto work = [root = opened->root->root(), name, paths = std::move(paths)] {
    std::optional<Error> first;
    for (const std::string& path : paths) {
      try {
        remove_path(root, container_path(path), name);
      } catch (const Error& error) {
        if (!first) first = error;
      }
    }
    if (first) throw *first;
    return std::monostate{};
  };
  co_return co_await workers().run(std::move(work));
}

// --- changes ---------------------------------------------------------------------------------------------------------

void ContainerFileService::changes(const std::string& container, api::Answer<std::vector<api::FileChange>> answer) {
  tasks_.start(compare(container_named(engine_, container)), answered(std::move(answer)));
}

asio::awaitable<std::vector<api::FileChange>> ContainerFileService::compare(Container container) {
  const core::Options& options = engine_.context().options;
  const model::Image image = image_of(container->row());
  std::vector<std::string> lower = store_.layer_folders(image);
  lower.push_back(options.skeleton().string());
  const image::Store::Pin pin{store_, image::chain_ids(image.layers)};
  auto work = [lower = std::move(lower), upper = options.writable_layer(container->row().id)] {
    std::vector<api::FileChange> changes;
    const UniqueFd folder{::open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder && errno == ENOENT) return changes;  // it has never run
    if (!folder) throw Error::from_errno(errno, "opening " + upper.string());
    for (image::LayerChange& change : image::changes_of(folder, lower))
      changes.push_back({.path = std::move(change.path), .kind = static_cast<int>(change.kind)});
    return changes;
  };
  co_return co_await workers().run(std::move(work));
}

}  // namespace stack::service
