// What ADD has of other places: fetched before its key is made, copied in the order in which it is written.
#include <fcntl.h>

#include "engine/build/step_play.h"
#include "engine/image/digest.h"

namespace stack::build {

namespace asio = boost::asio;

asio::awaitable<void> StepPlay::fetch(const CopyFiles& copy, bool for_key) {
  fetched_.resize(copy.remotes.size());
  for (std::size_t i = 0; i < copy.remotes.size(); ++i) {
    const fetch::FileWish& wish = copy.remotes[i].what;
    if (fetched_[i] || (for_key && !wish.checksum.empty())) continue;
    fetched_[i] = co_await run_.request_.fetch(wish);
  }
}

ContentDigest StepPlay::read(const RemoteSource& remote, const fetch::Fetched* fetched) const {
  const std::string& name = remote.what.file_name;
  const std::string& digest = fetched != nullptr ? fetched->record().digest : remote.what.checksum;
  return {.digest = image::sha256_digest("fetched " + std::to_string(name.size()) + ":" + name + " " + digest),
          .files = {{name, digest}}};
}

void StepPlay::copy_remote(const CopyFiles& copy, const fetch::Fetched& fetched, CopyPlayer& player) {
  UniqueFd root{::open(fetched.tree().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root) throw Error::from_errno(errno, "opening " + fetched.tree().string());
  const FileTree tree{std::move(root), FileTree::Owners::ignored};
  for (const FileTree::Entry& entry : tree.list(""))
    unpack_or_copy(copy, copy.unpack_remote, tree, {entry.path, entry.path, {}, entry.about}, player);
}

void StepPlay::copy_all(const CopyFiles& copy, CopyPlayer& player) {
  std::size_t next = 0;
  const auto remotes_before = [&](std::size_t source) {
    for (; next < copy.remotes.size() && copy.remotes[next].before <= source; ++next)
      copy_remote(copy, *fetched_[next], player);
  };
  for (std::size_t i = 0; i < copy.sources.size(); ++i) {
    remotes_before(i);
    Source& source = sources_.front();
    const FileTree& tree = open(source);
    for (const CopySource& what : select_sources(tree, {copy.sources[i]}, copy.parents, source.display))
      unpack_or_copy(copy, copy.unpack, tree, what, player);
  }
  remotes_before(copy.sources.size());
}

}  // namespace stack::build
