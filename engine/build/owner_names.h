// Users and groups by name, as an image's /etc/passwd and /etc/group know them: "web", "web:staff", "1000", ":staff", "1:2".
#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/unique_fd.h"

namespace stack::build {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
  std::string unknown;  // a name that the image does not know, which counts as root, as with BuildKit
  bool operator==(const Owner&) const = default;
};

// A number without a group is its own group; a user by name has the group of /etc/passwd. Pure.
Owner parse_owner(std::string_view text, std::string_view passwd, std::string_view group);
// The same with the files of this root. Blocks on the disk.
Owner owner_in_root(BorrowedFd root, std::string_view text);

}  // namespace stack::build
