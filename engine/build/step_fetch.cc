// What ADD has of other places: fetched before its key is made, copied in the order in which it is written.
#include <fcntl.h>

#include "base/hide_credentials.h"
#include "base/sys/syscalls.h"
#include "engine/build/step_play.h"
#include "engine/image/digest.h"

namespace stack::build {

namespace asio = boost::asio;

namespace {

// The part of a checkout that is meant, or the folder with a file. No link leads out of it.
UniqueFd open_tree(const fetch::Fetched& fetched, const Wish& wish) {
  UniqueFd root{::open(fetched.tree().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root) throw Error::from_errno(errno, "opening " + fetched.tree().string());
  const auto* const tree = std::get_if<fetch::TreeWish>(&wish);
  if (tree == nullptr || tree->reference.subdir.empty()) return root;
  auto part = sys::open_in_root(root, tree->reference.subdir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (part) return std::move(*part);
  throw Error(ErrorKind::not_found, hide_credentials(tree->reference.url) + " has no folder \"" +
                                        tree->reference.subdir + "\" in the commit " + fetched.record().digest);
}

// A file that a checksum names needs not be here to be known.
const std::string& known_digest(const Wish& wish) {
  static const std::string kNone;
  const auto* const file = std::get_if<fetch::FileWish>(&wish);
  return file != nullptr ? file->checksum : kNone;
}

}  // namespace

asio::awaitable<void> StepPlay::fetch(const CopyFiles& copy, bool for_key) {
  fetched_.resize(copy.remotes.size());
  for (std::size_t i = 0; i < copy.remotes.size(); ++i) {
    const Wish& wish = copy.remotes[i].what;
    if (fetched_[i] || (for_key && !known_digest(wish).empty())) continue;
    fetched_[i] = co_await run_.request_.fetch(wish);
  }
}

ContentDigest StepPlay::read(const CopyFiles& copy, const RemoteSource& remote, const fetch::Fetched* fetched) const {
  if (const auto* file = std::get_if<fetch::FileWish>(&remote.what)) {
    const std::string& name = file->file_name;
    const std::string& digest = fetched != nullptr ? fetched->record().digest : file->checksum;
    return {.digest = image::sha256_digest("fetched " + std::to_string(name.size()) + ":" + name + " " + digest),
            .files = {{name, digest}}};
  }
  const auto& tree = std::get<fetch::TreeWish>(remote.what);
  // What git keeps in .git differs from one fetch to the next, and the name of the commit is a part of it.
  if (tree.git_folder)
    return {.digest = image::sha256_digest("repository " + fetched->record().key + " " + tree.reference.subdir),
            .files = {}};
  // With and without submodules a commit is not the same.
  const std::string name = content_name({"checkout " + fetched->record().key}, {tree.reference.subdir}, copy.excludes, false);
  LayerContents& contents = run_.builder_.layer_contents_;
  if (auto known = contents.find(name)) return std::move(*known);
  const auto excludes = excludes_of(copy);
  const FileTree files{open_tree(*fetched, remote.what), FileTree::Owners::ignored};
  auto digest = digest_content(files, select_sources(files, {"."}, false, "the repository"),
                               {.excludes = excludes.get(), .check = [this] { run_.throw_if_stopped(); }});
  contents.put(name, digest);
  return digest;
}

void StepPlay::copy_remote(const CopyFiles& copy, const RemoteSource& remote, const fetch::Fetched& fetched,
                           CopyPlayer& player) {
  const FileTree tree{open_tree(fetched, remote.what), FileTree::Owners::ignored};
  if (std::holds_alternative<fetch::TreeWish>(remote.what)) {
    const auto all = tree.find("");
    return player.copy(tree, {all->path, {}, {}, all->about},
                       copy.destination + (copy.destination.ends_with('/') ? "" : "/"));
  }
  for (const FileTree::Entry& entry : tree.list(""))
    unpack_or_copy(copy, copy.unpack_remote, tree, {entry.path, entry.path, {}, entry.about}, player);
}

void StepPlay::copy_all(const CopyFiles& copy, CopyPlayer& player) {
  std::size_t next = 0;
  const auto remotes_before = [&](std::size_t source) {
    for (; next < copy.remotes.size() && copy.remotes[next].before <= source; ++next)
      copy_remote(copy, copy.remotes[next], *fetched_[next], player);
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
