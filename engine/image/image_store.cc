#include "engine/image/image_store.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/image/digest.h"
#include "engine/image/manifest.h"

namespace stack::image {
namespace {

constexpr std::size_t kBallastBytes = 256 << 10;
constexpr const char* kDamagedRemedy =
    "restore it from a backup, or move it away: the engine then deletes all images and their layers, and containers "
    "start again once "
    "their images are pulled or loaded again";

namespace fs = std::filesystem;

std::string_view hex_of(std::string_view digest) { return digest.substr(digest.find(':') + 1); }

// How the table calls what a person means: one of tag and digest, the digest if there are both.
std::string key_of(model::Reference reference) {
  if (!reference.digest.empty()) reference.tag.clear();
  return reference.canonical();
}

}  // namespace

std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids) {
  std::vector<std::string> chain;
  for (const std::string& diff : diff_ids) {
    chain.push_back(chain.empty() ? diff : sha256_digest(chain.back() + " " + diff));
  }
  return chain;
}

Store::Store(fs::path root, const Clock& clock, RandomSource random)
    : root_(std::move(root)), clock_(clock), random_(std::move(random)) {
  const auto make = [&](const char* folder) {
    try {
      tree::make_folder(root_ / folder);
    } catch (const Error&) {
      if (!ballast_ || !ballast_->drop()) throw;
      tree::make_folder(root_ / folder);
    }
  };
  for (const char* folder : {"", "blobs", "blobs/sha256", "layers", "discarded", "incoming"}) make(folder);
  ballast_.emplace(root_ / "ballast", kBallastBytes);
  // One by one: a new folder in the place of all of them would need an inode.
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{root_ / "incoming", ignored})
    fs::rename(entry.path(), root_ / "discarded" / new_id(random_, 16), ignored);
  load();
}

void Store::load() {
  const fs::path table = root_ / "images.json";
  if (const auto text = read_file(table, std::size_t{256} << 20)) {
    try {
      table_ = read_store_table(*text);
    } catch (const Error& error) {
      Error named{error.kind(), table.string() + ": " + error.message()};
      throw named.remedy(error.remedy_text().empty() ? kDamagedRemedy : error.remedy_text());
    }
  }
  for (const auto& [chain, layer] : table_.layers) {
    if (::access(layer_path(chain).c_str(), F_OK) == 0) {
      layers_[chain] = layer;
    } else if (errno != ENOENT) {
      throw Error::from_errno(errno, "looking at the layer " + chain);
    } else {
      log_error("image store: the layer " + chain + " is missing");
    }
  }
  for (const auto& [id, row] : table_.images) {
    try {
      load_image(id, row);
    } catch (const Error& error) {
      log_error("image store: the image " + id + " is damaged and left out: " + error.message());
    }
  }
  name_images_locked();
  collect_garbage();
}

void Store::load_image(const std::string& id, const StoreTable::Image& row) {
  const auto text = read_blob(id, kConfigBytesMax);
  if (!text) throw Error("its configuration is missing");
  model::Image image = read_config_blob(*text);
  image.id = id;
  image.manifest = row.manifest;
  image.parent = row.parent;
  for (const std::string& chain : chain_ids(image.layers)) {
    const auto layer = layers_.find(chain);
    if (layer == layers_.end()) throw Error("the layer " + chain + " is missing");
    image.size_bytes += layer->second.bytes;
  }
  images_[id] = std::move(image);
}

// The names in images_ follow the table's.
void Store::name_images_locked() {
  for (auto& [id, image] : images_) {
    image.references.clear();
    image.repo_digests.clear();
    image.tagged = {};
  }
  for (const auto& [key, name] : table_.names) {
    const auto found = images_.find(name.id);
    if (found == images_.end()) continue;
    const model::Reference reference = model::parse_reference(key);
    (reference.digest.empty() ? found->second.references : found->second.repo_digests).push_back(reference.familiar());
    found->second.tagged = std::max(found->second.tagged, name.tagged);
  }
}

// The table as a whole; what it says counts from then on. `gone`: images that it does not have any more.
void Store::write_table(StoreTable table, const std::vector<std::string>& gone) {
  // Of the layers only those that an image needs or that are kept; their rows are all it takes to find the folders again.
  table.layers.clear();
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, row] : table.images) {
      const auto image = images_.find(id);
      if (image == images_.end()) continue;
      for (const std::string& chain : chain_ids(image->second.layers)) {
        if (const auto layer = layers_.find(chain); layer != layers_.end()) table.layers.insert(*layer);
      }
    }
    for (const std::string& chain : table.kept) {
      if (const auto layer = layers_.find(chain); layer != layers_.end()) table.layers.insert(*layer);
    }
  }
  const std::string text = write_store_table(table);
  try {
    replace_file(root_ / "images.json", text, Durable::yes, tree::kPrivateFile);
  } catch (const Error&) {
    // On a full disk a table that names less must be possible to write: it is what makes room.
    if (!ballast_ || !ballast_->drop()) throw;
    replace_file(root_ / "images.json", text, Durable::yes, tree::kPrivateFile);
  }
  const std::lock_guard lock{mutex_};
  table_ = std::move(table);
  for (const std::string& id : gone) images_.erase(id);
  name_images_locked();
}

void Store::keep(const std::set<std::string>& chains) {
  const std::lock_guard writer{writing_};
  if (table_.kept == chains) return;
  // The table must not lead to what a power cut could take.
  sync_file_system(root_);
  StoreTable table = table_;
  table.kept = chains;
  write_table(std::move(table));
}

bool Store::is_taken_locked(const std::string& id) const {
  const auto row = table_.images.find(id);
  return row != table_.images.end() && row->second.taken;
}

std::optional<model::Image> Store::find_used(std::string_view name) const {
  {
    const std::lock_guard lock{mutex_};
    if (const auto whole = images_.find(std::string{name}); whole != images_.end()) return whole->second;
  }
  return find(name);
}

std::optional<model::Image> Store::find(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  const std::string_view digits = name.starts_with("sha256:") ? name.substr(7) : name;
  const auto whole = images_.find("sha256:" + std::string{digits});
  if (whole != images_.end() && !is_taken_locked(whole->first)) return whole->second;
  const bool hex = digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!name.starts_with("sha256:") && !(hex && digits.size() == 64)) {
    const auto found = table_.names.find(key_of(model::parse_reference(name)));
    if (found != table_.names.end()) {
      const auto image = images_.find(found->second.id);
      if (image != images_.end()) return image->second;
    }
  }
  if (digits.size() < 4 || !hex) return std::nullopt;
  std::optional<model::Image> only;
  for (auto each = images_.lower_bound("sha256:" + std::string{digits});
       each != images_.end() && hex_of(each->first).starts_with(digits); ++each) {
    if (is_taken_locked(each->first)) continue;
    if (only) throw Error(ErrorKind::invalid, "more than one image id begins with " + std::string{digits});
    only = each->second;
  }
  return only;
}

std::vector<model::Image> Store::list() const {
  std::vector<model::Image> result;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, image] : images_) {
      if (!is_taken_locked(id)) result.push_back(image);
    }
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.created > b.created; });
  return result;
}

Store::Usage Store::usage() const {
  const std::lock_guard lock{mutex_};
  Usage usage;
  for (const auto& [chain, layer] : layers_) {
    usage.layer_bytes += layer.bytes;
    usage.blob_bytes += layer.blob_bytes;
  }
  return usage;
}

fs::path Store::layer_path(std::string_view chain_id) const { return root_ / "layers" / std::string{hex_of(chain_id)}; }
fs::path Store::blob_path(std::string_view digest) const {
  if (!model::is_digest(digest))
    throw Error(ErrorKind::invalid, "\"" + std::string{digest.substr(0, 100)} + "\" is not a digest");
  return root_ / "blobs/sha256" / std::string{hex_of(digest)};
}

fs::path Store::make_incoming() const {
  fs::path path = root_ / "incoming" / new_id(random_, 16);
  if (::mkdir(path.c_str(), 0700) != 0) throw Error::from_errno(errno, "making " + path.string());
  return path;
}

std::vector<std::string> Store::layer_folders(const std::vector<std::string>& diff_ids) const {
  std::vector<std::string> folders;
  for (const std::string& id : chain_ids(diff_ids)) folders.insert(folders.begin(), layer_path(id).string());
  return folders;
}

bool Store::has_layer(const std::string& chain_id) const {
  const std::lock_guard lock{mutex_};
  return layers_.contains(chain_id);
}

std::optional<StoreTable::Layer> Store::layer(const std::string& chain_id) const {
  const std::lock_guard lock{mutex_};
  const auto found = layers_.find(chain_id);
  return found == layers_.end() ? std::nullopt : std::optional{found->second};
}

bool Store::has_blob(const std::string& digest) const { return ::access(blob_path(digest).c_str(), F_OK) == 0; }

std::optional<std::string> Store::read_blob(const std::string& digest, std::size_t max_bytes) const {
  auto text = read_file(blob_path(digest), max_bytes);
  if (text && sha256_digest(*text) != digest) throw Error("the blob " + digest + " is damaged");
  return text;
}

UniqueFd Store::open_blob(const std::string& digest) const {
  UniqueFd fd{::open(blob_path(digest).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT) throw Error(ErrorKind::not_found, "the image store has no blob " + digest);
  if (!fd) throw Error::from_errno(errno, "opening the blob " + digest);
  return fd;
}

std::string Store::put_blob(std::string_view content) {
  const std::string digest = sha256_digest(content);
  // Made durable by the sync that comes before the table, like everything else.
  replace_file(blob_path(digest), content, Durable::no);
  return digest;
}

model::Image Store::tag(std::string_view name, std::string_view new_name) {
  const model::Reference reference = model::parse_reference(new_name);
  if (!reference.digest.empty()) {
    throw Error(ErrorKind::invalid, "a tag cannot have a digest: " + std::string{new_name});
  }
  const std::lock_guard writer{writing_};
  const auto image = find(name);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + std::string{name});
  StoreTable table = table_;
  table.names[reference.canonical()] = {image->id, clock_.wall()};
  write_table(std::move(table));
  const std::lock_guard lock{mutex_};
  return images_.at(image->id);
}

Store::Pin::Pin(Store& store, std::vector<std::string> ids) : store_(store), ids_(std::move(ids)) {
  const std::lock_guard lock{store_.mutex_};
  store_.pins_.insert(ids_.begin(), ids_.end());
}

Store::Pin::~Pin() {
  const std::lock_guard lock{store_.mutex_};
  for (const std::string& id : ids_) {
    const auto found = store_.pins_.find(id);
    if (found != store_.pins_.end()) store_.pins_.erase(found);
  }
}

}  // namespace stack::image
