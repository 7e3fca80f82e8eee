#include "tests/support/power_cut.h"

#include <cstdint>
#include <random>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/unique_fd.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;
using Names = std::map<std::string, ino_t>;

void check(int result, const std::string& what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

Names names_in(const DiskState& state, ino_t folder) {
  const auto found = state.folders.find(folder);
  return found == state.folders.end() ? Names{} : found->second;
}

// Of each name the old or the new meaning.
Names mixed(const Names& now, const Names& synced, std::mt19937& dice) {
  std::set<std::string> all;
  for (const Names* names : {&now, &synced}) {
    for (const auto& [name, inode] : *names) all.insert(name);
  }
  Names result;
  for (const std::string& name : all) {
    const Names& chosen = dice() % 2 == 0 ? now : synced;
    if (const auto found = chosen.find(name); found != chosen.end()) result.insert(*found);
  }
  return result;
}

// What is there of a file that was made and never synced: the name leads to something without content. What else a name can lead to
// holds all it has in its own record, which comes with the name.
Inode blank(const Inode& now) {
  Inode result = now;
  if (S_ISREG(now.mode)) result = {.mode = S_IFREG | 0600, .content = {}, .attributes = {}};
  return result;
}

Inode zeros(const Inode& now, const Inode& synced) {
  if (!S_ISREG(now.mode) || now == synced) return now;
  Inode result = now;
  result.content.assign(now.content.size(), '\0');
  return result;
}

Inode torn(const Inode& now, const Inode& synced) {
  if (!S_ISREG(now.mode) || now == synced) return now;
  Inode result = now;
  result.content.resize(now.content.size() / 2);
  return result;
}

class Writer {
 public:
  explicit Writer(const DiskState& state) : state_(state) {}

  void write(ino_t inode, const std::string& path) {
    const auto found = state_.inodes.find(inode);
    if (found == state_.inodes.end()) return;
    const Inode& what = *found->second;
    if (const auto there = places_.find(inode); there != places_.end()) {
      // A folder has one place, wherever its names were lost or not.
      if (!S_ISDIR(what.mode)) check(::link(there->second.c_str(), path.c_str()), "linking " + path);
      return;
    }
    places_[inode] = path;
    make(what, path);
    for (const auto& [name, entry] : names_in(state_, inode)) write(entry, path + "/" + name);
    check(::lchown(path.c_str(), what.uid, what.gid), "owner of " + path);
    if (!S_ISLNK(what.mode)) check(::chmod(path.c_str(), what.mode & 07777), "mode of " + path);
    for (const auto& [name, value] : what.attributes) {
      check(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), "attribute of " + path);
    }
  }

 private:
  static void make(const Inode& what, const std::string& path) {
    if (S_ISDIR(what.mode)) return check(::mkdir(path.c_str(), 0700), "making " + path);
    if (S_ISLNK(what.mode)) return check(::symlink(what.content.c_str(), path.c_str()), "making " + path);
    check(::mknod(path.c_str(), (what.mode & S_IFMT) | 0600, what.device), "making " + path);
    if (!S_ISREG(what.mode)) return;
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    check(fd ? 0 : -1, "opening " + path);
    write_all(fd, what.content);
  }

  const DiskState& state_;
  std::map<ino_t, std::string> places_;
};

}  // namespace

DiskState lose(const Moment& moment, Loss loss, unsigned seed) {
  const DiskState& now = *moment.now;
  const DiskState& synced = *moment.synced;
  if (loss == Loss::nothing) return now;
  std::mt19937 dice{seed};
  DiskState after{.root = now.root, .inodes = {}, .folders = {}};
  for (const auto& [folder, names] : now.folders) {
    Names& result = after.folders[folder];
    result = names;
    if (loss == Loss::unsynced) result = names_in(synced, folder);
    if (loss == Loss::some) result = mixed(names, names_in(synced, folder), dice);
  }
  for (const auto& [number, inode] : now.inodes) {
    const auto kept = synced.inodes.find(number);
    const Inode old = kept == synced.inodes.end() ? blank(*inode) : *kept->second;
    Inode result = old;
    if (loss == Loss::zeros) result = zeros(*inode, old);
    if (loss == Loss::some) {
      const Inode choices[] = {old, *inode, zeros(*inode, old), torn(*inode, old)};
      result = choices[dice() % std::size(choices)];
    }
    after.inodes[number] = std::make_shared<Inode>(std::move(result));
  }
  return after;
}

std::string text_of(const DiskState& state) {
  std::string text;
  std::map<ino_t, int> seen;
  const std::function<void(ino_t, const std::string&)> tell = [&](ino_t inode, const std::string& path) {
    const auto found = state.inodes.find(inode);
    if (found == state.inodes.end()) return;
    const auto [place, first] = seen.try_emplace(inode, static_cast<int>(seen.size()));
    text += path + '\0' + std::to_string(place->second) + '\0';
    if (!first) return;
    const Inode& what = *found->second;
    for (const auto number : {std::uint64_t{what.mode}, std::uint64_t{what.uid}, std::uint64_t{what.gid},
                              std::uint64_t{what.device}, std::uint64_t{what.content.size()}}) {
      text += std::to_string(number) + ' ';
    }
    text += what.content;
    for (const auto& [name, value] : what.attributes) text += name + '\0' + value + '\0';
    for (const auto& [name, entry] : names_in(state, inode)) tell(entry, path + "/" + name);
  };
  tell(state.root, "");
  return text;
}

void set_down(const DiskState& state, const fs::path& folder) {
  fs::remove_all(folder);
  Writer{state}.write(state.root, folder.string());
}

}  // namespace stack::test
