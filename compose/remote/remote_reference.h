// A Compose file that is somewhere else: git and oci references in --file, include and extends. Pure.
//
//   https://HOST/PATH.git[#REF[:SUBDIR]]   ssh://[USER@]HOST/PATH   USER@HOST:PATH   github.com/OWNER/NAME
//   file:///PATH   PATH.git (a folder)     oci://REGISTRY/NAME[:TAG][@DIGEST]
//
// REF is a branch, a tag or a whole commit id; "@REF" behind ".git" is the same as "#REF". SUBDIR is a folder or a file.
// What could reach git as an option, as a transport that runs programs, or as something else than a name is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/git/git_reference.h"

namespace stack::compose {

enum class RemoteKind { git, oci };

struct RemoteReference : git::GitReference {  // of oci, the URL and the problem alone
  RemoteKind kind = RemoteKind::git;
};

// Nothing when `text` is the path of a local file, as far as its form says.
std::optional<RemoteReference> parse_remote(std::string_view text);

// A build context that is fetched instead of read: a git or http URL.
bool is_remote(std::string_view context);

}  // namespace stack::compose
