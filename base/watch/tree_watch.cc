#include "base/watch/tree_watch.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <dirent.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path_text.h"

namespace stack::watch {
namespace {

constexpr std::size_t kEventBytes = 64 << 10;

std::string below(const std::string& folder, const char* name) {
  return folder + (folder.ends_with('/') ? "" : "/") + name;
}

// Of two clean absolute paths.
bool lies_in(const std::string& path, const std::string& folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

Changes in_one(Changes first, const Changes& second) {
  std::map<std::string, Change> by_path;
  for (Change& change : first) by_path.emplace(change.path, change);
  for (const Change& change : second) {
    const auto [found, is_new] = by_path.try_emplace(change.path, change);
    if (is_new) continue;
    // What was to be removed may be of another kind than what is there now.
    const bool was_to_go = found->second.fate != Fate::written;
    found->second = change;
    if (was_to_go && change.fate == Fate::written) found->second.fate = Fate::replaced;
  }
  Changes all;
  for (auto& [path, change] : by_path) all.push_back(std::move(change));
  return all;
}

TreeWatch::TreeWatch(std::vector<std::string> roots, Wanted wanted)
    : roots_(std::move(roots)), wanted_(std::move(wanted)) {
  for (const std::string& root : roots_) arm(root);
  changes();
}

bool TreeWatch::is_inside(const std::string& path) const {
  return std::ranges::any_of(roots_, [&](const std::string& root) { return lies_in(path, root); });
}

bool TreeWatch::leads_to_root(const std::string& path) const {
  return std::ranges::any_of(roots_, [&](const std::string& root) { return lies_in(root, path); });
}

bool TreeWatch::look(const std::string& path, Stamp& stamp) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) return false;
  // What cannot be copied is not there.
  if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode) && !S_ISLNK(about.st_mode)) return false;
  stamp = {.modified = about.st_mtim,
           .changed = about.st_ctim,
           .size = about.st_size,
           .inode = about.st_ino,
           .mode = about.st_mode,
           .owner = about.st_uid,
           .group = about.st_gid};
  return true;
}

// Of a folder only its rights count: what is in it has changes of its own.
bool TreeWatch::differs(const Stamp& now, const Stamp& before) {
  if (now.mode != before.mode || now.owner != before.owner || now.group != before.group) return true;
  if (S_ISDIR(now.mode)) return false;
  return !same(now.modified, before.modified) || now.size != before.size || now.inode != before.inode;
}

bool TreeWatch::take_events() {
  alignas(inotify_event) std::array<char, kEventBytes> bytes;
  bool any = false;
  for (;;) {
    const ssize_t got = ::read(watches_.fd().get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return any;
    if (got <= 0) throw Error::from_errno(errno, "reading what has changed");
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      any = take(*event, event->len > 0 ? event->name : "") || any;
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
}

bool TreeWatch::take(const inotify_event& event, const char* name) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return lost_events_ = true;
  if ((event.mask & IN_IGNORED) != 0) {
    watches_.ended(event.wd);
    return false;
  }
  const std::string* found = watches_.folder_of(event.wd);
  if (found == nullptr) return false;
  const std::string folder = *found;  // the watch may end here
  if (*name == '\0') return take_self(event, folder);
  const std::string path = below(folder, name);
  if (is_inside(path)) return take_entry(event, path);
  if (!leads_to_root(path)) return false;
  armed_ = false;
  return true;
}

bool TreeWatch::take_self(const inotify_event& event, const std::string& folder) {
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) == 0 || !leads_to_root(folder)) return false;
  watches_.forget(folder);
  armed_ = false;
  return true;
}

bool TreeWatch::take_entry(const inotify_event& event, const std::string& path) {
  const bool is_folder = (event.mask & IN_ISDIR) != 0;
  if (!wanted_(path, is_folder)) return false;
  bool& certain = dirty_[path];
  certain = certain || (event.mask & (IN_MODIFY | IN_CREATE | IN_MOVED_TO)) != 0;
  if ((event.mask & IN_MODIFY) != 0) writing_.insert(path);
  if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_FROM | IN_DELETE)) != 0) writing_.erase(path);
  // Another one may have had the name.
  if (is_folder && (event.mask & (IN_MOVED_FROM | IN_CREATE | IN_MOVED_TO)) != 0) watches_.forget(path);
  if (is_folder && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) enter(path);
  return true;
}

void TreeWatch::arm(const std::string& root) {
  // Above the root only as far as needed: the nearest folder that exists, once it is watched.
  for (std::string above = parent_path(root), tried; above != tried;) {
    if (watches_.has(above) || watches_.add(above)) {
      // What was missing may have come before the watch.
      if (tried.empty() || ::access(tried.c_str(), F_OK) != 0) break;
      above = parent_path(root);
      tried.clear();
    } else {
      tried = std::exchange(above, parent_path(above));
    }
  }
  dirty_.try_emplace(root, false);
  enter(root);
}

// The watch comes first, so that what appears while the folder is read is told as well.
void TreeWatch::enter(const std::string& folder) {
  if (!watches_.add(folder)) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{::opendir(folder.c_str()), ::closedir};
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = below(folder, entry->d_name);
    struct stat about {};
    const bool is_folder = entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN &&
                                                       ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode));
    if (!wanted_(path, is_folder)) continue;
    dirty_.try_emplace(path, false);
    if (is_folder) enter(path);
  }
}

void TreeWatch::compare_all() {
  for (const auto& [path, stamp] : entries_) dirty_.try_emplace(path, false);
  for (const std::string& root : roots_) {
    watches_.forget(root);
    arm(root);
  }
}

Changes TreeWatch::changes() {
  if (lost_events_) compare_all();
  if (!armed_) {
    for (const std::string& root : roots_) arm(root);
  }
  lost_events_ = false;
  armed_ = true;
  writing_.clear();
  Changes found;
  const std::map<std::string, bool> dirty = std::move(dirty_);
  dirty_.clear();
  for (const auto& [path, certain] : dirty) settle(path, certain, found);
  std::ranges::sort(found, {}, &Change::path);
  const auto same_path = [](const Change& a, const Change& b) { return a.path == b.path; };
  found.erase(std::unique(found.begin(), found.end(), same_path), found.end());
  return found;
}

void TreeWatch::settle(const std::string& path, bool certain, Changes& to) {
  Stamp now;
  if (!look(path, now)) return drop(path, to);
  const bool is_folder = S_ISDIR(now.mode);
  const auto [entry, added] = entries_.try_emplace(path, now);
  if (added) {
    to.push_back({path, Fate::written, is_folder});
    return;
  }
  const bool replaced = S_ISDIR(entry->second.mode) != is_folder;
  const bool changed = differs(now, entry->second) || (certain && !is_folder);
  entry->second = now;
  if (replaced) {
    // What was in the folder goes with it.
    Changes gone;
    if (!is_folder) drop(path, gone);
    entries_[path] = now;
    for (Change& each : gone) {
      if (each.path != path) to.push_back(std::move(each));
    }
    to.push_back({path, Fate::replaced, is_folder});
  } else if (changed) {
    to.push_back({path, Fate::written, is_folder});
  }
}

void TreeWatch::drop(const std::string& path, Changes& to) {
  watches_.forget(path);
  const auto tell = [&](auto entry) {
    to.push_back({entry->first, Fate::removed, S_ISDIR(entry->second.mode) != 0});
    writing_.erase(entry->first);
    return entries_.erase(entry);
  };
  writing_.erase(path);
  if (const auto self = entries_.find(path); self != entries_.end()) tell(self);
  const std::string inside = path + "/";
  for (auto entry = entries_.lower_bound(inside); entry != entries_.end() && entry->first.starts_with(inside);)
    entry = tell(entry);
}

Changes TreeWatch::everything() const {
  Changes all;
  for (const auto& [path, stamp] : entries_) all.push_back({path, Fate::written, S_ISDIR(stamp.mode) != 0});
  return all;
}

}  // namespace stack::watch
