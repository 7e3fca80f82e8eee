// The ssh agent of a client as a socket of this machine: each connection to it becomes a call of the client's session
// (moby.sshforward.v1), which hands the bytes to the agent and back.
//
// Loop thread. The socket is there from the beginning; its folder outlives it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "engine/buildkit/client_session.h"

namespace stack::buildkit {

// Whether the client has an agent of this id. Throws stack::Error when it does not answer.
boost::asio::awaitable<bool> has_agent(std::shared_ptr<ClientSession> session, std::string id);

class AgentForward {
 public:
  static constexpr std::size_t kConnectionsMax = 64;  // at once; further ones are closed

  // Throws stack::Error.
  AgentForward(boost::asio::io_context& loop, std::shared_ptr<ClientSession> session, std::string id,
               std::filesystem::path socket);
  // Until its task is cancelled.
  boost::asio::awaitable<void> serve();

 private:
  using Protocol = boost::asio::local::stream_protocol;
  using Socket = std::shared_ptr<Protocol::socket>;
  boost::asio::awaitable<void> forward(Socket socket);

  boost::asio::io_context& loop_;
  const std::shared_ptr<ClientSession> session_;
  const std::string id_;
  Protocol::acceptor acceptor_;
};

}  // namespace stack::buildkit
