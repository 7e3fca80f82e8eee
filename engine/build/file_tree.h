// A folder that a build copies from: a context, or what a stage or an image shows. Read below one descriptor: no link, ".." or name leads
// outside. Files that .dockerignore leaves out are not there.
//
// Blocks on the disk: for the pool. One thread a call; the tree may change meanwhile, what is gone is left out.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/dockerfile/ignore_file.h"
#include "base/unique_fd.h"

namespace stack::build {

class FileTree {
 public:
  struct Entry {
    std::string path;  // from the tree's root, clean; "" is the root
    struct stat about {};
    std::string link;  // of a symbolic link: what it says
  };
  // Whether users and groups of the files mean something: they do in an image, and not in a context.
  enum class Owners { ignored, kept };

  // What is left out; null: nothing. Lives as long as the tree.
  [[nodiscard]] const dockerfile::IgnoreFile* ignored() const { return ignore_.get(); }

  // `ignore` may be null.
  FileTree(UniqueFd root, Owners owners, std::shared_ptr<const dockerfile::IgnoreFile> ignore = nullptr);

  // What lies at the path, once its links are followed (but for the last one with `follow` false). Nothing when there is nothing, or it
  // is left out.
  [[nodiscard]] std::optional<Entry> find(std::string_view path, bool follow = true) const;
  // What a folder holds, by name. Sockets are left out: nothing can be copied of them.
  [[nodiscard]] std::vector<Entry> list(const std::string& folder) const;
  // Everything below a folder, each folder before what it holds, in the order of names. A folder for which `visit` gives false is not
  // entered.
  void walk(const std::string& folder, const std::function<bool(const Entry&)>& visit) const;
  // Opens without following links. Throws stack::Error.
  [[nodiscard]] UniqueFd open(const std::string& path) const;
  // Whether .dockerignore is why a path is not there.
  [[nodiscard]] bool is_left_out(std::string_view path) const;

  [[nodiscard]] Owners owners() const { return owners_; }
  [[nodiscard]] BorrowedFd root() const { return root_; }

 private:
  [[nodiscard]] bool shows(const Entry& entry) const;

  UniqueFd root_;
  Owners owners_;
  std::shared_ptr<const dockerfile::IgnoreFile> ignore_;
};

}  // namespace stack::build
