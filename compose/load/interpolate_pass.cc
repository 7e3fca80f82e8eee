#include "compose/load/interpolate_pass.h"

#include "compose/source/origin.h"

namespace stack::compose {

namespace {

OriginVariable origin_of(const VariableTaken& taken, const Variables& variables) {
  OriginVariable found{.name = taken.name};
  switch (taken.part) {
    case VariableTaken::Part::default_text:
      found.source = VariableSource::fallback;
      return found;
    case VariableTaken::Part::alternate_text:
      found.source = VariableSource::alternate;
      return found;
    case VariableTaken::Part::nothing:
      return found;
    case VariableTaken::Part::value:
      break;
  }
  if (const auto place = variables.places.find(taken.name); place != variables.places.end()) {
    found.source = VariableSource::file;
    found.place = place->second;
  } else {
    found.source = taken.name == "COMPOSE_PROJECT_NAME" ? VariableSource::project : VariableSource::environment;
  }
  return found;
}

void add_variables(Node& node, std::string written, const Interpolated& done, const Variables& variables) {
  Origin step = step_at(OriginKind::variables, node);
  step.text = std::move(written);
  for (const auto& taken : done.taken) step.variables.push_back(origin_of(taken, variables));
  add_origin(node, std::move(step));
}

}  // namespace

void interpolate_tree(Node& tree, const Path& path, const Variables& variables, LoadContext& context) {
  const bool exhausted = context.interpolated_bytes > LoadContext::kMaxInterpolatedBytes;
  if (!exhausted && tree.is(Kind::string) && tree.text.find('$') != std::string::npos) {
    auto done = interpolate(tree.text, lookup_in(variables));
    for (const auto& name : done.unset) {
      if (!context.unset.insert(name).second) continue;
      context.warning("unset_variable", "the variable " + name + " is not set and counts as empty", path, tree).remedy =
          "set it, or write ${" + name + ":-} to say that it may be empty";
    }
    if (done.error) context.error("bad_interpolation", *done.error, path, tree).remedy = done.remedy;
    if (!done.taken.empty()) add_variables(tree, tree.text, done, variables);
    tree.text = std::move(done.text);
    context.interpolated_bytes += tree.text.size();
    if (context.interpolated_bytes > LoadContext::kMaxInterpolatedBytes) {
      context.error("too_large", "the files become too large when their variables are put in", path, tree);
    }
  }
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    interpolate_tree(tree.items[i], Path{path, i}, variables, context);
  }
  for (auto& [key, value] : tree.entries) interpolate_tree(value, Path{path, key}, variables, context);
}

void add_variable(Node& node, const std::string& name, const Variables& variables) {
  Origin step = step_at(OriginKind::variables, node);
  step.variables.push_back(origin_of({.name = name}, variables));
  add_origin(node, std::move(step));
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
