// Where blocking work goes: a bounded pool of threads, so that the loop never waits for a disk.
//
// run() is called on the loop and resumes there with the function's result or its exception; a cancelled task still waits for it. At
// most kWaitingMax calls are under way at once; one more throws Error(unavailable). The pool is destroyed before the loops that called
// run(): its thread still holds a loop's executor when the result is there. Give run() a named function object, moved: g++ 12
// destroys a closure that is a temporary of a co_await expression twice. post() is for what nobody waits for and cannot fail.
#pragma once

#include <cstddef>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "base/scope_guard.h"

namespace stack::async {

class ThreadPool {
 public:
  static constexpr int kWaitingMax = 4096;

  // Has fewer threads where the machine gives no more, and throws Error(unavailable) where it gives none.
  explicit ThreadPool(std::size_t threads) {
    threads_.reserve(threads);
    try {
      while (threads_.size() < threads) threads_.emplace_back([this] { work_.run(); });
    } catch (const std::system_error& error) {
      if (threads_.empty())
        throw Error(ErrorKind::unavailable, std::string{"starting a thread: "} + error.code().message());
    }
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  // Waits for what is under way.
  ~ThreadPool() {
    open_.reset();
    for (std::thread& thread : threads_) thread.join();
  }

  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F>> run(F work) {
    if (waiting_ >= kWaitingMax) throw Error(ErrorKind::unavailable, "the engine has too much disk work waiting");
    ++waiting_;
    const ScopeGuard leave{[this] { --waiting_; }};
    // The caller's cancellation stays on its loop: on a thread of the pool it would meet the work in whatever it is doing.
    co_return co_await boost::asio::co_spawn(
        work_, [](F f) -> boost::asio::awaitable<std::invoke_result_t<F>> { co_return f(); }(std::move(work)),
        boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot{}, boost::asio::use_awaitable));
  }

  template <class F>
  void post(F work) {
    boost::asio::post(work_, std::move(work));
  }

 private:
  boost::asio::io_context work_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_{work_.get_executor()};
  std::vector<std::thread> threads_;
  int waiting_ = 0;
};

}  // namespace stack::async
