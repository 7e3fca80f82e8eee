#include "engine/daemon/control_socket.h"

#include <algorithm>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr int kBacklog = SOMAXCONN;  // a client of a full one is refused, not asked to wait

UniqueFd listen_on(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path) {
    throw Error(ErrorKind::invalid, "the socket's path is longer than 107 bytes: " + path.string())
        .remedy("choose a shorter --run");
  }
  std::copy_n(path.c_str(), path.string().size() + 1, address.sun_path);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) throw Error::from_errno(errno, "making the socket");
  ::unlink(path.c_str());
  const mode_t before = ::umask(0117);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0) throw Error::from_errno(errno, "binding " + path.string());
  if (const group* owners = ::getgrnam("stack"); owners != nullptr && ::chown(path.c_str(), 0, owners->gr_gid) != 0) {
    throw Error::from_errno(errno, "giving " + path.string() + " to the group stack");
  }
  if (::listen(fd.get(), kBacklog) != 0) throw Error::from_errno(errno, "listening on " + path.string());
  return fd;
}

}  // namespace

ControlSocket::ControlSocket(fs::path path, UniqueFd handed) : path_(std::move(path)), listening_(std::move(handed)) {
  if (listening_) return;
  listening_ = listen_on(path_);
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) throw Error::from_errno(errno, "finding " + path_.string());
  device_ = info.st_dev;
  inode_ = info.st_ino;
}

void ControlSocket::withdraw() noexcept {
  struct stat info {};
  if (inode_ == 0 || ::stat(path_.c_str(), &info) != 0) return;
  if (info.st_dev == device_ && info.st_ino == inode_) ::unlink(path_.c_str());
  inode_ = 0;
}

}  // namespace stack::daemon
