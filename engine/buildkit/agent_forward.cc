#include "engine/buildkit/agent_forward.h"

#include <array>

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/async/task_group.h"
#include "base/log.h"
#include "base/thrown.h"
#include "base/unique_fd.h"
#include "engine/buildkit/messages/parts.pb.h"
#include "engine/buildkit/messages/session.pb.h"

namespace stack::buildkit {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* kCheckAgent = "/moby.sshforward.v1.SSH/CheckAgent";
constexpr const char* kForwardAgent = "/moby.sshforward.v1.SSH/ForwardAgent";
constexpr const char* kAgentId = "buildkit.ssh.id";
constexpr std::size_t kAgentPieceBytes = 32 << 10;
constexpr mode_t kSocketMode = 0666;  // for every user of a container that gets it; nobody else reaches its folder

using Stream = std::shared_ptr<GrpcStream>;
using Socket = asio::local::stream_protocol::socket;

asio::awaitable<void> to_agent(std::shared_ptr<Socket> socket, Stream stream) {
  std::array<char, kAgentPieceBytes> piece{};
  for (;;) {
    std::size_t got = 0;
    try {
      got = co_await socket->async_read_some(asio::buffer(piece), asio::use_awaitable);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
    }
    if (got == 0) break;
    wire::BytesMessage message;
    message.set_data(piece.data(), got);
    const std::string text = message.SerializeAsString();
    co_await stream->send(text);
  }
  stream->end();
}

asio::awaitable<void> from_agent(std::shared_ptr<Socket> socket, Stream stream) {
  try {
    while (const auto text = co_await stream->receive()) {
      wire::BytesMessage message;
      if (!message.ParseFromString(*text))
        throw Error(ErrorKind::invalid, "the client sent bytes of its agent that are none");
      co_await asio::async_write(*socket, asio::buffer(message.data()), asio::use_awaitable);
    }
  } catch (const GrpcFailure&) {
    // Clients end the call so as well when we have sent all: the connection is over.
  }
}

}  // namespace

asio::awaitable<bool> has_agent(std::shared_ptr<ClientSession> session, std::string id) {
  if (!session->offers(kCheckAgent) || !session->offers(kForwardAgent)) co_return false;
  wire::AgentRequest request;
  request.set_id(id);
  try {
    static_cast<void>(co_await session->call(kCheckAgent, request.SerializeAsString()));
  } catch (const GrpcFailure&) {
    // The builder says so, where it is needed.
    co_return false;
  }
  co_return true;
}

AgentForward::AgentForward(asio::io_context& loop, std::shared_ptr<ClientSession> session, std::string id,
                           fs::path path)
    : loop_(loop), session_(std::move(session)), id_(std::move(id)), acceptor_(loop) {
  // The address of a socket is short, a path may be long.
  const UniqueFd folder{::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw Error::from_errno(errno, "opening " + path.parent_path().string());
  const std::string address = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + path.filename().string();
  try {
    acceptor_.open();
    acceptor_.bind(Protocol::endpoint{address});
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw Error::from_errno(error.code().value(), "making the socket " + path.string());
  }
  if (::chmod(path.c_str(), kSocketMode) != 0) throw Error::from_errno(errno, "making the socket " + path.string());
}

asio::awaitable<void> AgentForward::serve() {
  const auto body = [this](async::TaskGroup& connections) -> asio::awaitable<void> {
    for (;;) {
      auto socket = std::make_shared<Protocol::socket>(co_await acceptor_.async_accept(asio::use_awaitable));
      if (connections.size() >= kConnectionsMax) continue;
      connections.start(forward(std::move(socket)), [](const std::exception_ptr& failed) {
        if (failed && !async::is_cancellation(failed))
          log_warning("an ssh agent of a client: " + error_of(failed).message());
      });
    }
  };
  co_await async::with_tasks(loop_, "connections to an agent", body);
}

asio::awaitable<void> AgentForward::forward(Socket socket) {
  // An agent may be asked again after any time.
  const Stream stream = session_->open(kForwardAgent, {{kAgentId, id_}}, Nanos{0});
  const auto body = [&](async::TaskGroup& sending) -> asio::awaitable<void> {
    sending.start(to_agent(socket, stream));
    co_await from_agent(socket, stream);
    sending.cancel();
  };
  co_await async::with_tasks(loop_, "a connection to an agent", body);
}

}  // namespace stack::buildkit
