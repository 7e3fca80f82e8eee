#include "base/async/task_group.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.h"
#include "base/thrown.h"

namespace stack::async {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::io_context& loop, std::string name) : loop_(loop), name_(std::move(name)), changed_(loop) {}

TaskGroup::~TaskGroup() {
  if (tasks_.empty()) return;
  log_error(name_ + ": " + std::to_string(tasks_.size()) + " tasks outlive their owner");
  std::terminate();
}

TaskGroup::Place TaskGroup::add() {
  tasks_.emplace_front();
  return tasks_.begin();
}

void TaskGroup::begin(Task& task) {
  task.begun = true;
  if (!cancelled_) return;
  asio::post(loop_, [signal = task.signal] { signal->emit(asio::cancellation_type::all); });
}

void TaskGroup::ended(Place place) {
  tasks_.erase(place);
  changed_.notify_all();
}

void TaskGroup::start(asio::awaitable<void> task) {
  start(std::move(task), [name = name_](const std::exception_ptr& thrown) {
    if (thrown && !is_cancellation(thrown)) log_error(name + ": " + error_of(thrown).message());
  });
}

void TaskGroup::start(asio::awaitable<void> task, std::function<void(std::exception_ptr)> on_end) {
  const Place place = add();
  auto over = [this, place, on_end = std::move(on_end)](std::exception_ptr thrown) {
    const auto last = on_end;
    ended(place);
    if (last) last(std::move(thrown));
  };
  asio::co_spawn(loop_, enclose(place, std::move(task)),
                 asio::bind_cancellation_slot(place->signal->slot(), std::move(over)));
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // A task that ends at once leaves the list.
  for (auto next = tasks_.begin(); next != tasks_.end();) {
    const auto task = next++;
    if (task->begun) task->signal->emit(asio::cancellation_type::all);
  }
}

asio::awaitable<void> TaskGroup::join() {
  while (!tasks_.empty()) co_await changed_.wait();
}

asio::awaitable<void> with_tasks(asio::io_context& loop, std::string name,
                                 std::function<asio::awaitable<void>(TaskGroup&)> body) {
  TaskGroup tasks{loop, std::move(name)};
  std::exception_ptr failed;
  try {
    co_await body(tasks);
    co_await tasks.join();
  } catch (...) {
    failed = std::current_exception();
  }
  // From here on only the tasks count.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (failed) tasks.cancel();
  co_await tasks.join();
  if (failed) std::rethrow_exception(failed);
}

bool is_cancellation(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace stack::async
