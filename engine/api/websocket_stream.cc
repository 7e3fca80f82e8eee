#include "engine/api/websocket_stream.h"

#include <utility>

namespace stack::api {

namespace {

// Of a close frame (RFC 6455, 7.4.1).
std::string status_text(unsigned code) { return {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)}; }
constexpr unsigned kNormal = 1000, kProtocolError = 1002;

}  // namespace

void check_websocket(const Request& request) {
  const bool asked = request.header_lists("Connection", "upgrade") && request.header_lists("Upgrade", "websocket");
  if (!asked) throw Error(ErrorKind::invalid, "not websocket protocol").remedy("send Upgrade: websocket");
  if (request.header("Sec-WebSocket-Version") != "13")
    throw Error(ErrorKind::invalid, "missing or bad WebSocket Version").remedy("send Sec-WebSocket-Version: 13");
  if (request.header("Sec-WebSocket-Key").empty())
    throw Error(ErrorKind::invalid, "mismatch challenge/response").remedy("send Sec-WebSocket-Key");
}

void WebsocketStream::open(RawInput input) {
  input_ = std::move(input);
  const auto on_bytes = [self = shared_from_this()](std::string_view bytes) { self->read(bytes); };
  const auto on_end = [self = shared_from_this()] { self->left(); };
  const std::string accept = websocket_accept(exchange_->request.header("Sec-WebSocket-Key"));
  exchange_->upgrade("websocket", {{"Sec-WebSocket-Accept", accept}}, {.on_bytes = on_bytes, .on_end = on_end});
}

void WebsocketStream::write(std::string bytes) {
  if (!bytes.empty()) exchange_->write(websocket_frame(WebsocketFrame::binary, bytes));
}

void WebsocketStream::finish() {
  exchange_->write(websocket_frame(WebsocketFrame::close, status_text(kNormal)));
  exchange_->finish();
  input_ = {};
  on_gone_ = {};
}

void WebsocketStream::on_gone(std::function<void()> callback) {
  on_gone_ = std::move(callback);
  exchange_->on_gone([self = shared_from_this()] { self->left(); });
}

void WebsocketStream::read(std::string_view bytes) {
  try {
    reader_.feed(bytes, {.on_data = input_.on_bytes,
                         .on_ping =
                             [this](std::string_view payload) {
                               if (exchange_->queued() > kQueuedMax) return;
                               exchange_->write(websocket_frame(WebsocketFrame::pong, payload));
                             },
                         .on_close = [this] { left(); }});
  } catch (const Error& error) {
    exchange_->write(websocket_frame(WebsocketFrame::close, status_text(kProtocolError) + error.message()));
    exchange_->finish();
    left();
  }
}

// A WebSocket has no half-close: a client that sends no more has left.
void WebsocketStream::left() {
  if (const RawInput input = std::exchange(input_, {}); input.on_end) input.on_end();
  if (const auto gone = std::exchange(on_gone_, {})) gone();
}

}  // namespace stack::api
