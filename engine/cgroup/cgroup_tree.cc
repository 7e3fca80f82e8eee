#include "engine/cgroup/cgroup_tree.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <dirent.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "engine/cgroup/stats.h"

namespace stack::cgroup {
namespace {

constexpr int kRemoveRounds = 200;
constexpr int kRemovePauseMs = 10;
constexpr int kDepthMax = 32;
constexpr const char* kLeafForOthers = "stack-others";

int write_file(const std::string& path, std::string_view value) noexcept {
  const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd) return errno;
  const ssize_t n = ::write(fd.get(), value.data(), value.size());
  return n == static_cast<ssize_t>(value.size()) ? 0 : (n < 0 ? errno : EIO);
}

[[noreturn]] void fail(int err, const std::string& step) { throw Error::from_errno(err, step); }

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail(errno, "making control group " + path);
}

// An engine that runs inside a container sits itself in the root of what it can see; version 2 then refuses to hand
// controllers down until that root is free of processes.
void clear_root(const std::string& root) {
  const std::string leaf = root + "/" + kLeafForOthers;
  make_folder(leaf);
  const auto text = read_file(root + "/cgroup.procs");
  if (!text) return;
  std::size_t from = 0;
  while (from < text->size()) {
    std::size_t to = text->find('\n', from);
    if (to == std::string::npos) to = text->size();
    const int err = write_file(leaf + "/cgroup.procs", std::string_view(*text).substr(from, to - from));
    if (err != 0 && err != ESRCH && err != EINVAL) fail(err, "moving a process to " + leaf);
    from = to + 1;
  }
}

void enable_controllers(const std::string& folder, bool is_root) {
  const std::string available = read_file(folder + "/cgroup.controllers").value_or("");
  for (const std::string_view controller : {"cpu", "cpuset", "io", "memory", "pids"}) {
    if ((" " + available).find(" " + std::string(controller)) == std::string::npos) continue;
    const std::string wish = "+" + std::string(controller);
    int err = write_file(folder + "/cgroup.subtree_control", wish);
    if (err == EBUSY && is_root) {
      clear_root(folder);
      err = write_file(folder + "/cgroup.subtree_control", wish);
    }
    if (err != 0) fail(err, "turning controller " + std::string(controller) + " on in " + folder);
  }
}

void copy_cpuset(const std::string& parent, const std::string& folder) {
  for (const char* name : {"/cpuset.cpus", "/cpuset.mems"}) {
    const std::string mine = read_file(folder + name).value_or("");
    if (mine.find_first_not_of(" \n") != std::string::npos) continue;
    const std::string above = read_file(parent + name).value_or("");
    if (const int err = write_file(folder + name, above)) fail(err, "setting " + folder + name);
  }
}

// Kills and removes below `path`, deepest first.
void remove_folder(const std::string& path, int depth, std::vector<std::string>& left) {
  if (DIR* dir = ::opendir(path.c_str())) {
    while (const dirent* entry = ::readdir(dir)) {
      if (entry->d_type != DT_DIR || std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) {
        continue;
      }
      if (depth < kDepthMax) remove_folder(path + "/" + entry->d_name, depth + 1, left);
    }
    ::closedir(dir);
  }
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) left.push_back(path + ": " + std::strerror(errno));
}

// Signals every process of the folder and of those below (0: only counts) and says how many there are.
std::size_t signal_folder(const std::string& path, int signal, int depth) {
  std::size_t found = 0;
  DIR* dir = ::opendir(path.c_str());
  if (!dir) return found;
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && depth < kDepthMax) {
      found += signal_folder(path + "/" + entry->d_name, signal, depth + 1);
    }
  }
  ::closedir(dir);
  const std::string text = read_file(path + "/cgroup.procs").value_or("");
  for (std::size_t from = 0; from < text.size();) {
    const pid_t pid = static_cast<pid_t>(std::atoi(text.c_str() + from));
    if (pid > 1 && ::kill(pid, signal) == 0) ++found;
    const std::size_t to = text.find('\n', from);
    if (to == std::string::npos) break;
    from = to + 1;
  }
  return found;
}

void kill_folder(const std::string& path) {
  if (write_file(path + "/cgroup.kill", "1") != 0) signal_folder(path, SIGKILL, 0);
}

// Lets go of what is frozen in the group and in those below: a frozen process of version 1 takes no signal, not even SIGKILL.
void thaw_all(const Layout& layout, std::string_view path) {
  const std::string* freezer = layout.find("freezer");
  if (freezer == nullptr) return;
  const std::filesystem::path group = *freezer + "/" + std::string(path);
  std::error_code gone;  // a group may be removed meanwhile
  write_file((group / "freezer.state").string(), "THAWED");
  for (std::filesystem::recursive_directory_iterator it{group, gone}, end; !gone && it != end; it.increment(gone)) {
    if (it->is_directory(gone)) write_file((it->path() / "freezer.state").string(), "THAWED");
  }
}

}  // namespace

void make_parent(const Layout& layout, std::string_view path) {
  const auto each_level = [&](const std::string& mount, auto&& visit) {
    std::size_t at = 0;
    while (at != std::string_view::npos) {
      at = path.find('/', at + 1);
      visit(mount + "/" + std::string(path.substr(0, at)));
    }
  };
  for (const Hierarchy& hierarchy : layout.v1) {
    std::string above = hierarchy.mount_point;
    each_level(hierarchy.mount_point, [&](const std::string& folder) {
      make_folder(folder);
      if (layout.find("cpuset") == &hierarchy.mount_point) copy_cpuset(above, folder);
      above = folder;
    });
  }
  if (layout.v2.empty()) return;
  if (layout.mode == Mode::v2) enable_controllers(layout.v2, true);
  each_level(layout.v2, [&](const std::string& folder) {
    make_folder(folder);
    if (layout.mode == Mode::v2) enable_controllers(folder, false);
  });
}

void apply(const Layout& layout, std::string_view path, const std::vector<Write>& writes) {
  // Version 1 keeps limit <= limit plus swap at every moment, so whether growing or shrinking decides the order: what
  // fails in the first round may succeed in the second.
  std::vector<const Write*> again;
  const auto target = [&](const Write& write) { return layout.folder(write.controller, path) + "/" + write.file; };
  for (const Write& write : writes) {
    if (layout.folder(write.controller, path).empty()) {
      throw Error(ErrorKind::unsupported, "this machine has no control group controller \"" + write.controller + "\"");
    }
    if (write_file(target(write), write.value) != 0) again.push_back(&write);
  }
  for (const Write* write : again) {
    if (const int err = write_file(target(*write), write->value)) fail(err, "setting " + write->file);
  }
}

void set_frozen(const Layout& layout, std::string_view path, bool frozen) {
  int err = 0;
  if (const std::string* freezer = layout.find("freezer")) {
    err = write_file(*freezer + "/" + std::string(path) + "/freezer.state", frozen ? "FROZEN" : "THAWED");
  } else if (!layout.v2.empty()) {
    err = write_file(layout.v2 + "/" + std::string(path) + "/cgroup.freeze", frozen ? "1" : "0");
  } else {
    throw Error(ErrorKind::unsupported, "this machine has no freezer control group");
  }
  // A group that is gone, because its last process has ended, has nothing to thaw.
  if (err != 0 && (frozen || err != ENOENT)) fail(err, frozen ? "pausing" : "continuing");
}

void kill_all(const Layout& layout, std::string_view path) noexcept {
  try {
    thaw_all(layout, path);
    for (const std::string& folder : layout.folders(path)) kill_folder(folder);
  } catch (const std::exception&) {
    // Killing is best effort by contract; remove_tree reports what stays.
  }
}

bool ask_to_end(const Layout& layout, std::string_view path, std::chrono::milliseconds patience) noexcept {
  try {
    // Every process is in every hierarchy: one of them is enough.
    const std::vector<std::string> folders = layout.folders(path);
    if (folders.empty()) return true;
    thaw_all(layout, path);
    signal_folder(folders.front(), SIGTERM, 0);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (signal_folder(folders.front(), 0, 0) > 0) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      ::poll(nullptr, 0, kRemovePauseMs);
    }
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::vector<std::string> remove_tree(const Layout& layout, std::string_view path) noexcept {
  std::vector<std::string> left;
  try {
    for (int round = 0; round < kRemoveRounds; ++round) {
      left.clear();
      for (const std::string& folder : layout.folders(path)) remove_folder(folder, 0, left);
      if (left.empty()) break;
      kill_all(layout, path);
      ::poll(nullptr, 0, kRemovePauseMs);
    }
  } catch (const std::exception& error) {
    left.push_back(error_of(error).message());
  }
  return left;
}

UniqueFd favour_joins(const Layout& layout, const std::string& engine_tag) noexcept {
  if (layout.mode == Mode::v2) return UniqueFd{};
  auto fs = sys::fsopen("cgroup");
  if (!fs) return UniqueFd{};
  try {
    const std::string name = "stack-" + engine_tag;
    if (!sys::fsconfig_flag(*fs, "none") || !sys::fsconfig_string(*fs, "name", name.c_str()) ||
        !sys::fsconfig_flag(*fs, "favordynmods") || !sys::fsconfig_create(*fs)) {
      return UniqueFd{};
    }
  } catch (const std::exception&) {
    return UniqueFd{};
  }
  auto mount = sys::fsmount(*fs, 0);
  return mount ? std::move(*mount) : UniqueFd{};
}

}  // namespace stack::cgroup
