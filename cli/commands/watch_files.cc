#include "cli/commands/watch_files.h"

#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/file.h"
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
  try {
    return read_file(path);
  } catch (const Error&) {
    return std::nullopt;  // as one that is not there: the build that it belongs to says what is wrong
  }
}

}  // namespace

compose::WatchFiles system_watch_files() {
  return {.resolve = [](const std::string& path) { return resolve(clean_path(path)); }, .read = read};
}

}  // namespace stack::cli
