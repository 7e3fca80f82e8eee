#include "cli/commands/watch_files.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/path_text.h"

namespace stack::cli {
namespace {

// What does not exist yet lies in something that may.
std::string resolve(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real{::realpath(path.c_str(), nullptr), std::free};
  if (real) return real.get();
  if (path == "/") return path;
  const std::string parent = resolve(parent_path(path));
  return parent + (parent.ends_with('/') ? "" : "/") + base_name(path);
}

std::optional<std::string> read(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

compose::WatchFiles system_watch_files() {
  return {.resolve = [](const std::string& path) { return resolve(clean_path(path)); }, .read = read};
}

}  // namespace stack::cli
