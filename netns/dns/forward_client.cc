#include "netns/dns/forward_client.h"

#include <array>
#include <charconv>
#include <optional>
#include <set>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace stack::netns::dns {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using Failure = boost::system::error_code;

namespace {

struct ServerAddress {
  asio::ip::address address;
  std::uint16_t port = 53;
};

std::optional<ServerAddress> parse_server(const std::string& text) {
  ServerAddress out;
  std::string host = text;
  if (text.starts_with('[')) {
    const auto close = text.find("]:");
    if (close == std::string::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + close + 2, end, out.port);
    if (error != std::errc{} || stop != end) return std::nullopt;
  }
  Failure failure;
  out.address = asio::ip::make_address(host, failure);
  if (failure) return std::nullopt;
  return out;
}

}  // namespace

struct ForwardClient::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, RandomSource source) : loop(io), random(std::move(source)), buffer(kMaxMessageBytes) {}

  // One question of one container, until it is answered.
  struct Question : std::enable_shared_from_this<Question> {
    Question(Impl& owner, const Query& asked)
        : impl(&owner), query(asked), udp_socket(owner.loop), tcp_socket(owner.loop), timer(owner.loop) {}

    // A completion handler that keeps the question alive, and does nothing once its attempt is over.
    template <class F>
    auto guard(F f) {
      return [self = shared_from_this(), mine = attempt, f](const Failure& failure, std::size_t size = 0) {
        if (mine == self->attempt && self->done) f(*self, failure, size);
      };
    }

    void next_server() {
      Failure ignored;
      udp_socket.close(ignored);
      tcp_socket.close(ignored);
      ++attempt;  // completions of the attempt before are void
      if (next >= servers.size()) return finish(std::move(poor_answer));
      const ServerAddress server = servers[next++];
      impl->random(&id, sizeof id);
      set_id(message, id);
      timer.expires_after(kServerTimeout);
      timer.async_wait(guard([](Question& self, const Failure& failure, std::size_t) {
        if (!failure) self.next_server();
      }));
      if (transport == Transport::udp) {
        ask_udp(server);
      } else {
        ask_tcp(server);
      }
    }

    void ask_udp(const ServerAddress& server) {
      const udp::endpoint to(server.address, server.port);
      Failure failure;
      udp_socket.open(to.protocol(), failure);
      if (!failure) udp_socket.non_blocking(true, failure);
      if (!failure) udp_socket.connect(to, failure);
      if (!failure) udp_socket.send(asio::buffer(message), 0, failure);
      if (failure) return later();
      receive_udp();
    }

    // Waits before it reads: one buffer serves all questions, and holds whatever a datagram can.
    void receive_udp() {
      udp_socket.async_wait(udp::socket::wait_read, guard([](Question& self, const Failure& failure, std::size_t) {
                              if (failure) return self.next_server();
                              self.take_datagram();
                            }));
    }

    void take_datagram() {
      Failure failure;
      const std::size_t got = udp_socket.receive(asio::buffer(impl->buffer), 0, failure);
      if (failure == asio::error::would_block) return receive_udp();
      if (failure) return next_server();
      answer.assign(impl->buffer.begin(), impl->buffer.begin() + static_cast<std::ptrdiff_t>(got));
      if (!answers(answer, query, id)) return receive_udp();
      take_answer();
    }

    void take_answer() {
      if (!says_nothing(answer)) return finish(std::move(answer));
      if (poor_answer.empty()) poor_answer = std::move(answer);
      next_server();
    }

    void ask_tcp(const ServerAddress& server) {
      framed.clear();
      framed.push_back(static_cast<std::byte>(message.size() >> 8));
      framed.push_back(static_cast<std::byte>(message.size() & 0xff));
      framed.insert(framed.end(), message.begin(), message.end());
      tcp_socket.async_connect(tcp::endpoint(server.address, server.port),
                               guard([](Question& self, const Failure& failure, std::size_t) {
                                 if (failure) return self.next_server();
                                 self.write_tcp();
                               }));
    }

    void write_tcp() {
      asio::async_write(tcp_socket, asio::buffer(framed),
                        guard([](Question& self, const Failure& failure, std::size_t) {
                          if (failure) return self.next_server();
                          self.answer.resize(2);
                          asio::async_read(self.tcp_socket, asio::buffer(self.answer),
                                           self.guard([](Question& me, const Failure& bad, std::size_t) {
                                             if (bad) return me.next_server();
                                             me.read_tcp();
                                           }));
                        }));
    }

    void read_tcp() {
      answer.resize(std::to_integer<std::size_t>(answer[0]) << 8 | std::to_integer<std::size_t>(answer[1]));
      asio::async_read(tcp_socket, asio::buffer(answer), guard([](Question& self, const Failure& failure, std::size_t) {
                         if (failure || !answers(self.answer, self.query, self.id)) return self.next_server();
                         self.take_answer();
                       }));
    }

    // The next server, but not from inside the call that asked.
    void later() {
      timer.expires_after(std::chrono::seconds(0));
      timer.async_wait(guard([](Question& self, const Failure& failure, std::size_t) {
        if (!failure) self.next_server();
      }));
    }

    void finish(std::vector<std::byte> result) {
      if (!done) return;
      Failure ignored;
      udp_socket.close(ignored);
      tcp_socket.close(ignored);
      timer.cancel();
      ++attempt;
      if (!result.empty()) set_id(result, query.id);
      const Done callback = std::exchange(done, nullptr);
      const auto self = shared_from_this();
      impl->in_flight.erase(self);
      callback(std::move(result));
    }

    Impl* impl;
    Query query;
    std::vector<std::byte> message, framed, answer;
    std::vector<std::byte> poor_answer;  // the first that was not the last word
    std::vector<ServerAddress> servers;
    Transport transport = Transport::udp;
    Done done;
    std::size_t next = 0;
    unsigned attempt = 0;
    std::uint16_t id = 0;
    udp::socket udp_socket;
    tcp::socket tcp_socket;
    asio::steady_timer timer;
  };

  asio::io_context& loop;
  RandomSource random;
  std::vector<std::byte> buffer;  // of the datagram that is being read
  std::set<std::shared_ptr<Question>> in_flight;
};

ForwardClient::ForwardClient(asio::io_context& loop, RandomSource random)
    : impl_(std::make_shared<Impl>(loop, std::move(random))) {}

ForwardClient::~ForwardClient() {
  for (const auto& question : impl_->in_flight) {
    question->done = nullptr;
    Failure ignored;
    question->udp_socket.close(ignored);
    question->tcp_socket.close(ignored);
    question->timer.cancel();
  }
  impl_->in_flight.clear();
}

std::size_t ForwardClient::in_flight() const { return impl_->in_flight.size(); }

void ForwardClient::ask(const std::vector<std::string>& servers, const Query& query,
                        const std::vector<std::byte>& message, Transport transport, Done done) {
  auto question = std::make_shared<Impl::Question>(*impl_, query);
  for (const std::string& text : servers) {
    if (const auto server = parse_server(text)) question->servers.push_back(*server);
  }
  if (question->servers.empty()) return done({});
  question->message = message;
  question->transport = transport;
  question->done = std::move(done);
  impl_->in_flight.insert(question);
  question->next_server();
}

}  // namespace stack::netns::dns
