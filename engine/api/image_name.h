// Names of images in requests of Docker's API, and what dockerd says of those that are none. Pure.
#pragma once

#include <string>

namespace stack::api {

// A reference, or an id. Throws invalid.
void check_image_name(const std::string& name);
// "busybox" and "1" are "busybox:1"; a digest has an @. Without a tag it is the name. Throws invalid for what is neither tag nor digest.
std::string with_tag(const std::string& name, const std::string& tag);

}  // namespace stack::api
