#include "engine/image/archive/save.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/error.h"
#include "base/tar/archive_writer.h"
#include "engine/image/archive/archive_list.h"
#include "engine/image/manifest_json.h"
#include "engine/image/portable.h"

namespace stack::image {
namespace {

std::string path_of(const std::string& digest) { return "blobs/sha256/" + digest.substr(digest.find(':') + 1); }

// Everything belongs to the super-user, and is of no time.
void add_folder(tar::ArchiveWriter& archive, const std::string& path) {
  archive.begin({.path = path + "/", .kind = tar::Kind::folder, .mode = 0755});
}

void add_file(tar::ArchiveWriter& archive, const std::string& path, std::string_view content) {
  archive.begin({.path = path, .size = content.size()});
  archive.content(content);
}

void add_file(tar::ArchiveWriter& archive, const std::string& path, BorrowedFd from) {
  struct stat about {};
  if (::fstat(from.get(), &about) != 0) throw Error::from_errno(errno, "reading " + path);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  archive.begin({.path = path, .size = size});
  if (!archive.content(from, size, path)) throw Error("reading " + path + ": it became shorter");
}

bool names_repository(const std::string& text) {
  const std::string tail = text.substr(text.rfind('/') + 1);
  return tail.find_first_of(":@") == std::string::npos;
}

}  // namespace

std::vector<Saved> select_images(const Store& store, const std::vector<std::string>& names) {
  std::vector<Saved> result;
  const auto add = [&](const model::Image& image, std::optional<model::Reference> name) {
    auto found = std::find_if(result.begin(), result.end(), [&](const Saved& s) { return s.image.id == image.id; });
    if (found == result.end()) found = result.insert(result.end(), Saved{image, {}});
    if (name && std::find(found->names.begin(), found->names.end(), *name) == found->names.end()) {
      found->names.push_back(std::move(*name));
    }
  };
  for (const std::string& name : names) {
    bool any = false;
    if (names_repository(name) && !name.starts_with("sha256:")) {
      const std::string repository = model::parse_reference(name).name();
      for (const model::Image& image : store.list()) {
        for (const std::string& known : image.references) {
          const model::Reference reference = model::parse_reference(known);
          if (reference.name() != repository) continue;
          add(image, reference);
          any = true;
        }
      }
    }
    if (any) continue;
    const auto image = store.find(name);
    if (!image) throw Error(ErrorKind::not_found, "No such image: " + name);
    std::optional<model::Reference> as;
    const bool by_id = image->id.find(name) != std::string::npos;
    if (!by_id) {
      model::Reference reference = model::parse_reference(name);
      if (reference.digest.empty()) as = std::move(reference);
    }
    add(*image, std::move(as));
  }
  return result;
}

void save_archive(const Store& store, const std::vector<Saved>& images, BorrowedFd to) {
  tar::ArchiveWriter archive{to};
  std::set<std::string> written;
  Index index{.media_type = kOciIndex};
  std::vector<ArchivedImage> list;
  add_folder(archive, "blobs");
  add_folder(archive, "blobs/sha256");
  for (const Saved& saved : images) {
    const Portable image = portable(store, saved.image);
    for (const Descriptor& layer : image.manifest.layers) {
      if (written.insert(layer.digest).second) add_file(archive, path_of(layer.digest), store.open_blob(layer.digest));
    }
    if (written.insert(saved.image.id).second) add_file(archive, path_of(saved.image.id), image.config_text);
    if (written.insert(image.manifest_digest).second)
      add_file(archive, path_of(image.manifest_digest), image.manifest_text);
    ArchivedImage& listed = list.emplace_back();
    listed.config = path_of(saved.image.id);
    for (const Descriptor& layer : image.manifest.layers) listed.layers.push_back(path_of(layer.digest));
    Descriptor entry{
        .media_type = image.manifest.media_type, .digest = image.manifest_digest, .size = image.manifest_text.size()};
    if (saved.names.empty()) index.manifests.push_back(entry);
    for (const model::Reference& name : saved.names) {
      listed.names.push_back(name.familiar());
      entry.annotations = {{"io.containerd.image.name", name.canonical()},
                           {"org.opencontainers.image.ref.name", name.tag}};
      index.manifests.push_back(entry);
    }
  }
  add_file(archive, "index.json", write_index(index));
  add_file(archive, "manifest.json", write_archive_list(list));
  add_file(archive, "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  if (const std::string names = write_archive_names(list); !names.empty()) add_file(archive, "repositories", names);
  archive.end();
}

}  // namespace stack::image
