#include "engine/buildkit/dockerfile_needs.h"

#include "base/dockerfile/dockerfile.h"
#include "base/error.h"
#include "base/git/git_secrets.h"
#include "base/model/reference.h"

namespace stack::buildkit {
namespace {

using dockerfile::RunMount;

std::string option_of(const RunMount& mount, std::initializer_list<std::string_view> names) {
  for (const auto& option : mount.options) {
    for (const std::string_view name : names) {
      if (option.key == name && option.value) return *option.value;
    }
  }
  return {};
}

void add_mount(const RunMount& mount, DockerfileNeeds& needs) {
  const std::string type = option_of(mount, {"type"});
  std::string id = option_of(mount, {"id"});
  if (type == "secret") {
    if (id.empty()) id = option_of(mount, {"source", "src"});
    if (id.empty()) {
      const std::string target = option_of(mount, {"target", "dst", "destination"});
      id = target.substr(target.rfind('/') + 1);
    }
    if (!id.empty()) needs.secrets.insert(id);
  }
  if (type == "ssh") needs.agents.insert(id.empty() ? "default" : id);
}

void add_image(const std::string& name, DockerfileNeeds& needs) {
  if (name.empty() || name == "scratch" || name.find('$') != std::string::npos) return;
  try {
    needs.registries.insert(model::parse_reference(name).domain);
  } catch (const Error&) {
    // A stage with a name that no image could have.
  }
}

// Where a variable says which host it is, those for all hosts can be asked for.
void add_repository(const std::string& source, DockerfileNeeds& needs) {
  if (const auto reference = git::parse_git_reference(source)) {
    needs.secrets.merge(git::secret_names(*reference));
  } else if (source.find('$') != std::string::npos) {
    needs.secrets.merge(git::secret_names({}));
  }
}

}  // namespace

DockerfileNeeds needs_of(std::string_view text) {
  DockerfileNeeds needs;
  const auto parsed = dockerfile::parse_dockerfile(text);
  for (const auto& stage : parsed.dockerfile.stages) {
    add_image(stage.base.text, needs);
    for (const auto& instruction : stage.instructions) {
      if (const auto* run = std::get_if<dockerfile::Run>(&instruction.value)) {
        for (const RunMount& mount : run->mounts) add_mount(mount, needs);
      }
      if (const auto* add = std::get_if<dockerfile::Add>(&instruction.value)) {
        for (const auto& source : add->sources) add_repository(source.text, needs);
      }
      const auto* copy = std::get_if<dockerfile::Copy>(&instruction.value);
      if (copy != nullptr && copy->from) add_image(copy->from->text, needs);
    }
  }
  return needs;
}

}  // namespace stack::buildkit
