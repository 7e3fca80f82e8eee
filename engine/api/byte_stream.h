// An answer that is written piece by piece, with back pressure: a producer looks at queued() and waits for on_drained before it
// writes more than kQueuedMax ahead of the client.
//
// Loop thread only. The callbacks are called from the loop, never from within write() or finish().
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace stack::api {

class ByteStream {
 public:
  static constexpr std::size_t kQueuedMax = 1 << 20;  // bytes

  virtual ~ByteStream() = default;
  // After the client has gone, writing is allowed and does nothing.
  virtual void write(std::string bytes) = 0;
  // The next `bytes` of a pipe, which holds them already; by the kernel alone where the stream leads to a socket. They stay in the pipe
  // until they are sent: the producer writes no more of it before queued() is 0.
  virtual void write_from(std::shared_ptr<const UniqueFd> pipe, std::size_t bytes);
  // No further write; the answer ends when all is sent. Calling it again does nothing.
  virtual void finish() = 0;
  [[nodiscard]] virtual std::size_t queued() const = 0;  // bytes
  [[nodiscard]] virtual bool gone() const = 0;
  // Called whenever the queue has become empty. Empty function: nobody.
  virtual void on_drained(std::function<void()> callback) = 0;
  // Called once, when the client closed its end or the server shuts down.
  virtual void on_gone(std::function<void()> callback) = 0;
};

}  // namespace stack::api
