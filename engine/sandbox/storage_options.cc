#include "engine/sandbox/storage_options.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/error.h"

namespace stack::sandbox {
namespace {

constexpr long kXfs = 0x58465342;

std::string file_system_name(const std::string& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return "unknown";
  switch (info.f_type) {
    case kXfs:
      return "xfs";
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case TMPFS_MAGIC:
      return "tmpfs";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlayfs";
    default:
      return "another one";
  }
}

}  // namespace

void check_storage_options(const std::map<std::string, std::string>& options, const std::string& root) {
  for (const auto& [name, value] : options) {
    if (name != "size") {
      throw Error(ErrorKind::invalid, "storage_opt \"" + name + "\" is not known")
          .about("storage_opt")
          .remedy("the only option is size");
    }
    throw Error(
        ErrorKind::unsupported,
        "the size of a container's root cannot be limited: this engine keeps no quotas yet (the file system of " +
            root + " is " + file_system_name(root) + ")")
        .about("storage_opt")
        .remedy("remove storage_opt");
  }
}

}  // namespace stack::sandbox
