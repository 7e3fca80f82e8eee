#include "engine/image/archive/load.h"

#include <algorithm>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/scope_guard.h"
#include "engine/image/archive/archive_list.h"
#include "engine/image/digest.h"
#include "engine/image/entry_file.h"
#include "engine/image/manifest_json.h"
#include "engine/image/portable.h"
#include "engine/image/tar_reader.h"

namespace stack::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 20'000;
constexpr int kMemberLinksMax = 8;
constexpr std::size_t kLinkBytesMax = 4 << 20;  // of all links' targets
constexpr std::size_t kMemberPathBytesMax = 4096;
constexpr std::size_t kZerosBytes = 64 << 10;
constexpr const char* kNameAnnotation = "io.containerd.image.name";
constexpr const char* kRefAnnotation = "org.opencontainers.image.ref.name";

// "./a/../b" is "b"; nothing for what leads out.
std::optional<std::string> clean_member(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
  }
  std::string path;
  for (const std::string_view part : parts) (path += path.empty() ? "" : "/") += part;
  return path;
}

// The archive's files, set down on disk in the order in which they come.
class Spool {
 public:
  struct File {
    fs::path path;
    std::string digest;
    std::uint64_t size = 0;
  };

  Spool(Store& store, const UnpackLimits& limits) : folder_(store.make_incoming()), limits_(limits) {}
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void read(BorrowedFd archive) {
    DecompressedStream stream{archive, limits_.archive_bytes_max()};
    {
      TarReader tar{stream};
      while (archive_entry* entry = tar.next()) add(tar, entry);
    }
    stream.drain();
  }

  [[nodiscard]] const File* find(const std::string& name) const {
    auto path = clean_member(name);
    for (int count = 0; path && count < kMemberLinksMax; ++count) {
      if (const auto file = files_.find(*path); file != files_.end()) return &file->second;
      const auto link = links_.find(*path);
      if (link == links_.end()) return nullptr;
      const std::size_t slash = path->rfind('/');
      path = clean_member((slash == std::string::npos ? "" : path->substr(0, slash + 1)) + link->second);
    }
    return nullptr;
  }
  [[nodiscard]] std::string text(const std::string& name, std::size_t bytes_max) const {
    const File* file = find(name);
    if (file == nullptr) throw Error(ErrorKind::invalid, "the archive has no " + name);
    if (file->size > bytes_max) throw Error(ErrorKind::invalid, name + " in the archive is too large");
    return read_file(file->path, bytes_max).value_or("");
  }
  // A blob of an OCI layout, verified.
  [[nodiscard]] const File& blob(const std::string& digest) const {
    const File* file = find("blobs/sha256/" + digest.substr(digest.find(':') + 1));
    if (file == nullptr) throw Error(ErrorKind::invalid, "the archive has no blob " + digest);
    if (file->digest != digest)
      throw Error(ErrorKind::invalid, "the archive's blob " + digest + " has the digest " + file->digest);
    return *file;
  }
  [[nodiscard]] std::string blob_text(const Descriptor& wanted, std::size_t bytes_max) const {
    static_cast<void>(blob(wanted.digest));
    return text("blobs/sha256/" + wanted.digest.substr(wanted.digest.find(':') + 1), bytes_max);
  }

 private:
  void add(TarReader& tar, archive_entry* entry) {
    if (files_.size() + links_.size() > kFilesMax) throw Error(ErrorKind::invalid, "the archive has too many files");
    const char* raw = archive_entry_pathname(entry);
    const auto name = clean_member(raw == nullptr ? "" : raw);
    if (!name) throw Error(ErrorKind::invalid, "the archive has a path that leads out of it");
    if (archive_entry_filetype(entry) == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      return add_link(*name, target == nullptr ? "" : target);
    }
    if (const char* target = archive_entry_hardlink(entry)) return add_link(*name, target);
    if (archive_entry_filetype(entry) != AE_IFREG) return;
    File file{.path = folder_ / std::to_string(files_.size()), .digest = {}};
    const UniqueFd fd{::open(file.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (!fd) throw Error::from_errno(errno, "making " + file.path.string());
    Sha256 hash;
    const auto put = [&](std::string_view piece) {
      total_ += piece.size();
      if (total_ > limits_.bytes_max) throw Error(ErrorKind::invalid, "the archive is larger than is allowed");
      hash.add(piece);
      write_all(fd, piece);
      file.size += piece.size();
    };
    // A digest counts a hole's zeros.
    const std::string zeros(kZerosBytes, '\0');
    const auto fill = [&](std::uint64_t end) {
      while (file.size < end) put(std::string_view{zeros}.substr(0, end - file.size));
    };
    const void* bytes = nullptr;
    std::size_t size = 0;
    long offset = 0;
    while (tar.data(&bytes, &size, &offset)) {
      fill(static_cast<std::uint64_t>(offset));
      put({static_cast<const char*>(bytes), size});
    }
    fill(size_of(entry));
    file.digest = hash.digest();
    files_[*name] = std::move(file);
  }

  void add_link(const std::string& name, std::string_view target) {
    link_bytes_ += target.size();
    if (target.size() > kMemberPathBytesMax || link_bytes_ > kLinkBytesMax)
      throw Error(ErrorKind::invalid, "the archive has a link that is too long, or too many of them");
    links_[name] = target;
  }

  const fs::path folder_;
  const UnpackLimits limits_;
  std::map<std::string, File> files_;
  std::map<std::string, std::string> links_;
  std::uint64_t total_ = 0;
  std::size_t link_bytes_ = 0;
};

class Loader {
 public:
  Loader(Store& store, const Spool& spool, const Platform& wanted, const UnpackLimits& limits)
      : store_(store), spool_(spool), wanted_(wanted), limits_(limits) {}

  std::vector<Loaded> run() {
    std::vector<ArchivedImage> listed;
    if (spool_.find("manifest.json") != nullptr)
      listed = parse_archive_list(spool_.text("manifest.json", kManifestBytesMax));
    if (spool_.find("index.json") != nullptr) {
      const std::string text = spool_.text("index.json", kManifestBytesMax);
      auto parsed = parse_manifest(text, kOciIndex);
      const auto* index = std::get_if<Index>(&parsed);
      if (index == nullptr) throw Error(ErrorKind::invalid, "the archive's index.json is not an index");
      for (const Descriptor& entry : index->manifests) oci(entry, names_of(entry), listed, 0);
    } else if (!listed.empty()) {
      for (const ArchivedImage& image : listed) docker(image);
    } else {
      throw Error(ErrorKind::invalid, "the archive has neither index.json nor manifest.json: it holds no image")
          .remedy("a root file system is imported with: stack image import FILE NAME");
    }
    return std::move(loaded_);
  }

 private:
  static std::vector<model::Reference> names_of(const Descriptor& entry) {
    for (const char* annotation : {kNameAnnotation, kRefAnnotation}) {
      const auto found = entry.annotations.find(annotation);
      // A tag alone names nothing.
      if (found == entry.annotations.end() || found->second.find_first_of(":/") == std::string::npos) continue;
      return {model::parse_reference(found->second)};
    }
    return {};
  }

  void oci(const Descriptor& entry, std::vector<model::Reference> names, const std::vector<ArchivedImage>& listed,
           int depth) {
    if (depth > kIndexDepthMax) throw Error(ErrorKind::invalid, "the archive's indexes lead in circles");
    const std::string text = spool_.blob_text(entry, kManifestBytesMax);
    auto parsed = parse_manifest(text, entry.media_type);
    if (const auto* index = std::get_if<Index>(&parsed)) {
      auto chosen = choose(*index, wanted_);
      if (!chosen) {
        throw Error(ErrorKind::not_found,
                    "the archive has the image for " + offered(*index) + ", not for " + wanted_.text());
      }
      return oci(*chosen, std::move(names), listed, depth + 1);
    }
    const auto& manifest = std::get<Manifest>(parsed);
    const std::string config = spool_.blob_text(manifest.config, kConfigBytesMax);
    // Docker's list knows more names than the index where both are there.
    for (const ArchivedImage& image : listed) {
      const Spool::File* file = spool_.find(image.config);
      if (file == nullptr || file->digest != manifest.config.digest) continue;
      for (const std::string& name : image.names) names.push_back(model::parse_reference(name));
    }
    std::vector<const Spool::File*> layers;
    for (const Descriptor& layer : manifest.layers) {
      if (layer_kind(layer.media_type) == LayerKind::other) {
        throw Error(ErrorKind::unsupported,
                    "the archive holds no container image but an artifact with layers of the kind " +
                        layer.media_type.substr(0, 100));
      }
      layers.push_back(&spool_.blob(layer.digest));
    }
    keep(config, text, layers, std::move(names));
  }

  void docker(const ArchivedImage& image) {
    std::vector<model::Reference> names;
    for (const std::string& name : image.names) names.push_back(model::parse_reference(name));
    std::vector<const Spool::File*> layers;
    for (const std::string& path : image.layers) {
      const Spool::File* file = spool_.find(path);
      if (file == nullptr) throw Error(ErrorKind::invalid, "the archive has no " + path);
      layers.push_back(file);
    }
    keep(spool_.text(image.config, kConfigBytesMax), {}, layers, std::move(names));
  }

  void keep(const std::string& config, std::string manifest, const std::vector<const Spool::File*>& layers,
            std::vector<model::Reference> names) {
    const model::Image image = read_config_blob(config);
    if (image.layers.size() != layers.size() || layers.empty()) {
      throw Error(ErrorKind::invalid, "the archive has " + std::to_string(layers.size()) +
                                          " layers of an image that has " + std::to_string(image.layers.size()));
    }
    for (const std::string& diff : image.layers) {
      if (!model::is_digest(diff))
        throw Error(ErrorKind::invalid, "the configuration has a layer without a usable digest");
    }
    const std::vector<std::string> chains = chain_ids(image.layers);
    std::vector<std::string> pins = chains;
    for (const Spool::File* file : layers) pins.push_back(file->digest);
    const Store::Pin pin{store_, std::move(pins)};
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (store_.has_layer(chains[i])) continue;
      const UniqueFd fd{::open(layers[i]->path.c_str(), O_RDONLY | O_CLOEXEC)};
      if (!fd) throw Error::from_errno(errno, "opening " + layers[i]->path.string());
      Store::Staged staged = store_.stage(fd, limits_, layers[i]->path);
      if (staged.diff_id != image.layers[i]) {
        throw Error(ErrorKind::invalid,
                    "a layer of the archive unpacks to " + staged.diff_id + " instead of " + image.layers[i]);
      }
      store_.place(std::move(staged), {image.layers.begin(), image.layers.begin() + static_cast<std::ptrdiff_t>(i)});
    }
    if (manifest.empty()) manifest = write_manifest(make_manifest(store_, config, image.layers));
    std::erase_if(names, [](const model::Reference& name) { return name.tag.empty(); });
    for (model::Reference& name : names) name.digest.clear();
    const std::vector<model::Reference> given = names;
    const model::Image kept = store_.commit(
        {.config = config, .manifest = std::move(manifest), .names = std::move(names), .repo_digests = {}});
    tell(kept.id, given);
  }

  // An index lists an image once for each of its names.
  void tell(const std::string& id, const std::vector<model::Reference>& names) {
    auto found = std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& known) { return known.id == id; });
    if (found == loaded_.end()) found = loaded_.insert(found, Loaded{id, {}});
    for (const model::Reference& name : names) {
      const std::string familiar = name.familiar();
      if (std::find(found->names.begin(), found->names.end(), familiar) == found->names.end())
        found->names.push_back(familiar);
    }
  }

  Store& store_;
  const Spool& spool_;
  const Platform wanted_;
  const UnpackLimits limits_;
  std::vector<Loaded> loaded_;
};

}  // namespace

std::vector<Loaded> load_archive(Store& store, BorrowedFd archive, const Platform& wanted, const UnpackLimits& limits) {
  Spool spool{store, limits};
  spool.read(archive);
  return Loader{store, spool, wanted, limits}.run();
}

}  // namespace stack::image
