// The names of all warnings, as they stand in messages, after --disable and under x-stack: lint: disable.
//
// latent: only `lint` looks for them, and nothing is wrong with the file for the other commands.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

struct WarningName {
  std::string_view name;
  bool latent = true;
  std::string_view meaning;
};

constexpr WarningName kWarnings[] = {
    {"bind_source_missing", true, "a bind mount's source does not exist, so an empty folder would be made there"},
    {"changed_by_yaml", true, "YAML reads a number where text is wanted, and writes it differently: 1.10 becomes 1.1"},
    {"database_port_public", true, "a database's port is published on every address of the host"},
    {"decimal_mode", true, "a file mode without a leading zero is a decimal number: 440 is not 0440"},
    {"deprecated", false, "a form that will go"},
    {"engine_socket_mounted", true, "a container with the engine's socket controls the machine"},
    {"env_file_variable", true, "a variable of an env_file is for the container, not for ${...} in the file"},
    {"fixed_container_name", true, "a second copy of the project cannot have the same container_name"},
    {"healthcheck_program", true, "the image has no program to run the healthcheck with"},
    {"image_tag", true, "an image without a version, or with the tag latest, changes by itself"},
    {"no_effect", false, "a key that is accepted and does nothing here"},
    {"obsolete", false, "a key of the past"},
    {"old_boolean", false, "yes, no, on and off are text in newer versions of YAML"},
    {"port_added", true, "a later file published a port again instead of replacing it"},
    {"port_base_60", true, "other readers take an unquoted 22:22 for a number to base 60"},
    {"port_conflict", true, "two services publish the same port"},
    {"ports_unused", true, "ports of a service on the host's network, or on none, are not published"},
    {"program", true, "the image has no program of the name that a container is to start with"},
    {"repeated_item", false, "a list says the same thing twice, and the last one counts"},
    {"restarting_job", true, "a service that others wait for to complete is started again when it ends"},
    {"right_over_host", true, "a container is privileged, or has a capability with which it reaches the machine"},
    {"secret_in_environment", true, "a password stands in the file as the value of a variable"},
    {"several_files", false, "several files could be the project's; one is used"},
    {"shell_syntax", true, "a command uses the syntax of a shell, and runs without one"},
    {"started_not_healthy", true, "a dependency has a healthcheck, and nothing waits for it"},
    {"symbolic_link", false, "the project is named for a symbolic link, not for the folder that it leads to"},
    {"unhealthy_dependency", true, "a dependency has to be healthy and says nowhere how it would show that"},
    {"unknown_option", false, "an option of a short volume that means nothing, here or elsewhere"},
    {"unknown_profile", false, "--profile names a profile that no service has"},
    {"unset_passthrough", true, "a variable is passed on to a container and is not set"},
    {"unset_variable", false, "a variable is not set and counts as empty"},
    {"unusable_variable", false, "a variable of the environment is not UTF-8 and counts as not set"},
    {"unused_config", true, "no service uses it"},
    {"unused_model", true, "no service uses it"},
    {"unused_network", true, "no service uses it"},
    {"unused_secret", true, "no service uses it"},
    {"unused_volume", true, "no service uses it"},
};

// All of them, separated by "|".
std::string_view warning_words();

// Takes out the warnings that `disabled` names, or the model under x-stack: for all, or for one service.
void drop_disabled(const Node& model, const std::set<std::string>& disabled, Diagnostics& diagnostics);

}  // namespace stack::compose
