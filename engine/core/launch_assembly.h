// From a container's row to what the sandbox needs: mounts get their host paths, files their content. Reads the image store's
// memory and nothing else; the rest is pure.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "base/model/container_state.h"
#include "base/model/image_config.h"
#include "engine/core/options.h"
#include "engine/sandbox/launch_input.h"

namespace stack::core {

struct LaunchParts {
  model::Image image;
  std::vector<std::string> layers;
  // Host path of a named volume, nothing when there is none.
  std::function<std::optional<std::string>(const std::string& volume)> volume_path;
  // The folders of an image's layers by its id, nothing when it is gone.
  std::function<std::vector<std::string>(const std::string& image_id)> image_layers;
  model::LaunchNetwork network;                     // empty unless the container has networks of its own
  const model::Container* network_owner = nullptr;  // whose network, host name and files of names it shares
  bool first_start = true;
  std::string host_name;
  std::string host_resolv_conf;
  std::string host_hosts;  // of host networking
};

// Throws not_found for a volume or an image that is gone.
sandbox::LaunchInput assemble_launch(const model::Container& container, const Options& options,
                                     const LaunchParts& parts);
// What the further processes of a run have in common: their identity. `named` is whose host name the container has. No mounts, files
// or networks; nothing is read.
sandbox::LaunchInput assemble_exec(const model::Container& container, const model::ImageConfig& image,
                                   const model::Container& named);

// The host's /etc/resolv.conf, empty when it has none.
std::string read_host_resolv_conf();
// The host's /etc/hosts, empty when it has none.
std::string read_host_hosts();
// Variables that neither the container nor its image has.
void add_variables(const std::map<std::string, std::string>& variables, sandbox::LaunchInput& input);

std::string read_host_name();

}  // namespace stack::core
