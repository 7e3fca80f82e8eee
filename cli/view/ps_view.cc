#include "cli/view/ps_view.h"

#include <algorithm>

#include "base/duration.h"
#include "base/model/protocol_name.h"
#include "base/model/restarts.h"
#include "cli/view/printable.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

constexpr std::size_t kCommandWidth = 20;

}  // namespace

std::string status_reason(const model::Container& container) {
  const model::ContainerState& state = container.state;
  switch (state.status) {
    case model::Status::running:
    case model::Status::paused:
      return state.restart_count == 0 ? "" : " (" + model::restarts_text(state) + ")";
    case model::Status::restarting:
      return " (restart " + std::to_string(state.restart_count) + (state.oom_killed ? ", out of memory" : "") + ")";
    case model::Status::exited:
      if (state.oom_killed) return " (out of memory)";
      return state.killed_after ? " (killed after " + format_duration(*state.killed_after) + ")" : "";
    case model::Status::dead:
    case model::Status::created:
      return state.error.empty() ? "" : " (" + state.error + ")";
    case model::Status::removing:
      return {};
  }
  return {};
}

std::string ports_text(const model::Container& container) {
  std::vector<std::string> parts;
  for (const model::PortBinding& port : offered_ports(container)) {
    if (port.host_port == 0) {
      parts.push_back(std::to_string(port.container_port) + "/" + std::string{model::protocol_name(port.protocol)});
      continue;
    }
    parts.push_back((port.host_ip.find(':') != std::string::npos ? "[" + port.host_ip + "]" : port.host_ip) + ":" +
                    std::to_string(port.host_port) + "->" + std::to_string(port.container_port) + "/" +
                    std::string{model::protocol_name(port.protocol)});
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string command_text(const model::Container& container, bool whole) {
  std::string joined;
  for (const std::string& word : container.command) {
    joined += (&word == &container.command.front() ? "" : " ");
    joined += word.find(' ') == std::string::npos ? word : "'" + word + "'";
  }
  if (!whole) joined = ellipsis(joined, kCommandWidth);
  std::string quoted = "\"";
  for (const char c : joined) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return printable(quoted) + "\"";
}

std::string ps_table(const std::vector<model::Container>& containers, Wall now, bool no_trunc) {
  std::vector<Row> rows;
  for (const model::Container& container : containers) {
    rows.push_back({container.spec.name, container.spec.image, command_text(container, no_trunc),
                    container.spec.service, human_duration(std::max(Nanos{0}, Nanos{now - container.created})) + " ago",
                    status_text(container, now) + status_reason(container), ports_text(container)});
  }
  return table({"NAME", "IMAGE", "COMMAND", "SERVICE", "CREATED", "STATUS", "PORTS"}, rows);
}

const std::map<std::string, std::string>& ps_titles() {
  static const std::map<std::string, std::string> kTitles{{"ID", "CONTAINER ID"},    {"Names", "NAMES"},
                                                          {"RunningFor", "CREATED"}, {"CreatedAt", "CREATED AT"},
                                                          {"ExitCode", "EXIT CODE"}, {"LocalVolumes", "LOCAL VOLUMES"}};
  return kTitles;
}

}  // namespace stack::cli
