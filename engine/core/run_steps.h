// The commands of a build's RUN, in the sandbox: a shim each, with no record, no name and no restart.
//
// Loop thread. A command has the namespaces, rights and files that a container has, and with the default network an address and DNS on the
// network "bridge". When the task that waits for it is cancelled, the command is killed; what it leaves is removed by a task of this
// object. An engine that is killed leaves the command to the next one, which ends it with its control group.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/async/task_group.h"
#include "engine/build/step_runner.h"
#include "engine/core/engine.h"
#include "engine/core/kernel_shims.h"

namespace stack::core {

class RunSteps final : public build::StepRunner {
 public:
  // Removes what an earlier engine's secrets have left.
  explicit RunSteps(Engine& engine);

  boost::asio::awaitable<build::RunOutcome> run(build::RunJob job) override;
  // Kills what runs; resumes when nothing of it is left.
  boost::asio::awaitable<void> stop();

 private:
  class Command;

  Engine& engine_;
  KernelShims shims_;
  async::TaskGroup tasks_;
  std::map<std::string, Command*> commands_;  // by id
};

}  // namespace stack::core
