#include "compose/check/consistency.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/mount_target.h"
#include "base/suggest.h"
#include "compose/graph/graph.h"

namespace stack::compose {
namespace {

template <class Map>
std::vector<std::string_view> keys(const Map& map) {
  std::vector<std::string_view> out;
  for (const auto& [key, unused] : map) out.emplace_back(key);
  return out;
}

// The service that "service:x" names, or "".
std::string service_reference(std::string_view mode) {
  constexpr std::string_view kPrefix = "service:";
  return mode.starts_with(kPrefix) ? std::string{mode.substr(kPrefix.size())} : std::string{};
}

class ServiceCheck {
 public:
  ServiceCheck(const Project& project, const Service& service, const ConsistencyOptions& options,
               Diagnostics& diagnostics)
      : project_(project), service_(service), options_(options), diagnostics_(diagnostics) {}

  void run() {
    image();
    networks();
    references();
    dependencies();
    scale();
    limits();
    health();
    mounts();
    watch();
  }

 private:
  Diagnostic& report(std::string code, std::string message, const std::string& attribute) {
    Diagnostic found;
    found.code = std::move(code);
    found.message = std::move(message);
    found.path = "services." + service_.name + (attribute.empty() ? "" : "." + attribute);
    found.place = service_.place_of(attribute);
    return diagnostics_.emplace_back(std::move(found));
  }

  template <class Map>
  void need(const Map& defined, const std::string& name, std::string_view noun, std::string_view section,
            const std::string& attribute) {
    if (defined.contains(name)) return;
    auto& found = report("undefined_" + std::string{noun},
                         "the " + std::string{noun} + " \"" + name + "\" is not defined", attribute);
    auto known = keys(defined);
    // A service is never what it refers to itself.
    if (section == "services") std::erase(known, service_.name);
    found.remedy = did_you_mean(name, known);
    if (found.remedy.empty()) found.remedy = "define it under " + std::string{section};
  }

  void image() {
    const auto& build = service_.build;
    if (service_.image.empty() && !build && !service_.provider && !options_.incomplete) {
      report("no_image", "the service has neither an image nor a build section", "").remedy =
          "add image: NAME or build: PATH";
    }
    if (!build) return;
    if (!build->dockerfile.empty() && !build->dockerfile_inline.empty() &&
        service_.places.contains("build.dockerfile")) {
      report("exclusive_keys", "\"dockerfile\" and \"dockerfile_inline\" exclude each other", "build");
    }
    if (!service_.platform.empty() && !build->platforms.empty() &&
        std::ranges::find(build->platforms, service_.platform) == build->platforms.end()) {
      report("platform_mismatch", "the platform \"" + service_.platform + "\" is not one of build.platforms",
             "platform");
    }
    for (const auto& [name, context] : build->additional_contexts) {
      const std::string target = service_reference(context);
      if (target.empty()) continue;
      const auto found = project_.services.find(target);
      if (found == project_.services.end()) {
        need(project_.services, target, "service", "services", "build");
      } else if (!found->second.build) {
        report("not_buildable", "the service \"" + target + "\" has no build section", "build");
      }
    }
    for (const auto& grant : build->secrets) need(project_.secrets, grant.source, "secret", "secrets", "build.secrets");
    for (const auto& [id, path] : build->ssh) {
      if (path.empty() && id != "default") {
        report("bad_value", "the ssh id \"" + id + "\" has no path", "build.ssh").remedy = "write " + id + "=PATH";
      }
    }
  }

  void networks() {
    if (!service_.network_mode.empty() && !service_.networks.empty()) {
      report("exclusive_keys", "\"network_mode\" and \"networks\" exclude each other", "network_mode")
          .related.push_back({service_.place_of("networks"), "networks is here"});
    }
    for (const auto& [name, settings] : service_.networks) {
      need(project_.networks, name, "network", "networks", "networks." + name);
    }
    for (const auto& [attribute, mode] :
         {std::pair{"network_mode", service_.network_mode}, std::pair{"ipc", service_.ipc},
          std::pair{"pid", service_.pid}, std::pair{"uts", service_.uts}, std::pair{"cgroup", service_.cgroup}}) {
      if (const auto target = service_reference(mode); !target.empty()) {
        need(project_.services, target, "service", "services", attribute);
      }
    }
  }

  void references() {
    for (std::size_t i = 0; i < service_.volumes.size(); ++i) {
      const auto& mount = service_.volumes[i];
      const std::string at = "volumes[" + std::to_string(i) + "]";
      if (mount.type == "volume" && !mount.source.empty())
        need(project_.volumes, mount.source, "volume", "volumes", at);
      if (mount.type == "bind" && mount.source.empty()) {
        report("missing_key", "a bind mount needs a source", at).remedy = "name a path of the host";
      }
    }
    for (std::size_t i = 0; i < service_.secrets.size(); ++i) {
      need(project_.secrets, service_.secrets[i].source, "secret", "secrets", "secrets[" + std::to_string(i) + "]");
    }
    for (std::size_t i = 0; i < service_.configs.size(); ++i) {
      need(project_.configs, service_.configs[i].source, "config", "configs", "configs[" + std::to_string(i) + "]");
    }
    for (const auto& [name, settings] : service_.models)
      need(project_.models, name, "model", "models", "models." + name);
  }

  // Whether a namespace is shared with the service, which is looked at there.
  [[nodiscard]] bool shares_with(const std::string& name) const {
    return !name.empty() &&
           std::ranges::any_of(
               std::array{service_.network_mode, service_.ipc, service_.pid, service_.uts, service_.cgroup},
               [&](const std::string& mode) { return service_reference(mode) == name; });
  }

  void dependencies() {
    for (const auto& [name, dependency] : service_.depends_on) {
      if (project_.services.contains(name) || shares_with(name)) continue;
      // A link or a shared volume is such a dependency, and is what stands in the file.
      const auto names_it = [&](const std::string& text) { return text.substr(0, text.find(':')) == name; };
      const auto item = [&](const char* list, const std::vector<std::string>& texts) {
        const auto found = std::ranges::find_if(texts, names_it);
        return found == texts.end() ? std::string{}
                                    : std::string{list} + "[" + std::to_string(found - texts.begin()) + "]";
      };
      std::string at = item("links", service_.links);
      if (at.empty()) at = item("volumes_from", service_.volumes_from);
      if (at.empty()) at = "depends_on." + name;
      const auto disabled = project_.disabled.find(name);
      if (disabled == project_.disabled.end()) {
        need(project_.services, name, "service", "services", at);
      } else if (dependency.required) {
        std::string profiles;
        for (const auto& profile : disabled->second.profiles) profiles += (profiles.empty() ? "" : ", ") + profile;
        report("disabled_dependency", "the service \"" + name + "\" is not enabled", at).remedy =
            "enable one of its profiles: " + profiles;
      }
    }
  }

  void scale() {
    const bool both = service_.scale && service_.deploy && service_.deploy->replicas;
    if (both && *service_.scale != *service_.deploy->replicas) {
      report("contradiction", "\"scale\" and \"deploy.replicas\" are different", "scale");
    }
    if (service_.replicas() < 0) {
      report("bad_value", "the number of replicas cannot be negative", service_.scale ? "scale" : "deploy.replicas");
    }
    if (!service_.container_name.empty() && service_.replicas() > 1) {
      report("contradiction", "several replicas cannot share one container_name", "container_name").remedy =
          "remove container_name, or the scale above 1";
    }
  }

  void limits() {
    if (!service_.deploy) return;
    const auto differs = [&](const char* attribute, double value, double deployed) {
      if (value != 0 && std::fabs(value - deployed) > 1e-6) {
        report("contradiction", std::string{"\""} + attribute + "\" differs from what deploy.resources says", attribute)
            .remedy = "set one of them";
      }
    };
    const auto& resources = service_.deploy->resources;
    if (resources.limits) {
      differs("cpus", service_.cpus, resources.limits->cpus);
      differs("mem_limit", static_cast<double>(service_.mem_limit.value),
              static_cast<double>(resources.limits->memory.value));
      differs("pids_limit", static_cast<double>(service_.pids_limit), static_cast<double>(resources.limits->pids));
    }
    if (resources.reservations) {
      differs("mem_reservation", static_cast<double>(service_.mem_reservation.value),
              static_cast<double>(resources.reservations->memory.value));
    }
  }

  void health() {
    if (!service_.healthcheck || service_.healthcheck->test.empty()) return;
    const auto& first = service_.healthcheck->test.front();
    if (first != "NONE" && first != "CMD" && first != "CMD-SHELL") {
      report("bad_value", "a healthcheck's test begins with CMD, CMD-SHELL or NONE, not \"" + first + "\"",
             "healthcheck.test")
          .remedy = "write one string to have it run by a shell";
    } else if (first != "NONE" && service_.healthcheck->test.size() < 2) {
      report("bad_value", "the healthcheck's test has nothing behind " + first, "healthcheck.test").remedy =
          first == "CMD" ? "write [CMD, program, argument...]" : "write [CMD-SHELL, command]";
    }
  }

  void mounts() {
    std::map<std::string, std::string> targets;
    const auto add = [&](const std::string& target, const std::string& attribute) {
      const std::string_view fault = target_fault(target);
      if (!fault.empty()) {
        report("bad_mount_target", "the target \"" + target + "\" " + std::string{fault}, attribute).remedy =
            "mount it at another place, for example /host" +
            std::string{target.starts_with("/proc") ? target : "/data"};
        return;
      }
      const auto [at, added] = targets.emplace(target, attribute);
      if (added) return;
      report("same_target", "two things are mounted at \"" + target + "\"", attribute)
          .related.push_back({service_.place_of(at->second), "the other one"});
    };
    for (std::size_t i = 0; i < service_.volumes.size(); ++i) {
      // One without a target is reported by its missing key.
      const std::string& target = service_.volumes[i].target;
      if (!target.empty()) add(target, "volumes[" + std::to_string(i) + "]");
    }
    for (std::size_t i = 0; i < service_.tmpfs.size(); ++i) {
      const auto& text = service_.tmpfs[i];
      add(clean_target(text.substr(0, text.find(':'))), "tmpfs[" + std::to_string(i) + "]");
    }
  }

  void watch() {
    if (!service_.develop) return;
    for (std::size_t i = 0; i < service_.develop->watch.size(); ++i) {
      const auto& trigger = service_.develop->watch[i];
      if (trigger.target.empty() && !trigger.action.empty() && trigger.action != "rebuild" &&
          trigger.action != "restart") {
        report("missing_key", "the action " + trigger.action + " needs a target", "develop.watch");
      }
    }
  }

  const Project& project_;
  const Service& service_;
  const ConsistencyOptions& options_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_consistency(const Project& project, const ConsistencyOptions& options, Diagnostics& diagnostics) {
  std::map<std::string, const Service*> names;
  for (const auto& [name, service] : project.services) {
    ServiceCheck{project, service, options, diagnostics}.run();
    if (service.container_name.empty()) continue;
    const auto [at, added] = names.emplace(service.container_name, &service);
    if (added) continue;
    Diagnostic found;
    found.code = "same_container_name";
    found.message =
        "container name \"" + service.container_name + "\" is used by services " + at->second->name + " and " + name;
    found.remedy = "give one of them another name";
    found.path = "services." + name + ".container_name";
    found.place = service.place_of("container_name");
    found.related.push_back({at->second->place_of("container_name"), "the other one"});
    diagnostics.push_back(std::move(found));
  }
  const auto cycle = Graph{project.services}.cycle();
  if (cycle.empty()) return;
  Diagnostic found;
  found.code = "dependency_cycle";
  found.message = "dependency cycle: ";
  for (std::size_t i = 0; i < cycle.size(); ++i) found.message += (i > 0 ? " -> " : "") + cycle[i];
  const auto& first = project.services.at(cycle[0]);
  found.path = "services." + cycle[0];
  found.place = first.place_of("depends_on." + cycle[1]);
  for (std::size_t i = 1; i + 1 < cycle.size(); ++i) {
    found.related.push_back({project.services.at(cycle[i]).place_of("depends_on." + cycle[i + 1]),
                             cycle[i] + " depends on " + cycle[i + 1] + " here"});
  }
  diagnostics.push_back(std::move(found));
}

}  // namespace stack::compose
