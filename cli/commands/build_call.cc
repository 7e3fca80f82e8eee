#include "cli/commands/build_call.h"

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/dockerfile/base_image.h"
#include "base/error.h"
#include "base/file.h"
#include "base/suggest.h"
#include "cli/view/printable.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

using Arguments = std::map<std::string, std::string>;

// A variable of the Dockerfile by its declaration that is seen first.
struct Parameters {
  std::vector<Row> arguments, secrets, ssh;
  std::set<std::string> known;

  void add(const dockerfile::Arg& arg, const Arguments& given) {
    for (const dockerfile::ArgDeclaration& each : arg.declarations) {
      if (!known.insert("arg " + each.name.text).second) continue;
      const auto value = given.find(each.name.text);
      const std::string shown = value != given.end() ? value->second : each.value ? each.value->text : std::string{};
      arguments.push_back({printable(each.name.text), printable(shown), printable(each.description)});
    }
  }
  void add(const dockerfile::Run& run) {
    for (const dockerfile::RunMount& mount : run.mounts) {
      if (mount.type != dockerfile::MountType::secret && mount.type != dockerfile::MountType::ssh) continue;
      const bool secret = mount.type == dockerfile::MountType::secret;
      const std::string id = mount.id.empty() ? "default" : mount.id;
      if (!known.insert((secret ? "secret " : "ssh ") + id).second) continue;
      (secret ? secrets : ssh).push_back({printable(id), mount.required ? "true" : ""});
    }
  }
};

std::size_t stage_of(const dockerfile::Dockerfile& file, const std::string& target) {
  if (const auto found = dockerfile::find_stage(file, target)) return *found;
  std::vector<std::string_view> names;
  for (const dockerfile::Stage& stage : file.stages) {
    if (stage.name) names.push_back(stage.name->text);
  }
  const std::string near = did_you_mean(target, names);
  throw Error(ErrorKind::not_found,
              "the Dockerfile has no stage \"" + target + "\"" + (near.empty() ? "" : "; " + near));
}

// The stage and those that it begins with, the first one first.
std::vector<std::size_t> chain_of(const dockerfile::Dockerfile& file, std::size_t stage) {
  std::vector<std::size_t> chain{stage};
  while (const auto earlier = dockerfile::earlier_stage(file, chain.front(), file.stages[chain.front()].base.text))
    chain.insert(chain.begin(), *earlier);
  return chain;
}

}  // namespace

std::string targets_text(const dockerfile::Dockerfile& file) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < file.stages.size(); ++i) {
    const dockerfile::Stage& stage = file.stages[i];
    std::string name = stage.name ? stage.name->text : std::to_string(i);
    if (i + 1 == file.stages.size()) name += " (default)";
    rows.push_back({printable(name), printable(stage.description)});
  }
  return table({"TARGET", "DESCRIPTION"}, std::move(rows));
}

std::string outline_text(const dockerfile::Dockerfile& file, const std::string& target, const Arguments& arguments) {
  if (file.stages.empty()) throw Error(ErrorKind::invalid, "the Dockerfile has no stage");
  const std::size_t index = stage_of(file, target);
  const dockerfile::Stage& stage = file.stages[index];
  Parameters parameters;
  for (const dockerfile::Instruction& each : file.global_args)
    parameters.add(std::get<dockerfile::Arg>(each.value), arguments);
  for (const std::size_t part : chain_of(file, index)) {
    for (const dockerfile::Instruction& each : file.stages[part].instructions) {
      if (const auto* arg = std::get_if<dockerfile::Arg>(&each.value)) parameters.add(*arg, arguments);
      if (const auto* run = std::get_if<dockerfile::Run>(&each.value)) parameters.add(*run);
    }
  }
  std::string text = "TARGET:      " + (stage.name ? printable(stage.name->text) : std::to_string(index)) + "\n";
  if (!stage.description.empty()) text += "DESCRIPTION: " + printable(stage.description) + "\n";
  if (!parameters.arguments.empty())
    text += "\n" + table({"BUILD ARG", "VALUE", "DESCRIPTION"}, std::move(parameters.arguments));
  if (!parameters.secrets.empty()) text += "\n" + table({"SECRET", "REQUIRED"}, std::move(parameters.secrets));
  if (!parameters.ssh.empty()) text += "\n" + table({"SSH", "REQUIRED"}, std::move(parameters.ssh));
  return text;
}

std::vector<std::string> stage_names(const std::string& file, const std::string& context) {
  const std::string path = !file.empty() ? file : (context.empty() ? "." : context) + "/Dockerfile";
  std::vector<std::string> names;
  const auto text = read_file(path, dockerfile::kTextMax);
  if (!text) return names;
  for (const dockerfile::Stage& stage : dockerfile::parse_dockerfile(*text).dockerfile.stages) {
    if (stage.name) names.push_back(stage.name->text);
  }
  return names;
}

}  // namespace stack::cli
