#include "engine/service/process_input.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/async/as_tuple.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {
using async::kTuple;
constexpr char kEndOfInput = '\x04';
}  // namespace

void ProcessInput::write(std::string_view bytes) {
  if (ended_ || over_ || bytes.empty()) return;
  bytes_ += bytes.size();
  queue_.emplace_back(bytes);
  if (bytes_ > kQueuedMax && want_more_) want_more_(false);
  changed_.notify_all();
}

void ProcessInput::end() {
  ended_ = true;
  changed_.notify_all();
}

void ProcessInput::abandon() {
  over_ = true;
  changed_.notify_all();
}

void ProcessInput::begin(UniqueFd to, bool terminal) { tasks_.start(run(std::move(to), terminal)); }

asio::awaitable<void> ProcessInput::run(UniqueFd to, bool terminal) {
  const auto self = shared_from_this();
  {
    asio::posix::stream_descriptor sink{loop_, to.release()};
    bool end_sent = false;
    while (!over_) {
      while (!queue_.empty()) {
        const std::string bytes = std::move(queue_.front());
        queue_.pop_front();
        const auto [failed, put] = co_await asio::async_write(sink, asio::buffer(bytes), kTuple);
        bytes_ -= bytes.size();
        if (bytes_ <= kQueuedMax && want_more_) want_more_(true);
        if (failed) ended_ = true, queue_.clear();
      }
      if (over_ || (ended_ && !terminal)) break;
      if (ended_ && !std::exchange(end_sent, true)) {
        co_await asio::async_write(sink, asio::buffer(&kEndOfInput, 1), kTuple);
        continue;
      }
      co_await changed_.wait();
    }
  }
  if (const auto closed = std::exchange(on_closed_, {})) closed();
}

}  // namespace stack::service
