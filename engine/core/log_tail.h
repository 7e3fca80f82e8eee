// What a shim writes to a log while it writes it: the bytes of both streams, for one listener.
//
// Loop thread; reading runs on the pool. Watches the log's folder, which exists. Must outlive run().
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "engine/core/log_watches.h"
#include "engine/logs/reader.h"

namespace stack::core {

class LogTail {
 public:
  using OnOutput = std::function<void(int stream, std::string_view bytes)>;

  enum class From : std::uint8_t { begin, end };

  // Throws stack::Error when the folder cannot be watched.
  LogTail(boost::asio::io_context& loop, async::ThreadPool& workers, LogWatches& watches,
          const std::filesystem::path& folder, OnOutput on_output, From from = From::begin);

  // Reading waits for it before each piece: whoever takes the output sets the pace.
  void pace(std::function<boost::asio::awaitable<void>()> ready) { ready_ = std::move(ready); }

  // Gives everything that is written until `end` was called, and then the rest.
  boost::asio::awaitable<void> run();
  // The log is complete.
  void end();

 private:
  boost::asio::awaitable<bool> read();
  void wake();

  async::ThreadPool& workers_;
  async::Event wake_;
  logs::Reader reader_;
  logs::Cursor cursor_;
  OnOutput on_output_;
  std::function<boost::asio::awaitable<void>()> ready_;
  bool ended_ = false;
  bool changed_ = false;  // since the last reading began
  LogWatches::Watch watch_;
};

}  // namespace stack::core
