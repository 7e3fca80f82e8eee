#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/scope_guard.h"
#include "engine/image/change.h"
#include "engine/image/digest.h"
#include "engine/image/image_store.h"
#include "engine/image/layer_capture.h"
#include "engine/image/layer_stream.h"
#include "engine/image/manifest.h"
#include "engine/image/manifest_json.h"
#include "engine/image/settle.h"

namespace stack::image {
namespace {

namespace fs = std::filesystem;

UniqueFd open_folder(const fs::path& path) {
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) throw Error::from_errno(errno, "opening " + path.string());
  return fd;
}

std::string layer_type(Compression compression) {
  if (compression == Compression::gzip) return std::string{kOciLayer} + "+gzip";
  if (compression == Compression::zstd) return std::string{kOciLayer} + "+zstd";
  return kOciLayer;
}

}  // namespace

Store::Staged::Staged(Staged&& other) noexcept = default;

Store::Staged::~Staged() {
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Store::Staged Store::stage(BorrowedFd source, const UnpackLimits& limits, const fs::path& file) {
  Staged staged{make_incoming()};
  const fs::path layer = staged.folder_ / "layer", blob = staged.folder_ / "blob";
  if (::mkdir(layer.c_str(), 0755) != 0) throw Error::from_errno(errno, "making " + layer.string());
  const bool adopt = !file.empty() && ::link(file.c_str(), blob.c_str()) == 0;
  UniqueFd keep;
  if (!adopt) {
    keep.reset(::open(blob.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!keep) throw Error::from_errno(errno, "making " + blob.string());
  }
  LayerStream stream{source, keep, limits.archive_bytes_max()};
  staged.compression = stream.bytes().compression();
  // What is kept otherwise than it came has to be written after all.
  if (adopt && (staged.compression == Compression::xz || staged.compression == Compression::bzip2)) {
    throw Error(ErrorKind::unsupported, "a layer of an image is compressed in a way that layers are not");
  }
  staged.unpacked = unpack_layer(stream.bytes(), open_folder(layer), limits);
  staged.diff_id = stream.diff_id();
  staged.source_digest = stream.source_digest();
  staged.blob_digest = stream.blob_digest();
  staged.source_bytes = stream.bytes().source_bytes();
  staged.blob_bytes = stream.blob_bytes();
  return staged;
}

Store::Staged Store::stage_changes(const fs::path& upper) {
  Staged staged{make_incoming()};
  const fs::path layer = staged.folder_ / "layer", blob = staged.folder_ / "blob";
  if (::rename(upper.c_str(), layer.c_str()) != 0) throw Error::from_errno(errno, "moving " + upper.string());
  const UniqueFd folder = open_folder(layer);
  const UniqueFd keep{::open(blob.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
  if (!keep) throw Error::from_errno(errno, "making " + blob.string());
  const Captured captured = capture_layer(folder, keep);
  forget_overlay_marks(folder);
  staged.unpacked.bytes = captured.bytes;
  staged.unpacked.entries = captured.entries;
  staged.blob_bytes = staged.source_bytes = static_cast<std::uint64_t>(::lseek(keep.get(), 0, SEEK_CUR));
  if (::lseek(keep.get(), 0, SEEK_SET) != 0) throw Error::from_errno(errno, "reading " + blob.string());
  staged.diff_id = staged.source_digest = staged.blob_digest = digest_of(keep);
  return staged;
}

void Store::place(Staged staged, const std::vector<std::string>& below) {
  std::vector<std::string> diffs = below;
  diffs.push_back(staged.diff_id);
  const std::vector<std::string> chain = chain_ids(diffs);
  std::vector<std::string> lower;
  for (auto id = chain.rbegin() + 1; id != chain.rend(); ++id) lower.push_back(layer_path(*id).string());
  settle_layer(staged.unpacked, open_folder(staged.folder_ / "layer"), lower);
  const std::lock_guard writer{writing_};
  if (has_layer(chain.back())) return;
  std::error_code failed;
  fs::rename(staged.folder_ / "blob", blob_path(staged.blob_digest), failed);
  if (!failed) fs::rename(staged.folder_ / "layer", layer_path(chain.back()), failed);
  if (failed) throw Error::from_errno(failed.value(), "giving the layer " + chain.back() + " its place");
  const std::lock_guard lock{mutex_};
  layers_[chain.back()] = {staged.blob_digest, staged.blob_bytes, staged.unpacked.bytes};
}

model::Image Store::commit(const NewImage& made) {
  model::Image image = read_config_blob(made.config);
  image.id = sha256_digest(made.config);
  image.manifest = sha256_digest(made.manifest);
  image.parent = made.parent;
  const std::vector<std::string> chains = chain_ids(image.layers);
  std::vector<std::string> pinned = chains;
  pinned.insert(pinned.end(), {image.id, image.manifest});
  const Pin pin{*this, std::move(pinned)};
  for (const std::string& chain : chains) {
    const auto row = layer(chain);
    if (!row) throw Error("the layer " + chain + " of the image " + image.id + " is missing");
    image.size_bytes += row->bytes;
  }
  const std::lock_guard writer{writing_};
  put_blob(made.config);
  put_blob(made.manifest);
  sync_file_system(root_);
  bool fresh = false;
  {
    const std::lock_guard lock{mutex_};
    fresh = images_.try_emplace(image.id, image).second;
  }
  StoreTable table = table_;
  table.images.try_emplace(image.id, StoreTable::Image{image.manifest, false, made.parent}).first->second.taken = false;
  for (const auto* references : {&made.names, &made.repo_digests}) {
    for (const model::Reference& reference : *references)
      table.names[reference.canonical()] = {image.id, clock_.wall()};
  }
  try {
    write_table(std::move(table));
  } catch (...) {
    const std::lock_guard lock{mutex_};
    if (fresh) images_.erase(image.id);
    throw;
  }
  const std::lock_guard lock{mutex_};
  return images_.at(image.id);
}

model::Image Store::import(BorrowedFd archive, const ImportRequest& request, const UnpackLimits& limits) {
  model::Image image;
  ConfigChanges changes{image.config};
  for (const std::string& change : request.changes) changes.apply(change);
  NewImage made;
  if (!request.reference.empty()) {
    made.names.push_back(model::parse_reference(request.reference));
    if (!made.names.front().digest.empty()) {
      throw Error(ErrorKind::invalid, "an imported image cannot be named by a digest: " + request.reference);
    }
  }
  Staged staged = stage(archive, limits);
  // Of an archive without files an image is made, as Docker makes it; nothing at all is the end of a sender that failed.
  if (staged.blob_bytes == 0)
    throw Error(ErrorKind::invalid, "nothing was sent: the archive of a root file system was expected");
  const Platform platform = request.platform.value_or(host_platform());
  image.layers = {staged.diff_id};
  image.created = clock_.wall();
  image.os = platform.os;
  image.architecture = platform.architecture;
  image.variant = platform.variant;
  image.comment = request.message.empty() ? "Imported from -" : request.message;
  made.config = write_config_blob(image);
  const Pin pin{*this, {staged.blob_digest, staged.diff_id}};
  Manifest manifest{
      .media_type = kOciManifest,
      .config = {.media_type = kOciConfig, .digest = sha256_digest(made.config), .size = made.config.size()}};
  manifest.layers.push_back(
      {.media_type = layer_type(staged.compression), .digest = staged.blob_digest, .size = staged.blob_bytes});
  made.manifest = write_manifest(manifest);
  place(std::move(staged), {});
  return commit(made);
}

}  // namespace stack::image
