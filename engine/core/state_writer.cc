#include "engine/core/state_writer.h"

#include <algorithm>
#include <iterator>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/async/thread_pool.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/state/coalesce.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

class ThreadSink final : public StateSink {
 public:
  explicit ThreadSink(StateWriter::Commit commit) : commit_(std::move(commit)) {}
  asio::awaitable<void> write(const std::vector<state::Change>& changes) override {
    auto work = [this, &changes] { commit_(changes); };
    co_await thread_.run(std::move(work));
  }

 private:
  StateWriter::Commit commit_;
  async::ThreadPool thread_{1};
};

}  // namespace

StateWriter::StateWriter(asio::io_context& loop, async::Timekeeper& time, Commit commit)
    : loop_(loop),
      time_(time),
      own_(std::make_unique<ThreadSink>(std::move(commit))),
      sink_(*own_),
      written_(loop),
      tasks_(loop, "state store") {}

void StateWriter::post(std::vector<state::Change> changes) {
  if (changes.empty()) return;
  queued_.push_back(std::move(changes));
  try {
    pump();
  } catch (const std::exception& error) {
    log_error(std::string{"state store: "} + error.what() + "; the change is kept");
  }
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
  awaited_batch_ = std::max(awaited_batch_, mine);
  while (written_batch_ < mine) co_await written_.wait();
  if (failed_batch_ == mine) throw error_of(failure_);
}

void StateWriter::retry() noexcept {
  try {
    pump();
  } catch (const std::exception& error) {
    // Its alarm, if there is one, tries again.
  }
}

asio::awaitable<void> StateWriter::stop() {
  retry_.reset();
  co_await tasks_.join();
}

void StateWriter::pump() {
  if (writing_ || queued_.empty()) return;
  retry_.reset();
  writing_ = true;
  try {
    tasks_.start(write());
  } catch (...) {
    writing_ = false;
    throw;
  }
}

// Nothing is changed when it throws.
void StateWriter::make_one(Batches& batches) {
  std::size_t count = 0;
  for (const auto& batch : batches) count += batch.size();
  batches.front().reserve(count);
  for (auto next = std::next(batches.begin()); next != batches.end(); next = batches.erase(next))
    std::move(next->begin(), next->end(), std::back_inserter(batches.front()));
}

asio::awaitable<void> StateWriter::write() {
  // From the next turn of the loop on: that gathers what the rest of this one still queues.
  co_await asio::post(loop_, asio::use_awaitable);
  bool refused = false;
  // What is refused waits for its retry, unless somebody waits for what was queued while it was being written.
  while (!queued_.empty() && (!refused || next_batch_ <= awaited_batch_)) {
    refused = false;
    retry_.reset();
    Batches batch;
    batch.swap(queued_);
    const std::uint64_t number = next_batch_++;
    try {
      make_one(batch);
      co_await sink_.write(batch.front());
      if (!std::exchange(trouble_, {}).empty()) log_info("state store: it takes changes again");
      retry_after_ = kRetryFirst;
    } catch (...) {
      failed_batch_ = number;
      failure_ = std::current_exception();
      refused = true;
    }
    if (refused) keep(std::move(batch));
    written_batch_ = number;
    written_.notify_all();
  }
  writing_ = false;
}

void StateWriter::keep(Batches refused) noexcept {
  queued_.splice(queued_.begin(), refused);
  // What a later change of the same thing says is all that matters; without the memory to find that out, all is kept.
  try {
    const std::string why = error_of(failure_).message();
    if (trouble_ != why) log_error(why + "; the change is kept and tried again");
    trouble_ = why;
    make_one(queued_);
    state::coalesce(queued_.front());
  } catch (const std::exception& error) {
    if (trouble_.empty()) trouble_ = "no memory";  // short enough to need none
  }
  try {
    retry_ = time_.after(retry_after_, [this] { pump(); });
    retry_after_ = std::min(retry_after_ * 2, kRetryLast);
  } catch (const std::exception& error) {
    // The next change tries again.
  }
}

}  // namespace stack::core
