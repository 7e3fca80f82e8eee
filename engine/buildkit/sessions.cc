#include "engine/buildkit/sessions.h"

#include <set>

#include "base/scope_guard.h"
#include "engine/buildkit/h2_carrier.h"
#include "engine/buildkit/messages/parts.pb.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kIdHeader = "X-Docker-Expose-Session-Uuid";
constexpr std::string_view kIdHeaderLow = "x-docker-expose-session-uuid";
constexpr std::string_view kSharedKeyHeader = "X-Docker-Expose-Session-Sharedkey";
constexpr std::string_view kMethodHeader = "X-Docker-Expose-Session-Grpc-Method";
constexpr std::size_t kIdMax = 128;  // bytes

}  // namespace

void Sessions::check(const std::string& id) const {
  if (id.empty() || id.size() > kIdMax)
    throw Error(ErrorKind::invalid, "the header " + std::string{kIdHeader} + " is to name the session");
  if (sessions_.contains(id)) throw Error(ErrorKind::conflict, "the session " + id + " is open already");
  if (sessions_.size() >= kSessionsMax) throw Error(ErrorKind::unavailable, "too many sessions are open");
}

std::shared_ptr<ClientSession> Sessions::open(const std::string& id, const Headers& headers,
                                              H2Connection::Transport transport) {
  std::set<std::string> methods;
  std::string shared_key;
  for (const auto& [name, value] : headers) {
    if (api::same_ignoring_case(name, kMethodHeader)) methods.insert(value);
    if (api::same_ignoring_case(name, kSharedKeyHeader)) shared_key = value;
  }
  const auto session =
      std::make_shared<ClientSession>(loop_, time_, std::move(transport), std::move(methods), std::move(shared_key));
  sessions_[id] = session;
  changed_.notify_all();
  return session;
}

void Sessions::close(const std::string& id, const std::shared_ptr<ClientSession>& session) {
  const auto found = sessions_.find(id);
  if (found != sessions_.end() && found->second == session) sessions_.erase(found);
  session->connection().close();
}

void Sessions::accept(const std::shared_ptr<api::Exchange>& exchange) {
  const std::string id = exchange->request.header(kIdHeader);
  check(id);
  Headers headers;
  for (const auto& [name, value] : exchange->request.headers) headers.emplace_back(name, value);
  const auto session = std::make_shared<std::weak_ptr<ClientSession>>();
  const auto make = [&](H2Connection::Transport transport) {
    const auto opened = open(id, headers, std::move(transport));
    *session = opened;
    return std::shared_ptr<H2Connection>{opened, &opened->connection()};
  };
  carry_h2(loop_, exchange, make, [this, id, session] {
    if (const auto ended = session->lock()) close(id, ended);
  });
}

asio::awaitable<void> Sessions::serve(GrpcStream& stream) {
  const std::string id = header_of(stream.head(), kIdHeaderLow);
  check(id);
  const auto write = [&stream](const std::string& bytes) {
    wire::BytesMessage message;
    message.set_data(bytes);
    stream.put(message.SerializeAsString());
  };
  const auto full = [&stream] { return stream.unsent() > H2Connection::kOutboxMax; };
  const auto session = open(id, stream.head(), {.write = write, .full = full, .close = {}});
  const ScopeGuard leave{[this, &id, &session] { close(id, session); }};
  for (;;) {
    while (const auto bytes = stream.receive_ready()) {
      wire::BytesMessage message;
      if (!message.ParseFromString(*bytes)) throw Error(ErrorKind::invalid, "a message of the session is none");
      session->connection().take(message.data());
    }
    session->connection().drained();
    if (stream.ended() || stream.closed() || session->connection().closed()) break;
    co_await stream.changed().wait();
  }
}

asio::awaitable<std::shared_ptr<ClientSession>> Sessions::wait_for(std::string id) {
  const Mono deadline = time_.mono() + kArrivalWait;
  for (bool in_time = true; in_time;) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end()) co_return found->second;
    in_time = co_await changed_.wait_until(time_, deadline);
  }
  throw Error(ErrorKind::unavailable, "the session " + id + " of the build has not come");
}

}  // namespace stack::buildkit
