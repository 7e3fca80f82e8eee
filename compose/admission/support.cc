#include "compose/admission/support.h"

#include <algorithm>

#include "base/model/container_text.h"
#include "base/model/network_options.h"
#include "compose/model/project_names.h"

namespace stack::compose {
namespace {

class Finder {
 public:
  Finder(std::vector<Unsupported>& found, bool before_client) : found_(found), before_client_(before_client) {}

  void service(const Project& project, const Service& s) {
    service_ = &s;
    const auto refuse = [&](bool used, const char* attribute, std::string message) {
      if (used) add(attribute, std::move(message), true);
    };
    const auto ineffective = [&](bool used, const char* attribute, std::string message) {
      if (used) add(attribute, std::move(message), false);
    };
    const std::string clients = "it is the client's part: stack up sends the project with what it stands for";
    refuse(!before_client_ && s.provider.has_value(), "provider", clients);
    refuse(!before_client_ && !s.models.empty(), "models", clients);
    refuse(!before_client_ && s.use_api_socket, "use_api_socket", clients);
    const std::string windows = "it is for Windows containers only and has no effect";
    ineffective(s.credential_spec.has_value(), "credential_spec", windows);
    ineffective(s.cpu_count != 0, "cpu_count", windows + "; use cpus");
    ineffective(s.cpu_percent != 0, "cpu_percent", windows + "; use cpus");
    refuse(!s.isolation.empty() && s.isolation != "default", "isolation",
           "\"" + s.isolation + "\" is for Windows containers only; on Linux there is only \"default\"");
    refuse(
        !s.runtime.empty() && !model::is_own_runtime(s.runtime), "runtime",
        "this engine runs containers itself and knows no runtime \"" + s.runtime + "\"; remove it to run the project");
    mode("userns_mode", s.userns_mode, {"host", "private"});
    mode("pid", s.pid, {"host", "service:NAME", "container:NAME"});
    mode("ipc", s.ipc, {"host", "private", "none", "shareable", "service:NAME", "container:NAME"});
    mode("uts", s.uts, {"host"});
    mode("cgroup", s.cgroup, {"host", "private"});
    mounts(s);
    grants(project, s);
    for (const auto& [key, network] : s.networks) {
      if (!network) continue;
      for (const auto& [option, value] : network->driver_opts) {
        ineffective(option != model::kInterfaceOption && option != model::kSysctlsOption, "networks",
                    "networks." + key + ".driver_opts: \"" + option + "\" has no effect; this engine knows " +
                        std::string{model::kInterfaceOption} + " and " + std::string{model::kSysctlsOption});
      }
    }
  }

 private:
  void add(const std::string& attribute, std::string message, bool fatal) {
    found_.push_back(
        {"services." + service_->name + "." + attribute, service_->place_of(attribute), std::move(message), fatal});
  }

  void mode(const char* attribute, const std::string& value, std::initializer_list<std::string_view> known) {
    const std::string_view kind = value.substr(0, value.find(':') + 1);
    const auto fits = [&](std::string_view item) { return item == value || (!kind.empty() && item.starts_with(kind)); };
    if (value.empty() || std::any_of(known.begin(), known.end(), fits)) return;
    std::string list;
    for (const std::string_view item : known) (list += list.empty() ? "" : ", ") += item;
    add(attribute, "this engine does not support \"" + value + "\" yet; it knows " + list, true);
  }

  void mounts(const Service& s) {
    for (std::size_t i = 0; i < s.volumes.size(); ++i) {
      const ServiceMount& mount = s.volumes[i];
      const std::string path = "volumes[" + std::to_string(i) + "]";
      if (mount.type == "npipe" || mount.type == "cluster") {
        add(path,
            "this engine does not support mounts of type " + mount.type + "; it knows bind, volume, tmpfs and image",
            true);
      }
      const bool asks = mount.bind && (mount.bind->recursive == "writable" || mount.bind->recursive == "readonly");
      if (asks && !mount.read_only)
        add(path, "bind.recursive: \"" + mount.bind->recursive + "\" is for mounts that are read_only", true);
    }
  }

  void grants(const Project& project, const Service& s) {
    const auto check = [&](const char* attribute, const std::vector<FileGrant>& list,
                           const std::map<std::string, FileObject>& objects) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        const auto object = objects.find(list[i].source);
        const std::string path = std::string{attribute} + "[" + std::to_string(i) + "]";
        if (object == objects.end()) continue;
        const FileObject& what = object->second;
        if (what.file.empty() && !what.content) {
          const std::string why =
              what.environment.empty()
                  ? "it has no source that this engine knows: give it a file, content or environment"
                  : "environment variable \"" + what.environment + "\" is not set";
          add(path, "\"" + list[i].source + "\": " + why, true);
        } else if (!what.file.empty() && (!list[i].uid.empty() || !list[i].gid.empty() || list[i].mode)) {
          add(path, "uid, gid and mode have no effect on what is mounted from the host; it keeps its own", false);
        }
      }
    };
    check("secrets", s.secrets, project.secrets);
    check("configs", s.configs, project.configs);
  }

  std::vector<Unsupported>& found_;
  bool before_client_;
  const Service* service_ = nullptr;
};

}  // namespace

std::vector<Unsupported> find_unsupported(const Project& project, const Machine& machine, bool before_client) {
  std::vector<Unsupported> found;
  for (auto& [path, place, message, fatal] : find_objections(project, machine))
    found.push_back({std::move(path), std::move(place), std::move(message), fatal});
  Finder finder{found, before_client};
  for (const auto& [name, service] : project.services) finder.service(project, service);
  for (const auto& [key, network] : project.networks) {
    const std::string path = "networks." + key;
    const std::string driver = driver_of(network);
    if (!network.external && driver != "bridge" && driver != "macvlan" && driver != "ipvlan") {
      found.push_back({path + ".driver", find_place(project.places, path),
                       "this engine has no network driver \"" + driver + "\"; it has bridge, macvlan and ipvlan",
                       true});
    }
    for (const auto& [option, value] : network.driver_opts) {
      if (network.external || driver != "bridge" || model::is_bridge_option(option)) continue;
      const std::string where = path + ".driver_opts." + option;
      found.push_back({where, find_place(project.places, where),
                       "the driver bridge does not know this option; it has no effect", false});
    }
    if (!network.ipam.driver.empty() && network.ipam.driver != "default") {
      found.push_back({path + ".ipam.driver", find_place(project.places, path),
                       "this engine has no address driver \"" + network.ipam.driver + "\"", true});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

}  // namespace stack::compose
