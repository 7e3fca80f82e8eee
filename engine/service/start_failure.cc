#include "engine/service/start_failure.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/api/runtime_words.h"

namespace stack::service {

namespace {

bool concerns_network(const std::string& message) {
  if (message.starts_with("network ") && message.ends_with(" not found")) return true;
  constexpr std::array kBeginnings{"Address already in use", "driver failed programming external connectivity",
                                   "all ports are allocated"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](const char* beginning) { return message.starts_with(beginning); });
}

// Of failures that concern another container, dockerd's words, and its status where that is not 500.
struct Wording {
  std::string_view begins, ends, dockers;  // ours, whose beginning is replaced
  ErrorKind kind = ErrorKind::internal;
};
constexpr std::array kWordings{
    Wording{"network_mode: no such container: ", "", "joining network namespace of container: No such container: "},
    Wording{"network_mode: container ", "", "cannot join network namespace of a non running container: container ",
            ErrorKind::conflict},
    Wording{"pid: no such container: ", "", "failed to join PID namespace: No such container: "},
    Wording{"pid: container ", "", "failed to join PID namespace: container "},
    Wording{"ipc: no such container: ", "", "failed to join IPC namespace: No such container: ", ErrorKind::invalid},
    Wording{"ipc: container ", " does not share its own", "failed to join IPC namespace: non-shareable IPC: container ",
            ErrorKind::invalid},
    Wording{"ipc: container ", "", "failed to join IPC namespace: container ", ErrorKind::conflict}};

// Whatever else is missing or in the way at a start is dockerd's failure, not the request's.
ErrorKind kind_of_start(ErrorKind kind, const std::string& message) {
  for (const Wording& each : kWordings) {
    if (message.starts_with(each.dockers)) return each.kind;
  }
  const bool others = kind == ErrorKind::conflict || (kind == ErrorKind::not_found && !concerns_network(message));
  return others ? ErrorKind::internal : kind;
}

std::string reworded(std::string message) {
  for (const Wording& each : kWordings) {
    if (message.starts_with(each.begins) && message.ends_with(each.ends))
      return message.replace(0, each.begins.size(), each.dockers);
  }
  return message;
}

constexpr std::string_view kTaken = "port is already allocated: ", kNotBound = "reserving port ";

// Of "127.0.0.1:80/tcp is taken by web": whose words clients look for, and who has it.
std::string taken_port(const std::string& taken) {
  const std::size_t slash = std::min(taken.find('/'), taken.size()), by = taken.find(" is taken by ");
  return "Bind for " + taken.substr(0, slash) + " failed: port is already allocated" +
         (by == std::string::npos ? "" : ", it" + taken.substr(by));
}

// Empty of one that no port is the cause of.
std::string port_failure(const std::string& message) {
  if (message.starts_with(kTaken)) return taken_port(message.substr(kTaken.size()));
  if (message.starts_with(kNotBound)) return "failed to bind host port for " + message.substr(kNotBound.size());
  return {};
}

}  // namespace

Error docker_start_failure(const Error& error, const std::string& container, const std::string& id) {
  // dockerd does not name the container, whose name the client may not know yet.
  const std::string step = "starting container " + container + ": ";
  std::string message = error.message();
  if (message.starts_with(step)) message.erase(0, step.size());
  if (const std::string file = api::file_for_folder(message); !file.empty())
    return Error("Cannot mkdir: " + file + " is not a directory");
  if (error.kind() == ErrorKind::no_such_command || error.kind() == ErrorKind::not_executable) {
    message =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
        "failed: "
        "unable to start container process: error during container init: " +
        api::runtime_words(message);
  }
  message = reworded(std::move(message));
  ErrorKind kind = kind_of_start(error.kind(), message);
  if (const std::string port = port_failure(message); !port.empty()) {
    message = "driver failed programming external connectivity on endpoint " + container + " (" + id + "): " + port;
    kind = ErrorKind::internal;
  }
  if (concerns_network(message)) message = "failed to set up container networking: " + message;
  Error told(kind, std::move(message));
  if (!error.remedy_text().empty()) told.remedy(error.remedy_text());
  return told;
}

}  // namespace stack::service
