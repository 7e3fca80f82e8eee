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

struct Wording {
  std::string_view ours, dockers;  // how a message begins
};
constexpr std::array kWordings{
    Wording{"network_mode: no such container: ", "joining network namespace of container: No such container: "},
    Wording{"network_mode: container ", "cannot join network namespace of a non running container: container "},
    Wording{"pid: no such container: ", "No such container: "},
    Wording{"ipc: no such container: ", "No such container: "}};

std::string reworded(std::string message) {
  for (const Wording& each : kWordings) {
    if (message.starts_with(each.ours)) return message.replace(0, each.ours.size(), each.dockers);
  }
  return message;
}

constexpr std::string_view kTaken = "port is already allocated: ";

// Of "127.0.0.1:80/tcp is taken by web": whose words clients look for, and who has it.
std::string port_failure(const std::string& taken, const std::string& container, const std::string& id) {
  const std::size_t slash = std::min(taken.find('/'), taken.size()), by = taken.find(" is taken by ");
  return "driver failed programming external connectivity on endpoint " + container + " (" + id + "): Bind for " +
         taken.substr(0, slash) + " failed: port is already allocated" +
         (by == std::string::npos ? "" : ", it" + taken.substr(by));
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
  if (message.starts_with(kTaken)) message = port_failure(message.substr(kTaken.size()), container, id);
  message = reworded(std::move(message));
  if (concerns_network(message)) message = "failed to set up container networking: " + message;
  Error told(error.kind(), std::move(message));
  if (!error.remedy_text().empty()) told.remedy(error.remedy_text());
  return told;
}

}  // namespace stack::service
