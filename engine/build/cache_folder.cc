#include "engine/build/cache_folder.h"

#include <algorithm>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/model/reference.h"
#include "base/scope_guard.h"
#include "engine/image/copy_file.h"
#include "engine/image/digest.h"
#include "engine/image/manifest_json.h"

namespace stack::build {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* kRefName = "org.opencontainers.image.ref.name";
constexpr const char* kLayoutFile = R"({"imageLayoutVersion":"1.0.0"})";
constexpr mode_t kFolderMode = 0755;

// What we made belongs to who owns the folder that it is in.
void give_to_owner(const fs::path& made) {
  struct stat folder {};
  if (::stat(made.parent_path().c_str(), &folder) != 0 || ::lchown(made.c_str(), folder.st_uid, folder.st_gid) != 0)
    throw Error::from_errno(errno, "setting the owner of " + made.string());
}

void make_folders(const fs::path& path) {
  if (::mkdir(path.c_str(), kFolderMode) == 0) return give_to_owner(path);
  if (errno == EEXIST && fs::is_directory(path)) return;
  if (errno != ENOENT || !path.has_relative_path()) throw Error::from_errno(errno, "making " + path.string());
  make_folders(path.parent_path());
  if (::mkdir(path.c_str(), kFolderMode) != 0) throw Error::from_errno(errno, "making " + path.string());
  give_to_owner(path);
}

void write_file(const fs::path& path, std::string_view content) {
  replace_file(path, content, Durable::no);
  give_to_owner(path);
}

}  // namespace

CacheFolder::CacheFolder(const model::CachePlace& place, image::Store& images, async::ThreadPool& workers)
    : root_(place.folder), name_(place.name), digest_(place.digest), images_(images), workers_(workers) {
  if (!root_.is_absolute())
    throw Error(ErrorKind::invalid, "the folder of a cache \"" + place.folder + "\" is not an absolute path");
}

fs::path CacheFolder::blob_file(const std::string& digest) const {
  if (!model::is_digest(digest)) throw Error(ErrorKind::invalid, "\"" + digest.substr(0, 100) + "\" is not a digest");
  return root_ / "blobs/sha256" / digest.substr(std::string_view{"sha256:"}.size());
}

std::string CacheFolder::read(const std::string& digest, std::size_t bytes_max) const {
  auto text = read_file(blob_file(digest), bytes_max);
  if (!text) throw Error(ErrorKind::not_found, root_.string() + " has no blob " + digest);
  if (image::sha256_digest(*text) != digest)
    throw Error(ErrorKind::invalid, "the blob " + digest + " of " + root_.string() + " is damaged");
  return std::move(*text);
}

CachePlace::Document CacheFolder::find(const std::string& digest) const {
  if (!digest.empty()) return {read(digest, image::kManifestBytesMax), {}};
  if (!digest_.empty()) return {read(digest_, image::kManifestBytesMax), {}};
  const auto text = read_file(root_ / "index.json", image::kManifestBytesMax);
  if (!text) throw Error(ErrorKind::not_found, root_.string() + " has no index.json");
  const auto index = image::parse_manifest(*text, image::kOciIndex);
  for (const image::Descriptor& entry : std::get<image::Index>(index).manifests) {
    const auto named = entry.annotations.find(kRefName);
    if (named != entry.annotations.end() && named->second == name_)
      return {read(entry.digest, image::kManifestBytesMax), entry.media_type};
  }
  throw Error(ErrorKind::not_found, root_.string() + " has no cache with the name \"" + name_ + "\"");
}

void CacheFolder::make_layout() const {
  make_folders(root_ / "blobs/sha256");
  if (!fs::exists(root_ / "oci-layout")) write_file(root_ / "oci-layout", kLayoutFile);
}

void CacheFolder::write_blob(const std::string& content) const {
  make_layout();
  const fs::path file = blob_file(image::sha256_digest(content));
  if (!fs::exists(file)) write_file(file, content);
}

void CacheFolder::copy_blob(const image::Descriptor& blob) const {
  make_layout();
  const fs::path file = blob_file(blob.digest);
  if (fs::exists(file)) return;
  const UniqueFd from = images_.open_blob(blob.digest);
  // A name of its own: another build may leave the same layer here.
  std::string part = file.string() + ".XXXXXX";
  const UniqueFd to{::mkostemp(part.data(), O_CLOEXEC)};
  if (!to) throw Error::from_errno(errno, "making a file in " + file.parent_path().string());
  ScopeGuard remove_part{[&part] { ::unlink(part.c_str()); }};
  struct stat about {};
  if (::fstat(from.get(), &about) != 0) throw Error::from_errno(errno, "reading the layer " + blob.digest);
  image::copy_content(from, to, about.st_size, file.string());
  if (::fchmod(to.get(), 0644) != 0) throw Error::from_errno(errno, "setting the mode of " + part);
  give_to_owner(part);
  fs::rename(part, file);
  remove_part.dismiss();
}

// Takes the place of what had the name.
void CacheFolder::list(const std::string& media_type, const std::string& text) const {
  write_blob(text);
  image::Index index{.media_type = image::kOciIndex};
  if (const auto before = read_file(root_ / "index.json", image::kManifestBytesMax)) {
    auto parsed = image::parse_manifest(*before, image::kOciIndex);
    index = std::move(std::get<image::Index>(parsed));
  }
  std::erase_if(index.manifests, [this](const image::Descriptor& entry) {
    const auto named = entry.annotations.find(kRefName);
    return named == entry.annotations.end() || named->second == name_;
  });
  index.manifests.push_back({.media_type = media_type,
                             .digest = image::sha256_digest(text),
                             .size = text.size(),
                             .annotations = {{kRefName, name_}}});
  write_file(root_ / "index.json", image::write_index(index));
}

// --- on the pool -----------------------------------------------------------------------------------------------------------------------

asio::awaitable<CachePlace::Document> CacheFolder::manifest(std::string digest) {
  auto work = [this, digest = std::move(digest)] { return find(digest); };
  co_return co_await workers_.run(std::move(work));
}

asio::awaitable<std::string> CacheFolder::blob(image::Descriptor wanted, std::size_t bytes_max) {
  auto work = [this, digest = std::move(wanted.digest), bytes_max] { return read(digest, bytes_max); };
  co_return co_await workers_.run(std::move(work));
}

asio::awaitable<std::shared_ptr<image::Store::Staged>> CacheFolder::layer(image::Descriptor wanted) {
  auto work = [this, wanted = std::move(wanted)] {
    const fs::path file = blob_file(wanted.digest);
    // A pipe in the file's place would be waited for.
    const UniqueFd from{::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (!from) throw Error::from_errno(errno, "opening " + file.string());
    auto staged = std::make_shared<image::Store::Staged>(images_.stage(from, image::UnpackLimits{}));
    check_layer(wanted, *staged);
    return staged;
  };
  co_return co_await workers_.run(std::move(work));
}

asio::awaitable<void> CacheFolder::put_layer(image::Descriptor blob) {
  auto work = [this, blob = std::move(blob)] { copy_blob(blob); };
  co_await workers_.run(std::move(work));
}

asio::awaitable<void> CacheFolder::put_blob(std::string content) {
  auto work = [this, content = std::move(content)] { write_blob(content); };
  co_await workers_.run(std::move(work));
}

asio::awaitable<void> CacheFolder::put_manifest(std::string media_type, std::string text) {
  auto work = [this, media_type = std::move(media_type), text = std::move(text)] {
    make_layout();
    list(media_type, text);
  };
  co_await workers_.run(std::move(work));
}

}  // namespace stack::build
