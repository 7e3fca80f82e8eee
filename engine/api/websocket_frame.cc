#include "engine/api/websocket_frame.h"

#include <algorithm>

// A detail of Boost.Beast, which computes the same value in its own handshake: the room has no other SHA-1.
#include <boost/beast/core/detail/sha1.hpp>

#include "base/base64.h"
#include "base/error.h"

namespace stack::api {

namespace {

constexpr unsigned kFinal = 0x80, kReserved = 0x70, kKind = 0x0f, kMasked = 0x80, kLength = 0x7f;
constexpr unsigned kLength16 = 126, kLength64 = 127;
constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

bool is_known(unsigned kind) { return kind <= 2 || (kind >= 8 && kind <= 10); }

}  // namespace

std::string websocket_frame(WebsocketFrame kind, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 10);
  frame.push_back(static_cast<char>(kFinal | static_cast<unsigned>(kind)));
  if (payload.size() < kLength16) {
    frame.push_back(static_cast<char>(payload.size()));
  } else if (payload.size() <= UINT16_MAX) {
    frame.push_back(static_cast<char>(kLength16));
    append_big_endian(frame, payload.size(), 2);
  } else {
    frame.push_back(static_cast<char>(kLength64));
    append_big_endian(frame, payload.size(), 8);
  }
  return frame.append(payload);
}

std::string websocket_accept(std::string_view key) {
  namespace sha = boost::beast::detail;
  sha::sha1_context context;
  sha::init(context);
  sha::update(context, key.data(), key.size());
  sha::update(context, kKeySuffix.data(), kKeySuffix.size());
  std::array<char, sha::sha1_context::digest_size> digest{};
  sha::finish(context, digest.data());
  return encode_base64({digest.data(), digest.size()});
}

std::size_t WebsocketReader::head_size() const {
  if (head_bytes_ < 2) return 2;
  const unsigned length = head_[1] & kLength;
  const std::size_t further = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  return 2 + further + mask_.size();
}

void WebsocketReader::feed(std::string_view bytes, const Events& events) {
  while (!closed_ && (!bytes.empty() || (in_payload_ && left_ == 0))) {
    if (!in_payload_) {
      head_.at(head_bytes_++) = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      if (head_bytes_ == head_size()) read_head();
      continue;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    take(bytes.substr(0, size), events);
    bytes.remove_prefix(size);
  }
}

void WebsocketReader::read_head() {
  const unsigned kind = head_[0] & kKind;
  if ((head_[0] & kReserved) != 0 || !is_known(kind))
    throw Error(ErrorKind::invalid, "unknown kind of WebSocket frame");
  if ((head_[1] & kMasked) == 0) throw Error(ErrorKind::invalid, "a WebSocket frame of a client has to be masked");
  kind_ = static_cast<WebsocketFrame>(kind);
  left_ = head_[1] & kLength;
  if (is_control() && (left_ > kControlMax || (head_[0] & kFinal) == 0))
    throw Error(ErrorKind::invalid, "a WebSocket control frame has at most 125 bytes and is no part of another");
  std::size_t at = 2;
  if (left_ == kLength16 || left_ == kLength64) {
    const std::size_t end = at + (left_ == kLength16 ? 2 : 8);
    for (left_ = 0; at < end; ++at) left_ = left_ << 8 | head_.at(at);
  }
  for (std::size_t i = 0; i < mask_.size(); ++i) mask_.at(i) = head_.at(at + i);
  taken_ = 0;
  head_bytes_ = 0;
  control_.clear();
  in_payload_ = true;
}

void WebsocketReader::take(std::string_view part, const Events& events) {
  std::string plain{part};
  for (char& c : plain) c = static_cast<char>(static_cast<unsigned char>(c) ^ mask_.at(taken_++ % mask_.size()));
  left_ -= part.size();
  if (!is_control()) {
    if (!plain.empty() && events.on_data) events.on_data(plain);
  } else {
    control_ += plain;
  }
  if (left_ > 0) return;
  in_payload_ = false;
  if (kind_ == WebsocketFrame::ping && events.on_ping) events.on_ping(control_);
  if (kind_ == WebsocketFrame::close) {
    closed_ = true;
    if (events.on_close) events.on_close();
  }
}

}  // namespace stack::api
