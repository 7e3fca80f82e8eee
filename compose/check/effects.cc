#include "compose/check/effects.h"

#include "compose/check/attribute_table.h"
#include "compose/check/schema.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

bool among(std::string_view text, std::string_view words) {
  while (!words.empty()) {
    const auto end = std::min(words.find('|'), words.size());
    if (words.substr(0, end) == text) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

// Whether the user asked for something by it.
bool asks(const Node& node, const Effect& effect) {
  if (node.origin && node.origin->kind == OriginKind::implied) return false;
  if (!node.is_scalar()) return !node.items.empty() || !node.entries.empty();
  return !node.is(Kind::null) && node.text.starts_with(effect.prefix) && !among(node.text, effect.harmless);
}

class EffectCheck {
 public:
  explicit EffectCheck(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void look(const Node& node, const Attribute& attribute, const Path& path) {
    if (!attribute.effect.none.empty()) {
      if (asks(node, attribute.effect)) report(node, attribute, path);
      return;
    }
    if (attribute.item) {
      for (std::size_t i = 0; i < node.items.size(); ++i) look(node.items[i], *attribute.item, Path{path, i});
    }
    for (const auto& [key, value] : node.entries) {
      if (const Attribute* member = attribute.member(key)) look(value, *member, Path{path, key});
    }
  }

 private:
  void report(const Node& node, const Attribute& attribute, const Path& path) {
    auto found = mistake("no_effect", "this has no effect here: " + std::string{attribute.effect.none}, path, node);
    found.severity = Severity::warning;
    found.place = node.key_place();
    diagnostics_.push_back(std::move(found));
  }

  Diagnostics& diagnostics_;
};

}  // namespace

void check_effects(const Node& model,
                   const std::function<bool(std::string_view section, std::string_view name)>& wanted,
                   Diagnostics& diagnostics) {
  EffectCheck check{diagnostics};
  const Path root;
  for (const char* section : {"services", "networks", "volumes", "secrets", "configs", "models"}) {
    const Node* const resources = model.find(section);
    if (resources == nullptr) continue;
    const Attribute& attribute = *compose_file().member(section);
    const Path here{root, section};
    for (const auto& [name, resource] : resources->entries) {
      if (wanted(section, name)) check.look(resource, *attribute.any, Path{here, name});
    }
  }
}

}  // namespace stack::compose
