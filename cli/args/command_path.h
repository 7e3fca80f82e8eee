// A command among the commands of a program. Pure.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace stack::cli {

// "stack image rm"
inline std::string command_path(const CLI::App& command) {
  return (command.get_parent() == nullptr ? "" : command_path(*command.get_parent()) + " ") + command.get_name();
}

// The command that was chosen, as far as the words were understood.
inline const CLI::App& chosen_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

// "help run" is "run --help", and so is "help" within a group: "image help rm" is "image rm --help".
inline std::vector<std::string> help_as_flag(const CLI::App& app, std::vector<std::string> words) {
  auto at = words.begin();
  for (const CLI::App* command = &app; at != words.end() && *at != "help"; ++at) {
    const auto chosen = command->get_subcommands([&](const CLI::App* it) { return it->check_name(*at); });
    if (chosen.empty() || chosen.front()->get_subcommands({}).empty()) return words;
    command = chosen.front();
  }
  if (at == words.end()) return words;
  words.erase(at);
  words.emplace_back("--help");
  return words;
}

}  // namespace stack::cli
