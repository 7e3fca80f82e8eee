// The durable store's one writer, seen from the loop: changes are gathered while a batch is being written, so that fifty containers
// that start together cost one transaction.
//
// Loop thread only; the store itself is used on a thread of its own. Batches are written in order, each whole or not at all. Once
// commit() or settle() has resumed without a refusal, a kill of the process takes nothing of the batch back; a power cut may take the
// last moments (engine/state/state_store.h).
//
// What the store refuses (a full disk, a lack of memory) is kept and tried again: with the next change, whenever room was made, and
// after pauses of kRetryFirst to kRetryLast. A refusal is logged once and stands in trouble() until the store takes changes again; it
// ends every wait for the batch, commit() by throwing. Of what waits, only the last state of each thing is kept, and kEventsKept
// events. What is still refused when the process ends is lost.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/async/event.h"
#include "base/async/task_group.h"
#include "base/error.h"
#include "engine/state/state_store.h"

namespace stack::core {

// Where batches go.
class StateSink {
 public:
  virtual ~StateSink() = default;
  // Makes the changes durable, all or none. Throws what the store refuses; the changes outlive the call.
  virtual boost::asio::awaitable<void> write(const std::vector<state::Change>& changes) = 0;
};

class StateWriter {
 public:
  static constexpr std::chrono::seconds kRetryFirst{1}, kRetryLast{30};

  // Makes changes durable, all or none; called on the writer's own thread.
  using Commit = std::function<void(const std::vector<state::Change>&)>;

  StateWriter(boost::asio::io_context& loop, async::Timekeeper& time, state::Store& store)
      : StateWriter(loop, time, [&store](const std::vector<state::Change>& changes) { store.commit(changes); }) {}
  StateWriter(boost::asio::io_context& loop, async::Timekeeper& time, Commit commit);
  StateWriter(boost::asio::io_context& loop, async::Timekeeper& time, StateSink& sink)
      : loop_(loop), time_(time), sink_(sink), written_(loop), tasks_(loop, "state store") {}

  // Queues the changes without waiting. Their order is kept.
  void post(std::vector<state::Change> changes);
  // Resumes when the changes, and all queued before them, are in the file.
  boost::asio::awaitable<void> commit(std::vector<state::Change> changes);
  // The same for what has happened whether or not the store knows: a refusal is logged, and the change is kept.
  boost::asio::awaitable<void> settle(std::vector<state::Change> changes);
  // What the store refused last and has not taken since; empty: nothing.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  // Something was removed from the disk: what the store has refused is tried again now instead of when its time comes.
  void retry() noexcept;
  // Resumes when everything queued so far is in the file. It fails as soon as the store refuses it: nobody waits for a retry.
  boost::asio::awaitable<void> drain();
  // Ends; what the store has refused until now is lost with the process.
  boost::asio::awaitable<void> stop();

 private:
  // In the order of their arrival. A list, because its parts move without memory.
  using Batches = std::list<std::vector<state::Change>>;
  static void make_one(Batches& batches);
  void pump();
  void keep(Batches refused) noexcept;
  boost::asio::awaitable<void> write();

  boost::asio::io_context& loop_;
  async::Timekeeper& time_;
  std::unique_ptr<StateSink> own_;
  StateSink& sink_;
  Batches queued_;
  std::uint64_t next_batch_ = 1;     // the batch that queued_ will be
  std::uint64_t written_batch_ = 0;  // the last one that is done
  std::uint64_t failed_batch_ = 0;
  std::uint64_t awaited_batch_ = 0;  // the last one that somebody waits for
  std::exception_ptr failure_;
  std::string trouble_;
  bool writing_ = false;
  async::Event written_;
  std::unique_ptr<async::Alarm> retry_;
  std::chrono::seconds retry_after_ = kRetryFirst;
  async::TaskGroup tasks_;
};

}  // namespace stack::core
