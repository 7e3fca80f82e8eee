// The frames of the WebSocket protocol (RFC 6455), as a server reads and writes them. Pure; any thread.
//
// Data is handed on as it comes, whatever the length that its frame announces: a frame is never held in memory. Text and binary frames,
// and the parts of a message, are all the same stream of bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace stack::api {

enum class WebsocketFrame : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Not masked, complete in itself.
std::string websocket_frame(WebsocketFrame kind, std::string_view payload);

// The value of Sec-WebSocket-Accept for the client's Sec-WebSocket-Key (section 4.2.2).
std::string websocket_accept(std::string_view key);

class WebsocketReader {
 public:
  struct Events {
    std::function<void(std::string_view)> on_data;
    std::function<void(std::string_view)> on_ping;  // whose pong has the same payload
    std::function<void()> on_close;                 // nothing of what follows counts
  };

  // Throws invalid for what no client may send; nothing can be read after that.
  void feed(std::string_view bytes, const Events& events);

 private:
  static constexpr std::size_t kHeadMax = 14;
  static constexpr std::size_t kControlMax = 125;

  // How long the head is, as far as what there is of it says.
  [[nodiscard]] std::size_t head_size() const;
  void read_head();
  void take(std::string_view part, const Events& events);
  [[nodiscard]] bool is_control() const { return static_cast<std::uint8_t>(kind_) >= 8; }

  std::array<unsigned char, kHeadMax> head_{};
  std::size_t head_bytes_ = 0;
  bool in_payload_ = false, closed_ = false;
  WebsocketFrame kind_{};
  std::array<unsigned char, 4> mask_{};
  std::uint64_t left_ = 0, taken_ = 0;  // bytes of the payload
  std::string control_;
};

}  // namespace stack::api
