// What runs in a container, as a table: read from /proc, or by the machine's ps where a user chooses the columns.
//
// Loop thread; reading runs on the pool, where one ps at a time has a thread: one that hangs keeps others from ps and from nothing else.
#pragma once

#include "base/async/mutex.h"
#include "base/async/task_group.h"
#include "engine/api/process_table.h"
#include "engine/core/engine.h"

namespace stack::service {

class ProcessTables final : public api::ProcessBackend {
 public:
  explicit ProcessTables(core::Engine& engine)
      : engine_(engine), tasks_(engine.context().loop, "process tables"), ps_turn_(engine.context().loop) {}

  void processes(const std::string& container, std::string arguments, api::Answer<api::ProcessTable> answer) override;
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<api::ProcessTable> read(std::string group, std::string arguments);

  core::Engine& engine_;
  async::TaskGroup tasks_;
  async::Mutex ps_turn_;
};

}  // namespace stack::service
