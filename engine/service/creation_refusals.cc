#include "engine/service/creation_refusals.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "engine/sandbox/capabilities.h"
#include "engine/service/network_refusals.h"

namespace stack::service {
namespace {

// "db", "db:ro"
void check_volumes_from(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string mode = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (text.empty()) throw Error(ErrorKind::invalid, "volumes-from specification cannot be an empty string");
  if (!mode.empty() && mode != "ro" && mode != "rw" && mode != "z" && mode != "Z")
    throw Error(ErrorKind::invalid, "invalid mode: " + mode);
  if (colon == 0) throw Error(ErrorKind::invalid, "invalid name or ID supplied: \"\"");
}

}  // namespace

void check_partners(const core::Containers& containers, const model::ContainerSpec& spec) {
  const auto check = [&](const std::string& name, const std::string& what) {
    if (name.empty() || !containers.find(name)) throw Error(ErrorKind::invalid, what + "No such container: " + name);
  };
  for (const std::string& from : spec.volumes_from) {
    check_volumes_from(from);
    check(from.substr(0, from.find(':')), "");
  }
  for (const std::string& mode : {spec.ipc_mode, spec.pid_mode}) {
    if (mode.starts_with("container:")) check(mode.substr(mode.find(':') + 1), "");
  }
  for (const model::Attachment& attachment : spec.networks) {
    if (attachment.network != "bridge") continue;
    for (const auto& [alias, name] : attachment.links) check(name, "could not get container for " + name + ": ");
  }
}

void check_endpoints(const core::Networks& networks, const model::ContainerSpec& spec) {
  for (const model::Attachment& attachment : spec.networks) {
    const model::Network* network = networks.find(attachment.network);
    if (network == nullptr) continue;
    try {
      check_endpoint(network->spec, attachment);
    } catch (Error& error) {
      throw error.context("invalid config for network " + attachment.network);
    }
  }
}

void check_capabilities(const char* member, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::string known = name;
    std::transform(known.begin(), known.end(), known.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (!known.starts_with("CAP_") && known != "ALL") known.insert(0, "CAP_");
    if (known == "ALL" || known == "CAP_ALL" || sandbox::capability_number(known)) continue;
    throw Error(ErrorKind::invalid, std::string{"invalid "} + member + ": unknown capability: \"" + known + "\"");
  }
}

void check_command(const model::ContainerSpec& spec, const model::ImageConfig& config) {
  const auto& entrypoint = spec.entrypoint ? *spec.entrypoint : config.entrypoint;
  const bool runs = !entrypoint.empty() || (spec.command && !spec.command->empty()) ||
                    (!spec.command && !spec.entrypoint && !config.command.empty());
  if (!runs) throw Error(ErrorKind::invalid, "no command specified");
}

}  // namespace stack::service
