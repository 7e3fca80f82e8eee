// From a service to what one of its containers shall be. Pure.
#pragma once

#include <string>

#include "base/model/container_spec.h"
#include "base/model/one_off.h"
#include "compose/model/project.h"
#include "compose/model/project_names.h"

namespace stack::compose {

// Whether that is the name of the replica, by either separator: `--compatibility` renames nothing that is there.
bool is_name_of(const Project& project, const Service& service, int number, const std::string& name);

// What a mount of type image mounts: the image of the service that it names, or the one that it names itself.
std::string mounted_image(const Project& project, const ServiceMount& mount);

// "vendor.com/class=name": a device that a description of the machine has, and no path.
bool is_device_name(const DeviceMapping& device);

// What a service asks for by `gpus` or a reservation; `capability` is among the words that it has. All of them where no number is given.
model::DeviceRequest device_request(const DeviceRequest& from, const std::string& capability);

// `image_id` is what the service's image resolved to; `hash` its service_hash. Replica numbers count from 1.
model::ContainerSpec container_spec(const Project& project, const Service& service, int number,
                                    const std::string& image_id, const std::string& hash);

// The container of a `run`: the service's, but for its name and labels, without a restart policy, and without the service's names on
// the networks unless they are wanted.
model::ContainerSpec one_off_spec(const Project& project, const Service& service, const model::OneOff& one_off,
                                  const std::string& image_id);

}  // namespace stack::compose
