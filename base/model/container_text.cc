#include "base/model/container_text.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <tuple>

#include "base/age.h"
#include "base/model/model_words.h"

namespace stack::model {
namespace {

constexpr int kPortMax = 65535;

// "7000-7002/udp": its ports; nothing for what is not one.
std::vector<PortBinding> ports_of(const std::string& exposed) {
  int first = 0, last = 0;
  char protocol[8] = "tcp";
  int fields = std::sscanf(exposed.c_str(), "%d-%d/%7s", &first, &last, protocol);
  if (fields < 2) {
    fields = std::sscanf(exposed.c_str(), "%d/%7s", &first, protocol);
    last = first;
  }
  std::vector<PortBinding> ports;
  if (fields < 1 || first < 1 || last > kPortMax) return ports;
  const Protocol kind = parse_word<Protocol>(protocol).value_or(Protocol::tcp);
  for (int port = first; port <= last; ++port) {
    PortBinding binding;
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

bool is_own_runtime(std::string_view name) {
  return name == "stack" || name == "runc" || name == "io.containerd.runc.v2";
}

std::string status_text(const Container& container, Wall now) {
  const ContainerState& state = container.state;
  switch (state.status) {
    case Status::running: {
      std::string text = "Up " + since(state.started, now);
      if (state.health == Health::starting) text += " (health: starting)";
      if (state.health == Health::healthy) text += " (healthy)";
      if (state.health == Health::unhealthy) text += " (unhealthy)";
      return text;
    }
    case Status::paused:
      return "Up " + since(state.started, now) + " (Paused)";
    case Status::restarting:
      return "Restarting (" + std::to_string(state.exit_code) + ") " + since(state.finished, now) + " ago";
    case Status::removing:
      return "Removal In Progress";
    case Status::dead:
      return "Dead";
    case Status::created:
      return "Created";
    case Status::exited:
      return "Exited (" + std::to_string(state.exit_code) + ") " + since(state.finished, now) + " ago";
  }
  return {};
}

std::vector<PortBinding> offered_ports(const Container& container) {
  if (container.state.status != Status::running && container.state.status != Status::paused) return {};
  const auto by_number = [](const PortBinding& a, const PortBinding& b) {
    return std::tie(a.container_port, a.protocol) < std::tie(b.container_port, b.protocol);
  };
  std::vector<PortBinding> published = container.state.ports, all;
  std::stable_sort(published.begin(), published.end(), by_number);
  const auto has = [](const std::vector<PortBinding>& ports, const PortBinding& port) {
    return std::any_of(ports.begin(), ports.end(), [&](const PortBinding& other) {
      return other.container_port == port.container_port && other.protocol == port.protocol;
    });
  };
  // "80" and "80/tcp" are one port: the first is of the file, the second of the image.
  for (const std::string& exposed : container.exposed) {
    for (PortBinding& port : ports_of(exposed)) {
      if (!has(published, port) && !has(all, port)) all.push_back(std::move(port));
    }
  }
  std::stable_sort(all.begin(), all.end(), by_number);
  all.insert(all.end(), published.begin(), published.end());
  return all;
}

}  // namespace stack::model
