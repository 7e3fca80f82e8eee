#include "engine/build/file_tree.h"

#include <algorithm>
#include <array>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/build/path_in_root.h"

namespace stack::build {
namespace {

constexpr int kDepthMax = 1000;  // of folders within folders

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::string link_text(BorrowedFd folder, const char* name) {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = ::readlinkat(folder.get(), name, text.data(), text.size());
  return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : std::string{};
}

}  // namespace

FileTree::FileTree(UniqueFd root, Owners owners, std::shared_ptr<const dockerfile::IgnoreFile> ignore)
    : root_(std::move(root)), owners_(owners), ignore_(std::move(ignore)) {}

bool FileTree::is_left_out(std::string_view path) const { return ignore_ && !path.empty() && ignore_->ignores(path); }

// A folder that is left out still counts when an exception brings something in it back.
bool FileTree::shows(const Entry& entry) const {
  if (!is_left_out(entry.path)) return true;
  if (!S_ISDIR(entry.about.st_mode) || !ignore_->has_exceptions()) return false;
  return std::ranges::any_of(list(entry.path), [](const Entry&) { return true; });
}

std::optional<FileTree::Entry> FileTree::find(std::string_view path, bool follow) const {
  Entry entry{follow ? path_in_root(root_, path) : parent_in_root(root_, path), {}, {}};
  const std::string opened = entry.path.empty() ? "." : entry.path;
  const auto file = sys::open_in_root_no_links(root_, opened.c_str(), O_PATH | O_NOFOLLOW, 0);
  if (!file) {
    if (file.err() == ENOENT || file.err() == ENOTDIR || file.err() == ELOOP) return std::nullopt;
    throw Error::from_errno(file.err(), "opening " + entry.path);
  }
  if (::fstat(file->get(), &entry.about) != 0) throw Error::from_errno(errno, "looking at " + entry.path);
  if (S_ISSOCK(entry.about.st_mode) || !shows(entry)) return std::nullopt;
  if (S_ISLNK(entry.about.st_mode)) entry.link = link_text(*file, "");
  return entry;
}

std::vector<FileTree::Entry> FileTree::list(const std::string& folder) const {
  auto opened = sys::open_in_root_no_links(root_, folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY, 0);
  if (!opened) {
    if (opened.err() == ENOENT || opened.err() == ENOTDIR) return {};
    throw Error::from_errno(opened.err(), "opening the folder " + (folder.empty() ? "." : folder));
  }
  const int number = opened->get();
  const std::unique_ptr<DIR, CloseFolder> stream{::fdopendir(number)};
  if (!stream) throw Error::from_errno(errno, "reading the folder " + folder);
  static_cast<void>(opened->release());
  std::vector<Entry> entries;
  while (const dirent* item = ::readdir(stream.get())) {
    const std::string_view name = item->d_name;
    if (name == "." || name == ".." || item->d_type == DT_SOCK) continue;
    Entry entry{joined(folder, name), {}, {}};
    const bool left_out = is_left_out(entry.path);
    if (left_out && !ignore_->has_exceptions()) continue;
    if (::fstatat(number, item->d_name, &entry.about, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISSOCK(entry.about.st_mode) || (left_out && !shows(entry))) continue;
    if (S_ISLNK(entry.about.st_mode)) entry.link = link_text(BorrowedFd{number}, item->d_name);
    entries.push_back(std::move(entry));
  }
  std::ranges::sort(entries, {}, &Entry::path);
  return entries;
}

void FileTree::walk(const std::string& folder, const std::function<bool(const Entry&)>& visit) const {
  const std::function<void(const std::string&, int)> into = [&](const std::string& path, int depth) {
    if (depth > kDepthMax)
      throw Error(ErrorKind::invalid, "folders lie too deep within one another: " + path.substr(0, 200));
    for (const Entry& entry : list(path)) {
      if (visit(entry) && S_ISDIR(entry.about.st_mode)) into(entry.path, depth + 1);
    }
  };
  into(folder, 0);
}

UniqueFd FileTree::open(const std::string& path) const {
  // A pipe would wait for its other end, a device do who knows what.
  auto file = sys::open_in_root_no_links(root_, path.empty() ? "." : path.c_str(), O_RDONLY | O_NONBLOCK, 0);
  if (!file) throw Error::from_errno(file.err(), "opening " + path);
  return std::move(*file);
}

}  // namespace stack::build
