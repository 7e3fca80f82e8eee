#include "engine/volume/mounts.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <netdb.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/model/volume_options.h"

namespace stack::volume {
namespace {

using model::VolumeOptions;

// The kernel wants the address of a server, files name the server.
std::string with_address(const std::string& data) {
  constexpr std::string_view kKey = "addr=";
  const std::size_t at = data.starts_with(kKey) ? 0 : data.find(",addr=");
  if (at == std::string::npos) return data;
  const std::size_t start = data.find(kKey, at) + kKey.size();
  const std::size_t end = std::min(data.find(',', start), data.size());
  const std::string host = data.substr(start, end - start);
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found);
  if (failed != 0) throw Error(ErrorKind::unavailable, "looking up the server " + host + ": " + ::gai_strerror(failed));
  char address[NI_MAXHOST] = {};
  const int unnamed =
      ::getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, nullptr, 0, NI_NUMERICHOST);
  ::freeaddrinfo(found);
  if (unnamed != 0) throw Error("looking up the server " + host + ": " + ::gai_strerror(unnamed));
  return data.substr(0, start) + address + data.substr(end);
}

void mount_with(const model::Volume& volume, const VolumeOptions& options) {
  const std::string& path = volume.mountpoint;
  const std::string data = with_address(options.data);
  const bool bind = (options.flags & MS_BIND) != 0;
  const unsigned long first = bind ? options.flags & (MS_BIND | MS_REC) : options.flags;
  int failed =
      ::mount(options.device.c_str(), path.c_str(), options.type.c_str(), first, data.c_str()) == 0 ? 0 : errno;
  if (failed == 0 && bind && (options.flags & ~static_cast<unsigned long>(MS_BIND | MS_REC)) != 0) {
    const unsigned long again = (options.flags & ~static_cast<unsigned long>(MS_REC)) | MS_REMOUNT;
    if (::mount(nullptr, path.c_str(), nullptr, again, nullptr) != 0) {
      failed = errno;
      ::umount2(path.c_str(), MNT_DETACH);
    }
  }
  if (failed == 0) return;
  std::string what = "mounting volume " + volume.spec.name + " (type " + options.type + ", device " + options.device;
  if (const auto words = volume.spec.driver_opts.find("o");
      words != volume.spec.driver_opts.end() && !words->second.empty())
    what += ", o " + words->second;
  Error error = Error::from_errno(failed, what + ")");
  if (failed == ENODEV) error.remedy("this kernel has no file system " + options.type);
  if (failed == EINVAL) error.remedy("the file system refuses these options; the kernel's log (dmesg) may say which");
  throw error;
}

}  // namespace

bool is_mounted(const std::string& path) noexcept {
  struct statx info {};
  if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_TYPE, &info) !=
      0)
    return errno != ENOENT && errno != ENOTDIR;  // a server that does not answer is a mount
  if ((info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
    return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  struct stat here {
  }, above{};
  return ::stat(path.c_str(), &here) == 0 && ::stat((path + "/..").c_str(), &above) == 0 && here.st_dev != above.st_dev;
}

bool is_mountable(const model::Volume& volume) {
  return model::read_volume_options(volume.spec.driver_opts).options.kind == VolumeOptions::Kind::mounted;
}

void mount_volume(const model::Volume& volume) {
  const auto read = model::read_volume_options(volume.spec.driver_opts);
  if (read.options.kind != VolumeOptions::Kind::mounted || is_mounted(volume.mountpoint)) return;
  mount_with(volume, read.options);
}

void unmount(const std::string& path) {
  while (is_mounted(path)) {
    if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
      throw Error::from_errno(errno, "unmounting " + path);
  }
}

std::string unmount_all(const std::string& folder) {
  std::string errors;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{folder, none}) {
    try {
      unmount(entry.path().string() + "/_data");
    } catch (const Error& error) {
      errors += "\n" + error.message();
    }
  }
  return errors;
}

}  // namespace stack::volume
