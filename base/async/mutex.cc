#include "base/async/mutex.h"

#include "base/scope_guard.h"

namespace stack::async {

boost::asio::awaitable<Mutex::Lock> Mutex::lock() {
  const std::uint64_t ticket = ++last_ticket_;
  waiting_.push_back(ticket);
  {
    const ScopeGuard leave{[&] {
      std::erase(waiting_, ticket);
      changed_.notify_all();
    }};
    while (locked_ || waiting_.front() != ticket) co_await changed_.wait();
    locked_ = true;
  }
  co_return Lock{*this};
}

}  // namespace stack::async
