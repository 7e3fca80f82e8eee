// The body of POST /containers/create, and of .../update, from the flags of Docker's command line. What the engine cannot do it refuses
// itself, by name. Reads the files that flags name (env files, label files, seccomp profiles) and the environment; throws FlagError for
// a value that cannot be read, stack::Error(invalid) for flags that contradict one another.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/container_flags.h"
#include "cli/view/terminal.h"

namespace stack::cli {

// Which streams are attached, and the size of the terminal that shows them, so that the container's has it from its first moment.
// `detached`: none.
struct AttachedStreams {
  bool input = false, output = false, errors = false;
  TerminalSize terminal = {};
};
AttachedStreams attached_streams(const ContainerFlags& flags, bool detached);

std::string creation_request(const ContainerFlags& flags, const AttachedStreams& attached);

// Whether the made container gets a config.json as well (cli/commands/api_socket.h).
bool wants_api_config(const ContainerFlags& flags);

// {"Id": ..., "Warnings": [...]}
struct Created {
  std::string id;
  std::vector<std::string> warnings;
};
Created parse_created(const std::string& answer);

// What `container update` may change: limits and the restart policy. Throws invalid when that is nothing.
std::string change_request(const ContainerFlags& flags);
std::vector<std::string> parse_change_warnings(const std::string& answer);

}  // namespace stack::cli
