// A client's WebSocket in front of a connection that was taken over: what is written goes out in binary frames, what its frames hold
// comes in as bytes. Pings are answered, unless the client leaves more than kQueuedMax of what it got unread.
//
// Loop thread only. Closures given to it usually hold it: they go once the client has left or finish() was called, the connection's with
// the session.
#pragma once

#include <memory>
#include <string>

#include "engine/api/exchange.h"
#include "engine/api/websocket_frame.h"

namespace stack::api {

// Whether the request asks for a WebSocket of the version that there is. Throws invalid when it asks for another one, or for none.
void check_websocket(const Request& request);

class WebsocketStream final : public RawStream, public std::enable_shared_from_this<WebsocketStream> {
 public:
  explicit WebsocketStream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  // Answers the handshake, at once. The client's close frame, and the end of its connection, are the end of `input`.
  void open(RawInput input);

  void write(std::string bytes) override;
  void finish() override;
  void read_more(bool wanted) override { exchange_->read_more(wanted); }
  [[nodiscard]] std::size_t queued() const override { return exchange_->queued(); }
  [[nodiscard]] bool gone() const override { return exchange_->gone(); }
  void on_drained(std::function<void()> callback) override { exchange_->on_drained(std::move(callback)); }
  void on_gone(std::function<void()> callback) override;

 private:
  void read(std::string_view bytes);
  void left();

  std::shared_ptr<Exchange> exchange_;
  WebsocketReader reader_;
  RawInput input_;
  std::function<void()> on_gone_;
};

}  // namespace stack::api
