// What projects are called, and what things of theirs are called by it. Names of projects: lower case, a-z 0-9 _ -, a letter or digit
// first. Pure.
#pragma once

#include <string>
#include <string_view>

#include "compose/model/project.h"

namespace stack::compose {

// The text with what a project's name cannot have left out; empty when nothing remains. A name that is valid stays as it is.
std::string normal_project_name(std::string_view text);

// What errors advise.
inline constexpr const char* kProjectNameRule =
    "use lower-case letters, digits, \"_\" and \"-\", with a letter or digit first";

// "<project>-<service>-<number>" with the project's separator, or the service's container_name.
std::string container_name(const Project& project, const Service& service, int number);

// "<project>-<service>-run-<slug>": the container of a `run` that got no name.
std::string one_off_name(const Project& project, const std::string& service, const std::string& slug);

// The image that the service names, or "<project>-<service>", which is what its build makes.
std::string image_reference(const Project& project, const Service& service);

// The network that `network_mode` names: "bridge", or one that the project neither makes nor removes. Empty for the other modes.
std::string network_of_mode(const Service& service);
// bridge where the file leaves the choice to the engine.
std::string driver_of(const Network& network);

}  // namespace stack::compose
