// The help of a command as text, for a screen of a certain width. Pure.
//
//   Usage: stack exec [OPTIONS] SERVICE COMMAND [ARG...]
//
//   Execute a command in a running container
//
//   Options:
//     -d, --detach        Run the command in the background
//
// What a name says stands beside it where there is room, and below it where there is not.
#pragma once

#include <cstddef>
#include <string>

#include "cli/args/dialect.h"

namespace CLI {
class App;
}

namespace stack::cli {

// No line is wider than `width`, but for words that are wider themselves.
std::string help_text(const CLI::App& command, std::size_t width, Dialect dialect = Dialect::stack);

// Lets this and all commands below it answer --help so.
void set_help(CLI::App& app, std::size_t width, Dialect dialect);

}  // namespace stack::cli
