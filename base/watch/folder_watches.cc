#include "base/watch/folder_watches.h"

#include <fstream>

#include <sys/inotify.h>

#include "base/error.h"

namespace stack::watch {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

std::string setting(const char* name) {
  std::ifstream file{std::string{"/proc/sys/fs/inotify/"} + name};
  std::string value;
  return file >> value ? value : "unknown";
}

}  // namespace

FolderWatches::FolderWatches() : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (fd_) return;
  if (errno != EMFILE) throw Error::from_errno(errno, "inotify_init1");
  throw Error(ErrorKind::unavailable, "no further inotify instance: the limit fs.inotify.max_user_instances is " +
                                          setting("max_user_instances"))
      .remedy("raise it: sysctl -w fs.inotify.max_user_instances=1024");
}

bool FolderWatches::add(const std::string& folder) {
  const int number = ::inotify_add_watch(fd_.get(), folder.c_str(), kEvents | IN_ONLYDIR | IN_DONT_FOLLOW);
  if (number < 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES) return false;
    if (errno != ENOSPC) throw Error::from_errno(errno, "watching the folder " + folder);
    throw Error(ErrorKind::unavailable, "watching " + folder + ": the limit fs.inotify.max_user_watches is " +
                                            setting("max_user_watches") + " folders")
        .remedy("raise it: sysctl -w fs.inotify.max_user_watches=524288, or name large folders under ignore");
  }
  // The same folder under another path: it has moved.
  if (const auto before = folders_.find(number); before != folders_.end()) numbers_.erase(before->second);
  // Another folder under the same path: the one before has gone.
  if (const auto before = numbers_.find(folder); before != numbers_.end()) folders_.erase(before->second);
  numbers_[folder] = number;
  folders_[number] = folder;
  return true;
}

void FolderWatches::forget(const std::string& folder) {
  const auto drop = [this](auto entry) {
    ::inotify_rm_watch(fd_.get(), entry->second);
    folders_.erase(entry->second);
    return numbers_.erase(entry);
  };
  if (const auto self = numbers_.find(folder); self != numbers_.end()) drop(self);
  const std::string inside = folder + "/";
  for (auto entry = numbers_.lower_bound(inside); entry != numbers_.end() && entry->first.starts_with(inside);)
    entry = drop(entry);
}

void FolderWatches::ended(int number) {
  const auto found = folders_.find(number);
  if (found == folders_.end()) return;
  numbers_.erase(found->second);
  folders_.erase(found);
}

const std::string* FolderWatches::folder_of(int number) const {
  const auto found = folders_.find(number);
  return found == folders_.end() ? nullptr : &found->second;
}

}  // namespace stack::watch
