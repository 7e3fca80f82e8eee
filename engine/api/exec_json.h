// Execs in the words of Docker's Engine API. Reading throws stack::Error(invalid) for text of another shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/exec_backend.h"

namespace stack::api {

// The body of a creation, for this container.
ExecSpec parse_exec_spec(std::string_view text, const std::string& container);
std::string exec_created_json(const std::string& id);
std::string exec_view_json(const ExecView& view);

// The body of a start.
struct ExecStart {
  bool detach = false;
  std::uint16_t rows = 0, columns = 0;
};
ExecStart parse_exec_start(std::string_view text);

}  // namespace stack::api
