// The model behind tests/support/realistic_image.h: a tree that changes layer by layer, and the entries that say so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/realistic_image.h"

namespace stack::test {

enum class Kind { folder, file, link, pipe, device, hard_link };

struct Node {
  Kind kind = Kind::file;
  unsigned mode = 0644, uid = 0, gid = 0;
  long time = 1'700'000'000;
  std::string content;               // of a file; behind a hole of `hole` bytes
  std::uint64_t hole = 0, tail = 0;  // a hole behind the content
  std::string target;                // of a link, also of a hard link
  std::vector<std::pair<std::string, std::string>> attributes;
};

struct LayerEntry {
  std::string path;
  Node node;
};

class RealisticTree {
 public:
  RealisticTree(const RealisticOptions& options);
  // The entries of the next layer, in the archive's order.
  std::vector<LayerEntry> next_layer();
  [[nodiscard]] TreeText text() const;

 private:
  using Nodes = std::map<std::string, std::shared_ptr<Node>>;

  unsigned pick(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::string new_name();
  std::string folder_path();
  std::string path_of(Kind kind, bool of_this_layer);
  std::string child(const std::string& folder, const std::string& name) const;
  [[nodiscard]] bool has_own_below(const std::string& path) const;
  Node fresh_file();
  void put(const std::string& path, Node node);
  void white_out(const std::string& path);
  void forget(const std::string& path, bool itself);
  void change();
  void link_here();
  void link_below();
  void replace_folder();
  void make_opaque();
  void sparse(std::uint64_t bytes);

  const RealisticOptions options_;
  std::mt19937 random_;
  Nodes tree_;
  std::set<std::string> own_;  // what this layer has said something about
  std::vector<LayerEntry> entries_;
  unsigned layer_ = 0, names_ = 0;
};

}  // namespace stack::test
