// The owner of coroutines: whatever runs concurrently was started in a group, and ends before the group does.
//
// Ending takes two steps: cancel() asks, join() waits. A cancelled task is woken from what it waits for with operation_aborted; what
// a thread pool does for it is awaited. An object that owns a group joins it before it dies, from a task of another group; a coroutine
// that wants helpers for a while uses with_tasks(). Loop thread only. Destroying a group whose tasks still run is a mistake of the
// program and ends it.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <type_traits>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/async/event.h"

namespace stack::async {

class TaskGroup {
 public:
  // `name` says in messages what failed.
  TaskGroup(boost::asio::io_context& loop, std::string name);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Runs the task, at once up to its first wait when called on the loop. What it throws is logged, but for its own cancellation. In a
  // cancelled group it is cancelled from its first wait on.
  void start(boost::asio::awaitable<void> task);
  // `on_end` is called once, on the loop, when the task is over, with what it threw or null, and for tasks with a result with that,
  // default-constructed when it threw.
  void start(boost::asio::awaitable<void> task, std::function<void(std::exception_ptr)> on_end);
  template <class T>
  void start(boost::asio::awaitable<T> task, std::type_identity_t<std::function<void(std::exception_ptr, T)>> on_end);

  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  // Resumes when no task runs. Tasks that are started meanwhile are waited for as well. Throws operation_aborted when the task that
  // waits is cancelled itself.
  boost::asio::awaitable<void> join();
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  struct Task {
    // Shared with a cancellation under way, which may come after the end.
    std::shared_ptr<boost::asio::cancellation_signal> signal = std::make_shared<boost::asio::cancellation_signal>();
    bool begun = false;
  };
  using Place = std::list<Task>::iterator;
  Place add();
  void begin(Task& task);
  void ended(Place place);
  // Between asio's own frame and the task. Asio loses a signal that comes before the first step of a coroutine, and throws out of the
  // loop when a cancelled one ends without a wait (1.83): the task is cancelled once it has begun, and ends as if it were not.
  template <class T>
  boost::asio::awaitable<T> enclose(Place place, boost::asio::awaitable<T> task);

  boost::asio::io_context& loop_;
  std::string name_;
  std::list<Task> tasks_;
  Event changed_;
  bool cancelled_ = false;
};

// Runs `body` with a group of its own, and resumes when body and group are over. When body throws, or the calling task is cancelled,
// the group is cancelled, awaited, and the exception is rethrown.
boost::asio::awaitable<void> with_tasks(boost::asio::io_context& loop, std::string name,
                                        std::function<boost::asio::awaitable<void>(TaskGroup&)> body);

// Whether this is what a cancelled task throws. `thrown` is not null.
bool is_cancellation(const std::exception_ptr& thrown);

template <class T>
void TaskGroup::start(boost::asio::awaitable<T> task,
                      std::type_identity_t<std::function<void(std::exception_ptr, T)>> on_end) {
  const Place place = add();
  auto over = [this, place, on_end = std::move(on_end)](std::exception_ptr thrown, T result) {
    const auto last = on_end;
    ended(place);
    if (last) last(std::move(thrown), std::move(result));
  };
  boost::asio::co_spawn(loop_, enclose(place, std::move(task)),
                        boost::asio::bind_cancellation_slot(place->signal->slot(), std::move(over)));
}

template <class T>
boost::asio::awaitable<T> TaskGroup::enclose(Place place, boost::asio::awaitable<T> task) {
  begin(*place);
  std::exception_ptr thrown;
  std::conditional_t<std::is_void_v<T>, char, T> result{};
  try {
    if constexpr (std::is_void_v<T>)
      co_await std::move(task);
    else
      result = co_await std::move(task);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  if (thrown) std::rethrow_exception(thrown);
  if constexpr (!std::is_void_v<T>) co_return result;
}

}  // namespace stack::async
