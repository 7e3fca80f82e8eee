// What the declarations of commands have in common.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/args/app.h"

namespace stack::cli {

// A flag that may be given several times, one value each.
inline CLI::Option* repeated(CLI::App& command, const char* names, std::vector<std::string>& to, const char* help) {
  return command.add_option(names, to, help)->allow_extra_args(false)->type_size(1)->take_all();
}

// When the command is given, `action` is what is run.
template <class Flags>
void choose(CLI::App& command, Chosen& chosen, const std::shared_ptr<Flags>& flags,
            int (*action)(Session&, const Flags&)) {
  command.callback([&chosen, flags, action] {
    chosen.action = [flags, action](Session& session) { return action(session, *flags); };
  });
}

}  // namespace stack::cli
