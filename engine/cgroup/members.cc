#include "engine/cgroup/members.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/file.h"

namespace stack::cgroup {
namespace {

namespace fs = std::filesystem;

// One number a line.
void add_numbers(std::string_view text, std::vector<std::int32_t>& to) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::int32_t number = 0;
    if (std::from_chars(text.data(), text.data() + end, number).ec == std::errc{}) to.push_back(number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::vector<std::int32_t> members(const Layout& layout, std::string_view path) {
  std::vector<std::int32_t> found;
  // Every process is in every hierarchy: one of them is enough.
  const std::vector<std::string> folders = layout.folders(path);
  if (folders.empty()) return found;
  const auto read = [&](const fs::path& folder) {
    if (const auto text = read_file(folder / "cgroup.procs")) add_numbers(*text, found);
  };
  read(folders.front());
  std::error_code gone;  // a group may be removed meanwhile
  for (fs::recursive_directory_iterator it{folders.front(), gone}, end; !gone && it != end; it.increment(gone)) {
    if (it->is_directory(gone)) read(it->path());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace stack::cgroup
