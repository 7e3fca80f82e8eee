// Which control group hierarchies this machine has and where they are mounted: version 2 alone, version 1, or the
// hybrid in which version 1 has the controllers and an empty version 2 tree stands beside it.
//
// Layout is a plain value that parse_layout reads from the text of /proc/self/mountinfo (proc(5)); detect_layout reads
// the file. Any thread. Cost: one small file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stack::cgroup {

enum class Mode { v2, v1, hybrid };

struct Hierarchy {
  std::vector<std::string> controllers;  // "cpu", "cpuacct"; "name=systemd" for a named one; empty for version 2
  std::string mount_point;               // "/sys/fs/cgroup/cpu,cpuacct"
  bool operator==(const Hierarchy&) const = default;
};

struct Layout {
  Mode mode = Mode::v2;
  std::vector<Hierarchy> v1;  // in the order of the mounts
  std::string v2;             // mount point of the version 2 tree, or empty
  bool operator==(const Layout&) const = default;

  // The mount point of a version 1 controller, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view controller) const;
  // Every folder that a control group at `path` ("stack-x/id") consists of: one with version 2, one per hierarchy else.
  [[nodiscard]] std::vector<std::string> folders(std::string_view path) const;
  // The folder in which a controller's files for `path` are; empty when this machine lacks the controller.
  [[nodiscard]] std::string folder(std::string_view controller, std::string_view path) const;
};

// Throws stack::Error(unsupported) when the text shows no hierarchy at all.
Layout parse_layout(std::string_view mountinfo);
Layout detect_layout();

}  // namespace stack::cgroup
