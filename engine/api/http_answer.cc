#include "engine/api/http_answer.h"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/container/static_vector.hpp>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "base/async/as_tuple.h"
#include "engine/api/body_framing.h"
#include "engine/api/http_limits.h"

namespace stack::api {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

namespace {

using async::kTuple;
constexpr std::size_t kPiecesAtOnce = 48;
// Between two looks whether a client has read the head of a connection that it has for itself: first, and at most; and for how long.
constexpr std::chrono::milliseconds kHeadPause{1}, kHeadPauseMax{64}, kHeadPatience{500};

// Those in front that are no pipe's.
template <class Pieces>
auto buffers_of(const Pieces& pieces) {
  boost::container::static_vector<asio::const_buffer, kPiecesAtOnce> buffers;
  for (const auto& piece : pieces) {
    if (piece.pipe || buffers.size() == kPiecesAtOnce) break;
    buffers.push_back(asio::buffer(piece.bytes) + piece.taken);
  }
  return buffers;
}

// Resumes when the client has closed its end altogether; one that only sends no more is still there.
asio::awaitable<void> hung_up(HttpAnswer::Socket& socket) {
  for (;;) {
    pollfd state{socket.native_handle(), 0, 0};
    ::poll(&state, 1, 0);
    if ((state.revents & (POLLHUP | POLLERR)) != 0) co_return;
    co_await socket.async_wait(HttpAnswer::Socket::wait_error, asio::use_awaitable);
  }
}

}  // namespace

bool HttpAnswer::begin() { return !gone_ && !std::exchange(started_, true); }

void HttpAnswer::reply(Reply reply) {
  if (!begin()) return;
  std::string text = head_text({.status = reply.status,
                                .content_type = reply.content_type,
                                .length = reply.body.size(),
                                .chunked = false,
                                .keep_alive = keep_alive_},
                               reply.headers, request.dialect);
  finished_ = true;
  push(std::move(text));
  if (request.method != "HEAD" && !is_bodiless(reply.status) && !reply.body.empty()) push(std::move(reply.body));
}

void HttpAnswer::open_stream(int status, std::string_view content_type, const std::vector<Header>& headers) {
  if (!begin()) return;
  chunked_ = !old_client_;
  push(head_text({.status = status,
                  .content_type = content_type,
                  .length = std::nullopt,
                  .chunked = chunked_,
                  .keep_alive = keep_alive_},
                 headers, request.dialect));
  if (request.method == "HEAD" || is_bodiless(status)) muted_ = finished_ = true;
}

void HttpAnswer::hijack(std::string_view content_type, RawInput input) {
  const bool asked = request.header_lists("Connection", "upgrade") && request.header_lists("Upgrade", "tcp");
  std::string head = asked ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n";
  head.append("Content-Type: ").append(content_type).append("\r\n");
  if (asked) head += "Connection: Upgrade\r\nUpgrade: tcp\r\n";
  begin_raw(head + "\r\n", std::move(input));
}

void HttpAnswer::upgrade(std::string_view protocol, const std::vector<Header>& headers, RawInput input) {
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + std::string{protocol} + "\r\n";
  for (const Header& header : headers) head += header.name + ": " + header.value + "\r\n";
  begin_raw(head + "\r\n", std::move(input));
}

void HttpAnswer::begin_raw(std::string head, RawInput input) {
  if (gone_ && input.on_end) asio::post(loop_, std::move(input.on_end));
  if (!begin()) return;
  raw_ = raw_head_waits_ = true;
  push(std::move(head));
  if (request.method == "HEAD") {
    muted_ = finished_ = true;
    if (input.on_end) asio::post(loop_, std::move(input.on_end));
  } else {
    input_ = std::move(input);
  }
}

void HttpAnswer::write(std::string bytes) {
  if (gone() || finished_ || bytes.empty()) return;
  if (!chunked_) return push(std::move(bytes));
  push(chunk_head(bytes.size()));
  push(std::move(bytes));
  push(std::string{kChunkEnd});
}

void HttpAnswer::write_from(std::shared_ptr<const UniqueFd> pipe, std::size_t bytes) {
  if (gone() || finished_ || bytes == 0) return;
  if (chunked_) push(chunk_head(bytes));
  push(Piece{.bytes = {}, .taken = 0, .pipe = std::move(pipe), .size = bytes});
  if (chunked_) push(std::string{kChunkEnd});
}

void HttpAnswer::finish() {
  if (std::exchange(finished_, true)) return;
  if (chunked_ && !gone_) push("0\r\n\r\n");
  wake_.notify_all();
}

void HttpAnswer::read_more(bool wanted) {
  reading_ = wanted;
  wake_.notify_all();
}

void HttpAnswer::on_drained(std::function<void()> callback) {
  if (!gone()) on_drained_ = std::move(callback);
}

void HttpAnswer::on_gone(std::function<void()> callback) {
  if (!gone()) {
    on_gone_ = std::move(callback);
  } else if (callback) {
    asio::post(loop_, std::move(callback));
  }
}

void HttpAnswer::push(std::string bytes) {
  const std::size_t size = bytes.size();
  push(Piece{.bytes = std::move(bytes), .taken = 0, .pipe = {}, .size = size});
}

void HttpAnswer::push(Piece piece) {
  queued_ += piece.size;
  queue_.push_back(std::move(piece));
  wake_.notify_all();
}

void HttpAnswer::end_soon() {
  keep_alive_ = false;
  if (!finished_) became_gone();
}

void HttpAnswer::became_gone() {
  if (std::exchange(gone_, true)) return;
  queue_.clear();
  queued_ = 0;
  wake_.notify_all();
  if (const auto callback = std::exchange(on_gone_, {})) callback();
}

void HttpAnswer::let_go() {
  on_drained_ = {};
  on_gone_ = {};
  input_ = {};
}

bool HttpAnswer::send_at_once(Socket& socket) {
  if (!finished_ || gone_ || raw_) return false;
  while (!queue_.empty() && !queue_.front().pipe) {
    boost::system::error_code failed;
    const std::size_t sent = socket.write_some(buffers_of(queue_), failed);
    if (failed) return false;
    count_sent(queue_, sent);
  }
  return queue_.empty();
}

asio::awaitable<void> HttpAnswer::serve(Socket& socket, const boost::beast::flat_buffer& behind,
                                        asio::awaitable<void> before) {
  co_await (send(socket) || watch(socket, behind, std::move(before)) || overdue());
}

asio::awaitable<void> HttpAnswer::send(Socket& socket) {
  for (;;) {
    while (!queue_.empty()) {
      if (std::exchange(raw_head_sent_, false)) co_await head_is_read(socket);
      const bool head = std::exchange(raw_head_waits_, false);
      std::deque<Piece> batch;
      batch.swap(queue_);
      for (; head && batch.size() > 1; batch.pop_back()) queue_.push_front(std::move(batch.back()));
      if (!co_await send_batch(socket, std::move(batch))) {
        became_gone();
        co_return;
      }
      raw_head_sent_ = head;
      const auto drained = queue_.empty() && !finished_ ? on_drained_ : nullptr;
      if (drained) drained();
    }
    if (finished_ || gone_) co_return;
    co_await wake_.wait();
  }
}

// Python's client reads the head by way of a buffer and what follows past it: bytes that came in one read with the head would be lost
// to it. dockerd is slow enough not to be struck by that. Asked only when there is something to send, when most clients have read it.
asio::awaitable<void> HttpAnswer::head_is_read(Socket& socket) {
  asio::steady_timer timer{loop_};
  std::chrono::milliseconds waited{0};
  for (auto pause = kHeadPause; waited < kHeadPatience && !gone_; pause = std::min(2 * pause, kHeadPauseMax)) {
    int unread = 0;
    if (::ioctl(socket.native_handle(), SIOCOUTQ, &unread) != 0 || unread == 0) co_return;
    timer.expires_after(pause);
    co_await timer.async_wait(kTuple);
    waited += pause;
  }
}

// False when the client takes no more, as the two below.
asio::awaitable<bool> HttpAnswer::send_batch(Socket& socket, std::deque<Piece> batch) {
  while (!batch.empty()) {
    bool taken = false;
    if (batch.front().pipe) {
      taken = co_await send_pipe(socket, batch.front());
      batch.pop_front();
    } else {
      taken = co_await send_bytes(socket, batch);
    }
    if (!taken) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> HttpAnswer::send_bytes(Socket& socket, std::deque<Piece>& batch) {
  while (!batch.empty() && !batch.front().pipe) {
    const auto pieces = buffers_of(batch);
    auto [failed, sent] = co_await socket.async_write_some(pieces, kTuple);
    if (failed) co_return false;
    count_sent(batch, sent);
  }
  co_return true;
}

asio::awaitable<bool> HttpAnswer::send_pipe(Socket& socket, Piece& piece) {
  boost::system::error_code failed;
  socket.native_non_blocking(true, failed);
  while (piece.size > 0 && !failed) {
    const ssize_t sent =
        ::splice(piece.pipe->get(), nullptr, socket.native_handle(), nullptr, piece.size, SPLICE_F_NONBLOCK);
    if (sent > 0) {
      piece.size -= static_cast<std::size_t>(sent);
      count_sent(static_cast<std::size_t>(sent));
    } else if (sent == 0 || (errno != EAGAIN && errno != EINTR)) {
      co_return false;
    } else if (errno == EAGAIN) {
      std::tie(failed) = co_await socket.async_wait(Socket::wait_write, kTuple);
    }
  }
  co_return !failed;
}

// Each piece that the kernel takes counts: a slow reader is not a dead one.
void HttpAnswer::count_sent(std::size_t bytes) {
  queued_ -= std::min(queued_, bytes);
  sent_ += bytes;
}

void HttpAnswer::count_sent(std::deque<Piece>& pieces, std::size_t bytes) {
  count_sent(bytes);
  while (!pieces.empty() && !pieces.front().pipe) {
    Piece& first = pieces.front();
    const std::size_t of_it = std::min(bytes, first.size - first.taken);
    bytes -= of_it;
    first.taken += of_it;
    if (first.taken < first.size) return;
    pieces.pop_front();
  }
}

asio::awaitable<void> HttpAnswer::watch(Socket& socket, const boost::beast::flat_buffer& behind,
                                        asio::awaitable<void> before) {
  co_await std::move(before);
  // A handler may take its time before it says what kind of answer this is.
  while (!started_ && !gone_) co_await wake_.wait();
  if (raw_) {
    std::string early{static_cast<const char*>(behind.data().data()), behind.size()};
    co_await read_input(socket, std::move(early));
  }
  co_await hung_up(socket);
  became_gone();
}

asio::awaitable<void> HttpAnswer::read_input(Socket& socket, std::string early) {
  const auto take = [this](std::string_view bytes) {
    const auto on_bytes = input_.on_bytes;
    if (on_bytes && !finished_) on_bytes(bytes);
  };
  if (!early.empty()) take(early);
  std::vector<char> buffer(kReadBytes);
  for (;;) {
    while (!reading_) co_await wake_.wait();
    const auto [failed, got] = co_await socket.async_read_some(asio::buffer(buffer), kTuple);
    if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    if (failed) break;
    take({buffer.data(), got});
  }
  if (const auto end = std::exchange(input_.on_end, {})) end();
}

asio::awaitable<void> HttpAnswer::overdue() {
  while (!finished_) co_await wake_.wait();
  asio::steady_timer timer{loop_};
  for (bool taking = true; taking;) {
    const std::uint64_t before = sent_;
    timer.expires_after(limits_.take_wait);
    co_await timer.async_wait(asio::use_awaitable);
    taking = sent_ != before;
  }
  became_gone();
}

}  // namespace stack::api
