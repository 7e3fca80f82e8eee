// Follows a project's logs in the background: with a connection and a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "cli/view/log_view.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

// Which exit ends the command; following continues until all have exited. The code that counts is that of the
// deciding exit, unless the chosen service ends later.
struct DecisiveExit {
  bool any_exit = false;
  bool any_failure = false;
  std::string code_of;  // the chosen service; may be empty
};

class Follower {
 public:
  // `shown`: the services whose lines are shown; of the other services of the request only exits are reported.
  // `write` is called on the follower's thread; without one the lines go to the standard streams.
  Follower(std::string socket_path, api::LogRequest request, LogStyle style, DecisiveExit decisive,
           std::vector<std::string> shown, LogView::Write write = {});
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower();

  void start();
  [[nodiscard]] bool started() const { return thread_.joinable(); }
  enum class End { over, interrupt, left };
  // Over: the logs have ended, and nothing is `going_on` that would give them something to say again, or an exit has decided. Left: `key`,
  // which gets what is typed at a terminal whose mode lets single keys through, has said so.
  End wait_for_decision(const std::function<bool(char)>& key, const std::function<bool()>& going_on);
  // Waits for the last lines.
  void finish();
  // Whether an exit has decided, and after finish() the code that counts.
  [[nodiscard]] bool decided() const { return decided_.load(); }
  [[nodiscard]] int exit_code() const { return exit_code_; }
  // Whether the logs ended because the engine went away.
  [[nodiscard]] bool broken() const { return broken_.load(); }
  // Replicas that will speak, so that the prefixes are as wide from the first line on.
  void expect(const std::string& label) { view_.expect(label, {}); }

 private:
  static constexpr int kFollowAgainMs = 100;
  void follow();
  // From now on, after the logs have ended.
  void follow_again();
  void complain(const Error& error);
  [[nodiscard]] bool shows(const api::LogFrame& frame) const;
  // True when this exit, the first such, decides.
  bool decides(const api::LogFrame& frame);

  api::LogRequest request_;
  DecisiveExit decisive_;
  std::vector<std::string> shown_;
  client::EngineClient client_;
  LogView view_;
  std::map<std::uint16_t, std::string> service_of_;
  bool chosen_ = false;  // whether the chosen service has exited
  int exit_code_ = 0;    // the thread's, until its end
  std::atomic<bool> quit_{false}, decided_{false}, ended_{false}, broken_{false};
  Wall ended_at_{};  // the thread's, until its end
  std::thread thread_;
};

}  // namespace stack::cli
