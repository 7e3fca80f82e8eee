#include "engine/service/start_failure.h"

#include <algorithm>
#include <array>

namespace stack::service {

namespace {

bool concerns_network(const std::string& message) {
  if (message.starts_with("network ") && message.ends_with(" not found")) return true;
  constexpr std::array kBeginnings{"Address already in use", "port is already allocated", "all ports are allocated"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](const char* beginning) { return message.starts_with(beginning); });
}

}  // namespace

Error docker_start_failure(const Error& error, const std::string& container) {
  // dockerd does not name the container, whose name the client may not know yet.
  const std::string step = "starting container " + container + ": ";
  std::string message = error.message();
  if (message.starts_with(step)) message.erase(0, step.size());
  if (error.kind() == ErrorKind::no_such_command || error.kind() == ErrorKind::not_executable) {
    message =
        "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
        "failed: "
        "unable to start container process: error during container init: " +
        message;
  }
  if (concerns_network(message)) message = "failed to set up container networking: " + message;
  Error told(error.kind(), std::move(message));
  if (!error.remedy_text().empty()) told.remedy(error.remedy_text());
  return told;
}

}  // namespace stack::service
