#include "base/dockerfile/base_image.h"


#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/runes.h"

namespace stack::dockerfile {
std::optional<std::size_t> earlier_stage(const Dockerfile& file, std::size_t stage, std::string_view base) {
  for (std::size_t i = std::min(stage, file.stages.size()); i-- > 0;) {
    if (file.stages[i].name && file.stages[i].name->text == lower(base)) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_stage(const Dockerfile& file, std::string_view target) {
  if (file.stages.empty()) return std::nullopt;
  if (target.empty()) return file.stages.size() - 1;
  return earlier_stage(file, file.stages.size(), target);
}

std::optional<std::string> base_image(const Dockerfile& file, std::string_view target, const Variables& automatic,
                                      const Variables& build_arguments) {
  const GlobalScope scope = global_scope(file, automatic, build_arguments);
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = scope.values.find(name);
    return found == scope.values.end() ? std::nullopt : std::optional{found->second};
  };
  auto stage = find_stage(file, target);
  while (stage) {
    Word base = file.stages[*stage].base;
    std::vector<std::string> unset;
    if (expand_word(base, lookup, file.directives.escape, &unset) || base.text.empty()) return std::nullopt;
    // Stages stand behind what they are made from: each step goes up.
    const auto earlier = earlier_stage(file, *stage, base.text);
    if (!earlier) return base.text;
    stage = earlier;
  }
  return std::nullopt;
}

}  // namespace stack::dockerfile
