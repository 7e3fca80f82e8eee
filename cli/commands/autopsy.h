// Why an operation failed: the last words of the containers that failed in it, and what its rollback left.
//
// note() gathers during the operation; report() asks the engine afterwards. It never throws: what cannot be learnt is left out.
#pragma once

#include <set>
#include <string>

#include "cli/view/findings.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

class Autopsy {
 public:
  static constexpr std::uint64_t kLines = 5;  // of each container's log

  void note(const std::string& project, const api::Report& report);
  [[nodiscard]] Findings report(client::EngineClient& engine) const;

 private:
  void note_replacement(const model::ProgressEvent& event, const std::string& name);

  std::string project_;
  // Names of containers; `awaited_` are those that a wait was still for when the operation ended.
  std::set<std::string> failed_, awaited_, restored_, kept_;
  std::set<std::string> replacing_, replaced_;  // begun, and with the new one running
};

}  // namespace stack::cli
