#include "engine/sandbox/seccomp_export.h"

#include <cerrno>
#include <cstring>

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::sandbox {
namespace {

constexpr std::uint32_t kX32Bit = 0x40000000;  // where the x32 numbers begin

}  // namespace

std::vector<sock_filter> not_implemented_above(std::uint32_t newest) {
  std::vector<sock_filter> out;
  out.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  out.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~kX32Bit));
#endif
  out.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest, 0, 1));
  out.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  return out;
}

std::vector<std::byte> export_filter(void* context, const std::vector<sock_filter>& front) {
  const std::string doing = "compiling the system call filter";
  const UniqueFd file{::memfd_create("seccomp", MFD_CLOEXEC)};
  if (!file) throw Error::from_errno(errno, doing);
  if (const int rc = seccomp_export_bpf(context, file.get()); rc < 0) throw Error::from_errno(-rc, doing + ": export");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) throw Error::from_errno(errno, doing);
  const std::size_t front_bytes = front.size() * sizeof(sock_filter);
  std::vector<std::byte> bytes(front_bytes + static_cast<std::size_t>(info.st_size));
  if (front_bytes > 0) std::memcpy(bytes.data(), front.data(), front_bytes);
  const ssize_t got = ::pread(file.get(), bytes.data() + front_bytes, bytes.size() - front_bytes, 0);
  if (got != info.st_size) throw Error(doing + ": short read");
  return bytes;
}

}  // namespace stack::sandbox
