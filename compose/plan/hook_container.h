// The container that runs one pre_start hook of a service, beside the service's own containers (Compose specification, pre_start). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/model/container_spec.h"
#include "compose/model/project.h"

namespace stack::compose {

// The label of such a container, as Docker Compose has it; its value is "pre_start".
inline constexpr std::string_view kHookLabel = "com.docker.compose.hook";

// "<project>-<service>-pre_start-<index>"; with a replica, which counts from 1, its number stands behind the service.
std::string hook_container_name(const Project& project, const Service& service, std::size_t index, int replica = 0);

// The image of a pre_start hook that is another than the service's; empty: it is the service's.
std::string own_image(const Service& service, const Hook& hook);

// The service's container, but with the hook's image, command, user, folder, rights and variables; without ports, names on the networks,
// fixed addresses, a health check and a restart policy. Its volumes are those of the container `replica_name`, which exists.
// `image_id` may be empty: what the reference means when the container is made.
model::ContainerSpec hook_container_spec(const Project& project, const Service& service, std::size_t index,
                                         const std::string& replica_name, const std::string& image_id, int replica = 0);

}  // namespace stack::compose
