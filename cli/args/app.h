// The command line: every command and flag, bound to the structs of cli/commands (CLI11's one door).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/commands/session.h"

namespace stack::cli {

// Runs what the words ask for; returns the process's exit code. Never throws.
int run(int argc, char** argv);

// Each command leaves here what it wants to be run after parsing.
struct Chosen {
  std::function<int(Session&)> action;
  GlobalOptions& global;
  std::vector<std::string> command{};  // what exec is to run
};

void add_compose_verbs(CLI::App& app, Chosen& chosen);
void add_registry_verbs(CLI::App& app, Chosen& chosen);  // pull, push, publish, images
void add_logins(CLI::App& app, Chosen& chosen);
void add_engine_groups(CLI::App& app, Chosen& chosen);
void add_image_group(CLI::App& app, Chosen& chosen);

}  // namespace stack::cli
