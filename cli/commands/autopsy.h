// Why an operation failed: the last words of the containers that failed in it, and what its rollback left.
//
// note() gathers during the operation; report() asks the engine afterwards. It never throws: what cannot be learnt is left out.
#pragma once

#include <set>
#include <string>

#include "engine/client/engine_client.h"

namespace stack::cli {

class Autopsy {
 public:
  static constexpr std::uint64_t kLines = 5;  // of each container's log

  void note(const std::string& project, const api::Report& report);
  // Lines to stand under the error; empty when there is nothing to add.
  [[nodiscard]] std::string report(client::EngineClient& engine) const;

 private:
  std::string project_;
  // Names of containers; `awaited_` are those that a wait was still for when the operation ended.
  std::set<std::string> failed_, awaited_, restored_;
};

// How far a container is that was waited for in vain: "  shop-web-1 is starting, restarted 3 times". Pure.
std::string progress_of(const model::Container& container);

// What a container that failed has to say: its end, its last health check. Empty for one that is well. Pure.
std::string findings(const model::Container& container);

}  // namespace stack::cli
