// What the API asks of containers that come to networks and go from them. engine/service implements it; loop thread.
#pragma once

#include <string>

#include "base/model/container_spec.h"
#include "engine/api/backend.h"

namespace stack::api {

// `container`: its name, its id or the beginning of that.
struct NetworkJoin {
  std::string container;
  model::Attachment attachment;  // its network is that of the request
};
struct NetworkLeave {
  std::string container;
  bool force = false;  // its record forgets the network even if nothing could be undone in its namespace
};

class ConnectBackend {
 public:
  virtual ~ConnectBackend() = default;
  // Both throw not_found, and answer once the store knows; on one that runs, it is done then. Failures are in Docker's words.
  virtual void connect(const std::string& network, NetworkJoin join, Answer<std::monostate> answer) = 0;
  virtual void disconnect(const std::string& network, NetworkLeave leave, Answer<std::monostate> answer) = 0;
};

}  // namespace stack::api
