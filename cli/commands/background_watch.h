// `watch` beside an attached `up`: a loop on a thread of its own, which is started and stopped as the user likes.
//
// The main thread owns it. While it runs, the session's engine is the loop's.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "cli/commands/up_screen.h"
#include "cli/commands/watch_loop.h"

namespace stack::cli {

class BackgroundWatch {
 public:
  BackgroundWatch(Session& session, UpScreen& screen, const compose::LoadResult& loaded, compose::LoadOptions load,
                  WatchOptions options, std::string prefix)
      : session_(session),
        screen_(screen),
        loaded_(loaded),
        load_(std::move(load)),
        options_(std::move(options)),
        prefix_(std::move(prefix)) {}
  BackgroundWatch(const BackgroundWatch&) = delete;
  BackgroundWatch& operator=(const BackgroundWatch&) = delete;
  ~BackgroundWatch() { stop(); }

  // Begins to notice changes; they are played from start() on. Throws stack::Error when there is nothing to watch.
  void prepare();
  void start();
  // What is under way is cancelled.
  void stop();
  [[nodiscard]] bool running() const { return thread_.joinable(); }
  void say(const std::string& line) { screen_.write(1, prefix_ + line + "\n"); }

 private:
  Session& session_;
  UpScreen& screen_;
  const compose::LoadResult& loaded_;
  compose::LoadOptions load_;
  WatchOptions options_;
  std::string prefix_;
  std::unique_ptr<WatchLoop> loop_;
  std::thread thread_;
};

}  // namespace stack::cli
