#include "engine/core/engine_socket.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "base/unique_fd.h"
#include "engine/core/container_root.h"
#include "engine/image/digest.h"

namespace stack::core {
namespace {

namespace fs = std::filesystem;

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

struct stat about(BorrowedFd file) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) throw Error::from_errno(errno, "looking at a socket");
  return found;
}

// Plays in the container's mount namespace, with its root for the thread's.
void replace(const std::string& target, BorrowedFd fresh, BorrowedFd tree) {
  const UniqueFd old{::open(target.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!old) return;
  const struct stat stale = about(old);
  if (!S_ISSOCK(stale.st_mode) || same_file(stale, about(fresh)) || answers(target)) return;
  if (const auto gone = sys::umount(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW); !gone)
    throw Error::from_errno(gone.err(), "unmounting " + target);
  const UniqueFd place{::open(target.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!place) throw Error::from_errno(errno, "opening " + target);
  if (const auto moved = sys::move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
      !moved)
    throw Error::from_errno(moved.err(), "mounting " + target);
}

}  // namespace

bool answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::ranges::copy(path, address.sun_path);
  const UniqueFd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!probe) return false;
  // A full backlog (EAGAIN) is somebody as well.
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

// Other paths are not looked at: they may lie on file systems that do not answer.
bool is_api_socket(const std::string& source, const Options& options) {
  const std::string path = fs::path{source}.lexically_normal().string();
  return model::is_docker_socket(path) || path == options.socket().lexically_normal().string();
}

std::string bind_source(const model::Mount& mount, const model::ContainerSpec& spec, const Options& options) {
  const bool scoped = spec.api_scope != model::ApiScope::all && is_api_socket(mount.source, options);
  if (scoped) return scoped_socket(spec.api_scope, spec.project, options).string();
  return model::is_docker_socket(mount.source) && !answers(mount.source) ? options.socket().string() : mount.source;
}

fs::path scoped_socket(model::ApiScope scope, const std::string& project, const Options& options) {
  // A project's name may be longer than a socket's path.
  constexpr std::size_t kDigits = 16;
  const std::string digits = image::sha256_digest(project).substr(std::string_view{"sha256:"}.size(), kDigits);
  return options.scoped_sockets() / (scope == model::ApiScope::project ? "project-" + digits : "read-only");
}

void renew_engine_socket(const model::Container& container, const Options& options) {
  for (const model::Mount& mount : container.spec.mounts) {
    if (mount.kind != model::MountKind::bind || !is_api_socket(mount.source, options)) continue;
    const std::string path = bind_source(mount, container.spec, options);
    const UniqueFd fresh{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    if (!fresh) throw Error::from_errno(errno, "opening " + path);
    auto tree = sys::open_tree(fresh, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    if (!tree) throw Error::from_errno(tree.err(), "copying the mount of " + path);
    if (mount.read_only) {
      if (const auto set = sys::mount_setattr(*tree, MOUNT_ATTR_RDONLY, 0, false); !set)
        throw Error::from_errno(set.err(), "making " + mount.target + " read-only");
    }
    ContainerRoot::visit(container.state.pid, container.id, [&] { replace(mount.target, fresh, *tree); });
  }
}

}  // namespace stack::core
