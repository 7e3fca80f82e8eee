// What a disk may hold after a power cut, for programs that promise to survive one.
//
// A child process plays some steps on a folder and is stopped at each of its system calls (ptrace(2)), whoever made it, a library
// included. Each stop gives a Moment: what the folder holds, and what of it a sync had promised to keep. From a moment follow the
// states that a disk may come back with, and each of them can be set down as a folder and looked at. Pessimistic: a file's content
// lasts by an fsync of that file, a name by one of its folder, both by a syncfs; of the rest each piece may be there or not.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace stack::test {

struct Inode {
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  dev_t device = 0;
  std::string content;  // a file's bytes, a link's target
  std::map<std::string, std::string> attributes;
  bool operator==(const Inode&) const = default;
};

struct DiskState {
  ino_t root = 0;
  std::map<ino_t, std::shared_ptr<const Inode>> inodes;
  std::map<ino_t, std::map<std::string, ino_t>> folders;
};

struct Moment {
  std::shared_ptr<const DiskState> now, synced;
  int steps_over = 0;  // that had come back by then
  std::string call;    // the system call just made: "82" as the kernel counts them
};

enum class Loss {
  nothing,   // the kernel had written all of it
  unsynced,  // nothing but what was promised
  contents,  // names are there, contents are not
  zeros,     // files have their names and lengths, and no more
  some,      // of each name and content the old or the new one, or half of it
};

// Plays the steps one after another in a child. Every moment at which the folder was another than before, and the last one. Throws
// when a step throws or the child cannot be watched. `believe_syncs` false: as on a disk that lies.
std::vector<Moment> watch_steps(const std::filesystem::path& folder, const std::vector<std::function<void()>>& steps,
                                bool believe_syncs = true);

// Pure: the same seed loses the same.
DiskState lose(const Moment& moment, Loss loss, unsigned seed = 0);
// Everything that the folder leads to, as text: the same for states that look the same.
std::string text_of(const DiskState& state);
// Makes the folder hold that.
void set_down(const DiskState& state, const std::filesystem::path& folder);

}  // namespace stack::test
