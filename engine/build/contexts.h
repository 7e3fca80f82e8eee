// The contexts of one build: where COPY without --from and named contexts read, and the Dockerfile with what it says to leave out.
//
// Everything blocks on the disk: for the pool. One build's; several threads may read at once.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/model/build_spec.h"
#include "base/unique_fd.h"
#include "engine/build/digest_memo.h"
#include "engine/build/file_tree.h"

namespace stack::build {

struct Context {
  FileTree tree;
  std::string display;   // "the build context"
  std::string memo_key;  // of CacheStore::context_file; empty: nothing is remembered
  DigestMemo memo;
};

class Contexts {
 public:
  // Opens the folders, and unpacks `archive` below `scratch`, a folder of the caller's. Throws stack::Error: not_found for a folder that is
  // not there, invalid for a damaged archive. Contexts of other places are folders by now.
  Contexts(const model::BuildSpec& spec, BorrowedFd archive, const std::filesystem::path& scratch);

  [[nodiscard]] const std::string& dockerfile() const { return text_; }
  [[nodiscard]] const std::string& dockerfile_name() const { return name_; }
  // By name; "" is the main one. Null: it is an image.
  Context* find(const std::string& name);
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Context>>& all() const { return contexts_; }

 private:
  void open(const std::string& name, const model::BuildSource& source, const model::BuildSpec& spec, BorrowedFd archive,
            const std::filesystem::path& scratch);
  void read_dockerfile(const model::BuildSpec& spec);

  std::map<std::string, std::unique_ptr<Context>> contexts_;
  std::string text_, name_;
};

}  // namespace stack::build
