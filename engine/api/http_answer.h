// The answer to one request on a connection: the Exchange that handlers see, and the coroutines that send it and watch the client.
//
// Handlers may keep it longer than the session does; once the session has let go, calls do nothing. Closures given to it usually
// hold it: let_go() ends that circle. Loop thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "base/async/event.h"
#include "engine/api/exchange.h"
#include "engine/api/http_limits.h"

namespace stack::api {

class HttpAnswer final : public Exchange {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  HttpAnswer(boost::asio::io_context& loop, const HttpLimits& limits) : loop_(loop), limits_(limits), wake_(loop) {}

  using Exchange::open_stream;
  using Exchange::reply;
  void reply(Reply reply) override;
  void open_stream(int status, std::string_view content_type, const std::vector<Header>& headers) override;
  void hijack(std::string_view content_type, RawInput input) override;
  using Exchange::upgrade;
  void upgrade(std::string_view protocol, const std::vector<Header>& headers, RawInput input) override;
  void write(std::string bytes) override;
  void write_from(std::shared_ptr<const UniqueFd> pipe, std::size_t bytes) override;
  void finish() override;
  void read_more(bool wanted) override;
  [[nodiscard]] std::size_t queued() const override { return queued_; }
  [[nodiscard]] bool gone() const override { return gone_ || muted_; }
  void on_drained(std::function<void()> callback) override;
  void on_gone(std::function<void()> callback) override;

  // Whether another request may follow; counts until the answer begins. HTTP/1.0 has neither that nor chunks.
  void set_keep_alive(bool wanted) {
    if (!started_) keep_alive_ = wanted && !old_client_;
  }
  void set_old_client() { old_client_ = true, keep_alive_ = false; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_ && !raw_; }
  [[nodiscard]] bool raw() const { return raw_; }
  [[nodiscard]] bool client_left() const { return gone_; }

  // Sends an answer that is complete already, as most are, without waiting. False when serve() has to send what is left of it, or all
  // of it. The socket must not block.
  [[nodiscard]] bool send_at_once(Socket& socket);
  // Ends when the answer is complete and sent, when the client has left, or when it takes nothing of a complete answer for
  // take_wait. `before` runs first, beside the sending (the rest of a streamed body); `behind` is what has come behind the request.
  boost::asio::awaitable<void> serve(Socket& socket, const boost::beast::flat_buffer& behind,
                                     boost::asio::awaitable<void> before);

  // An answer that is complete still goes out, and is the last one; anything else is broken off.
  void end_soon();
  void became_gone();
  void let_go();

 private:
  // Bytes on their way: these, or as many of a pipe.
  struct Piece {
    std::string bytes;
    std::size_t taken = 0;  // of the bytes, by the kernel
    std::shared_ptr<const UniqueFd> pipe;
    std::size_t size = 0;  // a pipe's: what is left of it
  };

  void push(std::string bytes);
  void push(Piece piece);
  void begin_raw(std::string head, RawInput input);
  // False for an answer that may not begin any more.
  bool begin();
  boost::asio::awaitable<void> send(Socket& socket);
  boost::asio::awaitable<void> head_is_read(Socket& socket);
  boost::asio::awaitable<bool> send_batch(Socket& socket, std::deque<Piece> batch);
  // Of the pieces that are no pipe's, those in front; and of a pipe, all.
  boost::asio::awaitable<bool> send_bytes(Socket& socket, std::deque<Piece>& batch);
  boost::asio::awaitable<bool> send_pipe(Socket& socket, Piece& piece);
  void count_sent(std::size_t bytes);
  // And takes them off the pieces in front.
  void count_sent(std::deque<Piece>& pieces, std::size_t bytes);
  boost::asio::awaitable<void> watch(Socket& socket, const boost::beast::flat_buffer& behind,
                                     boost::asio::awaitable<void> before);
  boost::asio::awaitable<void> read_input(Socket& socket, std::string early);
  boost::asio::awaitable<void> overdue();

  boost::asio::io_context& loop_;
  const HttpLimits& limits_;
  async::Event wake_;
  std::deque<Piece> queue_;
  std::size_t queued_ = 0;  // bytes, with those on their way to the kernel
  std::uint64_t sent_ = 0;  // bytes that the kernel has taken
  bool old_client_ = false, keep_alive_ = true, raw_ = false, chunked_ = false;
  bool started_ = false, finished_ = false, gone_ = false;
  bool raw_head_waits_ = false;  // goes out alone, and is read before what follows
  bool raw_head_sent_ = false;   // and nothing behind it yet
  bool muted_ = false;           // a stream in answer to HEAD: nobody wants its bytes
  bool reading_ = true;
  std::function<void()> on_drained_, on_gone_;
  RawInput input_;
};

}  // namespace stack::api
