// Images in the words of Docker's Engine API, 1.51. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/backend.h"

namespace stack::api {

// As GET /images/json, /images/{name}/json and /images/{name}/history have them.
// `containers`: of how many each image is, by its id.
// `virtual_size`: with the size once more, as the API had it before 1.44.
std::string docker_images_json(const std::vector<model::Image>& images, const std::map<std::string, int>& containers,
                               bool virtual_size = false);
std::string docker_image_json(const ImageDetails& details, bool virtual_size = false);
std::string docker_history_json(const ImageDetails& details);
// As DELETE /images/{name} and POST /images/prune have it.
std::string docker_removal_json(const ImageRemoval& removal);
std::string docker_prune_json(const ImageRemoval& removal);

// Lines of the streams of pull, push, load and import, the newline included.
std::string docker_stream_line(std::string_view text);  // {"stream": ...}
std::string docker_status_line(std::string_view text);  // {"status": ...}
std::string docker_failure_line(const Error& error);    // {"errorDetail": {"message"}, "error"}

// The parameter `filters` of a list, applied: reference, dangling, label, before, since, until. Throws invalid, not_found.
std::vector<model::Image> filter_images(std::vector<model::Image> images, std::string_view filters, Wall now);
// Of a prune: dangling, label, label!, until.
ImageFilter parse_image_prune_filter(std::string_view filters, Wall now);
// The header X-Registry-Auth: base64 of {"username", "password", "identitytoken", "registrytoken", "serveraddress"}. Nothing when it is
// empty. Throws invalid.
// "linux/arm64/v8" of the parameter `platform`, {"os", "architecture", "variant"}; empty without one. Throws invalid, as dockerd says it.
std::string parse_image_platform(std::string_view text);
model::Credentials parse_registry_auth(std::string_view header);

}  // namespace stack::api
