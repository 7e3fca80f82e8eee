#include "compose/check/path.h"

#include <charconv>

namespace stack::compose {

std::string Path::text() const {
  if (parent_ == nullptr) return {};
  std::string out = parent_->text();
  if (is_index_) return out + "[" + std::to_string(index_) + "]";
  if (!out.empty()) out += '.';
  out += key_;
  return out;
}

namespace {

// The node at `text`, which begins with a key.
const Node* below(const Node& tree, std::string_view text);

// The same for what stands behind a key: nothing, ".key..." or "[index]...".
const Node* rest_of(const Node& node, std::string_view text) {
  if (text.empty()) return &node;
  if (text.front() == '.') return below(node, text.substr(1));
  if (text.front() != '[') return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), index);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || length >= text.size() || *end != ']' || index >= node.items.size()) return nullptr;
  return rest_of(node.items[index], text.substr(length + 1));
}

const Node* below(const Node& tree, std::string_view text) {
  for (auto end = text.size(); end > 0 && end != std::string_view::npos; end = text.find_last_of(".[", end - 1)) {
    if (const Node* const child = tree.find(text.substr(0, end))) {
      if (const Node* const found = rest_of(*child, text.substr(end))) return found;
    }
  }
  return nullptr;
}

}  // namespace

const Node* node_at(const Node& tree, std::string_view text) { return text.empty() ? &tree : below(tree, text); }

}  // namespace stack::compose
