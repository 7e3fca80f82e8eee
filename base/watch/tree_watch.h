// What changes in trees of files, as inotify(7) tells it: nothing is polled.
//
// A root is a folder with all below it, or a file; it need not exist yet, and may go and come back. Its parent is watched as well, or the
// nearest folder above that exists. Symbolic links are entries like others and are never followed. The object knows every entry of its
// roots with what lstat(2) said of it, so that changes() tells what is different from the call before, whatever happened between: a file
// that came and went is no change, and when the kernel has dropped events the trees are compared as a whole.
//
// One thread. Memory: about 200 bytes an entry; one inotify watch a folder. Throws stack::Error when a limit of the kernel is reached.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "base/watch/folder_watches.h"

struct inotify_event;

namespace stack::watch {

// `replaced`: a file is where a folder was, or the other way round.
enum class Fate { written, removed, replaced };

struct Change {
  std::string path;  // absolute
  Fate fate = Fate::written;
  bool folder = false;  // what it is now, or was
  bool operator==(const Change&) const = default;
};
using Changes = std::vector<Change>;  // by path; a folder stands before what is in it
// Two batches as one, where nothing was done about the first.
Changes in_one(Changes first, const Changes& second);

class TreeWatch {
 public:
  // Whether this file of a root is of interest; for a folder, whether anything in it may be.
  using Wanted = std::function<bool(const std::string& path, bool folder)>;

  // Roots are absolute and clean, without symbolic links on the way.
  TreeWatch(std::vector<std::string> roots, Wanted wanted);

  // Readable when the kernel has something to tell.
  [[nodiscard]] BorrowedFd fd() const { return watches_.fd(); }
  // Takes what the kernel has to tell. True when some of it concerns a root.
  bool take_events();
  // Whether a file has been written to since the last changes() and is still open, as far as the events tell.
  [[nodiscard]] bool is_writing() const { return !writing_.empty(); }
  Changes changes();
  // Every entry, as if it had just been written.
  [[nodiscard]] Changes everything() const;
  [[nodiscard]] std::size_t folders() const { return watches_.count(); }
  [[nodiscard]] std::size_t entries() const { return entries_.size(); }

 private:
  // What tells a changed entry from an unchanged one.
  struct Stamp {
    timespec modified{}, changed{};
    off_t size = 0;
    ino_t inode = 0;
    mode_t mode = 0;
    uid_t owner = 0;
    gid_t group = 0;
  };
  static bool look(const std::string& path, Stamp& stamp);
  static bool differs(const Stamp& now, const Stamp& before);

  [[nodiscard]] bool is_inside(const std::string& path) const;
  [[nodiscard]] bool leads_to_root(const std::string& path) const;
  bool take(const inotify_event& event, const char* name);
  bool take_self(const inotify_event& event, const std::string& folder);
  bool take_entry(const inotify_event& event, const std::string& path);
  // Watches the root, or what leads to it.
  void arm(const std::string& root);
  void enter(const std::string& folder);
  void compare_all();
  void settle(const std::string& path, bool certain, Changes& to);
  void drop(const std::string& path, Changes& to);

  std::vector<std::string> roots_;
  Wanted wanted_;
  FolderWatches watches_;
  std::map<std::string, Stamp> entries_;
  std::map<std::string, bool> dirty_;  // true: changed whatever lstat(2) says
  std::set<std::string> writing_;
  bool armed_ = true, lost_events_ = false;
};

}  // namespace stack::watch
