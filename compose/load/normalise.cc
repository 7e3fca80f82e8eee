#include "compose/load/normalise.h"

namespace stack::compose {
namespace {

struct Implied {
  std::string target;
  bool restart = true;
  const char* because = "";
};

std::vector<Implied> implied_dependencies(const Strings& links,
                                          const std::vector<std::pair<const char*, std::string>>& modes,
                                          const Strings& volumes_from) {
  constexpr std::string_view kService = "service:", kContainer = "container:";
  std::vector<Implied> implied;
  for (const auto& link : links) implied.push_back({link.substr(0, link.find(':')), true, "links"});
  for (const auto& [attribute, mode] : modes) {
    if (mode.starts_with(kService)) implied.push_back({mode.substr(kService.size()), true, attribute});
  }
  for (const auto& from : volumes_from) {
    if (!from.starts_with(kContainer)) implied.push_back({from.substr(0, from.find(':')), false, "volumes_from"});
  }
  return implied;
}

void imply_dependencies(Service& service) {
  const auto implied = implied_dependencies(service.links,
                                            {{"network_mode", service.network_mode},
                                             {"ipc", service.ipc},
                                             {"pid", service.pid},
                                             {"uts", service.uts},
                                             {"cgroup", service.cgroup}},
                                            service.volumes_from);
  for (const auto& [target, restart, because] : implied) {
    const auto [at, added] = service.depends_on.try_emplace(target);
    if (!added) continue;
    at->second.restart = restart;
    service.places.emplace("depends_on." + target, service.place_of(because));
  }
}

// The texts of a list, without those that still hold variables.
Strings known_texts(const Node* list) {
  Strings texts;
  if (list == nullptr) return texts;
  for (const Node& item : list->items) {
    if (item.text.find('$') == std::string::npos) texts.push_back(scalar_text(item));
  }
  return texts;
}

void imply_dependencies(Node& service) {
  std::vector<std::pair<const char*, std::string>> modes;
  for (const char* key : {"network_mode", "ipc", "pid", "uts", "cgroup"}) {
    const Node* mode = service.find(key);
    if (mode != nullptr && mode->text.find('$') == std::string::npos) modes.emplace_back(key, mode->text);
  }
  const auto implied =
      implied_dependencies(known_texts(service.find("links")), modes, known_texts(service.find("volumes_from")));
  for (const auto& [target, restart, because] : implied) {
    Node& dependencies = service.at("depends_on");
    if (dependencies.find(target) != nullptr) continue;
    Node dependency = Node::of_mapping();
    dependency.at("condition") = Node::of_string("service_started");
    dependency.at("required") = Node::of_boolean(true);
    if (restart) dependency.at("restart") = Node::of_boolean(true);
    dependencies.at(target) = std::move(dependency);
  }
}

template <class Resource>
void set_names(std::map<std::string, Resource>& resources, const std::string& project) {
  for (auto& [key, resource] : resources) {
    if (!resource.name.empty()) continue;
    bool external = false;
    if constexpr (requires(Resource & it) { it.external; }) external = resource.external;
    resource.name = external ? key : project + "_" + key;
  }
}

}  // namespace

void normalise(Project& project) {
  bool uses_default = false;
  for (auto& [name, service] : project.services) {
    if (!service.provider && service.network_mode.empty() && service.networks.empty()) service.networks["default"];
    uses_default = uses_default || service.networks.contains("default");
    if (service.pull_policy == "if_not_present") service.pull_policy = "missing";
    if (service.build) {
      if (service.build->dockerfile.empty() && service.build->dockerfile_inline.empty())
        service.build->dockerfile = "Dockerfile";
      std::erase_if(service.build->args, [](const auto& arg) { return !arg.second.has_value(); });
    }
    imply_dependencies(service);
    for (auto& hook : service.pre_start) {
      if (hook.image.empty()) hook.image = service.image;
    }
  }
  if (uses_default) project.networks.try_emplace("default");
  set_names(project.networks, project.name);
  set_names(project.volumes, project.name);
  set_names(project.secrets, project.name);
  set_names(project.configs, project.name);
}

void normalise(Node& model, const std::string& project_name) {
  model.at("name") = Node::of_string(project_name);
  bool uses_default = false;
  if (Node* services = model.find("services")) {
    for (auto& [name, service] : services->entries) {
      const Node* networks = service.find("networks");
      const bool none = networks == nullptr || (networks->entries.empty() && networks->items.empty());
      if (none && service.find("network_mode") == nullptr && service.find("provider") == nullptr) {
        service.at("networks").at("default");
      }
      networks = service.find("networks");
      uses_default = uses_default || (networks != nullptr && networks->find("default") != nullptr);
      if (service.is(Kind::mapping)) imply_dependencies(service);
      Node* build = service.find("build");
      if (build != nullptr && build->is(Kind::mapping) && build->find("dockerfile") == nullptr &&
          build->find("dockerfile_inline") == nullptr)
        build->at("dockerfile") = Node::of_string("Dockerfile");
    }
  }
  if (uses_default) model.at("networks").at("default");
  for (const char* kind : {"networks", "volumes", "secrets", "configs"}) {
    Node* resources = model.find(kind);
    if (resources == nullptr) continue;
    for (auto& [key, resource] : resources->entries) {
      const Node* external = resource.find("external");
      const bool elsewhere = external != nullptr && external->boolean;
      if (resource.find("name") == nullptr)
        resource.at("name") = Node::of_string(elsewhere ? key : project_name + "_" + key);
    }
  }
}

}  // namespace stack::compose
