// One HTTP/2 connection (RFC 9113) over any transport of bytes, as server or as client: nghttp2 speaks the protocol, this gives its
// streams an owner and bounds.
//
// Push in, push out: take() gets what the peer sent, the transport gets what is for it. A stream's bytes wait in its inbox; the peer may
// send more only as they are read(), so that a connection holds at most kWindow bytes, of all its streams together. A peer that breaks
// the protocol, opens too many streams in all, resets too many, or sends a head above kHeadMax loses the connection. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/async/event.h"

struct nghttp2_session;

namespace stack::buildkit {

using Headers = std::vector<std::pair<std::string, std::string>>;
// The first value of this name, or empty. Names are in lower case.
std::string header_of(const Headers& headers, std::string_view name);

class H2Connection;

// Both directions of one request. Shared by the connection and whoever serves the request; usable after the connection's end, when it is
// closed.
class H2Stream {
 public:
  H2Stream(boost::asio::io_context& loop, H2Connection& connection) : changed(loop), connection_(&connection) {}

  Headers head;      // the peer's
  Headers trailers;  // the peer's, once `ended`
  // Bytes of the peer that wait. Up to kWindow.
  [[nodiscard]] std::string_view inbox() const { return std::string_view{inbox_}.substr(read_); }
  // Takes the first `bytes` of the inbox away: the peer may send as many more.
  void read(std::size_t bytes);
  [[nodiscard]] bool has_head() const { return has_head_; }
  [[nodiscard]] bool ended() const { return ended_; }    // the peer sends no more
  [[nodiscard]] bool closed() const { return closed_; }  // nothing goes either way
  [[nodiscard]] bool reset() const { return reset_; }    // closed before its time
  [[nodiscard]] std::size_t unsent() const { return outbox_.size() - sent_; }

  // Server: the answer's head, once, before anything else; client: said by the request.
  void answer(const Headers& headers);
  void write(std::string_view bytes);
  // No more is written. A server ends with trailers; a client without.
  void end(Headers last = {});
  // An answer that is only a head, which ends the stream.
  void answer_only(const Headers& headers);
  void cancel();

  async::Event changed;  // anything of the above, and room in the outbox

 private:
  friend class H2Connection;
  H2Connection* connection_;
  std::int32_t id_ = 0;
  std::string inbox_, outbox_;
  std::size_t read_ = 0, sent_ = 0;
  std::size_t head_bytes_ = 0;
  Headers last_;
  bool ending_ = false, answered_ = false;
  bool has_head_ = false, ended_ = false, closed_ = false, reset_ = false;
};

class H2Connection {
 public:
  enum class Role { server, client };
  static constexpr std::size_t kStreamsMax = 128;          // of the peer, at once
  static constexpr std::size_t kStreamsInAllMax = 100000;  // of the peer, in a connection's life
  static constexpr std::size_t kResetsMax = 1000;          // by the peer
  static constexpr std::size_t kHeadMax = 64 << 10;        // bytes of names and values
  static constexpr std::size_t kHeadSentMax = 256 << 10;
  static constexpr std::int32_t kWindow = 2 << 20;      // bytes, of a stream and of the connection
  static constexpr std::size_t kOutboxMax = 256 << 10;  // what a writer should stay below

  struct Transport {
    std::function<void(std::string)> write;
    std::function<bool()> full;   // whether more should wait for drained()
    std::function<void()> close;  // ours is the last word
  };
  // `on_request` gets each stream that the peer opens, when its head is complete. Server only.
  H2Connection(boost::asio::io_context& loop, Role role, Transport transport,
               std::function<void(const std::shared_ptr<H2Stream>&)> on_request = {});
  H2Connection(const H2Connection&) = delete;
  H2Connection& operator=(const H2Connection&) = delete;
  ~H2Connection();

  void take(std::string_view bytes);
  void drained();
  // Ends every stream; nothing is written any more. Also called when the peer has gone.
  void close();
  [[nodiscard]] bool closed() const { return closed_; }

  // Client: opens a stream. Throws stack::Error: unavailable when the connection is closed, invalid when the head is too large.
  std::shared_ptr<H2Stream> request(const Headers& headers);

 private:
  friend class H2Stream;
  struct Callbacks;
  void pump();
  void fail();
  void forget(const std::shared_ptr<H2Stream>& stream, bool reset);
  H2Stream* find(std::int32_t id) const;
  void open_outbox(H2Stream& stream, const Headers& headers, bool body);

  boost::asio::io_context& loop_;
  const Role role_;
  Transport transport_;
  std::function<void(const std::shared_ptr<H2Stream>&)> on_request_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::shared_ptr<H2Stream>> streams_;
  std::size_t opened_ = 0, resets_ = 0;
  bool busy_ = false, closed_ = false;
};

}  // namespace stack::buildkit
