// What a process that nobody is connected to writes: read while it runs, so that it does not block, and up to a bound at its end.
//
// Loop thread only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "engine/core/exec_session.h"

namespace stack::core {

// One end of a pipe that the process writes into.
class ExecOutput {
 public:
  using Take = std::function<void(std::string_view)>;
  ExecOutput(boost::asio::io_context& loop, UniqueFd fd, Take take);

  boost::asio::awaitable<void> collect();
  // After the process's end: what it wrote is in the pipe by now. A process that it left behind may hold the other end for ever.
  void finish();

 private:
  bool read_some();  // false at the end

  boost::asio::posix::stream_descriptor source_;
  Take take_;
};

struct ExecEnd {
  int exit_code = 0;
  std::string out, err;  // the last bytes of each
};
// Its input is empty. When the wait is cancelled, the process is killed.
boost::asio::awaitable<ExecEnd> run_to_end(boost::asio::io_context& loop, std::shared_ptr<ExecSession> session,
                                           std::size_t bytes_max);

}  // namespace stack::core
