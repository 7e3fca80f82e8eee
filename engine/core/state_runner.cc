#include "engine/core/state_runner.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>

#include "engine/base/log.h"
#include "engine/base/thrown.h"
#include "engine/state/coalesce.h"

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

asio::awaitable<void> StateWriter::settle(std::vector<state::Change> changes) {
  try {
    co_await commit(std::move(changes));
  } catch (const Error&) {
    // keep() has logged it, and tries again.
  }
}

asio::awaitable<void> StateWriter::drain() {
  if (queued_.empty() && !writing_) co_return;
  pump();  // what was refused need not wait for its retry
  const std::uint64_t mine = queued_.empty() ? next_batch_ - 1 : next_batch_;
  while (written_batch_ < mine) co_await written_.wait();
  if (failed_batch_ == mine) throw Error(*failure_);
}

void StateWriter::pump() {
  if (writing_ || queued_.empty()) return;
  writing_ = true;
  retry_.cancel();
  // Starting from the loop instead of here gathers what the rest of this turn still queues.
  asio::co_spawn(loop_, write(), [](const std::exception_ptr& failed) {
    if (failed) std::rethrow_exception(failed);
  });
}

asio::awaitable<void> StateWriter::write() {
  bool refused = false;
  while (!queued_.empty() && !refused) {
    const auto batch = std::make_shared<std::vector<state::Change>>(std::exchange(queued_, {}));
    const std::uint64_t number = next_batch_++;
    try {
      auto work = [this, batch] { store_.commit(*batch); };
      co_await thread_.run(std::move(work));
      if (!std::exchange(trouble_, {}).empty()) log_info("state store: it takes changes again");
      retry_after_ = kRetryFirst;
    } catch (...) {
      failed_batch_ = number;
      failure_ = error_of(std::current_exception());
      refused = true;
    }
    if (refused) keep(std::move(*batch));
    written_batch_ = number;
    written_.open_all();
  }
  writing_ = false;
}

// What a later change of the same thing says is all that matters.
void StateWriter::keep(std::vector<state::Change> refused) {
  const std::string why = failure_->message();
  if (trouble_ != why) log_error(why + "; the change is kept and tried again");
  trouble_ = why;
  refused.insert(refused.end(), std::make_move_iterator(queued_.begin()), std::make_move_iterator(queued_.end()));
  queued_ = state::coalesced(std::move(refused));
  retry_.expires_after(retry_after_);
  retry_after_ = std::min(retry_after_ * 2, kRetryLast);
  retry_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) pump();
  });
}

}  // namespace stack::core
