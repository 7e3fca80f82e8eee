#include "compose/output/explain.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/suggest.h"
#include "compose/check/path.h"
#include "compose/print/config_output.h"
#include "compose/source/json_writer.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

std::string_view source_word(VariableSource source) {
  switch (source) {
    case VariableSource::environment:
      return "environment";
    case VariableSource::file:
      return "file";
    case VariableSource::project:
      return "project";
    case VariableSource::fallback:
      return "default";
    case VariableSource::alternate:
      return "alternate";
    case VariableSource::unset:
      break;
  }
  return "unset";
}

std::string quoted(const std::string& text) { return write_json(Value{text}); }

// The steps of one node, from the text outwards.
class Steps {
 public:
  explicit Steps(std::vector<ExplainedStep>& out) : out_(out) {}

  void of(const Node& node) { chain(node.origin.get(), node.place(), 0); }

 private:
  void chain(const Origin* last, const SourcePlace& written, unsigned level) {
    std::vector<const Origin*> steps;
    for (const Origin* step = last; step != nullptr; step = step->inner.get()) steps.insert(steps.begin(), step);
    // Aliases are expanded before variables are put in, but a reader wants to know of the text first.
    std::ranges::stable_partition(steps, [](const Origin* it) { return it->kind == OriginKind::variables; });
    const bool implied = !steps.empty() && steps.front()->kind == OriginKind::implied;
    const bool with_variables = !steps.empty() && steps.front()->kind == OriginKind::variables;
    if (implied) {
      out_.push_back({.kind = "implied", .place = written, .note = "what is written here implies it", .level = level});
    } else {
      const std::string text = with_variables ? steps.front()->text : std::string{};
      const std::string note = "written here" + (text.empty() ? std::string{} : " as " + quoted(text));
      out_.push_back({.kind = "written", .place = written, .note = note, .value = text, .level = level});
    }
    for (const Origin* step : steps) add(*step, level);
  }

  void add(const Origin& step, unsigned level) {
    switch (step.kind) {
      case OriginKind::variables:
        for (const auto& variable : step.variables) {
          out_.push_back({.kind = "variable",
                          .place = variable.place,
                          .note = describe(variable),
                          .name = variable.name,
                          .source = std::string{source_word(variable.source)},
                          .level = level});
        }
        break;
      case OriginKind::alias:
        simple("alias", step, "used here as *" + step.name, level);
        break;
      case OriginKind::extends:
        simple("extends", step, "taken over here from the service " + quoted(step.name), level);
        break;
      case OriginKind::include:
        simple("include", step, "included here", level);
        break;
      case OriginKind::replaces:
        simple("replaces", step, "replaces " + (step.text.empty() ? "what is" : quoted(step.text)) + " here", level);
        out_.back().value = step.text;
        if (step.earlier) chain(step.earlier.get(), step.place(), level + 1);
        break;
      case OriginKind::implied:
        break;
    }
  }

  void simple(const char* kind, const Origin& step, std::string note, unsigned level) {
    out_.push_back({.kind = kind, .place = step.place(), .note = std::move(note), .name = step.name, .level = level});
  }

  std::vector<ExplainedStep>& out_;
};

class Explainer {
 public:
  explicit Explainer(const LoadResult& loaded) : loaded_(loaded) {}

  std::vector<ExplainedValue> at(const std::string& path) {
    if (path.starts_with('$')) return {variable(path.substr(1))};
    const Value whole = loaded_.project ? config_value(*loaded_.project) : to_value(loaded_.tree, KeyOrder::natural);
    find(whole, "", path);
    return std::move(out_);
  }

 private:
  static std::string joined(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  // Walks down to `rest`, which is below `path`, and explains what is there.
  void find(const Value& value, const std::string& path, std::string_view rest) {
    if (rest.empty()) return all(value, path);
    if (const auto* object = std::get_if<Value::Object>(&value.data)) return member(*object, path, rest);
    if (const auto* list = std::get_if<Value::List>(&value.data)) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), index);
      const auto length = static_cast<std::size_t>(end - rest.data());
      if (rest.front() == '[' && error == std::errc{} && length < rest.size() && *end == ']' && index < list->size()) {
        return find((*list)[index], path + "[" + std::to_string(index) + "]", behind(rest.substr(length + 1)));
      }
    }
    nothing(path, rest, {});
  }

  static std::string_view behind(std::string_view rest) { return rest.starts_with('.') ? rest.substr(1) : rest; }

  // Keys may hold dots: the longest that fits.
  void member(const Value::Object& object, const std::string& path, std::string_view rest) {
    const Value::Object::value_type* best = nullptr;
    std::vector<std::string_view> keys;
    for (const auto& entry : object) {
      keys.emplace_back(entry.first);
      const bool fits =
          rest.starts_with(entry.first) &&
          (rest.size() == entry.first.size() || rest[entry.first.size()] == '.' || rest[entry.first.size()] == '[');
      if (fits && (best == nullptr || entry.first.size() > best->first.size())) best = &entry;
    }
    if (best == nullptr) return nothing(path, rest, keys);
    find(best->second, joined(path, best->first), behind(rest.substr(best->first.size())));
  }

  [[noreturn]] void nothing(const std::string& path, std::string_view rest,
                            const std::vector<std::string_view>& keys) const {
    const std::string key{rest.substr(0, rest.find_first_of(".["))};
    Error error{ErrorKind::not_found, "the project has no " + joined(path, std::string{rest})};
    const bool disabled = path == "services" && loaded_.project && loaded_.project->disabled.contains(key);
    if (disabled) throw error.remedy("the service " + key + " is not active: enable one of its profiles, or name it");
    const bool known = path.empty() && loaded_.variables.contains(std::string{rest});
    throw error.remedy(known ? "write '$" + key + "' for the variable" : did_you_mean(key, keys));
  }

  void all(const Value& value, const std::string& path) {
    if (const auto* object = std::get_if<Value::Object>(&value.data); object != nullptr && !object->empty()) {
      for (const auto& [key, member] : *object) all(member, joined(path, key));
    } else if (const auto* list = std::get_if<Value::List>(&value.data); list != nullptr && !list->empty()) {
      for (std::size_t i = 0; i < list->size(); ++i) all((*list)[i], path + "[" + std::to_string(i) + "]");
    } else {
      leaf(value, path);
    }
  }

  void leaf(const Value& value, const std::string& path) {
    ExplainedValue explained{.path = path, .value = value};
    const Node* const node = node_at(loaded_.tree, path);
    const bool written = node != nullptr && node->line > 0;
    if (path == "name" && (!written || !loaded_.named_by_file)) {
      explained.steps.push_back({.kind = "implied", .note = loaded_.name_from});
    } else if (written) {
      Steps{explained.steps}.of(*node);
    } else if (const SourcePlace* place = typed_place(path)) {
      explained.steps.push_back({.kind = "written", .place = *place, .note = "written here"});
    } else {
      around(path, explained.steps);
    }
    out_.push_back(std::move(explained));
  }

  ExplainedValue variable(const std::string& name) {
    ExplainedValue explained{.path = "$" + name};
    const auto& variables = loaded_.variables;
    const auto found = variables.find(name);
    const auto place = variables.places.find(name);
    if (found != variables.end()) explained.value = found->second;
    const bool from_file = place != variables.places.end();
    const std::string note = found == variables.end()         ? "not set"
                             : from_file                      ? "set here"
                             : name == "COMPOSE_PROJECT_NAME" ? "the name of the project"
                                                              : "set by the environment";
    explained.steps.push_back({.kind = "set", .place = from_file ? place->second : SourcePlace{}, .note = note});
    if (const auto lost = variables.shadowed.find(name); lost != variables.shadowed.end()) {
      for (const auto& where : lost->second) {
        explained.steps.push_back(
            {.kind = "shadowed", .place = where, .note = "set here as well, which does not count"});
      }
    }
    uses(loaded_.tree, "", name, explained.steps);
    if (found == variables.end() && explained.steps.size() == 1) {
      throw Error(ErrorKind::not_found, "the variable " + name + " is neither set nor used");
    }
    return explained;
  }

  static void uses(const Node& node, const std::string& path, const std::string& name,
                   std::vector<ExplainedStep>& steps) {
    for (const Origin* step = node.origin.get(); step != nullptr; step = step->inner.get()) {
      const bool used = std::ranges::any_of(step->variables, [&](const auto& it) { return it.name == name; });
      if (!used) continue;
      // The parts of a short form have one place and one text.
      if (steps.back().kind == "used" && steps.back().place == node.place()) return;
      steps.push_back({.kind = "used", .place = node.place(), .note = "used here by " + path, .name = path});
      return;
    }
    for (const auto& [key, value] : node.entries) uses(value, joined(path, key), name, steps);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      uses(node.items[i], path + "[" + std::to_string(i) + "]", name, steps);
    }
  }

  // What loading learnt after the tree was done: variables of env_file, labels of label_file.
  [[nodiscard]] const SourcePlace* typed_place(const std::string& path) const {
    constexpr std::string_view kServices = "services.";
    if (!loaded_.project || !path.starts_with(kServices)) return nullptr;
    // Names of services may hold dots.
    const auto& services = loaded_.project->services;
    for (auto dot = path.find('.', kServices.size()); dot != std::string::npos; dot = path.find('.', dot + 1)) {
      const auto service = services.find(path.substr(kServices.size(), dot - kServices.size()));
      if (service == services.end()) continue;
      const auto found = service->second.places.find(path.substr(dot + 1));
      if (found != service->second.places.end() && found->second.line > 0) return &found->second;
    }
    return nullptr;
  }

  // The nearest that is written.
  void around(const std::string& path, std::vector<ExplainedStep>& steps) const {
    for (auto end = path.size(); end != std::string::npos && end > 0; end = path.find_last_of(".[", end - 1)) {
      const std::string above = path.substr(0, end);
      const Node* const node = node_at(loaded_.tree, above);
      if (node == nullptr || node->line == 0) {
        const SourcePlace* const place = typed_place(above);
        if (place == nullptr) continue;
        steps.push_back({.kind = "implied", .place = *place, .note = "what is written here implies it"});
        return;
      }
      const auto first = steps.size();
      Steps{steps}.of(*node);
      // A list that is printed in another form is still written there.
      if (!node->is(Kind::mapping) || above.ends_with(".extra_hosts")) return;
      steps[first].kind = "implied";
      steps[first].note = "what is written here implies it";
      return;
    }
    steps.push_back({.kind = "implied", .note = "implied by the rest of the project"});
  }

  const LoadResult& loaded_;
  std::vector<ExplainedValue> out_;
};

Value place_value(const SourcePlace& place) {
  if (place.file.empty()) return {};
  return Value::Object{
      {"file", place.file}, {"line", std::int64_t{place.line}}, {"column", std::int64_t{place.column}}};
}

std::string shown(const Value& value) { return write_json(value); }

}  // namespace

std::vector<ExplainedValue> explain(const LoadResult& loaded, const std::string& path) {
  return Explainer{loaded}.at(path);
}

std::string explanation_text(const std::vector<ExplainedValue>& values) {
  std::string out;
  for (const auto& it : values) {
    out += it.path + ": " + shown(it.value) + "\n";
    for (const auto& step : it.steps) {
      out += "  " + std::string(std::size_t{2} * step.level, ' ');
      if (!step.place.file.empty()) out += to_text(step.place) + ": ";
      out += step.note + "\n";
    }
  }
  return out;
}

std::string explanation_json(const std::vector<ExplainedValue>& values) {
  Value::List list;
  for (const auto& it : values) {
    Value::List steps;
    for (const auto& step : it.steps) {
      Value::Object object{{"kind", step.kind}, {"place", place_value(step.place)}, {"note", step.note}};
      if (!step.name.empty()) object.emplace_back("name", step.name);
      if (!step.source.empty()) object.emplace_back("source", step.source);
      if (!step.value.empty()) object.emplace_back("value", step.value);
      if (step.level > 0) object.emplace_back("level", std::int64_t{step.level});
      steps.emplace_back(std::move(object));
    }
    list.emplace_back(Value::Object{{"path", it.path}, {"value", it.value}, {"steps", std::move(steps)}});
  }
  return write_json(list, 2) + "\n";
}

}  // namespace stack::compose
