#include "engine/buildkit/folder_writer.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/buildkit/go_file_mode.h"

namespace stack::buildkit {
namespace {

constexpr std::uint32_t kTypes = kGoDir | kGoSymlink | kGoDevice | kGoPipe | kGoSocket | kGoCharDevice | kGoIrregular;
// A file may grow while it is sent.
constexpr std::int64_t kGrowthMax = std::int64_t{1} << 30;

mode_t mode_of(std::uint32_t mode) {
  mode_t result = mode & 0777;
  if ((mode & kGoSetuid) != 0) result |= S_ISUID;
  if ((mode & kGoSetgid) != 0) result |= S_ISGID;
  if ((mode & kGoSticky) != 0) result |= S_ISVTX;
  return result;
}

std::array<timespec, 2> times_of(std::int64_t modified) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec time{};
  time.tv_sec = modified / kSecond;
  time.tv_nsec = modified % kSecond;
  if (time.tv_nsec < 0) {
    time.tv_nsec += kSecond;
    --time.tv_sec;
  }
  return {time, time};
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::invalid, "the client sent the path \"" + path.substr(0, 200) + "\" of its files, " + why);
}

[[noreturn]] void receiving_failed(const std::string& path) {
  throw Error::from_errno(errno, "receiving \"" + path + "\"");
}

std::string path_of(BorrowedFd folder) { return "/proc/self/fd/" + std::to_string(folder.get()); }

// With all that is in it; by its folder's descriptor, so that no link leads elsewhere.
void remove(BorrowedFd folder, const std::string& name) {
  std::error_code failure;
  std::filesystem::remove_all(path_of(folder) + "/" + name, failure);
  if (failure) throw Error::from_errno(failure.value(), "removing \"" + name + "\" of an earlier build");
}

// Folder by folder: "a/b" comes before "a.b", since a slash is less than any other character.
bool in_order(std::string_view before, std::string_view path) {
  return std::ranges::lexicographical_compare(before, path, [](char a, char b) {
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)) + 1; };
    return rank(a) < rank(b);
  });
}

bool is_clean(std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name.empty() || name == "." || name == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

FolderWriter::FolderWriter(UniqueFd root) { folders_.push_back({std::move(root), "", 0, true}); }

void FolderWriter::check(const FileStat& stat) {
  if (!is_clean(stat.path)) refuse(stat.path, "which is not a clean path below them");
  if (!last_.empty() && !in_order(last_, stat.path))
    refuse(stat.path, "which is out of order behind \"" + last_.substr(0, 200) + "\"");
  if (++entries_ > kEntriesMax)
    throw Error(ErrorKind::invalid, "the client sends more than " + std::to_string(kEntriesMax) + " files");
  name_bytes_ += stat.path.size() + stat.link.size();
  if (name_bytes_ > kNamesMax)
    throw Error(ErrorKind::invalid, "the names of the files that the client sends are too long");
  if (stat.size < 0) refuse(stat.path, "which has a negative size");
}

// Those that the path does not lie in get their times: nothing comes into them any more.
void FolderWriter::leave_folders(std::string_view path) {
  while (folders_.size() > 1) {
    const Folder& folder = folders_.back();
    if (path.size() > folder.path.size() && path.starts_with(folder.path) && path[folder.path.size()] == '/') return;
    remove_unnamed(folder);
    const auto times = times_of(folder.modified);
    if (::futimens(folder.fd.get(), times.data()) != 0) receiving_failed(folder.path);
    folders_.pop_back();
  }
}

void FolderWriter::remove_unnamed(const Folder& folder) {
  if (!folder.was_there) return;
  const UniqueFd again{::openat(folder.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!again) receiving_failed(folder.path);
  std::vector<std::string> gone;
  for (const auto& entry : std::filesystem::directory_iterator{path_of(again)}) {
    std::string name = entry.path().filename().string();
    if (!folder.names.contains(name)) gone.push_back(std::move(name));
  }
  for (const std::string& name : gone) remove(again, name);
}

bool FolderWriter::settle(const FileStat& stat, const std::string& name) {
  const BorrowedFd folder = folders_.back().fd;
  struct stat about {};
  if (!folders_.back().was_there || ::fstatat(folder.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  if (S_ISDIR(about.st_mode) && (stat.mode & kGoDir) != 0) return true;
  // Of a file with several names each is made again.
  const bool plain = (stat.mode & kTypes) == 0 && stat.link.empty() && S_ISREG(about.st_mode) && about.st_nlink == 1;
  const auto times = times_of(stat.modified);
  if (plain && about.st_size == stat.size && (about.st_mode & 07777) == mode_of(stat.mode) &&
      about.st_mtim.tv_sec == times[1].tv_sec && about.st_mtim.tv_nsec == times[1].tv_nsec)
    return true;
  remove(folder, name);
  return false;
}

bool FolderWriter::add(const FileStat& stat) {
  check(stat);
  leave_folders(stat.path);
  const std::size_t slash = stat.path.rfind('/');
  const std::string parent = slash == std::string::npos ? "" : stat.path.substr(0, slash);
  if (folders_.back().path != parent) refuse(stat.path, "whose folder it did not send before");
  last_ = stat.path;
  const std::string name = stat.path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (folders_.back().was_there) folders_.back().names.insert(name);
  const bool is_file = (stat.mode & kTypes) == 0 && stat.link.empty();
  if (is_file) size_ += static_cast<std::uint64_t>(stat.size);
  const bool is_there = settle(stat, name);
  if ((stat.mode & kGoDir) != 0) {
    enter(stat, name, is_there);
  } else if (!is_there) {
    make(stat, name);
  }
  return is_file && !is_there && stat.size > 0;
}

void FolderWriter::make(const FileStat& stat, const std::string& name) {
  const int folder = folders_.back().fd.get();
  const auto times = times_of(stat.modified);
  if ((stat.mode & kGoSymlink) != 0) {
    if (::symlinkat(stat.link.c_str(), folder, name.c_str()) != 0) receiving_failed(stat.path);
  } else if ((stat.mode & kGoPipe) != 0) {
    if (::mkfifoat(folder, name.c_str(), 0600) != 0 || ::fchmodat(folder, name.c_str(), mode_of(stat.mode), 0) != 0)
      receiving_failed(stat.path);
  } else if ((stat.mode & kTypes) != 0) {
    return;  // a device or a socket: neither can be part of a build, and most builds ask for neither
  } else if (!stat.link.empty()) {
    return make_link(stat, name);
  } else {
    const UniqueFd file{::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file || ::fchmod(file.get(), mode_of(stat.mode)) != 0) receiving_failed(stat.path);
    // Its time says that it is complete.
    if (stat.size > 0) return;
  }
  if (::utimensat(folder, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) receiving_failed(stat.path);
}

void FolderWriter::enter(const FileStat& stat, const std::string& name, bool is_there) {
  if (folders_.size() > kDepthMax) refuse(stat.path, "which lies too deep");
  const int parent = folders_.back().fd.get();
  if (!is_there && ::mkdirat(parent, name.c_str(), 0700) != 0) receiving_failed(stat.path);
  UniqueFd folder{::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!folder || ::fchmod(folder.get(), mode_of(stat.mode)) != 0) receiving_failed(stat.path);
  folders_.push_back({std::move(folder), stat.path, stat.modified, is_there});
}

// Another name of a file that came before.
void FolderWriter::make_link(const FileStat& stat, const std::string& name) {
  if (!is_clean(stat.link))
    refuse(stat.path, "which is another name of \"" + stat.link.substr(0, 200) + "\", not a clean path");
  const auto file = sys::open_in_root_no_links(folders_.front().fd, stat.link.c_str(), O_PATH | O_NOFOLLOW, 0);
  struct stat about {};
  if (!file || ::fstat(file->get(), &about) != 0 || S_ISDIR(about.st_mode))
    refuse(stat.path, "which is another name of \"" + stat.link.substr(0, 200) + "\", which it did not send");
  const std::string source = "/proc/self/fd/" + std::to_string(file->get());
  if (::linkat(AT_FDCWD, source.c_str(), folders_.back().fd.get(), name.c_str(), AT_SYMLINK_FOLLOW) != 0)
    receiving_failed(stat.path);
}

void FolderWriter::end_stats() {
  leave_folders("");
  remove_unnamed(folders_.front());
}

void FolderWriter::open(std::uint32_t id, const FileStat& stat) {
  auto file = sys::open_in_root_no_links(folders_.front().fd, stat.path.c_str(), O_WRONLY | O_NOFOLLOW, 0);
  if (!file) throw Error::from_errno(file.err(), "receiving \"" + stat.path + "\"");
  files_[id] = {std::move(*file), stat.path, stat.modified, 0, stat.size};
}

void FolderWriter::write(std::uint32_t id, std::string_view bytes) {
  const auto found = files_.find(id);
  if (found == files_.end()) throw Error(ErrorKind::invalid, "the client sent contents that nobody has asked for");
  File& file = found->second;
  file.written += static_cast<std::int64_t>(bytes.size());
  bytes_ += static_cast<std::int64_t>(bytes.size());
  if (bytes_ > kBytesMax) throw Error(ErrorKind::invalid, "the client sends more than 64 GB of files");
  if (file.written > file.size && file.written - file.size > kGrowthMax)
    refuse(file.path, "and more of it than its size");
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.fd.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) receiving_failed(file.path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void FolderWriter::close(std::uint32_t id) {
  const auto found = files_.find(id);
  if (found == files_.end()) throw Error(ErrorKind::invalid, "the client sent contents that nobody has asked for");
  const auto times = times_of(found->second.modified);
  if (::futimens(found->second.fd.get(), times.data()) != 0) receiving_failed(found->second.path);
  files_.erase(found);
}

}  // namespace stack::buildkit
