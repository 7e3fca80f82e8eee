// The folders that one inotify instance watches: which folder the kernel means by a number, and which number a folder has.
//
// One folder, one number, one path: a folder that moves is forgotten under its old path and added under the new one. One thread.
// Throws stack::Error when a limit of the kernel is reached, with the setting that raises it.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "base/unique_fd.h"

namespace stack::watch {

class FolderWatches {
 public:
  FolderWatches();

  [[nodiscard]] BorrowedFd fd() const { return fd_; }
  [[nodiscard]] std::size_t count() const { return numbers_.size(); }
  [[nodiscard]] bool has(const std::string& folder) const { return numbers_.contains(folder); }
  // False for what is no folder (any more), or may not be read.
  bool add(const std::string& folder);
  // This folder and all below it.
  void forget(const std::string& folder);
  // The kernel has ended this one.
  void ended(int number);
  // Of a number that the kernel names; null for one that was forgotten.
  [[nodiscard]] const std::string* folder_of(int number) const;

 private:
  UniqueFd fd_;
  std::map<std::string, int> numbers_;
  std::unordered_map<int, std::string> folders_;
};

}  // namespace stack::watch
