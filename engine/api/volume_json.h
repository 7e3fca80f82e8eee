// Volumes in the words of Docker's Engine API: what its clients send and get. Reading throws stack::Error(invalid) for text of another
// shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/backend.h"

namespace stack::api {

// One volume: Name, Driver, Mountpoint, CreatedAt, Labels, Options, Scope.
std::string volume_json(const model::Volume& volume);
std::string volume_list_json(const std::vector<model::Volume>& volumes);
std::string volume_removal_json(const VolumeRemoval& removal);
// A request to create: Name, Driver, DriverOpts, Labels; all may be missing.
std::string volume_request_json(const model::VolumeSpec& spec);
model::VolumeSpec parse_volume_request(std::string_view text);

model::Volume parse_volume(std::string_view text);
std::vector<model::Volume> parse_volume_list(std::string_view text);
VolumeRemoval parse_volume_removal(std::string_view text);

// The parameter `filters`: a list takes dangling, driver, label and name, a prune all, label and label!.
enum class FilterUse { list, prune };
VolumeFilter parse_volume_filter(std::string_view text, FilterUse use);

}  // namespace stack::api
