// The command line: every command and flag, bound to the structs of cli/commands (CLI11's one door).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/args/dialect.h"
#include "cli/commands/session.h"

namespace stack::cli {

class Command;

// Runs what the words ask for, in the dialect of the program's name: `docker`, `docker-compose`, or any other for our own, which has
// Docker's behind the word `docker`. Returns the process's exit code. Never throws.
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
void add_completion(Command& stack);
void add_engine_groups(Command& stack);
void add_build(Command& stack);
void add_builder_group(Command& stack, const char* name);
void add_image_build(Command& group);
void add_container_group(Command& stack);
void add_image_group(Command& stack, Dialect dialect);
// Verbs that stand in their group, and with Docker at the top as well.
void add_container_verbs(Command& parent);
void add_container_runs(Command& parent);   // run, create, update
void add_container_looks(Command& parent);  // exec, logs, top, port
void add_image_verbs(Command& parent);
struct ContainerLsFlags;
void declare_container_ls(Command& c, ContainerLsFlags& f);
struct ImageLsFlags;
void declare_image_ls(Command& c, ImageLsFlags& f);
struct ImageRmFlags;
void declare_image_rm(Command& c, ImageRmFlags& f);
struct SystemEventsFlags;
void declare_system_events(Command& c, SystemEventsFlags& f);
struct InspectFlags;
void declare_inspect(Command& c, InspectFlags& f);
// Of the group `system`, what both dialects have.
void add_system_verbs(Command& group);
void add_copy_verbs(Command& stack);
void add_network_group(Command& stack);
void add_volume_group(Command& stack);

}  // namespace stack::cli
