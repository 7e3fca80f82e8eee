// Where blocking work goes: a small bounded pool of threads, so that the daemon's loop never waits for a disk.
//
// run() is called on the loop and resumes there with the function's result or its exception. At most kWaitingMax calls are under
// way at once; one more throws Error(unavailable). Give run() a named function object, moved: g++ 12 destroys a closure that is
// a temporary of a co_await expression twice. post() is for what nobody waits for and cannot fail.
#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"

namespace stack::core {

class Workers {
 public:
  static constexpr int kWaitingMax = 4096;

  explicit Workers(std::size_t threads) : pool_(threads) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // Waits for what is under way.
  ~Workers() { pool_.join(); }

  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F>> run(F work) {
    if (waiting_ >= kWaitingMax) throw Error(ErrorKind::unavailable, "the engine has too much disk work waiting");
    ++waiting_;
    struct Leave {
      int& count;
      ~Leave() { --count; }
    } leave{waiting_};
    co_return co_await boost::asio::co_spawn(
        pool_, [](F f) -> boost::asio::awaitable<std::invoke_result_t<F>> { co_return f(); }(std::move(work)),
        boost::asio::use_awaitable);
  }

  template <class F>
  void post(F work) {
    boost::asio::post(pool_, std::move(work));
  }

 private:
  boost::asio::thread_pool pool_;
  int waiting_ = 0;
};

}  // namespace stack::core
