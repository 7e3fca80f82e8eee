#include "engine/sandbox/storage_options.h"

#include <cstdlib>

#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/bytes.h"
#include "base/error.h"
#include "engine/sandbox/project_quota.h"

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

std::uint64_t storage_limit(const std::map<std::string, std::string>& options) {
  std::uint64_t limit = 0;
  for (const auto& [name, value] : options) {
    if (name != "size") {
      throw Error(ErrorKind::invalid, "storage_opt \"" + name + "\" is not known")
          .about("storage_opt")
          .remedy("the only option is size");
    }
    const auto bytes = parse_bytes(value);
    if (!bytes || *bytes <= 0) {
      throw Error(ErrorKind::invalid, "storage_opt: \"" + value + "\" is not a size")
          .about("storage_opt")
          .remedy("write one such as 10g");
    }
    limit = static_cast<std::uint64_t>(*bytes);
  }
  return limit;
}

std::uint32_t storage_project(const std::string& container_id) {
  constexpr std::size_t kDigits = 7;  // of hexadecimal: what every tool takes for a project
  return static_cast<std::uint32_t>(std::strtoul(container_id.substr(0, kDigits).c_str(), nullptr, 16)) | 1U << 28;
}

std::string id_of_new_project(const RandomSource& random, const std::set<std::uint32_t>& taken) {
  for (;;) {
    std::string id = new_id(random);
    if (!taken.contains(storage_project(id))) return id;
  }
}

void check_storage_options(const std::map<std::string, std::string>& options, const std::string& root) {
  if (storage_limit(options) == 0 || project_quotas(root.c_str()) == 0) return;
  throw Error(ErrorKind::unsupported,
              "the size of a container's root cannot be limited: that needs a file system with quotas of projects, as "
              "xfs with the mount "
              "option prjquota, and the file system of " +
                  root + " is " + file_system_name(root))
      .about("storage_opt")
      .remedy("remove storage_opt, or put the engine's root on such a file system");
}

}  // namespace stack::sandbox
