#include "netns/ports/relay_server.h"

#include <array>
#include <set>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::netns {

namespace asio = boost::asio;
using asio::ip::tcp;
using Failure = boost::system::error_code;

namespace {

constexpr std::size_t kBufferBytes = std::size_t{16} << 10;
constexpr int kBacklog = 128;
constexpr std::chrono::milliseconds kAcceptRetry{100};  // out of descriptors: trying at once would spin

tcp::endpoint endpoint_of(const Backend& backend) {
  return {asio::ip::make_address(backend.address.text()), backend.port};
}

struct Counted {
  std::size_t all = 0;
};

// One connection and the one that answers it. Shared by its pending operations.
class Relayed : public std::enable_shared_from_this<Relayed> {
 public:
  Relayed(tcp::socket client, std::function<void(const std::shared_ptr<Relayed>&)> ended)
      : client_(std::move(client)), server_(client_.get_executor()), ended_(std::move(ended)) {}

  void start(const tcp::endpoint& to) {
    server_.async_connect(to, [self = shared_from_this()](const Failure& failure) {
      if (failure) return self->refuse();
      self->pump(self->client_, self->server_, self->upward_);
      self->pump(self->server_, self->client_, self->downward_);
    });
  }
  // As if nobody had listened.
  void refuse() {
    Failure ignored;
    client_.set_option(asio::socket_base::linger(true, 0), ignored);
    end();
  }
  void end() {
    Failure ignored;
    client_.close(ignored);
    server_.close(ignored);
    if (const auto ended = std::exchange(ended_, nullptr)) ended(shared_from_this());
  }

 private:
  using Buffer = std::array<char, kBufferBytes>;

  void pump(tcp::socket& from, tcp::socket& to, Buffer& buffer) {
    from.async_read_some(asio::buffer(buffer), [self = shared_from_this(), &from, &to, &buffer](const Failure& failure,
                                                                                                std::size_t got) {
      if (failure == asio::error::eof) return self->half_close(to);
      if (failure) return self->end();
      asio::async_write(to, asio::buffer(buffer, got), [self, &from, &to, &buffer](const Failure& bad, std::size_t) {
        if (bad) return self->end();
        self->pump(from, to, buffer);
      });
    });
  }
  void half_close(tcp::socket& to) {
    Failure ignored;
    to.shutdown(tcp::socket::shutdown_send, ignored);
    if (++closed_ == 2) end();
  }

  tcp::socket client_, server_;
  std::function<void(const std::shared_ptr<Relayed>&)> ended_;
  Buffer upward_{}, downward_{};
  int closed_ = 0;
};

// One port. Shared by its pending accept.
class RelayListener : public std::enable_shared_from_this<RelayListener> {
 public:
  RelayListener(asio::io_context& loop, Counted& counted, const RandomSource& random)
      : counted_(counted), random_(random), acceptor_(loop), retry_(loop) {}

  void start(const tcp& protocol, UniqueFd fd) {
    if (::listen(fd.get(), kBacklog) != 0) throw Error::from_errno(errno, "listening on a published port");
    Failure failure;
    acceptor_.assign(protocol, fd.get(), failure);
    if (failure) throw Error::from_errno(failure.value(), "listening on a published port");
    (void)fd.release();
    accept();
  }
  void lead_to(std::vector<Backend> backends) { backends_ = std::move(backends); }
  // Refuses from now on; what holds the port stays bound.
  void stop() {
    stopped_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RD);
    Failure ignored;
    acceptor_.close(ignored);
    retry_.cancel();
  }
  void end_connections() {
    for (const auto& each : std::exchange(connections_, {})) each->end();
  }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const Failure& failure, tcp::socket socket) {
      if (self->stopped_ || failure == asio::error::operation_aborted) return;
      if (failure) return self->accept_later();
      self->take(std::move(socket));
      self->accept();
    });
  }
  void accept_later() {
    retry_.expires_after(kAcceptRetry);
    retry_.async_wait([self = shared_from_this()](const Failure& failure) {
      if (!failure && !self->stopped_) self->accept();
    });
  }
  void take(tcp::socket socket) {
    ++counted_.all;
    auto relayed = std::make_shared<Relayed>(std::move(socket),
                                             [self = shared_from_this()](const std::shared_ptr<Relayed>& ended) {
                                               --self->counted_.all;
                                               self->connections_.erase(ended);
                                             });
    const bool full = connections_.size() >= kRelayShare && counted_.all > kMaxRelayed;
    connections_.insert(relayed);
    if (full || backends_.empty()) return relayed->refuse();
    std::uint32_t number = 0;
    random_(&number, sizeof number);
    relayed->start(endpoint_of(backends_[number % backends_.size()]));
  }

  Counted& counted_;
  const RandomSource& random_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::vector<Backend> backends_;
  std::set<std::shared_ptr<Relayed>> connections_;
  bool stopped_ = false;
};

}  // namespace

struct RelayServer::Impl {
  Impl(asio::io_context& io, RandomSource source) : loop(io), random(std::move(source)) {}
  asio::io_context& loop;
  RandomSource random;
  Counted counted;
  std::map<HostPort, std::shared_ptr<RelayListener>> listeners;
  std::vector<std::weak_ptr<RelayListener>> stopped;  // whose connections go on
};

RelayServer::RelayServer(asio::io_context& loop, RandomSource random)
    : impl_(std::make_unique<Impl>(loop, std::move(random))) {}

RelayServer::~RelayServer() {
  for (const auto& [port, listener] : impl_->listeners) {
    listener->stop();
    listener->end_connections();
  }
  for (const auto& each : impl_->stopped) {
    if (const auto listener = each.lock()) listener->end_connections();
  }
}

void RelayServer::serve(const std::map<HostPort, std::vector<Backend>>& wanted, const Reservations& held) {
  std::erase_if(impl_->stopped, [](const auto& each) { return each.expired(); });
  for (auto it = impl_->listeners.begin(); it != impl_->listeners.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    it->second->stop();
    impl_->stopped.push_back(it->second);
    it = impl_->listeners.erase(it);
  }
  std::string errors;
  for (const auto& [port, backends] : wanted) {
    auto& listener = impl_->listeners[port];
    try {
      if (!listener) {
        UniqueFd copy(::fcntl(held.socket_of(port), F_DUPFD_CLOEXEC, 0));
        if (!copy) throw Error::from_errno(errno, "copying a published port's socket");
        auto fresh = std::make_shared<RelayListener>(impl_->loop, impl_->counted, impl_->random);
        fresh->start(port.address.family == Family::v4 ? tcp::v4() : tcp::v6(), std::move(copy));
        listener = std::move(fresh);
      }
      listener->lead_to(backends);
    } catch (const Error& error) {
      errors += (errors.empty() ? "" : "; ") + text_of(port) + ": " + error.message();
    }
  }
  std::erase_if(impl_->listeners, [](const auto& each) { return !each.second; });
  if (!errors.empty()) throw Error(errors);
}

}  // namespace stack::netns
