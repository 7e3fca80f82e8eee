// The messages of one gRPC call, from either side: receive() and send() with bounds, deadlines and a status at the end.
//
// A message of the peer is at most kMessageMax bytes; compressed ones are refused, since none was offered. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/async/timekeeper.h"
#include "engine/buildkit/grpc_status.h"
#include "engine/buildkit/h2_connection.h"

namespace stack::buildkit {

class GrpcStream {
 public:
  // A whole message waits in the stream's inbox, and the peer may be allowed as little as half of the window.
  static constexpr std::size_t kMessageMax = H2Connection::kWindow / 2 - 5;
  enum class Side { server, client };

  // `patience`: how long receive() waits for a peer that says nothing; zero: for ever.
  GrpcStream(std::shared_ptr<H2Stream> stream, Side side, async::Timekeeper& time, Nanos patience)
      : stream_(std::move(stream)), side_(side), time_(time), patience_(patience) {}
  GrpcStream(const GrpcStream&) = delete;
  GrpcStream& operator=(const GrpcStream&) = delete;
  // A call that is not over is cancelled.
  ~GrpcStream();

  // The next message; nothing when the peer sends no more. A client throws GrpcFailure when the call has failed; both throw stack::Error:
  // unavailable when the peer has gone or says nothing, invalid when it breaks the protocol.
  boost::asio::awaitable<std::optional<std::string>> receive();
  // The same without waiting; nothing also when none is complete yet.
  std::optional<std::string> receive_ready();
  // Waits while much is unsent. Throws unavailable when the peer has gone.
  boost::asio::awaitable<void> send(std::string_view message);
  // The same without waiting, for a sender that looks at unsent() by itself.
  void put(std::string_view message);
  [[nodiscard]] std::size_t unsent() const { return stream_->unsent(); }
  // Client: no more is sent.
  void end();
  // Server: the call is over.
  void finish(const GrpcStatus& status);
  [[nodiscard]] bool closed() const { return stream_->closed(); }
  [[nodiscard]] bool ended() const { return stream_->ended(); }  // the peer sends no more
  [[nodiscard]] const Headers& head() const { return stream_->head; }
  [[nodiscard]] async::Event& changed() { return stream_->changed; }

 private:
  void begin_answer();
  void throw_failure() const;

  const std::shared_ptr<H2Stream> stream_;
  const Side side_;
  async::Timekeeper& time_;
  const Nanos patience_;
  bool over_ = false;
};

}  // namespace stack::buildkit
