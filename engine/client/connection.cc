#include "engine/client/connection.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <poll.h>
#include <unistd.h>

#include "base/duration.h"
#include "engine/api/body_framing.h"
#include "engine/api/routes.h"
#include "engine/api/stack_json.h"
#include "engine/api/wire_version.h"
#include "engine/client/engine_error.h"
#include "engine/client/unix_socket.h"

namespace stack::client {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kReadBytes = 128 << 10;
constexpr std::size_t kMovedMin = 32 << 10, kMovedMax = 1 << 20;  // by the kernel alone, in one chunk
constexpr Nanos kTick = std::chrono::milliseconds{100};
constexpr std::size_t kBodyBytesMax = std::size_t{256} << 20;

// `what`: what the body is, and headers of its own.
std::string chunked_head(std::string_view method, const std::string& target, const std::string& what) {
  return std::string{method} + " " + target + " HTTP/1.1\r\nHost: stack\r\nConnection: close\r\n" + what +
         "Transfer-Encoding: chunked\r\n\r\n";
}

}  // namespace

EngineClient::Connection::Connection(const std::string& path, Waiting waiting)
    : fd_(connect_unix(path)), waiting_(std::move(waiting)) {
  if (waiting_.patience) deadline_ = SystemClock{}.mono() + *waiting_.patience;
  parser_.body_limit(boost::none);
  parser_.header_limit(64 << 10);
  parser_.on_chunk_body(on_chunk_);
}

void EngineClient::Connection::send(std::string_view method, const std::string& target, std::string_view body) {
  std::string request = std::string{method} + " " + target + " HTTP/1.1\r\nHost: stack\r\nConnection: close\r\n" +
                        std::string{api::kWireHeader} + ": " + std::string{api::kWireVersionText} + "\r\n";
  if (!body.empty() || method == "POST") {
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  request += "\r\n";
  request += body;
  send_all(fd_, request);  // an engine that has gone is noticed by who reads its answer
}

void EngineClient::Connection::send_stream(const std::string& target, BorrowedFd source,
                                           const std::function<void(std::uint64_t)>& sent, std::string_view method) {
  send_all(fd_, chunked_head(method, target, "Content-Type: application/x-tar\r\n"));
  if (send_source(source, sent)) send_chunk({});
}

void EngineClient::Connection::send_head(const std::string& target) {
  parser_.skip(true);  // there is no body, whatever the head says of its length
  send("HEAD", target, {});
}

std::string EngineClient::Connection::header(std::string_view name) const {
  const auto value = parser_.get()[{name.data(), name.size()}];
  return {value.data(), value.size()};
}

void EngineClient::Connection::send_described(const std::string& target, std::string_view spec, std::string_view first,
                                              BorrowedFd source) {
  send_all(fd_, chunked_head("POST", target,
                             std::string{api::kWireHeader} + ": " + std::string{api::kWireVersionText} + "\r\n" +
                                 std::string{api::kSpecLength} + ": " + std::to_string(spec.size()) + "\r\n"));
  bool heard = send_chunk(spec);
  if (heard && !first.empty()) heard = send_chunk(first);
  if (heard && source.get() >= 0) heard = send_source(source, {});
  if (heard) send_chunk({});
}

bool EngineClient::Connection::send_chunk(std::string_view bytes) {
  return send_all(fd_, api::chunk_head(bytes.size())) && send_all(fd_, bytes) && send_all(fd_, api::kChunkEnd);
}

bool EngineClient::Connection::send_chunk(BorrowedFd source, std::size_t bytes) {
  return send_all(fd_, api::chunk_head(bytes)) && send_from(fd_, source, bytes) && send_all(fd_, api::kChunkEnd);
}

bool EngineClient::Connection::send_source(BorrowedFd source, const std::function<void(std::uint64_t)>& sent) {
  std::uint64_t total = 0;
  std::vector<char> block(kReadBytes);
  for (;;) {
    wait_readable(source);
    if (const std::size_t ready = std::min(bytes_ready(source), kMovedMax); ready >= kMovedMin) {
      if (!send_chunk(source, ready)) return false;
      if (sent) sent(total += ready);
      continue;
    }
    const ssize_t got = ::read(source.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading the archive");
    if (got == 0) return true;
    if (!send_chunk({block.data(), static_cast<std::size_t>(got)})) return false;
    if (sent) sent(total += static_cast<std::uint64_t>(got));
  }
}

std::string EngineClient::Connection::receive(const std::function<bool(std::string_view)>& on_piece) {
  std::string collected;
  bool go_on = true;
  on_body_ = [&](std::string_view piece) {
    check_version();
    if (on_piece && parser_.get().result_int() < 300) {
      go_on = go_on && on_piece(piece);
    } else {
      collected.append(piece);
      if (collected.size() > kBodyBytesMax) throw Error(ErrorKind::invalid, "the engine's answer is too long");
    }
  };
  std::string pending;
  std::vector<char> block(kReadBytes);
  while (!parser_.is_done() && go_on) {
    wait_readable(fd_);
    const ssize_t got = ::read(fd_.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != ECONNRESET) throw Error::from_errno(errno, "reading the engine's answer");
    if (got <= 0) {
      if (parser_.is_done()) break;
      throw Error(ErrorKind::unavailable, "the engine went away in the middle of its answer")
          .remedy("run the command again: a new engine continues where this one was");
    }
    pending.append(block.data(), static_cast<std::size_t>(got));
    while (!pending.empty() && !parser_.is_done()) {
      boost::system::error_code failed;
      const std::size_t used = parser_.put(asio::buffer(pending), failed);
      pending.erase(0, used);
      take_plain_body();
      if (failed == http::error::need_more) break;
      if (failed) throw Error(ErrorKind::invalid, "the engine's answer is not HTTP: " + failed.message());
      if (used == 0) break;
    }
  }
  check_version();
  // Not modified: what was asked for, a stop or a start, is so already.
  const bool refused = parser_.is_header_done() && parser_.get().result_int() >= 300 &&
                       parser_.get().result() != http::status::not_modified;
  if (refused) {
    throw EngineError(api::parse_error(static_cast<int>(parser_.get().result_int()), collected));
  }
  return collected;
}

void EngineClient::Connection::check_version() const {
  if (!strict_ || !parser_.is_header_done()) return;
  const auto stated = parser_.get()[{api::kWireHeader.data(), api::kWireHeader.size()}];
  api::check_engine_version({stated.data(), stated.size()});
}

void EngineClient::Connection::take_plain_body() {
  std::string& body = parser_.get().body();
  if (body.empty()) return;
  on_body_(body);
  body.clear();
}

void EngineClient::Connection::wait_readable(BorrowedFd fd) {
  if (waiting_.interrupted == nullptr && !waiting_.tick && !waiting_.patience) return;
  pollfd state{fd.get(), POLLIN, 0};
  for (;;) {
    const Mono now = SystemClock{}.mono();
    if (now >= deadline_) {
      throw Error("application not healthy after " + format_duration(*waiting_.patience));
    }
    if (waiting_.interrupted != nullptr && waiting_.interrupted->load()) throw Error("interrupted");
    if (now >= next_tick_) {
      next_tick_ = now + kTick;
      if (waiting_.tick) waiting_.tick();
    }
    // The bound covers a signal that comes between the look and the wait.
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - now);
    const int ready = ::poll(&state, 1, static_cast<int>(rest.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw Error::from_errno(errno, "waiting for the engine");
  }
}

}  // namespace stack::client
