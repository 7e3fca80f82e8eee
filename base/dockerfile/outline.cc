#include "base/dockerfile/outline.h"

#include <set>
#include <string_view>

#include "base/dockerfile/base_image.h"
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

// The stage and those that it begins with, the first one first.
std::vector<std::size_t> chain_of(const Dockerfile& file, std::size_t stage) {
  std::vector<std::size_t> chain{stage};
  while (const auto earlier = earlier_stage(file, chain.front(), file.stages[chain.front()].base.text))
    chain.insert(chain.begin(), *earlier);
  return chain;
}

class Reader {
 public:
  Reader(Outline& outline, const std::map<std::string, std::string>& given) : outline_(outline), given_(given) {}

  void add(const Arg& arg, const Range& range) {
    for (const ArgDeclaration& each : arg.declarations) {
      if (!known_.insert("arg " + each.name.text).second) continue;
      const auto value = given_.find(each.name.text);
      std::string shown = value != given_.end() ? value->second : each.value ? each.value->text : std::string{};
      outline_.arguments.push_back({each.name.text, std::move(shown), each.description, range});
    }
  }
  void add(const Run& run, const Range& range) {
    for (const RunMount& mount : run.mounts) {
      if (mount.type != MountType::secret && mount.type != MountType::ssh) continue;
      const bool secret = mount.type == MountType::secret;
      std::string id = mount.id.empty() ? "default" : mount.id;
      if (!known_.insert((secret ? "secret " : "ssh ") + id).second) continue;
      (secret ? outline_.secrets : outline_.agents).push_back({std::move(id), mount.required, range});
    }
  }

 private:
  Outline& outline_;
  const std::map<std::string, std::string>& given_;
  std::set<std::string> known_;
};

}  // namespace

Outline outline_of(const Dockerfile& file, const std::string& target, const std::map<std::string, std::string>& given) {
  if (file.stages.empty()) throw Error(ErrorKind::invalid, "the Dockerfile has no stage");
  Outline outline{.stage = stage_of(file, target), .arguments = {}, .secrets = {}, .agents = {}};
  Reader reader{outline, given};
  for (const Instruction& each : file.global_args) reader.add(std::get<Arg>(each.value), each.range);
  for (const std::size_t part : chain_of(file, outline.stage)) {
    for (const Instruction& each : file.stages[part].instructions) {
      if (const auto* arg = std::get_if<Arg>(&each.value)) reader.add(*arg, each.range);
      if (const auto* run = std::get_if<Run>(&each.value)) reader.add(*run, each.range);
    }
  }
  return outline;
}

}  // namespace stack::dockerfile
