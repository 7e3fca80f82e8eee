#include "engine/image/store.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/scope_guard.h"
#include "engine/image/change.h"
#include "engine/image/digest.h"
#include "engine/image/image_json.h"
#include "engine/image/reference.h"

namespace stack::image {
namespace {

namespace fs = std::filesystem;

std::string_view hex_of(std::string_view digest) { return digest.substr(digest.find(':') + 1); }

std::string machine_architecture() {
  utsname name{};
  ::uname(&name);
  const std::string_view machine = name.machine;
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return std::string{machine};
}

// A layer counts when all of it is on disk: one syncfs is cheaper than an fsync per file.
void sync_folder(const fs::path& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd || ::syncfs(fd.get()) != 0) throw Error::from_errno(errno, "syncing " + path.string());
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
  std::error_code ignored;
  fs::remove_all(root_ / "incoming", ignored);
  for (const char* folder : {"blobs/sha256", "layers", "incoming"}) {
    std::error_code failed;
    fs::create_directories(root_ / folder, failed);
    if (failed) throw Error::from_errno(failed.value(), "making " + (root_ / folder).string());
  }
  load();
}

void Store::load() {
  for (const fs::directory_entry& entry : fs::directory_iterator{root_ / "blobs/sha256"}) {
    const std::string id = "sha256:" + entry.path().filename().string();
    const auto text = read_file(entry.path());
    if (!text || sha256_digest(*text) != id) {
      log_error("image store: the blob " + id + " is damaged; ignored");
      continue;
    }
    model::Image image = read_config_blob(*text);
    image.id = id;
    const auto size = read_file(root_ / "layers" / (std::string{hex_of(id)} + ".size"));
    if (size) image.size_bytes = std::strtoull(size->c_str(), nullptr, 10);
    images_[id] = std::move(image);
  }
  const auto table = read_file(root_ / "references.json");
  if (!table) return;
  for (auto& [reference, id] : read_references(*table)) {
    const auto found = images_.find(id);
    if (found == images_.end()) {
      log_error("image store: " + reference + " names the missing image " + id);
      continue;
    }
    references_[reference] = id;
    found->second.references.push_back(parse_reference(reference).familiar());
  }
}

std::optional<model::Image> Store::find(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  std::string_view digits = name.starts_with("sha256:") ? name.substr(7) : name;
  if (const auto whole = images_.find("sha256:" + std::string{digits}); whole != images_.end()) return whole->second;
  if (!name.starts_with("sha256:")) {
    const auto found = references_.find(parse_reference(name).canonical());
    if (found != references_.end()) return images_.at(found->second);
  }
  if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  const auto first = images_.lower_bound("sha256:" + std::string{digits});
  if (first == images_.end() || !hex_of(first->first).starts_with(digits)) return std::nullopt;
  const auto second = std::next(first);
  if (second != images_.end() && hex_of(second->first).starts_with(digits)) {
    throw Error(ErrorKind::invalid, "more than one image id begins with " + std::string{digits});
  }
  return first->second;
}

std::vector<model::Image> Store::list() const {
  std::vector<model::Image> result;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, image] : images_) result.push_back(image);
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.created > b.created; });
  return result;
}

fs::path Store::layer_path(std::string_view chain_id) const { return root_ / "layers" / std::string{hex_of(chain_id)}; }

std::vector<std::string> Store::layer_folders(const model::Image& image) const {
  std::vector<std::string> folders;
  for (const std::string& id : chain_ids(image.layers)) folders.insert(folders.begin(), layer_path(id).string());
  return folders;
}

model::Image Store::import(BorrowedFd archive, const ImportRequest& request, const UnpackLimits& limits) {
  model::Image image;
  for (const std::string& change : request.changes) apply_change(image.config, change);
  std::optional<Reference> reference;
  if (!request.reference.empty()) {
    reference = parse_reference(request.reference);
    if (!reference->digest.empty()) {
      throw Error(ErrorKind::invalid, "an imported image cannot be named by a digest: " + request.reference);
    }
  }

  const fs::path incoming = root_ / "incoming" / new_id(random_, 16);
  if (::mkdir(incoming.c_str(), 0755) != 0) throw Error::from_errno(errno, "making " + incoming.string());
  const ScopeGuard remove_incoming{[&] {
    std::error_code ignored;
    fs::remove_all(incoming, ignored);
  }};
  const UniqueFd folder{::open(incoming.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw Error::from_errno(errno, "opening " + incoming.string());
  const Unpacked unpacked = unpack_layer(archive, folder, limits);
  if (unpacked.entries == 0) throw Error(ErrorKind::invalid, "the archive is empty: a root file system was expected");
  sync_folder(incoming);

  image.layers = {unpacked.diff_id};
  image.created = clock_.wall();
  image.size_bytes = unpacked.bytes;
  image.architecture = request.architecture.empty() ? machine_architecture() : request.architecture;
  image.os = request.os.empty() ? "linux" : request.os;
  image.comment = request.message.empty() ? "Imported from -" : request.message;
  const std::string blob = write_config_blob(image);
  image.id = sha256_digest(blob);

  const std::lock_guard lock{mutex_};
  const fs::path layer = layer_path(unpacked.diff_id);
  if (!fs::exists(layer)) fs::rename(incoming, layer);
  replace_file(root_ / "layers" / (std::string{hex_of(image.id)} + ".size"), std::to_string(unpacked.bytes),
               Durable::no);
  replace_file(root_ / "blobs/sha256" / std::string{hex_of(image.id)}, blob, Durable::yes);
  if (reference) {
    auto table = references_;
    table[reference->canonical()] = image.id;
    replace_file(root_ / "references.json", write_references(table), Durable::yes);
    const auto previous = references_.find(reference->canonical());
    if (previous != references_.end()) std::erase(images_.at(previous->second).references, reference->familiar());
    references_ = std::move(table);
    image.references = {reference->familiar()};
  }
  images_[image.id] = image;
  return image;
}

}  // namespace stack::image
