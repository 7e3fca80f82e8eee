#include "engine/buildkit/h2_connection.h"

#include <algorithm>
#include <cstring>

#include <boost/asio/post.hpp>
#include <nghttp2/nghttp2.h>

#include "base/error.h"
#include "base/scope_guard.h"

namespace stack::buildkit {
namespace {

constexpr std::size_t kCompactAt = 64 << 10;  // bytes at the front of a buffer that are of no use any more

std::vector<nghttp2_nv> pairs_of(const Headers& headers) {
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : headers) {
    // nghttp2 copies both and writes to neither.
    pairs.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                     reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
  }
  return pairs;
}

void compact(std::string& buffer, std::size_t& used) {
  if (used == buffer.size()) {
    buffer.clear();
    used = 0;
  } else if (used >= kCompactAt) {
    buffer.erase(0, std::exchange(used, 0));
  }
}

}  // namespace

std::string header_of(const Headers& headers, std::string_view name) {
  for (const auto& [each, value] : headers) {
    if (each == name) return value;
  }
  return {};
}

// What nghttp2 calls. The user data is the connection; a stream's own, the stream.
struct H2Connection::Callbacks {
  static H2Connection& self(void* data) { return *static_cast<H2Connection*>(data); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    H2Connection& it = self(data);
    if (it.role_ != Role::server || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    if (++it.opened_ > kStreamsInAllMax) return NGHTTP2_ERR_CALLBACK_FAILURE;
    auto stream = std::make_shared<H2Stream>(it.loop_, it);
    stream->id_ = frame->hd.stream_id;
    it.streams_[stream->id_] = std::move(stream);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* data) {
    H2Stream* stream = self(data).find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->head_bytes_ += name_size + value_size + 32;  // as RFC 7541, 4.1 counts
    if (stream->head_bytes_ > kHeadMax) return NGHTTP2_ERR_CALLBACK_FAILURE;
    Headers& headers = stream->has_head_ ? stream->trailers : stream->head;
    headers.emplace_back(std::string{reinterpret_cast<const char*>(name), name_size},
                         std::string{reinterpret_cast<const char*>(value), value_size});
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    H2Connection& it = self(data);
    if (frame->hd.type == NGHTTP2_RST_STREAM && ++it.resets_ > kResetsMax) return NGHTTP2_ERR_CALLBACK_FAILURE;
    const auto found = it.streams_.find(frame->hd.stream_id);
    if (found == it.streams_.end()) return 0;
    const auto stream = found->second;
    const bool head = frame->hd.type == NGHTTP2_HEADERS && !std::exchange(stream->has_head_, true);
    const bool body = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (body && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->ended_ = true;
    stream->changed.notify_all();
    if (head && it.on_request_) it.on_request_(stream);
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* data) {
    H2Stream* stream = self(data).find(id);
    if (stream == nullptr) {
      nghttp2_session_consume_connection(session, size);
      return 0;
    }
    stream->inbox_.append(reinterpret_cast<const char*>(bytes), size);
    stream->changed.notify_all();
    return 0;
  }

  static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t error, void* data) {
    H2Connection& it = self(data);
    const auto found = it.streams_.find(id);
    if (found == it.streams_.end()) return 0;
    const auto stream = found->second;
    // What nobody will read any more does not keep the other streams waiting.
    nghttp2_session_consume_connection(session, stream->inbox().size());
    it.forget(stream, error != NGHTTP2_NO_ERROR || !stream->ended_);
    return 0;
  }

  static ssize_t on_read(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                         std::uint32_t* flags, nghttp2_data_source*, void* data) {
    H2Stream* stream = self(data).find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t count = std::min(size, stream->unsent());
    std::memcpy(buffer, stream->outbox_.data() + stream->sent_, count);
    stream->sent_ += count;
    compact(stream->outbox_, stream->sent_);
    if (count > 0) stream->changed.notify_all();
    if (stream->unsent() == 0 && stream->ending_) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!stream->last_.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto pairs = pairs_of(stream->last_);
        nghttp2_submit_trailer(session, id, pairs.data(), pairs.size());
      }
    } else if (count == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(count);
  }
};

// --- the connection ------------------------------------------------------------------------------------------------------------------

H2Connection::H2Connection(boost::asio::io_context& loop, Role role, Transport transport,
                           std::function<void(const std::shared_ptr<H2Stream>&)> on_request)
    : loop_(loop), role_(role), transport_(std::move(transport)), on_request_(std::move(on_request)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0)
    throw Error("no memory for an HTTP/2 connection");
  const ScopeGuard free{[&] {
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
  }};
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, kHeadSentMax);
  nghttp2_option_set_peer_max_concurrent_streams(option, kStreamsMax);
  const int failed = role == Role::server ? nghttp2_session_server_new2(&session_, callbacks, this, option)
                                          : nghttp2_session_client_new2(&session_, callbacks, this, option);
  if (failed != 0) throw Error("no memory for an HTTP/2 connection");
  std::vector<nghttp2_settings_entry> settings{{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
                                               {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kHeadMax}};
  settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, role == Role::server ? std::uint32_t{kStreamsMax} : 0});
  if (role == Role::client) settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
  pump();
}

H2Connection::~H2Connection() {
  close();
  nghttp2_session_del(session_);
}

H2Stream* H2Connection::find(std::int32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void H2Connection::take(std::string_view bytes) {
  if (closed_) return;
  ssize_t taken = 0;
  {
    busy_ = true;
    const ScopeGuard idle{[this] { busy_ = false; }};
    taken = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  if (taken < 0) {
    // A last frame says why, where the protocol has one for it.
    pump();
    return fail();
  }
  pump();
}

void H2Connection::drained() { pump(); }

void H2Connection::pump() {
  if (busy_ || closed_) return;
  busy_ = true;
  const ScopeGuard idle{[this] { busy_ = false; }};
  bool failed = false;
  while (!transport_.full()) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size <= 0) {
      failed = size < 0;
      break;
    }
    transport_.write(std::string{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  const bool over = nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
  if (failed || over) fail();
}

void H2Connection::fail() {
  if (closed_) return;
  close();
  if (transport_.close) transport_.close();
}

void H2Connection::close() {
  if (std::exchange(closed_, true)) return;
  const auto streams = std::exchange(streams_, {});
  for (const auto& [id, stream] : streams) forget(stream, true);
}

void H2Connection::forget(const std::shared_ptr<H2Stream>& stream, bool reset) {
  streams_.erase(stream->id_);
  stream->connection_ = nullptr;
  stream->closed_ = true;
  stream->reset_ = reset;
  stream->ended_ = true;
  stream->outbox_.clear();
  stream->sent_ = 0;
  stream->changed.notify_all();
}

std::shared_ptr<H2Stream> H2Connection::request(const Headers& headers) {
  if (closed_) throw Error(ErrorKind::unavailable, "the client's session has ended");
  std::size_t bytes = 0;
  for (const auto& [name, value] : headers) bytes += name.size() + value.size() + 32;
  if (bytes > kHeadSentMax) throw Error(ErrorKind::invalid, "a request to the client's session is too long");
  const auto stream = std::make_shared<H2Stream>(loop_, *this);
  const auto pairs = pairs_of(headers);
  nghttp2_data_provider provider{};
  provider.read_callback = Callbacks::on_read;
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, pairs.data(), pairs.size(), &provider, nullptr);
  if (id < 0)
    throw Error(ErrorKind::unavailable, std::string{"the client's session takes no request: "} + nghttp2_strerror(id));
  stream->id_ = id;
  stream->answered_ = true;
  streams_[id] = stream;
  pump();
  return stream;
}

// --- the stream ----------------------------------------------------------------------------------------------------------------------

void H2Stream::read(std::size_t bytes) {
  read_ += bytes;
  compact(inbox_, read_);
  if (connection_ == nullptr) return;
  nghttp2_session_consume(connection_->session_, id_, bytes);
  connection_->pump();
}

void H2Connection::open_outbox(H2Stream& stream, const Headers& headers, bool body) {
  const auto pairs = pairs_of(headers);
  nghttp2_data_provider provider{};
  provider.read_callback = Callbacks::on_read;
  nghttp2_submit_response(session_, stream.id_, pairs.data(), pairs.size(), body ? &provider : nullptr);
  pump();
}

void H2Stream::answer(const Headers& headers) {
  if (connection_ == nullptr || std::exchange(answered_, true)) return;
  connection_->open_outbox(*this, headers, true);
}

void H2Stream::answer_only(const Headers& headers) {
  if (connection_ == nullptr || std::exchange(answered_, true)) return;
  ending_ = true;
  connection_->open_outbox(*this, headers, false);
}

void H2Stream::write(std::string_view bytes) {
  if (connection_ == nullptr || ending_) return;
  outbox_.append(bytes);
  nghttp2_session_resume_data(connection_->session_, id_);
  connection_->pump();
}

void H2Stream::end(Headers last) {
  if (connection_ == nullptr || std::exchange(ending_, true)) return;
  last_ = std::move(last);
  nghttp2_session_resume_data(connection_->session_, id_);
  connection_->pump();
}

void H2Stream::cancel() {
  if (connection_ == nullptr) return;
  H2Connection& connection = *connection_;
  nghttp2_submit_rst_stream(connection.session_, NGHTTP2_FLAG_NONE, id_, NGHTTP2_CANCEL);
  connection.pump();
}

}  // namespace stack::buildkit
