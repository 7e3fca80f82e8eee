#include "cli/view/ps_view.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "base/duration.h"
#include "base/model/protocol_name.h"
#include "cli/view/age.h"
#include "cli/view/printable.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

constexpr std::size_t kCommandWidth = 20;

constexpr int kPortMax = 65535;

// "7000-7002/udp": its ports; nothing for what is not one.
std::vector<model::PortBinding> ports_of(const std::string& exposed) {
  int first = 0, last = 0;
  char protocol[8] = "tcp";
  int fields = std::sscanf(exposed.c_str(), "%d-%d/%7s", &first, &last, protocol);
  if (fields < 2) {
    fields = std::sscanf(exposed.c_str(), "%d/%7s", &first, protocol);
    last = first;
  }
  std::vector<model::PortBinding> ports;
  if (fields < 1 || first < 1 || last > kPortMax) return ports;
  const std::string_view word = protocol;
  const auto kind = word == "udp"    ? model::Protocol::udp
                    : word == "sctp" ? model::Protocol::sctp
                                     : model::Protocol::tcp;
  for (int port = first; port <= last; ++port) {
    model::PortBinding binding;
    binding.container_port = static_cast<decltype(binding.container_port)>(port);
    binding.protocol = kind;
    ports.push_back(std::move(binding));
  }
  return ports;
}

std::string since(const std::optional<Wall>& moment, Wall now) {
  return human_duration(moment ? std::max(Nanos{0}, Nanos{now - *moment}) : Nanos{0});
}

}  // namespace

std::string status_text(const model::Container& container, Wall now) {
  const model::ContainerState& state = container.state;
  switch (state.status) {
    case model::Status::running: {
      std::string text = "Up " + since(state.started, now);
      if (state.health == model::Health::starting) text += " (health: starting)";
      if (state.health == model::Health::healthy) text += " (healthy)";
      if (state.health == model::Health::unhealthy) text += " (unhealthy)";
      return text;
    }
    case model::Status::paused:
      return "Up " + since(state.started, now) + " (Paused)";
    case model::Status::restarting:
      return "Restarting (" + std::to_string(state.exit_code) + ") " + since(state.finished, now) + " ago";
    case model::Status::removing:
      return "Removal In Progress";
    case model::Status::dead:
      return "Dead";
    case model::Status::created:
      return "Created";
    case model::Status::exited:
      return "Exited (" + std::to_string(state.exit_code) + ") " + since(state.finished, now) + " ago";
  }
  return {};
}

std::string status_reason(const model::Container& container) {
  const model::ContainerState& state = container.state;
  std::string last = state.last_oom_killed ? "out of memory" : "exit " + std::to_string(state.last_exit_code);
  switch (state.status) {
    case model::Status::running:
    case model::Status::paused:
      if (state.restart_count == 0) return {};
      return " (restarted " + std::to_string(state.restart_count) + (state.restart_count == 1 ? " time" : " times") +
             ", last: " + last + ")";
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

std::vector<model::PortBinding> offered_ports(const model::Container& container) {
  if (container.state.status != model::Status::running && container.state.status != model::Status::paused) return {};
  const auto by_number = [](const model::PortBinding& a, const model::PortBinding& b) {
    return std::tie(a.container_port, a.protocol) < std::tie(b.container_port, b.protocol);
  };
  std::vector<model::PortBinding> published = container.state.ports, all;
  std::stable_sort(published.begin(), published.end(), by_number);
  for (const std::string& exposed : container.exposed) {
    for (model::PortBinding& port : ports_of(exposed)) {
      const bool also = std::any_of(published.begin(), published.end(), [&](const model::PortBinding& other) {
        return other.container_port == port.container_port && other.protocol == port.protocol;
      });
      if (!also) all.push_back(std::move(port));
    }
  }
  std::stable_sort(all.begin(), all.end(), by_number);
  all.insert(all.end(), published.begin(), published.end());
  return all;
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
                    container.spec.service, since(container.created, now) + " ago",
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
