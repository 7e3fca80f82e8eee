#include "engine/core/state_runner.h"

#include <boost/asio/co_spawn.hpp>

#include "engine/base/log.h"

namespace stack::core {

namespace asio = boost::asio;

void StateWriter::post(std::vector<state::Change> changes) {
  queued_.insert(queued_.end(), std::make_move_iterator(changes.begin()), std::make_move_iterator(changes.end()));
  pump();
}

asio::awaitable<void> StateWriter::commit(std::vector<state::Change> changes) {
  post(std::move(changes));
  co_await drain();
}

asio::awaitable<void> StateWriter::drain() {
  if (queued_.empty() && !writing_) co_return;
  const std::uint64_t mine = queued_.empty() ? next_batch_ - 1 : next_batch_;
  while (written_batch_ < mine) co_await written_.wait();
  if (failed_batch_ == mine) throw Error(failure_);
}

void StateWriter::pump() {
  if (writing_ || queued_.empty()) return;
  writing_ = true;
  // Starting from the loop instead of here gathers what the rest of this turn still queues.
  asio::co_spawn(loop_, write(), [](const std::exception_ptr& failed) {
    if (failed) std::rethrow_exception(failed);
  });
}

asio::awaitable<void> StateWriter::write() {
  while (!queued_.empty()) {
    std::vector<state::Change> batch = std::exchange(queued_, {});
    const std::uint64_t number = next_batch_++;
    try {
      auto work = [this, changes = std::move(batch)] { store_.commit(changes); };
      co_await thread_.run(std::move(work));
    } catch (const Error& error) {
      failed_batch_ = number;
      failure_ = error.message();
      log_error(failure_);
    }
    written_batch_ = number;
    written_.open_all();
  }
  writing_ = false;
}

}  // namespace stack::core
