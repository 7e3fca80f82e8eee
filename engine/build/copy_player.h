// COPY and ADD, played: files of a tree into a root file system, with the rules of BuildKit for names, owners, modes and what is there
// already. Nothing outside either is reached: links of the root lead only within it.
//
// Blocks on the disk: for the pool.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/build/copy_source.h"
#include "engine/build/mode_change.h"
#include "engine/build/owner_names.h"

namespace stack::build {

struct CopyRules {
  std::optional<Owner> owner;  // nothing: as the tree has it; root for a context
  std::optional<ModeChange> mode;
  const dockerfile::IgnoreFile* excludes = nullptr;
  bool keep_folder =
      false;  // a folder that is copied looks like its source; else it is an ordinary one with its content
  bool unpacked =
      false;  // the tree comes from an archive that ADD unpacks: of its attributes only capabilities are kept
  std::function<void()> check;  // called between files; throws when the build was cancelled
};

class CopyPlayer {
 public:
  // `root` is a directory, and outlives it, as all others do.
  CopyPlayer(BorrowedFd root, const CopyRules& rules) : root_(root), rules_(rules) {}

  // `destination` is absolute; a slash at the end says that it is a folder. Throws stack::Error.
  void copy(const FileTree& tree, const CopySource& source, const std::string& destination);
  // What an archive had in it: with the archive's modes.
  void unpack(const FileTree& tree, const CopySource& source, const std::string& destination);
  void write(const InlineFile& file, const std::string& destination);
  // Makes the folder and those above it, as far as they are missing: theirs is the owner too.
  void make_folder(const std::string& path);

 private:
  struct Target {
    UniqueFd folder;
    std::string name;  // in it
  };
  // Where a file or folder goes to.
  Target target_of(const CopySource& source, const std::string& destination);
  UniqueFd open_or_make(const std::string& path);
  void entry(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name, bool nested);
  [[nodiscard]] bool holds_exception(const FileTree& tree, const FileTree::Entry& left_out) const;
  void folder(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name, bool nested);
  void file(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name);
  void special(const FileTree& tree, const FileTree::Entry& from, BorrowedFd to, const std::string& name);
  [[nodiscard]] Owner owner_of(const FileTree& tree, const FileTree::Entry& from) const;
  [[nodiscard]] mode_t mode_of(const FileTree& tree, const FileTree::Entry& from) const;
  void settle(const FileTree& tree, const FileTree::Entry& from, BorrowedFd source, BorrowedFd made);

  BorrowedFd root_;
  const CopyRules& rules_;
  std::string top_;  // of the source that is being copied
  std::map<std::pair<dev_t, ino_t>, std::pair<int, std::string>>
      links_;  // files with several names: where the first one went
  std::vector<UniqueFd> link_folders_;
};

}  // namespace stack::build
