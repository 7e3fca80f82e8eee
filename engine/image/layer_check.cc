#include "engine/image/layer_check.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path_text.h"
#include "base/sys/syscalls.h"
#include "engine/image/entry_file.h"
#include "engine/image/tar_reader.h"

namespace stack::image {
namespace {

constexpr std::size_t kComparedBytes = 128 << 10;

mode_t kind_of(archive_entry* entry) {
  switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
      return S_IFDIR;
    case AE_IFLNK:
      return S_IFLNK;
    case AE_IFCHR:
      return S_IFCHR;
    case AE_IFBLK:
      return S_IFBLK;
    case AE_IFIFO:
      return S_IFIFO;
    default:
      return S_IFREG;
  }
}

// A path of the layer; nothing when there is no such thing. Throws when the kernel cannot say, for want of descriptors perhaps.
std::optional<UniqueFd> open_entry(BorrowedFd folder, const std::string& path, int flags) {
  auto fd = sys::open_in_root(folder, path.empty() ? "." : path.c_str(), static_cast<std::uint64_t>(flags), 0);
  if (fd) return std::move(*fd);
  if (fd.err() == ENOENT || fd.err() == ENOTDIR || fd.err() == ELOOP) return std::nullopt;
  throw Error::from_errno(fd.err(), "opening /" + path);
}

class LayerComparison {
 public:
  LayerComparison(TarReader& tar, BorrowedFd folder) : tar_(tar), folder_(folder), block_(kComparedBytes) {}

  // What is wrong with the entry's place, or empty.
  std::string compare(archive_entry* entry, const std::string& path) {
    if (path.empty()) return root(entry);
    const std::size_t slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (name == ".wh..wh..opq") return {};
    bool whiteout = name.starts_with(".wh.");
    auto fd = open_entry(folder_, whiteout ? hidden_by(path) : path, O_PATH | O_NOFOLLOW);
    // A step or a container of this machine may have made a file of such a name: only a reader of the archive takes it for a whiteout.
    if (whiteout && !fd) {
      whiteout = false;
      fd = open_entry(folder_, path, O_PATH | O_NOFOLLOW);
    }
    struct stat is {};
    if (!fd || ::fstat(fd->get(), &is) != 0) return "is missing";
    // What the archive itself has under the name of a whiteout hides the same.
    if (whiteout) return {};
    if (const char* link = archive_entry_hardlink(entry)) return hard_link(link, is);
    const mode_t kind = kind_of(entry);
    if ((is.st_mode & S_IFMT) != kind) return "is of another kind";
    std::string why = kind == S_IFLNK ? owner(entry, is) : attributes(entry, is);
    if (!why.empty()) return why;
    if (kind == S_IFLNK) return symbolic_link(archive_entry_symlink(entry), *fd);
    if (kind == S_IFREG) return content(path, is, size_of(entry));
    return {};
  }

  // What a whiteout hides; empty for what is none.
  static std::string hidden_by(const std::string& path) {
    const std::size_t name = path.rfind('/') + 1;
    return std::string_view{path}.substr(name).starts_with(".wh.") ? path.substr(0, name) + path.substr(name + 4) : "";
  }

 private:
  // Whatever kind the entry is of: unpacking has a folder already, and gives it the rest.
  std::string root(archive_entry* entry) {
    struct stat is {};
    if (::fstat(folder_.get(), &is) != 0) throw Error::from_errno(errno, "looking at the layer");
    return attributes(entry, is);
  }
  static std::string owner(archive_entry* entry, const struct stat& is) {
    const bool same = is.st_uid == static_cast<uid_t>(archive_entry_uid(entry)) &&
                      is.st_gid == static_cast<gid_t>(archive_entry_gid(entry));
    return same ? "" : "has another owner";
  }
  static std::string attributes(archive_entry* entry, const struct stat& is) {
    if (std::string why = owner(entry, is); !why.empty()) return why;
    return (is.st_mode & 07777) == (archive_entry_perm(entry) & 07777) ? "" : "has another mode";
  }
  std::string hard_link(const char* link, const struct stat& is) {
    const auto other = open_entry(folder_, link, O_PATH | O_NOFOLLOW);
    struct stat there {};
    // What a layer below has came up with the link.
    if (!other || ::fstat(other->get(), &there) != 0 || there.st_ino != is.st_ino)
      return "is not a link to " + std::string{link};
    return {};
  }
  static std::string symbolic_link(const char* wanted, const UniqueFd& fd) {
    std::string target(4096, '\0');
    const ssize_t size = ::readlinkat(fd.get(), "", target.data(), target.size());
    target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return wanted != nullptr && target == wanted ? "" : "points elsewhere";
  }
  std::string content(const std::string& path, const struct stat& is, std::uint64_t wanted) {
    const auto file = open_entry(folder_, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!file) return "is missing";
    const void* bytes = nullptr;
    std::size_t size = 0;
    long offset = 0, end = 0;
    bool same = static_cast<std::uint64_t>(is.st_size) == wanted;
    while (tar_.data(&bytes, &size, &offset)) {
      same = same && is_hole(*file, end, offset) && is_equal(*file, {static_cast<const char*>(bytes), size}, offset);
      end = offset + static_cast<long>(size);
    }
    return same && is_hole(*file, end, is.st_size) ? "" : "has another content";
  }

  bool is_equal(BorrowedFd file, std::string_view wanted, off_t at) {
    while (!wanted.empty()) {
      const ssize_t got = ::pread(file.get(), block_.data(), std::min(wanted.size(), block_.size()), at);
      if (got <= 0 || std::memcmp(block_.data(), wanted.data(), static_cast<std::size_t>(got)) != 0) return false;
      wanted.remove_prefix(static_cast<std::size_t>(got));
      at += got;
    }
    return true;
  }

  // Whether the file reads as zeros from `at` to `end`. What the file system knows to be a hole is not read.
  bool is_hole(BorrowedFd file, off_t at, off_t end) {
    while (at < end) {
      const off_t data = ::lseek(file.get(), at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) return true;
      at = std::max(at, data);
      if (at >= end) return true;
      const auto piece = std::min<std::size_t>(block_.size(), static_cast<std::size_t>(end - at));
      const ssize_t got = ::pread(file.get(), block_.data(), piece, at);
      if (got <= 0 || std::any_of(block_.begin(), block_.begin() + got, [](char c) { return c != 0; })) return false;
      at += got;
    }
    return true;
  }

  TarReader& tar_;
  BorrowedFd folder_;
  std::vector<char> block_;
};

std::string path_in_layer(const std::string& name) { return clean_path("/" + name).substr(1); }

// What entries were found to differ in, until a later entry takes their place: the last one is what unpacking leaves.
class Findings {
 public:
  // A whiteout's only add to it: they take nobody's place. `link`: what a hard link is to.
  void add(const std::string& path, std::string why, const std::string& link = {}) {
    if (why.empty() || wrong_.size() >= kDifferencesMax) return;
    wrong_[path] = {std::move(why), link};
  }
  // An entry takes the place of what had the path; what is no folder also that of all below it.
  void replaced(const std::string& path, bool by_folder) {
    if (path.empty()) {
      wrong_.erase(path);
      return;
    }
    std::erase_if(wrong_, [&](const auto& each) {
      const auto& [other, finding] = each;
      return other == path || (!by_folder && other.starts_with(path + "/")) || finding.link == path;
    });
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& [path, finding] : wrong_) lines.push_back("/" + path + " " + finding.why);
    return lines;
  }

 private:
  struct Finding {
    std::string why, link;
  };
  std::map<std::string, Finding> wrong_;
};

}  // namespace

std::vector<std::string> layer_differences(DecompressedStream& stream, BorrowedFd folder) {
  Findings findings;
  {
    TarReader tar{stream};
    LayerComparison comparison{tar, folder};
    while (archive_entry* entry = tar.next()) {
      const char* name = archive_entry_pathname(entry);
      const std::string path = path_in_layer(name == nullptr ? "" : name);
      std::string why = comparison.compare(entry, path);
      if (const std::string hidden = LayerComparison::hidden_by(path); !hidden.empty()) {
        findings.add(hidden, std::move(why));
        continue;
      }
      const char* link = archive_entry_hardlink(entry);
      const std::string target = link == nullptr ? "" : path_in_layer(link);
      // A link to itself leaves what is there.
      if (link == nullptr || target != path) findings.replaced(path, link == nullptr && kind_of(entry) == S_IFDIR);
      findings.add(path, std::move(why), target);
    }
  }
  stream.drain();
  return findings.lines();
}

}  // namespace stack::image
