#include "engine/buildkit/grpc_stream.h"

#include <algorithm>

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPrefix = 5;  // a flag, and the length in four bytes, the highest first

std::size_t length_at(std::string_view prefix) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) length = length << 8 | static_cast<unsigned char>(prefix[i]);
  return length;
}

std::string prefix_of(std::size_t length) {
  std::string prefix(kPrefix, '\0');
  for (std::size_t i = kPrefix; i-- > 1; length >>= 8) prefix[i] = static_cast<char>(length & 0xff);
  return prefix;
}

}  // namespace

GrpcStream::~GrpcStream() {
  if (!over_) stream_->cancel();
}

std::optional<std::string> GrpcStream::receive_ready() {
  const std::string_view waiting = stream_->inbox();
  if (waiting.size() < kPrefix) return std::nullopt;
  const std::size_t length = length_at(waiting);
  if (waiting[0] != '\0') throw Error(ErrorKind::invalid, "a compressed message came, and none was offered");
  if (length > kMessageMax)
    throw Error(ErrorKind::invalid, "a message of " + std::to_string(length) + " bytes came: at most " +
                                        std::to_string(kMessageMax) + " are taken");
  if (waiting.size() < kPrefix + length) return std::nullopt;
  std::string message{waiting.substr(kPrefix, length)};
  stream_->read(kPrefix + length);
  return message;
}

asio::awaitable<std::optional<std::string>> GrpcStream::receive() {
  const Mono deadline = time_.mono() + patience_;
  for (;;) {
    if (auto message = receive_ready()) co_return message;
    if (stream_->ended()) {
      if (side_ == Side::client) throw_failure();
      if (stream_->reset()) throw Error(ErrorKind::unavailable, "the client has gone");
      if (!stream_->inbox().empty()) throw Error(ErrorKind::invalid, "a message ends before its time");
      co_return std::nullopt;
    }
    if (patience_ == Nanos{0}) {
      co_await stream_->changed.wait();
    } else if (!co_await stream_->changed.wait_until(time_, deadline)) {
      throw Error(ErrorKind::unavailable,
                  "the client has not answered for " +
                      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience_).count()) + " seconds");
    }
  }
}

void GrpcStream::throw_failure() const {
  // An answer that is only a head has its status there.
  const bool only_head = header_of(stream_->trailers, "grpc-status").empty();
  const Headers& where = only_head ? stream_->head : stream_->trailers;
  if (stream_->reset() && header_of(where, "grpc-status").empty())
    throw Error(ErrorKind::unavailable, "the client has gone");
  const GrpcStatus status = grpc_status_of(where);
  if (status.code != GrpcCode::ok) throw GrpcFailure(status);
}

void GrpcStream::begin_answer() {
  if (side_ == Side::server) stream_->answer({{":status", "200"}, {"content-type", "application/grpc"}});
}

void GrpcStream::put(std::string_view message) {
  begin_answer();
  std::string bytes = prefix_of(message.size());
  bytes.append(message);
  stream_->write(bytes);
}

asio::awaitable<void> GrpcStream::send(std::string_view message) {
  put(message);
  while (stream_->unsent() > H2Connection::kOutboxMax && !stream_->closed()) co_await stream_->changed.wait();
  if (stream_->closed() && side_ == Side::server) throw Error(ErrorKind::unavailable, "the client has gone");
}

void GrpcStream::end() { stream_->end(); }

void GrpcStream::finish(const GrpcStatus& status) {
  if (std::exchange(over_, true)) return;
  begin_answer();
  stream_->end(grpc_trailers(status));
}

}  // namespace stack::buildkit
