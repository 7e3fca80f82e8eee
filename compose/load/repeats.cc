#include "compose/load/repeats.h"

#include "compose/load/merge.h"

namespace stack::compose {

void warn_of_repeat(const std::string& name, const Node& first, const Node& again, const Path& path,
                    LoadContext& context) {
  context.warning("repeated_item", "\"" + name + "\" is in this list twice; the last one counts", path, again)
      .related.push_back({first.place(), "the other one"});
}

void warn_of_repeats(const Node& tree, const Attribute& attribute, const Path& path, LoadContext& context) {
  if (tree.is(Kind::sequence)) {
    std::map<std::string, const Node*> known;
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const Node& item = tree.items[i];
      if (attribute.item) warn_of_repeats(item, *attribute.item, Path{path, i}, context);
      if (attribute.merge != Merge::unique) continue;
      auto name = identity_of(item, attribute.identity);
      const auto [at, added] = known.emplace(name, &item);
      if (added) continue;
      if (name.starts_with(':')) name.erase(0, 1);  // a port of every address
      warn_of_repeat(name, *at->second, item, Path{path, i}, context);
    }
    return;
  }
  for (const auto& [key, value] : tree.entries) {
    if (const Attribute* member = attribute.member(key)) warn_of_repeats(value, *member, Path{path, key}, context);
  }
}

}  // namespace stack::compose
