#include "netns/dns/server.h"

#include <array>
#include <set>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "base/error.h"
#include "netns/dns/forward_client.h"

namespace stack::netns::dns {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using Failure = boost::system::error_code;
using Message = std::vector<std::byte>;

namespace {

constexpr std::size_t kDatagramsAtOnce = 16;

// One container's sockets. Shared by its pending operations; closed_ makes their completions void.
class DnsListener : public std::enable_shared_from_this<DnsListener> {
 public:
  DnsListener(asio::io_context& loop, Names& names, ForwardClient& forward, Message& buffer, Server::Client client)
      : loop_(loop),
        names_(names),
        forward_(forward),
        buffer_(buffer),
        client_(std::move(client)),
        udp_(loop),
        acceptor_(loop),
        retry_(loop) {}

  void start(UniqueFd udp_fd, UniqueFd tcp_fd) {
    Failure failure;
    udp_.assign(udp::v4(), udp_fd.get(), failure);
    if (failure) throw Error::from_errno(failure.value(), "serving DNS on a container's UDP socket");
    (void)udp_fd.release();
    udp_.non_blocking(true, failure);
    acceptor_.assign(tcp::v4(), tcp_fd.get(), failure);
    if (failure) throw Error::from_errno(failure.value(), "serving DNS on a container's TCP socket");
    (void)tcp_fd.release();
    acceptor_.listen(static_cast<int>(kMaxConnections), failure);
    if (failure) throw Error::from_errno(failure.value(), "listening for DNS in a container");
    receive();
    accept();
  }

  void change(Server::View view) { client_.view = std::move(view); }

  void close() {
    closed_ = true;
    Failure ignored;
    udp_.close(ignored);
    acceptor_.close(ignored);
    retry_.cancel();
    for (const auto& connection : std::exchange(connections_, {})) connection->close();
  }

 private:
  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(std::shared_ptr<DnsListener> owner, tcp::socket accepted)
        : listener(std::move(owner)), socket(std::move(accepted)), idle(listener->loop_) {}

    void read() {
      idle.expires_after(kIdleTimeout);
      idle.async_wait([self = shared_from_this()](const Failure& failure) {
        if (!failure) self->end();
      });
      asio::async_read(socket, asio::buffer(length), [self = shared_from_this()](const Failure& failure, std::size_t) {
        if (failure) return self->end();
        self->message.resize(std::to_integer<std::size_t>(self->length[0]) << 8 |
                             std::to_integer<std::size_t>(self->length[1]));
        asio::async_read(self->socket, asio::buffer(self->message), [self](const Failure& bad, std::size_t) {
          if (bad) return self->end();
          self->listener->handle(self->message, Transport::tcp,
                                 [self](Message answer) { self->write(std::move(answer)); });
        });
      });
    }

    // An answer of no bytes: the asker is not worth one.
    void write(Message answer) {
      if (answer.empty() || answer.size() > kMaxMessageBytes) return end();
      message.clear();
      message.push_back(static_cast<std::byte>(answer.size() >> 8));
      message.push_back(static_cast<std::byte>(answer.size() & 0xff));
      message.insert(message.end(), answer.begin(), answer.end());
      asio::async_write(socket, asio::buffer(message),
                        [self = shared_from_this()](const Failure& failure, std::size_t) {
                          if (failure) return self->end();
                          self->read();
                        });
    }

    void close() {
      Failure ignored;
      socket.close(ignored);
      idle.cancel();
    }
    void end() {
      close();
      listener->connections_.erase(shared_from_this());
    }

    std::shared_ptr<DnsListener> listener;
    tcp::socket socket;
    asio::steady_timer idle;
    std::array<std::byte, 2> length{};
    Message message;
  };

  // Waits before it reads: one buffer serves all listeners, where one each would be most of the engine's memory.
  void receive() {
    udp_.async_wait(udp::socket::wait_read, [self = shared_from_this()](const Failure& failure) {
      if (self->closed_ || failure == asio::error::operation_aborted) return;
      if (!failure) self->take_datagrams();
      if (!self->closed_) self->receive();
    });
  }

  void take_datagrams() {
    for (std::size_t i = 0; i < kDatagramsAtOnce && !closed_; ++i) {
      udp::endpoint from;
      Failure failure;
      const std::size_t got = udp_.receive_from(asio::buffer(buffer_), from, 0, failure);
      if (failure == asio::error::would_block) return;
      if (failure) continue;  // what a peer's refusal left behind
      const Message message(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(got));
      handle(message, Transport::udp, [self = shared_from_this(), from](Message answer) {
        if (self->closed_ || answer.empty()) return;
        Failure ignored;  // a full queue loses a datagram, and the asker asks again
        self->udp_.send_to(asio::buffer(answer), from, 0, ignored);
      });
    }
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const Failure& failure, tcp::socket socket) {
      if (self->closed_ || failure == asio::error::operation_aborted) return;
      if (failure) return self->accept_later();
      if (self->connections_.size() < kMaxConnections) {
        auto connection = std::make_shared<Connection>(self, std::move(socket));
        self->connections_.insert(connection);
        connection->read();
      }
      self->accept();
    });
  }

  // Out of descriptors: trying at once would spin.
  void accept_later() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([self = shared_from_this()](const Failure& failure) {
      if (!failure && !self->closed_) self->accept();
    });
  }

  void handle(const Message& message, Transport transport, std::function<void(Message)> reply) {
    const ParsedQuery parsed = parse_query(message);
    if (!parsed.query) return reply(parsed.error.id ? encode_error(*parsed.error.id, parsed.error.code) : Message{});
    const Query& query = *parsed.query;
    const std::size_t limit = transport == Transport::udp ? query.udp_bytes : kMaxMessageBytes;
    Query sought = query;
    std::vector<std::string> networks = client_.view.networks;
    if (const auto link = client_.view.links.find(query.name); link != client_.view.links.end()) {
      sought.name = link->second;
      const auto& more = client_.view.link_networks;
      networks.insert(networks.end(), more.begin(), more.end());
    }
    if (const auto answer = names_.find(networks, sought)) {
      return reply(encode_answer(query, *answer, kTtlSeconds, limit));
    }
    const bool address =
        query.type == static_cast<std::uint16_t>(Type::a) || query.type == static_cast<std::uint16_t>(Type::aaaa);
    if (client_.ends_plain_names && address && query.name.find('.') == std::string::npos) {
      return reply(encode_answer(query, Answer{}, 0, limit));
    }
    const auto fail = [query, limit] {
      return encode_answer(query, Answer{Rcode::server_failure, false, {}, {}}, 0, limit);
    };
    const auto servers = client_.forward_to ? client_.forward_to() : std::vector<std::string>{};
    if (servers.empty() || !may_wait()) return reply(fail());
    ++waiting_;
    forward_.ask(servers, query, message, transport, [self = shared_from_this(), reply, fail](Message answer) {
      --self->waiting_;
      if (!self->closed_) reply(answer.empty() ? fail() : std::move(answer));
    });
  }

  // Whether one more question may wait for other servers.
  [[nodiscard]] bool may_wait() const {
    if (waiting_ < kShare) return true;
    return waiting_ < kMaxWaiting && forward_.in_flight() < kMaxWaitingTogether;
  }

  asio::io_context& loop_;
  Names& names_;
  ForwardClient& forward_;
  Message& buffer_;
  Server::Client client_;
  udp::socket udp_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace

struct Server::Impl {
  Impl(asio::io_context& io, Names& table, RandomSource random)
      : loop(io), names(table), forward(io, std::move(random)), buffer(kMaxMessageBytes) {}
  asio::io_context& loop;
  Names& names;
  ForwardClient forward;
  Message buffer;  // of the datagram that is being read
  std::unordered_map<std::string, std::shared_ptr<DnsListener>> listeners;
};

Server::Server(asio::io_context& loop, Names& names, RandomSource random)
    : impl_(std::make_unique<Impl>(loop, names, std::move(random))) {}

Server::~Server() {
  for (auto& [id, listener] : impl_->listeners) listener->close();
}

void Server::serve(Client client, UniqueFd udp, UniqueFd tcp) {
  stop(client.container_id);
  const std::string id = client.container_id;
  auto listener =
      std::make_shared<DnsListener>(impl_->loop, impl_->names, impl_->forward, impl_->buffer, std::move(client));
  try {
    listener->start(std::move(udp), std::move(tcp));
  } catch (...) {
    listener->close();
    throw;
  }
  impl_->listeners.emplace(id, std::move(listener));
}

void Server::change(const std::string& container_id, View view) {
  const auto it = impl_->listeners.find(container_id);
  if (it != impl_->listeners.end()) it->second->change(std::move(view));
}

void Server::stop(const std::string& container_id) {
  const auto it = impl_->listeners.find(container_id);
  if (it == impl_->listeners.end()) return;
  it->second->close();
  impl_->listeners.erase(it);
}

}  // namespace stack::netns::dns
