// What clients of Docker's Engine API write to create or update a container, version 1.51: Config, HostConfig and NetworkingConfig.
//
// Pure. Throws stack::Error: invalid for JSON of another shape and for values that dockerd refuses, unsupported, with the member's
// name, for what this engine cannot honour. Nothing that is written is dropped, but for what concerns other platforms alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/api/container_commands.h"

namespace stack::api {

ContainerCreation parse_container_creation(std::string_view text);
ContainerChange parse_container_change(std::string_view text);
// {"Id": ..., "Warnings": [...]}
std::string container_created_json(const ContainerCreated& created);
// {"Warnings": [...]}
std::string container_changed_json(const std::vector<std::string>& warnings);

// {"StatusCode": 0}, how a container ended.
std::string container_end_json(const ContainerEnd& end);
// Of a body that may still be coming, in its chunks; nothing until it is complete.
std::optional<ContainerEnd> parse_container_end(std::string_view body);

// --- its parts ---
// Config.Healthcheck; nothing when it says nothing.
std::optional<model::Healthcheck> read_healthcheck(const nlohmann::json& config);
// HostConfig, without mounts and networks.
void read_host_config(const nlohmann::json& host, model::ContainerSpec& spec);
// An update names what changes, and may go without the rest.
enum class LimitsOf { creation, update };
model::Resources read_resources(const nlohmann::json& host, LimitsOf whose);
model::RestartPolicy read_restart_policy(const nlohmann::json& policy);
// Config.Volumes, HostConfig.Binds, Mounts and Tmpfs.
void read_mounts(const nlohmann::json& config, const nlohmann::json& host, ContainerCreation& creation);
// HostConfig.NetworkMode, Links, PortBindings, and NetworkingConfig.
void read_networks(const nlohmann::json& config, const nlohmann::json& host, model::ContainerSpec& spec);

// One of EndpointsConfig; null says nothing.
void read_endpoint(const nlohmann::json& value, model::Attachment& attachment);

// Throws unsupported when the member says anything but null, zero, false or empty.
void refuse_member(const nlohmann::json& object, const char* key, const char* where);

}  // namespace stack::api
