// Where a container is in its life. Status values are those of the Docker Engine API.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/model/container_spec.h"

namespace stack::model {

enum class Status { created, running, paused, restarting, removing, exited, dead };
enum class Health { none, starting, healthy, unhealthy };

std::string_view to_string(Status status);
std::string_view to_string(Health health);

// An address that the container has on a network.
struct Endpoint {
  std::string network;  // name
  std::string network_id;
  std::string driver = "bridge";
  std::string ipv4;  // without prefix length
  int prefix_length = 0;
  std::string gateway;  // or empty on an internal network
  std::string ipv6;     // or empty on a network without it
  int ipv6_prefix_length = 0;
  std::string ipv6_gateway;
  std::string mac;
  std::string interface_name;  // inside the container
  std::string host_interface;  // the veth's other end
  bool operator==(const Endpoint&) const = default;
};

// A published port as it became.
struct PortBinding {
  std::string host_ip;  // "0.0.0.0" for all
  std::uint16_t host_port = 0;
  std::uint16_t container_port = 0;
  Protocol protocol = Protocol::tcp;
  bool operator==(const PortBinding&) const = default;
};

// What one run of the health check said.
struct ProbeResult {
  Wall started{}, ended{};
  int exit_code = 0;   // -1: it did not end in time, or did not start
  std::string output;  // at most 4 kB
  bool operator==(const ProbeResult&) const = default;
};
inline constexpr std::size_t kProbeResultsMax = 5;

struct ContainerState {
  Status status = Status::created;
  Health health = Health::none;
  int failing_streak = 0;
  std::int32_t pid = 0;  // of its first process on the host, 0 when none
  int exit_code = 0;
  bool oom_killed = false;
  int last_exit_code = 0;             // of the run before this one, when it was restarted
  bool last_oom_killed = false;       // the same
  std::optional<Nanos> killed_after;  // its grace period, when the last stop ended by SIGKILL
  std::vector<ProbeResult> probes;    // the last ones of this run, the newest last
  std::string error;                  // why the last start failed
  std::optional<Wall> started, finished;
  int restart_count = 0;
  bool stopped_by_user = false;  // what unless-stopped remembers
  bool paused_to_read = false;   // by the engine itself, for as long as it reads the container's files
  std::vector<Endpoint> endpoints;
  std::vector<PortBinding> ports;
  bool operator==(const ContainerState&) const = default;
};

// Whether there is a process, or will be one without anybody's doing.
inline bool is_alive(const ContainerState& state) {
  return state.status == Status::running || state.status == Status::paused || state.status == Status::restarting;
}

struct Container {
  std::string id;  // 64 hex digits
  ContainerSpec spec;
  ContainerState state;
  Wall created{};
  std::vector<std::string> command;  // what runs: entrypoint and command, image's included
  std::vector<std::string> exposed;  // ports by the image's and the service's word: "80/tcp", "7000-7002/udp"; sorted
  bool operator==(const Container&) const = default;
};

}  // namespace stack::model
