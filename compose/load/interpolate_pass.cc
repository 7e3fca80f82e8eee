#include "compose/load/interpolate_pass.h"

namespace stack::compose {

void interpolate_tree(Node& tree, const Path& path, const Lookup& lookup, LoadContext& context) {
  const bool exhausted = context.interpolated_bytes > LoadContext::kMaxInterpolatedBytes;
  if (!exhausted && tree.is(Kind::string) && tree.text.find('$') != std::string::npos) {
    auto done = interpolate(tree.text, lookup);
    for (const auto& name : done.unset) {
      context.warning("unset_variable", "the variable " + name + " is not set and counts as empty", path, tree).remedy =
          "set it, or write ${" + name + ":-} to say that it may be empty";
    }
    if (done.error) context.error("bad_interpolation", *done.error, path, tree).remedy = done.remedy;
    tree.text = std::move(done.text);
    context.interpolated_bytes += tree.text.size();
    if (context.interpolated_bytes > LoadContext::kMaxInterpolatedBytes) {
      context.error("too_large", "the files become too large when their variables are put in", path, tree);
    }
  }
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    interpolate_tree(tree.items[i], Path{path, i}, lookup, context);
  }
  for (auto& [key, value] : tree.entries) interpolate_tree(value, Path{path, key}, lookup, context);
}

void prepare_tags(Node& tree) {
  for (auto& item : tree.items) {
    item.tag = Tag::none;
    prepare_tags(item);
  }
  for (auto& [key, value] : tree.entries) {
    if (value.tag == Tag::reset) {
      Node nothing;
      nothing.placed_like(value).tag = Tag::reset;
      value = std::move(nothing);
    } else {
      prepare_tags(value);
    }
  }
}

void strip_tags(Node& tree) {
  tree.tag = Tag::none;
  for (auto& item : tree.items) strip_tags(item);
  std::erase_if(tree.entries, [](const auto& entry) { return entry.second.tag == Tag::reset; });
  for (auto& [key, value] : tree.entries) strip_tags(value);
}

}  // namespace stack::compose
