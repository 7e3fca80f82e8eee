// Follows a project's logs while something else goes on: a connection and a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "cli/view/log_view.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

// Which exit decides that the command is to end; the following goes on until all have ended.
struct DecisiveExit {
  bool any_exit = false;
  bool any_failure = false;
  std::string code_of;  // the service whose exit code counts; empty: that of the deciding exit
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
  // Whether an exit has decided, and after finish() the code that counts.
  [[nodiscard]] bool decided() const { return decided_.load(); }
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  void follow();
  // True when this exit, the first such, decides.
  bool decides(const api::LogFrame& frame);

  api::LogRequest request_;
  DecisiveExit decisive_;
  client::EngineClient client_;
  LogView view_;
  std::map<std::uint16_t, std::string> service_of_;
  int exit_code_ = 0;  // the thread's, until its end
  std::atomic<bool> quit_{false}, decided_{false}, ended_{false};
  std::thread thread_;
};

}  // namespace stack::cli
