// The sessions that clients have open, by their ids. A build waits for its own, which may come after it. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/event.h"
#include "base/async/timekeeper.h"
#include "engine/api/exchange.h"
#include "engine/buildkit/client_session.h"

namespace stack::buildkit {

class Sessions {
 public:
  static constexpr std::size_t kSessionsMax = 256;
  static constexpr Nanos kArrivalWait = std::chrono::seconds{30};

  Sessions(boost::asio::io_context& loop, async::Timekeeper& time) : loop_(loop), time_(time), changed_(loop) {}

  // A session by two ways: the connection of a request for POST /session, which it takes over, or a call of Control/Session, whose messages
  // are the bytes of one; that returns when it has ended. Throw stack::Error: invalid without an id, conflict when the id is taken,
  // unavailable when there are too many.
  void accept(const std::shared_ptr<api::Exchange>& exchange);
  boost::asio::awaitable<void> serve(GrpcStream& stream);
  // Throws unavailable when it does not come.
  boost::asio::awaitable<std::shared_ptr<ClientSession>> wait_for(std::string id);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  // The headers that name a session are the same both ways.
  std::shared_ptr<ClientSession> open(const std::string& id, const Headers& headers, H2Connection::Transport transport);
  void check(const std::string& id) const;
  void close(const std::string& id, const std::shared_ptr<ClientSession>& session);

  boost::asio::io_context& loop_;
  async::Timekeeper& time_;
  std::map<std::string, std::shared_ptr<ClientSession>> sessions_;
  async::Event changed_;
};

}  // namespace stack::buildkit
