// The path of the node that a walk has reached, built from the stack of the walk itself, so that it costs nothing until
// a message needs its text.
#pragma once

#include <string>
#include <string_view>

#include "compose/source/node_tree.h"

namespace stack::compose {

class Path {
 public:
  constexpr Path() = default;
  // The members refer to `parent` and `key`, which have to outlive this.
  constexpr Path(const Path& parent, std::string_view key) : parent_(&parent), key_(key) {}
  constexpr Path(const Path& parent, std::size_t index) : parent_(&parent), index_(index), is_index_(true) {}

  // "services.web.ports[1]"
  [[nodiscard]] std::string text() const;
  [[nodiscard]] const Path* parent() const { return parent_; }
  [[nodiscard]] std::string_view key() const { return key_; }

 private:
  const Path* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

// The node at the path `text` below `tree`, as Path::text() writes it, or null. Keys may hold dots: of several readings
// the one with the longest keys counts.
const Node* node_at(const Node& tree, std::string_view text);

}  // namespace stack::compose
