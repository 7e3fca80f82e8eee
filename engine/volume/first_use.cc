#include "engine/volume/first_use.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/scope_guard.h"
#include "engine/image/layered_tree.h"
#include "engine/volume/copy_tree.h"
#include "engine/volume/mounts.h"

namespace stack::volume {
namespace {

namespace fs = std::filesystem;

void clear(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder, ignored})
    fs::remove_all(entry.path(), ignored);
}

void copy_into(const image::LayeredTree& tree, const image::LayeredTree::Folder& from, const fs::path& data) {
  const UniqueFd destination{::open(data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!destination) throw Error::from_errno(errno, "opening " + data.string());
  copy_tree(tree, from, destination);
}

// Into what is not the engine's own.
void fill_once(const std::vector<std::string>& layers, const std::string& target, const fs::path& data) {
  if (!fs::is_empty(data)) return;
  const image::LayeredTree tree{layers};
  if (const auto source = tree.resolve(target)) copy_into(tree, *source, data);
}

}  // namespace

void populate(const std::vector<std::string>& layers, const std::string& target, const fs::path& data, bool ours) {
  if (!ours || is_mounted(data.string())) return fill_once(layers, target, data);
  // Replicas that start together must not fill it twice.
  const UniqueFd lock{::open(data.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
    throw Error::from_errno(errno, "locking " + data.parent_path().string());
  const fs::path mark = data.string() + ".filling";
  if (fs::exists(mark)) {
    clear(data);
  } else if (!fs::is_empty(data)) {
    return;
  }
  const image::LayeredTree tree{layers};
  const auto source = tree.resolve(target);
  if (!source) return;
  const UniqueFd made{::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  if (!made) throw Error::from_errno(errno, "making " + mark.string());
  ScopeGuard empty_again{[&] {
    clear(data);
    ::unlink(mark.c_str());
  }};
  copy_into(tree, *source, data);
  empty_again.dismiss();
  if (::unlink(mark.c_str()) != 0) throw Error::from_errno(errno, "removing " + mark.string());
}

}  // namespace stack::volume
