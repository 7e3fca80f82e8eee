// Follows a project's logs while something else goes on: a connection and a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "cli/view/log_view.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

// Which exit decides what the command is for; the following goes on until all have ended.
struct DecisiveExit {
  bool any_exit = false;
  bool any_failure = false;
  std::string exit_of;  // a service
};

class Follower {
 public:
  Follower(std::string socket_path, api::LogRequest request, LogStyle style, DecisiveExit decisive);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower();

  void start();
  [[nodiscard]] bool started() const { return thread_.joinable(); }
  // True when the logs have ended or an exit has decided; false on an interrupt.
  bool wait_for_decision();
  // Waits for the last lines.
  void finish();
  [[nodiscard]] std::optional<int> decisive_exit() const { return decisive_exit_; }

 private:
  void follow();
  bool decides(const api::LogFrame& frame);

  api::LogRequest request_;
  DecisiveExit decisive_;
  client::EngineClient client_;
  LogView view_;
  std::map<std::uint16_t, std::string> service_of_;
  std::optional<int> decisive_exit_;  // written by the thread before it says so by decided_
  std::atomic<bool> quit_{false}, decided_{false}, ended_{false};
  std::thread thread_;
};

}  // namespace stack::cli
