// The durable store's one writer, seen from the loop: commits are gathered while one is being written, so that fifty containers
// that start together cost one transaction.
//
// Loop thread only; the store itself is used on a thread of its own. A failed commit is logged and fails every waiter in it.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "engine/core/gate_runner.h"
#include "engine/core/worker_runner.h"
#include "engine/state/store.h"

namespace stack::core {

class StateWriter {
 public:
  StateWriter(boost::asio::io_context& loop, state::Store& store) : loop_(loop), store_(store), written_(loop) {}

  // Queues the changes without waiting. Their order is kept.
  void post(std::vector<state::Change> changes);
  // Resumes when the changes, and all queued before them, are in the file.
  boost::asio::awaitable<void> commit(std::vector<state::Change> changes);
  // Resumes when everything queued so far is in the file.
  boost::asio::awaitable<void> drain();

 private:
  void pump();
  boost::asio::awaitable<void> write();

  boost::asio::io_context& loop_;
  state::Store& store_;
  Workers thread_{1};
  std::vector<state::Change> queued_;
  std::uint64_t next_batch_ = 1;     // the batch that queued_ will be
  std::uint64_t written_batch_ = 0;  // the last one that is done
  std::uint64_t failed_batch_ = 0;
  std::string failure_;
  bool writing_ = false;
  Gate written_;
};

}  // namespace stack::core
