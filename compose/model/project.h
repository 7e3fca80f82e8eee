// A project: everything the Compose files say, resolved, as one value. The client makes it, the daemon keeps it.
//
// Names in services refer to keys of the maps beside them, and do so validly once loading has succeeded; only a
// dependency that is not required may be missing from `services`.
#pragma once

#include "compose/model/resources.h"
#include "compose/model/service.h"

namespace stack::compose {

struct Project {
  std::string name;
  std::string working_dir;  // absolute
  Strings config_files;     // absolute, in the order of merging
  Strings env_files;        // those given explicitly
  // Between the parts of the names of containers and images; "_" in compatibility mode.
  std::string separator = "-";
  std::map<std::string, Service> services;  // active ones
  std::map<std::string, Service> disabled;  // declared, but no active profile or selection asks for them
  std::map<std::string, Network> networks;
  std::map<std::string, Volume> volumes;
  std::map<std::string, FileObject> secrets;
  std::map<std::string, FileObject> configs;
  std::map<std::string, Model> models;
  Extensions extensions;
  // Where the top-level elements stand: "networks.inner", "volumes.data".
  Places places;

  bool operator==(const Project&) const = default;
};

}  // namespace stack::compose
