#include "engine/image/programs.h"

#include <fcntl.h>

#include "base/sys/syscalls.h"
#include "base/unique_fd.h"

namespace stack::image {
namespace {

constexpr std::string_view kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<std::string> candidates(const std::vector<std::string>& env, std::string_view program) {
  std::vector<std::string> out;
  if (program.starts_with('/')) {
    // With a merged /usr, /bin is a link in one layer and its programs are in another.
    out.emplace_back(program);
    out.push_back("/usr" + std::string{program});
    return out;
  }
  std::string_view path = kUsualPath;
  for (const auto& entry : env) {
    if (entry.starts_with("PATH=")) path = std::string_view{entry}.substr(5);
  }
  while (!path.empty()) {
    const auto end = std::min(path.find(':'), path.size());
    const std::string folder{path.substr(0, end)};
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!folder.starts_with('/')) continue;
    out.push_back(folder + "/" + std::string{program});
    out.push_back("/usr" + out.back());
  }
  return out;
}

}  // namespace

bool has_program(const std::vector<std::string>& layer_folders, const std::vector<std::string>& env,
                 std::string_view program) {
  const auto paths = candidates(env, program);
  for (const auto& folder : layer_folders) {
    const UniqueFd root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!root) return true;
    for (const auto& path : paths) {
      // A link counts without its end, which may be in another layer.
      if (const auto found = sys::open_in_root(root, path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0); found)
        return true;
    }
  }
  return false;
}

}  // namespace stack::image
