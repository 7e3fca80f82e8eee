#include "engine/image/archive/save.h"

#include <algorithm>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/image/archive/archive_list.h"
#include "engine/image/manifest_json.h"
#include "engine/image/portable.h"

namespace stack::image {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;

class TarWriter {
 public:
  explicit TarWriter(BorrowedFd to) : tar_(archive_write_new()) {
    archive_write_set_format_pax_restricted(tar_.get());
    archive_write_set_bytes_per_block(tar_.get(), kBlockBytes);
    archive_write_set_bytes_in_last_block(tar_.get(), 1);
    check(archive_write_open_fd(tar_.get(), to.get()));
  }
  void folder(const std::string& name) { begin(name, 0, AE_IFDIR, 0755); }
  void file(const std::string& name, std::string_view content) {
    begin(name, static_cast<la_int64_t>(content.size()), AE_IFREG, 0644);
    data(content);
  }
  void file(const std::string& name, const UniqueFd& from) {
    struct stat about {};
    if (::fstat(from.get(), &about) != 0) throw Error::from_errno(errno, "reading " + name);
    begin(name, about.st_size, AE_IFREG, 0644);
    std::vector<char> block(kBlockBytes);
    for (la_int64_t left = about.st_size; left > 0;) {
      const ssize_t got = ::read(from.get(), block.data(), block.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw Error("reading " + name + ": it became shorter");
      data({block.data(), static_cast<std::size_t>(got)});
      left -= got;
    }
  }
  void end() { check(archive_write_close(tar_.get())); }

 private:
  struct Free {
    void operator()(archive* a) const { archive_write_free(a); }
  };
  struct FreeEntry {
    void operator()(archive_entry* e) const { archive_entry_free(e); }
  };
  void begin(const std::string& name, la_int64_t size, unsigned kind, unsigned mode) {
    const std::unique_ptr<archive_entry, FreeEntry> entry{archive_entry_new()};
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), size);
    archive_entry_set_filetype(entry.get(), kind);
    archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
    archive_entry_set_mtime(entry.get(), 0, 0);
    check(archive_write_header(tar_.get(), entry.get()));
  }
  void data(std::string_view bytes) {
    if (archive_write_data(tar_.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
      check(ARCHIVE_FATAL);
  }
  void check(int code) {
    if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return;
    const char* why = archive_error_string(tar_.get());
    throw Error(std::string{"writing the archive: "} + (why != nullptr ? why : "unknown error"));
  }

  std::unique_ptr<archive, Free> tar_;
};

std::string path_of(const std::string& digest) { return "blobs/sha256/" + digest.substr(digest.find(':') + 1); }

bool names_repository(const std::string& text) {
  const std::string tail = text.substr(text.rfind('/') + 1);
  return tail.find_first_of(":@") == std::string::npos;
}

}  // namespace

std::vector<Saved> select_images(const Store& store, const std::vector<std::string>& names) {
  std::vector<Saved> result;
  const auto add = [&](const model::Image& image, std::optional<Reference> name) {
    auto found = std::find_if(result.begin(), result.end(), [&](const Saved& s) { return s.image.id == image.id; });
    if (found == result.end()) found = result.insert(result.end(), Saved{image, {}});
    if (name && std::find(found->names.begin(), found->names.end(), *name) == found->names.end()) {
      found->names.push_back(std::move(*name));
    }
  };
  for (const std::string& name : names) {
    bool any = false;
    if (names_repository(name) && !name.starts_with("sha256:")) {
      const std::string repository = parse_reference(name).name();
      for (const model::Image& image : store.list()) {
        for (const std::string& known : image.references) {
          const Reference reference = parse_reference(known);
          if (reference.name() != repository) continue;
          add(image, reference);
          any = true;
        }
      }
    }
    if (any) continue;
    const auto image = store.find(name);
    if (!image) throw Error(ErrorKind::not_found, "no such image: " + name);
    std::optional<Reference> as;
    const bool by_id = image->id.find(name) != std::string::npos;
    if (!by_id) {
      Reference reference = parse_reference(name);
      if (reference.digest.empty()) as = std::move(reference);
    }
    add(*image, std::move(as));
  }
  return result;
}

void save_archive(const Store& store, const std::vector<Saved>& images, BorrowedFd to) {
  TarWriter tar{to};
  std::set<std::string> written;
  Index index{.media_type = kOciIndex};
  std::vector<ArchivedImage> list;
  tar.folder("blobs");
  tar.folder("blobs/sha256");
  for (const Saved& saved : images) {
    const Portable image = portable(store, saved.image);
    for (const Descriptor& layer : image.manifest.layers) {
      if (written.insert(layer.digest).second) tar.file(path_of(layer.digest), store.open_blob(layer.digest));
    }
    if (written.insert(saved.image.id).second) tar.file(path_of(saved.image.id), image.config_text);
    if (written.insert(image.manifest_digest).second) tar.file(path_of(image.manifest_digest), image.manifest_text);
    ArchivedImage& listed = list.emplace_back();
    listed.config = path_of(saved.image.id);
    for (const Descriptor& layer : image.manifest.layers) listed.layers.push_back(path_of(layer.digest));
    Descriptor entry{
        .media_type = image.manifest.media_type, .digest = image.manifest_digest, .size = image.manifest_text.size()};
    if (saved.names.empty()) index.manifests.push_back(entry);
    for (const Reference& name : saved.names) {
      listed.names.push_back(name.familiar());
      entry.annotations = {{"io.containerd.image.name", name.canonical()},
                           {"org.opencontainers.image.ref.name", name.tag}};
      index.manifests.push_back(entry);
    }
  }
  tar.file("index.json", write_index(index));
  tar.file("manifest.json", write_archive_list(list));
  tar.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  tar.end();
}

}  // namespace stack::image
