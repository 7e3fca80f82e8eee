#include "base/dockerfile/build_arguments.h"

#include <algorithm>
#include <array>

#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/runes.h"

namespace stack::dockerfile {
namespace {

void add_platform(Variables& to, const std::string& prefix, const PlatformName& platform) {
  to[prefix + "OS"] = platform.os;
  to[prefix + "ARCH"] = platform.architecture;
  to[prefix + "VARIANT"] = platform.variant;
  to[prefix + "PLATFORM"] =
      platform.os + "/" + platform.architecture + (platform.variant.empty() ? "" : "/" + platform.variant);
}

std::optional<std::string> find(const Variables& in, std::string_view name) {
  const auto found = in.find(name);
  return found == in.end() ? std::nullopt : std::optional{found->second};
}

// Given values beat defaults, and those beat what the scope around has.
std::optional<Problem> declare_all(const Arg& arg, const Variables& given, const Variables& around, char escape,
                                   Variables& values) {
  const Lookup lookup = [&](std::string_view name) { return find(values, name); };
  for (ArgDeclaration it : arg.declarations) {
    if (auto problem = expand_word(it.name, lookup, escape)) return problem;
    const std::string& name = it.name.text;
    if (const auto value = find(given, name)) {
      values[name] = *value;
    } else if (it.value) {
      if (auto problem = expand_word(*it.value, lookup, escape)) return problem;
      values[name] = it.value->text;
    } else if (const auto inherited = find(around, name)) {
      values[name] = *inherited;
    }
  }
  return std::nullopt;
}

}  // namespace

Variables platform_arguments(const PlatformName& build, const PlatformName& target, std::string_view target_stage) {
  Variables result;
  add_platform(result, "BUILD", build);
  add_platform(result, "TARGET", target);
  result["TARGETSTAGE"] = target_stage.empty() ? "default" : target_stage;
  return result;
}

bool is_predefined_argument(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kProxies{"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                                            "all_proxy"};
  if (name != lower(name) && name != upper(name)) return false;
  return std::ranges::find(kProxies, lower(name)) != kProxies.end();
}

GlobalScope global_scope(const Dockerfile& file, const Variables& automatic, const Variables& build_arguments) {
  GlobalScope result{automatic, {}};
  for (const Instruction& instruction : file.global_args) {
    if (auto problem =
            declare_all(std::get<Arg>(instruction.value), build_arguments, {}, file.directives.escape, result.values)) {
      result.problems.push_back(std::move(*problem));
    }
  }
  return result;
}

std::optional<Problem> StageScope::declare(const Arg& arg, char escape) {
  return declare_all(arg, *build_arguments_, *global_, escape, values_);
}

void StageScope::set(const Env& env) {
  for (const Pair& pair : env.pairs) values_[pair.name.text] = environment_[pair.name.text] = pair.value.text;
}

void StageScope::renew_environment() {
  for (const auto& [name, value] : environment_) values_[name] = value;
}

bool StageScope::gives_value(const ArgDeclaration& declaration) const {
  const std::string& name = declaration.name.text;
  return declaration.value || build_arguments_->contains(name) || global_->contains(name);
}

Lookup StageScope::lookup() const {
  return [this](std::string_view name) { return find(values_, name); };
}

}  // namespace stack::dockerfile
