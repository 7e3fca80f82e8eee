#include "compose/admission/missing_files.h"

#include "base/model/docker_socket.h"

namespace stack::compose {

std::vector<Objection> find_missing_files(const Project& project, const Service& service,
                                          const std::function<bool(const std::string& path)>& exists) {
  std::vector<Objection> missing;
  const auto grants = [&](const std::vector<FileGrant>& granted, const std::map<std::string, FileObject>& objects,
                          const std::string& kind) {
    for (const FileGrant& grant : granted) {
      const auto object = objects.find(grant.source);
      if (object == objects.end() || object->second.file.empty() || exists(object->second.file)) continue;
      const std::string key = kind + "." + grant.source + ".file";
      missing.push_back({key, find_place(project.places, key),
                         "there is no file " + object->second.file + ", which service " + service.name + " wants"});
    }
  };
  grants(service.secrets, project.secrets, "secrets");
  grants(service.configs, project.configs, "configs");
  for (std::size_t i = 0; i < service.volumes.size(); ++i) {
    const ServiceMount& mount = service.volumes[i];
    if (mount.type != "bind" || !mount.bind || mount.bind->create_host_path || exists(mount.source)) continue;
    if (model::is_docker_socket(mount.source)) continue;
    const std::string attribute = item_of("volumes", i);
    missing.push_back({"services." + service.name + "." + attribute, service.place_of(attribute),
                       "there is no " + mount.source + ", and create_host_path is false"});
  }
  return missing;
}

}  // namespace stack::compose
