// Who a user name means inside a container: reads the container's own passwd and group files as streams of lines, which
// an image may fill with anything. No heap; usable in a child after clone3.
//
// Docker's rules: "user", "user:group", each a name or a number, and what is written as a number is one; an unknown number
// is itself with group 0; without an explicit group the user's own group and every group that lists the user apply.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

#include "base/unique_fd.h"

namespace stack::sandbox {

inline constexpr std::size_t kGroupsMax = 1024;
inline constexpr std::size_t kHomeMax = 512;
inline constexpr std::size_t kLineMax = 8192;                   // longer lines of passwd are skipped; of group none
inline constexpr std::size_t kFileMax = std::size_t{16} << 20;  // what lies beyond is not read

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  char home[kHomeMax] = "/";
  gid_t groups[kGroupsMax];
  std::size_t group_count = 0;  // the primary group among them
};

enum class AccountError { none, no_user, no_group, too_many_groups };

struct GroupNames {
  // The i-th of `count` further groups, name or number.
  const char* (*name)(const void* context, std::size_t i) = nullptr;
  const void* context = nullptr;
  std::size_t count = 0;
};

// `passwd` and `group` may be invalid: such files are empty. `wrong` gets the name that was not found.
AccountError resolve_account(const char* user, const GroupNames& further, BorrowedFd passwd, BorrowedFd group,
                             Account& out, const char*& wrong) noexcept;

}  // namespace stack::sandbox
