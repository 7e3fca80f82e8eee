#include "engine/build/layer_mount.h"

#include <exception>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"

namespace stack::build {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDataMax = 4000;  // mount(2) takes a page
constexpr const char* kOptions = ",redirect_dir=off,metacopy=off,index=off";

void make(const fs::path& folder, mode_t mode) {
  if (::mkdir(folder.c_str(), mode) != 0) throw Error::from_errno(errno, "making " + folder.string());
}

UniqueFd open_folder(const fs::path& path) {
  UniqueFd fd{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) throw Error::from_errno(errno, "opening the layer " + path.string());
  return fd;
}

// Layers go to the kernel as numbers of descriptors below /proc/self/fd: short, and without characters that need an escape.
class Data {
 public:
  void add(const char* prefix, const fs::path& folder) { folders_.emplace_back(prefix, folder); }
  // Opens them: in the mount namespace that they are mounted in, or the kernel refuses them.
  std::string open() {
    std::string text;
    for (const auto& [prefix, folder] : folders_) {
      fds_.push_back(open_folder(folder));
      text += prefix + std::to_string(fds_.back().get());
    }
    text += kOptions;
    if (text.size() > kDataMax) throw Error(ErrorKind::unsupported, "the image has too many layers to be built upon");
    return text;
  }

 private:
  std::vector<std::pair<std::string, fs::path>> folders_;
  std::vector<UniqueFd> fds_;
};

sys::Status mount_overlay(const char* where, unsigned long flags, const std::string& data) {
  // What a build writes is synced by the store, once.
  if ((flags & MS_RDONLY) == 0) {
    const auto quick = sys::mount("overlay", where, "overlay", flags, (data + ",volatile").c_str());
    if (quick || quick.err() != EINVAL) return quick;
  }
  return sys::mount("overlay", where, "overlay", flags, data.c_str());
}

// On a thread with a mount namespace of its own, which ends with it; the mount stays for the one who holds its root.
UniqueFd mount_detached(const fs::path& where, unsigned long flags, Data& data) {
  UniqueFd root;
  std::exception_ptr thrown;
  const auto must = [](const sys::Status& status, const char* doing) {
    if (!status) throw Error::from_errno(status.err(), doing);
  };
  const auto work = [&] {
    must(sys::unshare(CLONE_FS | CLONE_NEWNS), "making a mount namespace");
    must(sys::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making mounts private");
    if (::chdir("/proc/self/fd") != 0) throw Error::from_errno(errno, "entering /proc/self/fd");
    must(mount_overlay(where.c_str(), flags, data.open()), "mounting the layers");
    root.reset(::open(where.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw Error::from_errno(errno, "opening the mounted layers");
    must(sys::umount(where.c_str(), MNT_DETACH), "detaching the mounted layers");
  };
  std::thread{[&] {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }}.join();
  if (thrown) std::rethrow_exception(thrown);
  return root;
}

}  // namespace

LayerMount LayerMount::read_only(const std::vector<std::string>& layers, const fs::path& scratch) {
  // The kernel wants two layers to show any without a writable one.
  const fs::path lower = scratch / "lower", lowest = scratch / "lowest", root = scratch / "root";
  for (const fs::path& folder : {lower, lowest, root}) make(folder, 0755);
  Data data;
  const char* prefix = "lowerdir=";
  for (const std::string& layer : layers) {
    data.add(prefix, layer);
    prefix = ":";
  }
  data.add(prefix, lower);
  data.add(":", lowest);
  return LayerMount{mount_detached(root, MS_RDONLY, data)};
}

LayerMount LayerMount::writable(const std::vector<std::string>& layers, const fs::path& scratch) {
  const fs::path lowest = scratch / "lowest", root = scratch / "root", upper = scratch / "upper",
                 work = scratch / "work";
  for (const fs::path& folder : {lowest, root, upper, work}) make(folder, 0755);
  Data data;
  const char* prefix = "lowerdir=";
  for (const std::string& layer : layers) {
    data.add(prefix, layer);
    prefix = ":";
  }
  if (layers.empty()) data.add(prefix, lowest);
  data.add(",upperdir=", upper);
  data.add(",workdir=", work);
  return LayerMount{mount_detached(root, 0, data)};
}

}  // namespace stack::build
