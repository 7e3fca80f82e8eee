#include "engine/buildkit/folder_reader.h"

#include <algorithm>
#include <functional>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/buildkit/go_file_mode.h"

namespace stack::buildkit {
namespace {

constexpr std::size_t kAttributeNamesMax = 64 << 10, kAttributeMax = 64 << 10;  // XATTR_LIST_MAX, XATTR_SIZE_MAX

[[noreturn]] void sending_failed(const std::string& path) {
  throw Error::from_errno(errno, "sending \"" + path + "\"");
}

// The last first, so that the next one can be taken from the end.
std::vector<std::string> names_in(BorrowedFd folder, const std::string& path) {
  UniqueFd again{::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!again) sending_failed(path);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(again.get()), ::closedir};
  if (!stream) sending_failed(path);
  static_cast<void>(again.release());
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::ranges::sort(names, std::greater{});
  return names;
}

std::string link_at(BorrowedFd folder, const std::string& name, const std::string& path) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(folder.get(), name.c_str(), text.data(), text.size());
  if (size < 0) sending_failed(path);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// Rights and the user's own; what the machine alone means something by (labels, access lists of its users) stays here.
bool travels(std::string_view name) { return name == "security.capability" || name.starts_with("user."); }

// By the folder's descriptor, so that no link on the way is followed.
void add_attributes(BorrowedFd folder, const std::string& name, wire::Stat& stat) {
  const std::string at = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
  std::string names(kAttributeNamesMax, '\0');
  const ssize_t size = ::llistxattr(at.c_str(), names.data(), names.size());
  if (size < 0 && (errno == ENOTSUP || errno == ENOENT)) return;
  if (size < 0) sending_failed(stat.path());
  for (std::size_t begin = 0; begin < static_cast<std::size_t>(size);) {
    const std::string attribute = names.c_str() + begin;
    begin += attribute.size() + 1;
    if (!travels(attribute)) continue;
    std::string value(kAttributeMax, '\0');
    const ssize_t got = ::lgetxattr(at.c_str(), attribute.c_str(), value.data(), value.size());
    if (got < 0) sending_failed(stat.path());
    value.resize(static_cast<std::size_t>(got));
    (*stat.mutable_attributes())[attribute] = std::move(value);
  }
}

}  // namespace

FolderReader::FolderReader(BorrowedFd root) : root_(root) {
  UniqueFd fd{::openat(root.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) sending_failed(".");
  enter(std::move(fd), {});
}

void FolderReader::enter(UniqueFd fd, std::string path) {
  std::vector<std::string> names = names_in(fd, path);
  folders_.push_back({std::move(fd), std::move(path), std::move(names)});
}

bool FolderReader::describe(const Folder& folder, const std::string& name, wire::Stat& stat) {
  const std::string path = folder.path + name;
  struct stat about {};
  if (::fstatat(folder.fd.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    sending_failed(path);
  }
  if (S_ISSOCK(about.st_mode)) return false;
  stat.set_path(path);
  stat.set_mode(go_file_mode(about.st_mode));
  stat.set_uid(about.st_uid);
  stat.set_gid(about.st_gid);
  stat.set_modified(about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec);
  if (S_ISLNK(about.st_mode)) stat.set_link(link_at(folder.fd, name, path));
  if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) {
    stat.set_device_major(major(about.st_rdev));
    stat.set_device_minor(minor(about.st_rdev));
  }
  if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)) add_attributes(folder.fd, name, stat);
  if (!S_ISREG(about.st_mode)) return true;
  stat.set_size(about.st_size);
  if (about.st_nlink > 1) {
    const auto [first, is_new] = first_names_.try_emplace({about.st_dev, about.st_ino}, path);
    if (!is_new) stat.set_link(first->second);
  }
  return true;
}

std::vector<wire::Stat> FolderReader::next(std::size_t count) {
  std::vector<wire::Stat> all;
  while (all.size() < count && !folders_.empty()) {
    Folder& folder = folders_.back();
    if (folder.names.empty()) {
      folders_.pop_back();
      continue;
    }
    const std::string name = std::move(folder.names.back());
    folder.names.pop_back();
    wire::Stat stat;
    if (!describe(folder, name, stat)) continue;
    const std::uint32_t number = described_++;
    const bool is_folder = (stat.mode() & kGoDir) != 0;
    const bool is_file = stat.link().empty() && (stat.mode() & (kGoDir | kGoSymlink | kGoDevice | kGoPipe)) == 0;
    if (is_file) files_[number] = stat.path();
    all.push_back(std::move(stat));
    if (!is_folder) continue;
    UniqueFd fd{::openat(folder.fd.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd) sending_failed(folder.path + name);
    enter(std::move(fd), folder.path + name + "/");
  }
  return all;
}

std::string FolderReader::read(std::uint32_t number, std::size_t bytes) {
  const auto file = files_.find(number);
  if (file == files_.end())
    throw Error(ErrorKind::invalid, "the client asks for file number " + std::to_string(number) + ", which is none");
  auto found = open_.find(number);
  if (found == open_.end()) {
    auto fd =
        sys::open_in_root_no_links(root_, file->second.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (!fd) throw Error::from_errno(fd.err(), "sending \"" + file->second + "\"");
    found = open_.emplace(number, std::move(*fd)).first;
  }
  std::string text(bytes, '\0');
  const ssize_t got = ::read(found->second.get(), text.data(), text.size());
  if (got < 0) sending_failed(file->second);
  text.resize(static_cast<std::size_t>(got));
  if (got == 0) open_.erase(found);
  return text;
}

}  // namespace stack::buildkit
