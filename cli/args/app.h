// The command line: every command and flag, bound to the structs of cli/commands (CLI11's one door).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

class Command;

// Runs what the words ask for; returns the process's exit code. Never throws.
int run(int argc, char** argv);

// Each command leaves here what it wants to be run after parsing.
struct Chosen {
  std::function<int(Session&)> action;
  GlobalOptions& global;
  std::vector<std::string> command{};  // what exec is to run
};

// Each adds its commands to `stack`.
void add_compose_verbs(Command& stack);
void add_registry_verbs(Command& stack);  // pull, push, publish, images
void add_logins(Command& stack);
void add_engine_groups(Command& stack);
void add_build(Command& stack);
void add_builder_group(Command& stack);
void add_image_build(Command& group);
void add_container_group(Command& stack);
void add_image_group(Command& stack);
void add_container_group(Command& stack);
void add_copy_verbs(Command& stack);
void add_network_group(Command& stack);
void add_volume_group(Command& stack);

}  // namespace stack::cli
