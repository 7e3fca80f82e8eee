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
  std::string compare(archive_entry* entry, std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (name == ".wh..wh..opq") return {};
    const bool whiteout = name.starts_with(".wh.");
    if (whiteout) path = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + name.substr(4);
    const auto fd = open_entry(folder_, path, O_PATH | O_NOFOLLOW);
    struct stat is {};
    if (!fd || ::fstat(fd->get(), &is) != 0) return "is missing";
    // What the archive itself has under the name of a whiteout hides the same.
    if (whiteout) return {};
    if (const char* link = archive_entry_hardlink(entry)) return hard_link(link, is);
    const mode_t kind = kind_of(entry);
    if ((is.st_mode & S_IFMT) != kind) return "is of another kind";
    if (is.st_uid != static_cast<uid_t>(archive_entry_uid(entry)) ||
        is.st_gid != static_cast<gid_t>(archive_entry_gid(entry)))
      return "has another owner";
    if (kind == S_IFLNK) return symbolic_link(archive_entry_symlink(entry), *fd);
    if ((is.st_mode & 07777) != (archive_entry_perm(entry) & 07777)) return "has another mode";
    if (kind == S_IFREG) return content(path, is, size_of(entry));
    return {};
  }

 private:
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
    const auto file = open_entry(folder_, path, O_RDONLY | O_NOFOLLOW);
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

}  // namespace

std::vector<std::string> layer_differences(LayerStream& stream, BorrowedFd folder) {
  // A path that an archive names twice is what the last entry says.
  std::map<std::string, std::string> wrong;
  {
    TarReader tar{stream};
    LayerComparison comparison{tar, folder};
    while (archive_entry* entry = tar.next()) {
      const char* name = archive_entry_pathname(entry);
      std::string path = name == nullptr ? "" : name;
      while (path.starts_with("./") || path.starts_with("/")) path.erase(0, path.find('/') + 1);
      while (path.ends_with('/')) path.pop_back();
      if (path == ".") path.clear();
      std::string why = comparison.compare(entry, path);
      wrong.erase(path);
      if (!why.empty() && wrong.size() < kDifferencesMax) wrong[path] = std::move(why);
    }
  }
  stream.drain();
  std::vector<std::string> lines;
  for (const auto& [path, why] : wrong) lines.push_back("/" + path + " " + why);
  return lines;
}

}  // namespace stack::image
