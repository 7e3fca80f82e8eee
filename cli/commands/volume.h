// `stack volume`: ls, create, inspect, rm, prune, with Docker's flags and output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct VolumeLsFlags {
  bool quiet = false;
  std::vector<std::string> filters;  // dangling=, driver=, label=, name=
  std::string format = "table";      // or json, or a template: format_json.h
};
int volume_ls(Session& session, const VolumeLsFlags& flags);

struct VolumeCreateFlags {
  std::string name, driver = "local";
  std::optional<std::string> named;          // its name by the flag that Docker has no longer in its help
  std::vector<std::string> labels, options;  // NAME=VALUE
};
// Prints its name; without one it is anonymous.
int volume_create(Session& session, const VolumeCreateFlags& flags);

struct VolumeInspectFlags {
  std::vector<std::string> names;
  std::string format;  // empty: indented JSON
};
// Goes on behind names that are none and then fails.
int volume_inspect(Session& session, const VolumeInspectFlags& flags);

struct VolumeRmFlags {
  std::vector<std::string> names;
  bool force = false;  // one that is not there is no mistake
};
// Prints the name of each removed one; continues after a failure and then fails.
int volume_rm(Session& session, const VolumeRmFlags& flags);

struct VolumePruneFlags {
  bool all = false, force = false;
  std::vector<std::string> filters;  // label=, label!=, all=
};
int volume_prune(Session& session, const VolumePruneFlags& flags);

}  // namespace stack::cli
