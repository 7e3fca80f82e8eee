#include "engine/sandbox/project_quota.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace stack::sandbox {
namespace {

constexpr unsigned kProject = 2;  // PRJQUOTA, whose header does not go with that of the C library
constexpr std::uint64_t kBlock = 512;

unsigned command(unsigned what) { return what << 8 | kProject; }

UniqueFd open_folder(const char* folder) noexcept {
  return UniqueFd{::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

int ask(const char* folder, unsigned what, std::uint32_t project, void* about) noexcept {
  const UniqueFd fd = open_folder(folder);
  if (!fd) return errno;
  return ::syscall(SYS_quotactl_fd, fd.get(), command(what), project, about) == 0 ? 0 : errno;
}

}  // namespace

int project_quotas(const char* folder) noexcept {
  fs_quota_stat state{};
  const int failed = ask(folder, Q_XGETQSTAT, 0, &state);
  if (failed != 0) return failed;
  return (state.qs_flags & FS_QUOTA_PDQ_ENFD) != 0 ? 0 : ESRCH;
}

int join_project(const char* folder, std::uint32_t project) noexcept {
  const UniqueFd fd = open_folder(folder);
  if (!fd) return errno;
  fsxattr attributes{};
  if (::ioctl(fd.get(), FS_IOC_FSGETXATTR, &attributes) != 0) return errno;
  attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  attributes.fsx_projid = project;
  return ::ioctl(fd.get(), FS_IOC_FSSETXATTR, &attributes) == 0 ? 0 : errno;
}

int limit_project(const char* folder, std::uint32_t project, std::uint64_t bytes) noexcept {
  fs_disk_quota quota{};
  quota.d_version = FS_DQUOT_VERSION;
  quota.d_flags = FS_PROJ_QUOTA;
  quota.d_fieldmask = FS_DQ_BHARD | FS_DQ_BSOFT;
  quota.d_id = project;
  quota.d_blk_hardlimit = quota.d_blk_softlimit = (bytes + kBlock - 1) / kBlock;
  return ask(folder, Q_XSETQLIM, project, &quota);
}

int bound_layer(const char* upper, const char* work, std::uint32_t project, std::uint64_t bytes) noexcept {
  for (const char* folder : {upper, work}) {
    if (const int failed = join_project(folder, project); failed != 0) return failed;
  }
  return limit_project(upper, project, bytes);
}

}  // namespace stack::sandbox
