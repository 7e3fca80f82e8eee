#include "tests/support/realistic_tree.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace stack::test {
namespace {

std::string owner_text(const Node& node) {
  char text[64];
  std::snprintf(text, sizeof text, "%04o %u:%u", node.mode, node.uid, node.gid);
  return text;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

RealisticTree::RealisticTree(const RealisticOptions& options) : options_(options), random_(options.seed) {}

std::vector<LayerEntry> RealisticTree::next_layer() {
  entries_.clear();
  own_.clear();
  if (layer_ == 0) {
    for (const char* folder : {"world", "world/data", "world/tools"}) put(folder, {.kind = Kind::folder, .mode = 0755});
  }
  for (unsigned i = 0; i < options_.changes; ++i) change();
  if (layer_ == options_.layers / 2) {
    sparse(options_.sparse_bytes);
    if (options_.files > 0) put("world/many", {.kind = Kind::folder, .mode = 0711});
    for (unsigned i = 0; i < options_.files; ++i) put("world/many/" + std::to_string(i), fresh_file());
  }
  ++layer_;
  return std::move(entries_);
}

std::string RealisticTree::new_name() {
  const std::string number = std::to_string(names_++);
  switch (pick(12)) {
    case 0:
      return std::string(200, 'l') + number;
    case 1:
      return "grün und blau " + number;
    case 2:
      return "odd'\"\\$ [" + number + "]*";
    case 3:
      return "two\nlines" + number;
    case 4:
      return ".hidden" + number;
    case 5:
      return "ends with a blank " + number + " ";
    default:
      return "n" + number;
  }
}

std::string RealisticTree::child(const std::string& folder, const std::string& name) const {
  return folder.empty() ? name : folder + "/" + name;
}

std::string RealisticTree::path_of(Kind kind, bool of_this_layer) {
  std::vector<std::string> all;
  for (const auto& [path, node] : tree_) {
    // These stay as they are: what follows is about them.
    if (path == "world" || path == "world/data" || path == "world/sparse" || path == "world/hole" ||
        path == "world/begins")
      continue;
    if (node->kind == kind && (own_.count(path) != 0) == of_this_layer) all.push_back(path);
  }
  return all.empty() ? "" : all[pick(static_cast<unsigned>(all.size()))];
}

std::string RealisticTree::folder_path() {
  const std::string path = path_of(Kind::folder, pick(3) == 0);
  return path.empty() || path.size() > 700 ? "world" : path;
}

bool RealisticTree::has_own_below(const std::string& path) const {
  const auto next = own_.lower_bound(path + "/");
  return own_.count(path) != 0 || (next != own_.end() && next->starts_with(path + "/"));
}

Node RealisticTree::fresh_file() {
  constexpr std::array<unsigned, 6> kModes{0644, 0600, 0755, 04755, 02711, 0};
  Node node{
      .mode = kModes[pick(kModes.size())], .uid = pick(3) == 0 ? 1000 + pick(5) : 0, .gid = pick(4) == 0 ? 100u : 0u};
  node.time = 1'000'000'000 + static_cast<long>(pick(700'000'000));
  node.content.assign(pick(3) == 0 ? 0 : pick(9000), static_cast<char>('a' + pick(26)));
  if (options_.attributes && pick(4) == 0) node.attributes.emplace_back("user.note", "value " + std::to_string(names_));
  if (options_.attributes && pick(6) == 0) {
    // cap_net_bind_service=ep, as setcap writes it.
    node.attributes.emplace_back(
        "security.capability",
        std::string{"\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20});
  }
  return node;
}

void RealisticTree::put(const std::string& path, Node node) {
  if (node.kind != Kind::folder) forget(path, false);
  // A folder over a folder changes it and keeps what it holds; over anything else it is new.
  const auto known = tree_.find(path);
  if (node.kind == Kind::folder && known != tree_.end() && known->second->kind != Kind::folder) forget(path, false);
  entries_.push_back({path, node});
  tree_[path] = std::make_shared<Node>(std::move(node));
  own_.insert(path);
}

void RealisticTree::forget(const std::string& path, bool itself) {
  if (itself) tree_.erase(path);
  for (auto below = tree_.lower_bound(path + "/"); below != tree_.end() && below->first.starts_with(path + "/");)
    below = tree_.erase(below);
}

void RealisticTree::white_out(const std::string& path) {
  const std::string parent = parent_of(path);
  entries_.push_back({child(parent, ".wh." + path.substr(parent.empty() ? 0 : parent.size() + 1)), {.mode = 0600}});
}

void RealisticTree::change() {
  const unsigned what = pick(20);
  if (what < 5) return put(child(folder_path(), new_name()), fresh_file());
  if (what < 8)
    return put(child(folder_path(), new_name()),
               {.kind = Kind::folder, .mode = pick(2) == 0 ? 0755u : 01777u, .uid = pick(3)});
  if (what == 8)
    return put(child(folder_path(), new_name()),
               {.kind = Kind::link, .mode = 0777, .target = pick(2) == 0 ? "/world/data" : "../no such place"});
  if (what == 9)
    return put(child(folder_path(), new_name()), {.kind = Kind::pipe, .mode = pick(2) == 0 ? 0666u : 0640u});
  if (what == 10) return put(child(folder_path(), new_name()), {.kind = Kind::device, .mode = 0622});
  if (what == 11) return link_here();
  if (what == 12) return link_below();
  if (what == 13) {
    if (const std::string path = path_of(Kind::file, false); !path.empty()) put(path, fresh_file());
    return;
  }
  if (what == 14) {
    if (const std::string path = path_of(Kind::folder, false); !path.empty())
      put(path, {.kind = Kind::folder, .mode = 0700 + pick(64), .gid = pick(9)});
    return;
  }
  if (what == 15 || what == 16) {
    const std::string path = path_of(what == 15 ? Kind::file : Kind::folder, false);
    if (path.empty() || has_own_below(path)) return;
    white_out(path);
    forget(path, true);
    own_.insert(path);
    return;
  }
  if (what == 17) return replace_folder();
  if (what == 18) return make_opaque();
  // A file where a folder was, a folder where a file was.
  const bool to_file = pick(2) == 0;
  const std::string path = path_of(to_file ? Kind::folder : Kind::file, false);
  if (path.empty() || has_own_below(path)) return;
  put(path, to_file ? fresh_file() : Node{.kind = Kind::folder, .mode = 0750});
}

void RealisticTree::link_here() {
  const std::string first = path_of(Kind::file, true);
  if (first.empty()) return;
  const std::string path = child(folder_path(), new_name());
  entries_.push_back({path, {.kind = Kind::hard_link, .target = first}});
  tree_[path] = tree_.at(first);
  own_.insert(path);
}

// The layer says that a file of a layer below has one more name: overlayfs brings the file up for that.
void RealisticTree::link_below() {
  const std::string first = path_of(Kind::file, false);
  if (first.empty()) return;
  const std::string path = child(folder_path(), new_name());
  entries_.push_back({path, {.kind = Kind::hard_link, .target = first}});
  tree_[first] = std::make_shared<Node>(*tree_.at(first));
  tree_[path] = tree_[first];
  own_.insert(path);
  own_.insert(first);
}

// Removed and made again in one layer; the whiteout may come before or behind the new folder.
void RealisticTree::replace_folder() {
  const std::string path = path_of(Kind::folder, false);
  if (path.empty() || has_own_below(path)) return;
  forget(path, true);
  const bool first = pick(2) == 0;
  if (first) white_out(path);
  put(path, {.kind = Kind::folder, .mode = 0710});
  put(child(path, new_name()), fresh_file());
  if (!first) white_out(path);
}

void RealisticTree::make_opaque() {
  const std::string path = path_of(Kind::folder, false);
  if (path.empty() || has_own_below(path)) return;
  forget(path, false);
  const unsigned place = pick(3);
  const LayerEntry opaque{path + "/.wh..wh..opq", {.mode = 0600}};
  put(path, {.kind = Kind::folder, .mode = 0755});
  if (place == 0) entries_.push_back(opaque);
  put(child(path, new_name()), fresh_file());
  if (place != 0) entries_.push_back(opaque);
}

void RealisticTree::sparse(std::uint64_t bytes) {
  Node node{.mode = 0644, .content = "in the middle"};
  node.hole = bytes / 2 / 4096 * 4096;
  node.tail = bytes - node.hole - node.content.size();
  put("world/sparse", node);
  put("world/hole", {.mode = 0600, .hole = 10 << 20});
  put("world/begins", {.mode = 0600, .content = "begins", .tail = (30 << 20) + 5});
}

TreeText RealisticTree::text() const {
  TreeText all;
  std::map<const Node*, std::string> first;
  for (const auto& [path, node] : tree_) {
    std::string& line = all[path];
    const auto [known, added] = first.try_emplace(node.get(), path);
    if (!added) {
      line = "same as " + known->second;
      continue;
    }
    switch (node->kind) {
      case Kind::folder:
        line = "folder " + owner_text(*node);
        continue;
      case Kind::link:
        line = "link " + node->target;
        break;
      case Kind::pipe:
        line = "pipe " + owner_text(*node);
        break;
      case Kind::device:
        line = "device 1:3 " + owner_text(*node);
        break;
      default: {
        BlockSum sum;
        sum.add(node->hole, node->content.data(), node->content.size());
        line = "file " + owner_text(*node) + " " + std::to_string(node->hole + node->content.size() + node->tail) +
               " " + sum.text();
        auto attributes = node->attributes;
        std::sort(attributes.begin(), attributes.end());
        for (const auto& [name, value] : attributes) line += " " + name + "=" + std::to_string(value.size());
      }
    }
    line += " at " + std::to_string(node->time);
  }
  return all;
}

}  // namespace stack::test
