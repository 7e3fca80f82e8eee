#include "cli/commands/background_watch.h"

#include <signal.h>

#include "base/thrown.h"

namespace stack::cli {

void BackgroundWatch::prepare() {
  if (loop_) return;
  loop_ = std::make_unique<WatchLoop>(
      session_, loaded_, load_, options_,
      WatchOutput{.say = [this](const std::string& line) { say(line); },
                  .alone = [this](const std::function<void()>& write) { screen_.alone(write); }});
}

void BackgroundWatch::start() {
  prepare();
  thread_ = std::thread{[this] {
    // Signals are the main thread's.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    try {
      loop_->run(false);
    } catch (const std::exception& error) {
      say("Watch disabled with errors: " + error_of(error).render());
    }
  }};
}

void BackgroundWatch::stop() {
  if (!loop_) return;
  loop_->stop();
  if (thread_.joinable()) thread_.join();
  loop_.reset();
}

}  // namespace stack::cli
