#include "engine/image/layer_capture.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/archive/tar_writer.h"
#include "engine/image/file_attributes.h"
#include "engine/image/whiteout.h"

namespace stack::image {
namespace {

constexpr std::size_t kCaptureDepthMax = 2000;  // of folders: one descriptor each

UniqueFd open_below(BorrowedFd folder, const std::string& name, int flags) {
  UniqueFd fd{::openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) throw Error::from_errno(errno, "opening " + name + " of a layer");
  return fd;
}

// Nothing when it is gone, or something else has its name by now.
UniqueFd open_if_there(BorrowedFd folder, const std::string& name, int flags) {
  UniqueFd fd{::openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && errno != ENOENT && errno != ELOOP && errno != ENOTDIR)
    throw Error::from_errno(errno, "opening " + name + " of a layer");
  return fd;
}

// A regular file, and never anything else of this name: a device would notice.
UniqueFd open_file(BorrowedFd folder, const std::string& name) {
  const UniqueFd there = open_if_there(folder, name, O_PATH);
  struct stat about {};
  if (!there || ::fstat(there.get(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  UniqueFd file{::open(("/proc/self/fd/" + std::to_string(there.get())).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) throw Error::from_errno(errno, "opening " + name + " of a layer");
  return file;
}

std::vector<std::string> names_in(BorrowedFd folder) {
  const int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) throw Error::from_errno(errno, "reading a folder of a layer");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

bool has_mark(BorrowedFd file, const char* name) {
  char value[8];
  return ::fgetxattr(file.get(), name, value, sizeof value) > 0;
}

class Capture {
 public:
  explicit Capture(BorrowedFd to) : tar_(to) {}

  Captured run(BorrowedFd root) {
    contents(root, "");
    tar_.end();
    return captured_;
  }

 private:
  void contents(BorrowedFd folder, const std::string& path) {
    if (++depth_ > kCaptureDepthMax)
      throw Error(ErrorKind::unsupported, "the folders of a layer are nested too deeply");
    // Whiteouts first: what a reader removes, it removes before it adds.
    if (has_mark(folder, "trusted.overlay.opaque")) whiteout(path + ".wh..wh..opq");
    const std::vector<std::string> names = names_in(folder);
    for (const std::string& name : names) entry(folder, path, name);
    --depth_;
  }

  void entry(BorrowedFd folder, const std::string& path, const std::string& name) {
    TarEntry out{.path = path + name};
    if (::fstatat(folder.get(), name.c_str(), &out.about, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;
      throw Error::from_errno(errno, "looking at /" + out.path + " of a layer");
    }
    if (S_ISSOCK(out.about.st_mode)) return;
    if (is_whiteout(out.about)) return whiteout(path + ".wh." + name);
    if (S_ISDIR(out.about.st_mode)) {
      const UniqueFd inner = open_if_there(folder, name, O_RDONLY | O_DIRECTORY);
      if (!inner) return;
      if (has_mark(inner, "trusted.overlay.redirect")) {
        throw Error(ErrorKind::unsupported, "the folder /" + out.path + " was renamed by a redirect of the kernel")
            .remedy("load the overlay module with redirect_dir=off");
      }
      out.attributes = read_attributes(inner);
      add(out);
      return contents(inner, out.path + "/");
    }
    leaf(folder, name, out);
  }

  void leaf(BorrowedFd folder, const std::string& name, TarEntry& out) {
    UniqueFd content;
    if (S_ISREG(out.about.st_mode)) {
      content = open_file(folder, name);
      if (!content) return;
    }
    if (out.about.st_nlink > 1) {
      const auto [first, added] = links_.try_emplace({out.about.st_dev, out.about.st_ino}, out.path);
      if (!added) out.same_as = first->second;
    }
    if (content) {
      out.attributes = read_attributes(content);
      if (out.same_as.empty()) captured_.bytes += static_cast<std::uint64_t>(out.about.st_size);
    } else if (S_ISLNK(out.about.st_mode)) {
      std::array<char, PATH_MAX> target{};
      const ssize_t length = ::readlinkat(folder.get(), name.c_str(), target.data(), target.size());
      if (length < 0) throw Error::from_errno(errno, "reading the link /" + out.path + " of a layer");
      out.link.assign(target.data(), static_cast<std::size_t>(length));
    }
    add(out, content);
  }

  void add(const TarEntry& out, BorrowedFd content = BorrowedFd{-1}) {
    ++captured_.entries;
    tar_.add(out, content);
  }

  void whiteout(const std::string& path) {
    ++captured_.entries;
    TarEntry mark{.path = path};
    mark.about.st_mode = S_IFREG | 0644;
    tar_.add(mark);
  }

  TarWriter tar_;
  Captured captured_;
  std::size_t depth_ = 0;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // what has several names, by the first one
};

void forget_marks_of(BorrowedFd file) {
  for (const char* name : {"trusted.overlay.origin", "trusted.overlay.impure", "trusted.overlay.nlink",
                           "trusted.overlay.upper", "trusted.overlay.uuid", "trusted.overlay.protattr"}) {
    if (::fremovexattr(file.get(), name) != 0 && errno != ENODATA && errno != ENOTSUP)
      throw Error::from_errno(errno, std::string{"removing the attribute "} + name);
  }
}

}  // namespace

Captured capture_layer(BorrowedFd upper, BorrowedFd to) { return Capture{to}.run(upper); }

void forget_overlay_marks(BorrowedFd upper) {
  forget_marks_of(upper);
  for (const std::string& name : names_in(upper)) {
    struct stat about {};
    if (::fstatat(upper.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0)
      throw Error::from_errno(errno, "looking at " + name + " of a layer");
    if (S_ISDIR(about.st_mode)) {
      forget_overlay_marks(open_below(upper, name, O_RDONLY | O_DIRECTORY));
    } else if (S_ISREG(about.st_mode)) {
      forget_marks_of(open_below(upper, name, O_RDONLY | O_NONBLOCK));
    }
  }
}

}  // namespace stack::image
