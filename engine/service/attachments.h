// Clients that are attached to the first processes of containers: output as the shim writes it to the log, input to the pipe or the
// terminal that the shim handed over.
//
// Loop thread only; each client is a few coroutines that end with the process, or with the client.
#pragma once

#include <map>

#include "engine/api/attach_backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class Attachments final : public api::AttachBackend {
 public:
  explicit Attachments(core::Engine& engine) : engine_(engine), tasks_(engine.context().loop, "attach") {}

  bool has_terminal(const api::AttachRequest& request) override;
  std::shared_ptr<api::ExecProcess> attach(const api::AttachRequest& request, api::ExecEvents events) override;

  // Resumes when every client that was attached at the container's end has got all output, or the deadline has passed: the end may be
  // told then, and the log may go. Clients that wait for the next start do not count.
  boost::asio::awaitable<void> drained(std::string container, Mono deadline);
  // Lets go of all of them; resumes when that is done.
  boost::asio::awaitable<void> stop();

 private:
  [[nodiscard]] std::shared_ptr<core::ManagedContainer> named(const std::string& container) const;

  core::Engine& engine_;
  async::TaskGroup tasks_;
  std::map<std::string, int> draining_;  // by container: clients that have not got all of an output that has ended
  async::Event fewer_{engine_.context().loop};
};

}  // namespace stack::service
