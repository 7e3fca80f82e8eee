#include "compose/plan/hook_container.h"

#include "compose/plan/wanted_container.h"

namespace stack::compose {

std::string hook_container_name(const Project& project, const Service& service, std::size_t index, int replica) {
  const std::string& gap = project.separator;
  const std::string number = replica > 0 ? gap + std::to_string(replica) : "";
  return project.name + gap + service.name + number + gap + "pre_start" + gap + std::to_string(index);
}

std::string own_image(const Service& service, const Hook& hook) {
  return hook.image == service.image ? std::string{} : hook.image;
}

model::ContainerSpec hook_container_spec(const Project& project, const Service& service, std::size_t index,
                                         const std::string& replica_name, const std::string& image_id, int replica) {
  const Hook& hook = service.pre_start.at(index);
  model::ContainerSpec spec = container_spec(project, service, 1, image_id, {});
  spec.name = hook_container_name(project, service, index, replica);
  // Another image comes with its own entrypoint and command.
  if (const std::string image = own_image(service, hook); !image.empty()) {
    spec.image = image;
    spec.entrypoint = spec.command = std::nullopt;
  }
  if (hook.command) spec.command = hook.command;
  if (!hook.user.empty()) spec.user = hook.user;
  if (!hook.working_dir.empty()) spec.working_dir = hook.working_dir;
  if (hook.privileged) spec.privileged = true;
  for (const auto& [name, value] : hook.environment) spec.environment[name] = value;
  spec.one_off = true;
  for (const char* label : {"config-hash", "container-number", "oneoff"})
    spec.labels.erase(std::string{"com.docker.compose."} + label);
  spec.labels[std::string{kHookLabel}] = "pre_start";
  spec.labels[std::string{kHookLabel} + "-index"] = std::to_string(index);
  // What the replica mounts comes from it, with the volumes that have no name; a tmpfs cannot be shared.
  std::erase_if(spec.mounts, [](const model::Mount& mount) { return mount.kind != model::MountKind::tmpfs; });
  spec.volumes_from = {replica_name};
  spec.ports.clear();
  for (model::Attachment& attachment : spec.networks) {
    attachment.aliases.clear();
    attachment.ipv4_address.clear();
    attachment.ipv6_address.clear();
    attachment.mac_address.clear();
  }
  spec.healthcheck = model::Healthcheck{.test = {"NONE"}};
  spec.restart = {};
  spec.stdin_open = false;
  if (spec.log.driver == "none") spec.log = {};
  return spec;
}

}  // namespace stack::compose
