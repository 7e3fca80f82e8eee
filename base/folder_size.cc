#include "base/folder_size.h"

#include <set>
#include <utility>

#include <sys/stat.h>

namespace stack {

std::uint64_t folder_size(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::set<std::pair<dev_t, ino_t>> known;  // of files with several names
  std::error_code failed;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at{folder, kOptions, failed}, end; !failed && at != end; at.increment(failed)) {
    struct stat about {};
    if (::lstat(at->path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    if (about.st_nlink > 1 && !known.emplace(about.st_dev, about.st_ino).second) continue;
    bytes += static_cast<std::uint64_t>(about.st_size);
  }
  return bytes;
}

}  // namespace stack
