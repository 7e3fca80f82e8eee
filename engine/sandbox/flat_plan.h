// A launch plan as the shim reads it: one block of memory, offsets instead of pointers, every text NUL-terminated.
// Written by encode (launch_plan.h). No heap, no exceptions: usable in the shim and in a child after clone3.
//
// FlatView::open checks every span of a block once, also inside arrays; after that all accessors are plain arithmetic.
// The block must be a private, writable mapping: argv and envp are relocated into pointers where they stand.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stack::sandbox {

inline constexpr std::uint32_t kPlanMagic = 0x314C5053;
inline constexpr std::uint32_t kPlanVersion = 3;
inline constexpr std::size_t kPlanBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kSlotsMax = 512;  // bind sources of one container

// `count` elements (bytes for a text, its NUL not counted) at `offset` from the block's start.
struct Span {
  std::uint32_t offset = 0, count = 0;
};

struct FlatStep {
  std::uint16_t op = 0;
  std::uint16_t stage = 0;
  std::uint32_t unused = 0;
  std::uint64_t flags = 0;
  std::int64_t number = 0;
  Span a, b, c;
};

struct FlatRlimit {
  std::int32_t resource = 0;
  std::uint32_t unused = 0;
  std::uint64_t soft = 0, hard = 0;
};

struct FlatPatch {
  std::uint32_t offset = 0;
  std::uint32_t word = 0;  // model::PatchedMessage::Word
  Span interface;
};

struct FlatMessage {
  Span bytes;    // patched in place
  Span patches;  // FlatPatch
  std::uint32_t ignore_exists = 0;
  std::uint32_t unused = 0;
};

struct FlatPlan {
  std::uint32_t magic = kPlanMagic;
  std::uint32_t version = kPlanVersion;
  std::uint32_t size = 0;
  std::uint32_t flags = 0;  // PlanFlags
  std::uint64_t clone_flags = 0;
  std::uint64_t capabilities = 0;
  std::uint64_t last_capability = 0;
  std::uint64_t log_max_bytes = 0;
  std::uint64_t log_buffer_bytes = 0;  // 0: the container waits for its log
  std::uint32_t log_max_files = 0;
  std::uint32_t log_compress = 0;
  std::int32_t join_network_pid = 0, join_pid_pid = 0, join_ipc_pid = 0;
  std::uint32_t cgroup_clone_into = 0;
  std::uint16_t terminal_rows = 0, terminal_columns = 0;  // when known
  Span prepare, root, interface_sysctls;                  // FlatStep
  Span argv, envp;  // std::uint64_t: offsets of texts, a zero behind; envp has one more free place before its zero
  Span layers, groups, cgroup_v1;                 // Span, each a text
  Span rlimits;                                   // FlatRlimit
  Span seccomp, device_filter;                    // bytes: 8-byte instructions
  Span host_route, child_route, child_netfilter;  // FlatMessage
  Span upper, work, rootfs, container_dir, socket_path, hostname, domainname, cgroup_v2, user, working_dir, apparmor;
};

class FlatView {
 public:
  FlatView() noexcept = default;
  // Invalid (false) when the block is not a whole and consistent plan.
  static FlatView open(void* block, std::size_t size) noexcept;
  explicit operator bool() const noexcept { return base_ != nullptr; }

  [[nodiscard]] const FlatPlan& head() const noexcept { return *reinterpret_cast<const FlatPlan*>(base_); }
  [[nodiscard]] const char* text(Span span) const noexcept { return base_ + span.offset; }
  template <class T>
  [[nodiscard]] T* array(Span span) const noexcept {
    return reinterpret_cast<T*>(base_ + span.offset);
  }
  // Pointers for execve; once per block. `extra_env` goes into envp's free place when it is not null.
  [[nodiscard]] char** relocate(Span table, char* extra) const noexcept;

 private:
  char* base_ = nullptr;
};

}  // namespace stack::sandbox
