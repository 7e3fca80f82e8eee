// The streams of a container's first process, for clients that attach to them. engine/service implements it; loop thread.
#pragma once

#include <string>

#include "engine/api/backend.h"

namespace stack::api {

struct AttachRequest {
  std::string container;
  bool stdin_open = false, stdout_open = false, stderr_open = false;
  bool logs = false;    // what it has written so far comes first
  bool stream = false;  // what it writes from now on, until it ends
  std::string detach_keys;
};

class AttachBackend {
 public:
  virtual ~AttachBackend() = default;
  // Whether the container has a terminal. Throws not_found, conflict (it is paused), invalid (the detach keys).
  virtual bool has_terminal(const AttachRequest& request) = 0;
  // Before the start, or while it runs; on_exit comes with the end of its output, or when the client has detached by its keys. Input
  // waits for the process.
  virtual std::shared_ptr<ExecProcess> attach(const AttachRequest& request, ExecEvents events) = 0;
};

}  // namespace stack::api
