#include "engine/core/container_root.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "engine/sandbox/child_files.h"
#include "engine/sandbox/project_quota.h"

namespace stack::core {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDataMax = 4000;  // mount(2) takes a page
constexpr unsigned kCloneTree = OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE;

void must(const sys::Status& status, const std::string& doing) {
  if (!status) throw Error::from_errno(status.err(), doing);
}

UniqueFd opened(const std::string& path, int flags) {
  UniqueFd fd{::open(path.c_str(), flags | O_CLOEXEC)};
  if (!fd) throw Error::from_errno(errno, "opening " + path);
  return fd;
}

// On a thread whose mount namespace, root and working folder are no other's.
void on_own_thread(const std::function<void()>& work) {
  std::exception_ptr thrown;
  std::thread{[&] {
    try {
      must(sys::unshare(CLONE_FS), "leaving the engine's root");
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }}.join();
  if (thrown) std::rethrow_exception(thrown);
}

void make_folder(const fs::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) throw Error::from_errno(errno, "making " + path.string());
}

// Puts the parts together; played on a thread in a new mount namespace.
class Assembly {
 public:
  explicit Assembly(const ContainerRoot::Parts& parts) : parts_(parts) {}

  void play() {
    must(sys::unshare(CLONE_NEWNS), "making a mount namespace");
    must(sys::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making mounts private");
    std::vector<std::optional<UniqueFd>> sources;
    for (const ContainerRoot::Bind& bind : parts_.binds)
      sources.push_back(bind.image_layers.size() > 1 ? image_of(bind) : source_of(bind));
    mount_layers();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (sources[i]) order.push_back(i);
    }
    const auto depth = [&](std::size_t i) { return std::ranges::count(parts_.binds[i].target, '/'); };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return depth(a) < depth(b); });
    for (const std::size_t i : order) attach(parts_.binds[i], *sources[i]);
    if (parts_.read_only) must(sys::mount_setattr(root_, MOUNT_ATTR_RDONLY, 0, false), "making the root read-only");
    forget_host();
  }

  UniqueFd root_, mounts_;

 private:
  // A copy of the mount; nothing when there is nothing to mount.
  static std::optional<UniqueFd> source_of(const ContainerRoot::Bind& bind) {
    const std::string& source = bind.image_layers.empty() ? bind.source : bind.image_layers.front();
    UniqueFd from{::open(source.c_str(), O_PATH | O_CLOEXEC)};
    if (!from && errno == ENOENT) {
      if (!bind.create) return std::nullopt;
      if (const int failed = sandbox::make_host_folders(bind.source.c_str()); failed != 0)
        throw Error::from_errno(failed, "making " + bind.source);
      from.reset(::open(bind.source.c_str(), O_PATH | O_CLOEXEC));
    }
    if (!from) throw Error::from_errno(errno, "opening " + source);
    return copy_of(std::move(from), bind);
  }

  static UniqueFd copy_of(UniqueFd from, const ContainerRoot::Bind& bind) {
    if (!bind.subpath.empty()) {
      auto inner = sys::open_in_root(from, bind.subpath.c_str(), O_PATH, 0);
      if (!inner) throw Error::from_errno(inner.err(), "opening " + bind.subpath + " of " + bind.source);
      from = std::move(*inner);
    }
    auto tree = sys::open_tree(from, "", kCloneTree);
    if (!tree) throw Error::from_errno(tree.err(), "copying the mount " + bind.source);
    return std::move(*tree);
  }

  // Mounted where the root will be, and taken from there.
  UniqueFd image_of(const ContainerRoot::Bind& bind) const {
    const std::string where = (parts_.folder / "rootfs").string();
    mount_overlay(bind.image_layers, {}, where);
    UniqueFd tree = copy_of(opened(where, O_PATH | O_DIRECTORY), bind);
    must(sys::umount(where.c_str(), MNT_DETACH), "unmounting the layers of an image");
    return tree;
  }

  // Layers go to the kernel as numbers of descriptors below /proc/self/fd: short, and without characters that need an escape.
  static void mount_overlay(const std::vector<std::string>& layers, const fs::path& folder, const std::string& where) {
    std::vector<UniqueFd> held;
    std::string data;
    const auto add = [&](const char* prefix, const std::string& path) {
      held.push_back(opened(path, O_PATH | O_DIRECTORY));
      data += prefix + std::to_string(held.back().get());
    };
    for (const std::string& layer : layers) add(data.empty() ? "lowerdir=" : ":", layer);
    if (!folder.empty()) add(",upperdir=", (folder / "upper").string());
    if (!folder.empty()) add(",workdir=", (folder / "work").string());
    if (data.size() > kDataMax) throw Error(ErrorKind::unsupported, "the image has too many layers");
    if (::chdir("/proc/self/fd") != 0) throw Error::from_errno(errno, "entering /proc/self/fd");
    const unsigned long flags = folder.empty() ? MS_RDONLY : 0;
    must(sys::mount("overlay", where.c_str(), "overlay", flags, data.c_str()), "mounting layers");
  }

  void mount_layers() {
    const std::string where = (parts_.folder / "rootfs").string();
    mount_overlay(parts_.layers, parts_.folder, where);
    root_ = opened(where, O_PATH | O_DIRECTORY);
  }

  void attach(const ContainerRoot::Bind& bind, BorrowedFd source) const {
    struct stat about {};
    if (::fstat(source.get(), &about) != 0) throw Error::from_errno(errno, "opening " + bind.source);
    const auto place = sandbox::make_target(root_, bind.target.c_str(), S_ISDIR(about.st_mode), false);
    if (!place) throw Error::from_errno(place.err(), "making the mount point " + bind.target);
    if (bind.read_only)
      must(sys::mount_setattr(source, MOUNT_ATTR_RDONLY, 0, true), "making " + bind.target + " read-only");
    must(sys::move_mount(source, "", *place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
         "mounting " + bind.target);
  }

  // The host's mounts go from the namespace, so that it keeps none of them busy. What is pivoted has to be the namespace's own root,
  // which is not the engine's when that runs below a chroot; entering the namespace that one is in makes its root one's own.
  void forget_host() {
    mounts_ = opened("/proc/thread-self/ns/mnt", O_RDONLY);
    must(sys::setns(mounts_, CLONE_NEWNS), "entering the container's mounts");
    if (::fchdir(root_.get()) != 0) throw Error::from_errno(errno, "entering the container's root");
    must(sys::pivot_root(".", "."), "changing the root");
    must(sys::umount(".", MNT_DETACH), "leaving the host's root");
  }

  const ContainerRoot::Parts& parts_;
};

// The mount namespace of a process that belongs to the container.
UniqueFd mounts_of(std::int32_t pid, const std::string& id) {
  const Error gone{ErrorKind::conflict, "the container has just ended: try again"};
  // The folder keeps to one process: when that has ended, nothing can be opened below it, whoever has its number.
  const UniqueFd process{::open(("/proc/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!process) throw Error(gone);
  const UniqueFd groups{::openat(process.get(), "cgroup", O_RDONLY | O_CLOEXEC)};
  std::string text(16 << 10, '\0');
  const ssize_t size = groups ? ::read(groups.get(), text.data(), text.size()) : -1;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (text.find(id) == std::string::npos) throw Error(gone);
  UniqueFd mounts{::openat(process.get(), "ns/mnt", O_RDONLY | O_CLOEXEC)};
  if (!mounts) throw Error(gone);
  return mounts;
}

}  // namespace

ContainerRoot ContainerRoot::of_process(std::int32_t pid, const std::string& id) {
  UniqueFd mounts = mounts_of(pid, id);
  UniqueFd root;
  on_own_thread([&] {
    must(sys::setns(mounts, CLONE_NEWNS), "entering the container's mounts");
    root = opened("/", O_PATH | O_DIRECTORY);
  });
  return {std::move(root), std::move(mounts)};
}

void ContainerRoot::visit(std::int32_t pid, const std::string& id, const std::function<void()>& work) {
  const UniqueFd mounts = mounts_of(pid, id);
  on_own_thread([&] {
    must(sys::setns(mounts, CLONE_NEWNS), "entering the container's mounts");
    work();
  });
}

ContainerRoot ContainerRoot::of_parts(const Parts& parts) {
  make_folder(parts.folder / "upper", 0755);
  for (const char* name : {"work", "rootfs"}) make_folder(parts.folder / name, 0700);
  if (parts.storage_bytes > 0) {
    const int failed = sandbox::bound_layer((parts.folder / "upper").c_str(), (parts.folder / "work").c_str(),
                                            parts.project, parts.storage_bytes);
    if (failed != 0) throw Error::from_errno(failed, "bounding the container's root");
  }
  Assembly assembly{parts};
  on_own_thread([&] { assembly.play(); });
  return {std::move(assembly.root_), std::move(assembly.mounts_)};
}

}  // namespace stack::core
