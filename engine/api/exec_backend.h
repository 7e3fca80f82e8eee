// Execs by their id, as Docker's Engine API has them: created, started once, looked at as long as they are remembered. engine/service
// implements it; loop thread.
#pragma once

#include <optional>
#include <string>

#include "engine/api/backend.h"

namespace stack::api {

struct ExecSpec {
  ExecRequest request;  // its container by id
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false;
  std::string detach_keys;
};
struct ExecView {
  std::string id;
  ExecSpec spec;
  bool running = false;
  std::int32_t pid = 0;          // on the host, once it has started
  std::optional<int> exit_code;  // nothing: it has not ended
};

class ExecBackend {
 public:
  virtual ~ExecBackend() = default;
  // Its id. Throws, or fails with, not_found, invalid (no command, a user whom the container does not know), conflict (the container does
  // not run).
  virtual void create(ExecSpec spec, Answer<std::string> answer) = 0;
  // Throws not_found.
  virtual ExecView inspect(const std::string& id) = 0;
  // Throws not_found, and conflict when a start would be refused: it has run already, or its container is paused.
  virtual void check_start(const std::string& id) = 0;
  // Once; throws as check_start does. The terminal's first size may be 0.
  virtual void start(const std::string& id, std::uint16_t rows, std::uint16_t columns, ExecEvents events,
                     Answer<std::shared_ptr<ExecProcess>> answer) = 0;
  // Its client has left it by the keys for that.
  virtual void detached(const std::string& id) = 0;
  // Throws not_found, also when it does not run.
  virtual void resize(const std::string& id, std::uint16_t rows, std::uint16_t columns) = 0;
};

}  // namespace stack::api
