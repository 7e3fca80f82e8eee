// Tells when the logs that are being followed grow: one inotify instance for the whole engine, whatever the number of followers.
//
// Loop thread only. The instance is opened with the first watch and closed on the pool with the last, because closing waits for a grace
// period of the kernel. A Watch must not outlive the LogWatches.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/async/thread_pool.h"

namespace stack::core {

class LogWatches {
  struct Listener {
    int folder = -1;  // the kernel's number
    std::function<void()> changed;
  };

 public:
  // Ends with its destruction; `changed` is not called any more then.
  class Watch {
   public:
    Watch() = default;
    Watch(LogWatches& all, std::shared_ptr<Listener> listener) : all_(&all), listener_(std::move(listener)) {}
    Watch(Watch&& other) noexcept = default;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { end(); }

    [[nodiscard]] explicit operator bool() const { return listener_ != nullptr; }

   private:
    void end() noexcept;
    LogWatches* all_ = nullptr;
    std::shared_ptr<Listener> listener_;
  };

  LogWatches(boost::asio::io_context& loop, async::ThreadPool& workers) : loop_(loop), workers_(workers) {}
  LogWatches(const LogWatches&) = delete;
  LogWatches& operator=(const LogWatches&) = delete;
  ~LogWatches() { close(); }

  // `changed` is called on the loop after something was written to a file of the folder, or a file was made there. Throws not_found for
  // a folder that does not exist, and unavailable, with the setting that raises it, at a limit of the kernel.
  [[nodiscard]] Watch watch(const std::filesystem::path& folder, std::function<void()> changed);

 private:
  void open();
  void close() noexcept;
  void remove(const std::shared_ptr<Listener>& listener) noexcept;
  void wait();
  void take_events();

  boost::asio::io_context& loop_;
  async::ThreadPool& workers_;
  std::shared_ptr<boost::asio::posix::stream_descriptor> events_;  // null: nobody watches
  std::map<int, std::list<std::weak_ptr<Listener>>> listeners_;    // by the kernel's number of the folder
};

}  // namespace stack::core
