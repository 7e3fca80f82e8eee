// The parts of what creation_request() writes, a file each.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/commands/creation_request.h"

namespace stack::cli {

nlohmann::json creation_config(const ContainerFlags& flags, const AttachedStreams& attached);
nlohmann::json creation_resources(const ContainerFlags& flags);
// HostConfig, but for limits, mounts, devices and networks.
void add_host_settings(const ContainerFlags& flags, nlohmann::json& host);
// HostConfig.Binds, Mounts, Tmpfs, VolumesFrom and VolumeDriver, and Config.Volumes.
void add_mounts(const ContainerFlags& flags, nlohmann::json& config, nlohmann::json& host);
// Devices, requests of them, and limits of single ones.
void add_devices(const ContainerFlags& flags, nlohmann::json& host);
// ExposedPorts, PortBindings, NetworkMode, Links and NetworkingConfig; `config` is the whole body.
void add_networks(const ContainerFlags& flags, nlohmann::json& config, nlohmann::json& host);

}  // namespace stack::cli
