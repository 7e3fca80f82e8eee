#include "base/dockerfile/outline.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/dockerfile/base_image.h"
#include "base/dockerfile/expand_instruction.h"
#include "base/error.h"
#include "base/suggest.h"

namespace stack::dockerfile {
namespace {

std::size_t stage_of(const Dockerfile& file, const std::string& target) {
  if (const auto found = find_stage(file, target)) return *found;
  std::vector<std::string_view> names;
  for (const Stage& stage : file.stages) {
    if (stage.name) names.push_back(stage.name->text);
  }
  const std::string near = did_you_mean(target, names);
  throw Error(ErrorKind::not_found,
              "the Dockerfile has no stage \"" + target + "\"" + (near.empty() ? "" : "; " + near));
}

using Arguments = std::map<std::string, Outline::Argument, std::less<>>;

// The text with its variables, as far as they are known.
std::string expanded(const std::string& text, const Lookup& lookup, char escape, std::vector<std::string>& used) {
  const Expansion result = expand(text, lookup, {.escape = escape});
  used.insert(used.end(), result.used.begin(), result.used.end());
  return result.error ? text : result.text;
}

// The stages from the target on, each once.
class Reader {
 public:
  Reader(const Dockerfile& file, const std::map<std::string, std::string>& given, Outline& outline)
      : file_(file),
        given_(given.begin(), given.end()),
        automatic_(platform_arguments({}, {}, {})),
        global_(global_scope(file, {}, given_).values),
        outline_(outline) {
    for (const Instruction& each : file.global_args) {
      for (const ArgDeclaration& arg : std::get<Arg>(each.value).declarations) {
        std::vector<std::string>& uses = uses_[arg.name.text];
        if (arg.value) expanded(arg.value->text, lookup(global_), file.directives.escape, uses);
        globals_[arg.name.text] = {arg.name.text, lookup(global_)(arg.name.text).value_or(""), arg.description,
                                   each.range};
      }
    }
  }

  void read(std::size_t stage) {
    if (!read_.insert(stage).second) return;
    own(stage);
    std::vector<std::string> uses;
    const std::string base = expanded(file_.stages[stage].base.text, lookup(global_), file_.directives.escape, uses);
    for (const std::string& name : uses) use_global(name);
    if (const auto earlier = earlier_stage(file_, stage, base)) read(*earlier);
    for (const Instruction& each : file_.stages[stage].instructions) {
      if (const auto* copy = std::get_if<Copy>(&each.value); copy != nullptr && copy->from)
        from(stage, copy->from->text);
      const auto* const run = std::get_if<Run>(&each.value);
      if (run == nullptr) continue;
      for (const RunMount& mount : run->mounts) from(stage, mount.from);
    }
  }

 private:
  static Lookup lookup(const Variables& in) {
    return [&in](std::string_view name) {
      const auto found = in.find(name);
      return found == in.end() ? std::nullopt : std::optional{found->second};
    };
  }

  void from(std::size_t stage, const std::string& name) {
    if (name.empty()) return;
    if (const auto earlier = earlier_stage(file_, stage, name)) return read(*earlier);
    for (std::size_t i = 0; i < stage; ++i) {
      if (name == std::to_string(i)) return read(i);
    }
  }

  void use_global(const std::string& name) {
    const auto found = globals_.find(name);
    if (found == globals_.end() || !listed_.insert(name).second) return;
    outline_.arguments.push_back(found->second);
    for (const std::string& each : uses_[name]) use_global(each);
  }

  // What the stage's own instructions declare and want.
  void own(std::size_t stage) {
    const auto& scope = scope_of(stage);
    for (const auto& [name, argument] : scope.arguments) {
      if (listed_.insert(name).second) outline_.arguments.push_back(argument);
    }
    for (const std::string& name : scope.globals) use_global(name);
    for (const Instruction& each : file_.stages[stage].instructions) {
      if (const auto* run = std::get_if<Run>(&each.value)) grants(*run, each.range);
    }
  }

  void grants(const Run& run, const Range& range) {
    for (const RunMount& mount : run.mounts) {
      if (mount.type != MountType::secret && mount.type != MountType::ssh) continue;
      const bool secret = mount.type == MountType::secret;
      std::string id = mount.id.empty() ? "default" : mount.id;
      if (!granted_.insert((secret ? "secret " : "ssh ") + id).second) continue;
      (secret ? outline_.secrets : outline_.agents).push_back({std::move(id), mount.required, range});
    }
  }

  struct Scope {
    StageScope values;
    Arguments arguments;            // that have a declaration of the stage's own
    std::set<std::string> globals;  // that it takes over
  };

  // A stage goes on with the variables of the one that it begins with.
  const Scope& scope_of(std::size_t stage) {
    if (const auto known = scopes_.find(stage); known != scopes_.end()) return known->second;
    std::vector<std::string> uses;
    const std::string base = expanded(file_.stages[stage].base.text, lookup(global_), file_.directives.escape, uses);
    const auto earlier = earlier_stage(file_, stage, base);
    Scope scope{earlier ? scope_of(*earlier).values : StageScope{global_, given_, none_}, {}, {}};
    for (const Instruction& each : file_.stages[stage].instructions) {
      if (const auto* arg = std::get_if<Arg>(&each.value)) declare(scope, *arg, each.range);
      if (!std::holds_alternative<Env>(each.value)) continue;
      Instruction env = each;
      if (!expand_instruction(env, scope.values.lookup(), file_.directives.escape))
        scope.values.set(std::get<Env>(env.value));
    }
    return scopes_.emplace(stage, std::move(scope)).first->second;
  }

  void declare(Scope& scope, const Arg& arg, const Range& range) {
    for (const ArgDeclaration& each : arg.declarations) {
      const std::string& name = each.name.text;
      // What is wrong with it the build reports.
      const bool known = !scope.values.declare({.declarations = {each}}, file_.directives.escape);
      if (!each.value && globals_.contains(name)) {
        scope.arguments.erase(name);
        scope.globals.insert(name);
      } else if (!automatic_.contains(name)) {
        const bool has_value = known && (each.value || given_.contains(name));
        const auto value = has_value ? scope.values.lookup()(name) : std::nullopt;
        scope.arguments[name] = {name, value.value_or(""), each.description, range};
        scope.globals.erase(name);
      }
    }
  }

  const Dockerfile& file_;
  const Variables given_, automatic_, none_;
  Variables global_;
  Outline& outline_;
  Arguments globals_;
  std::map<std::string, std::vector<std::string>> uses_;  // of each global argument, by its default
  std::map<std::size_t, Scope> scopes_;
  std::set<std::size_t> read_;
  std::set<std::string> listed_, granted_;
};

}  // namespace

Outline outline_of(const Dockerfile& file, const std::string& target, const std::map<std::string, std::string>& given) {
  if (file.stages.empty()) throw Error(ErrorKind::invalid, "the Dockerfile has no stage");
  Outline outline{.stage = stage_of(file, target), .arguments = {}, .secrets = {}, .agents = {}};
  Reader{file, given, outline}.read(outline.stage);
  const auto place = [](const auto& each) { return std::pair{each.range.begin.line, each.range.begin.column}; };
  std::ranges::stable_sort(outline.arguments, {}, place);
  std::ranges::stable_sort(outline.secrets, {}, place);
  std::ranges::stable_sort(outline.agents, {}, place);
  return outline;
}

}  // namespace stack::dockerfile
