#include <chrono>

#include <gmock/gmock.h>

#include "netns/dns/wire.h"
#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::string query(const std::string& name, std::uint16_t type) {
  std::string out = {'\x12', '\x34', '\x01', '\x00', '\x00', '\x01', '\x00', '\x00', '\x00', '\x00', '\x00', '\x00'};
  for (std::size_t at = 0; at < name.size();) {
    const auto dot = std::min(name.find('.', at), name.size());
    out += static_cast<char>(dot - at);
    out += name.substr(at, dot - at);
    at = dot + 1;
  }
  out += '\0';
  out += static_cast<char>(type >> 8);
  out += static_cast<char>(type & 0xff);
  out += std::string("\0\1", 2);
  return out;
}

struct Reply {
  int rcode = -1;
  std::vector<std::string> addresses;
};

Reply read_reply(const std::string& text, std::size_t question) {
  Reply out;
  if (text.size() < 12) return out;
  out.rcode = text[3] & 0xf;
  const int records = static_cast<unsigned char>(text[7]);
  std::size_t at = question;
  for (int i = 0; i < records && at + 12 <= text.size(); ++i) {
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(text[at + 11]));
    if (const auto address = netns::address_from(text.data() + at + 12, size)) out.addresses.push_back(address->text());
    at += 12 + size;
  }
  return out;
}

class DnsTest : public NetworkTest {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    if (IsSkipped()) return;
    make_network("front");
    network->flush();
  }

  // Asks 127.0.0.11:53 from inside, while the engine's loop runs.
  Reply ask(Container& from, const std::string& name, std::uint16_t type = 1, bool tcp = false) {
    UniqueFd fd;
    std::string message = query(name, type);
    const std::size_t question = message.size();
    from.ns.in([&] {
      if (tcp) {
        if (auto connected = connect_tcp("127.0.0.11", 53)) fd = std::move(*connected);
      } else {
        fd = bind_udp("0.0.0.0", 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(53);
        to.sin_addr.s_addr = htonl(0x7f00000b);
        ASSERT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
      }
    });
    if (!fd) return {};
    if (tcp) message = std::string{'\0', static_cast<char>(message.size())} + message;
    EXPECT_EQ(::send(fd.get(), message.data(), message.size(), 0), static_cast<ssize_t>(message.size()));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    char buffer[2048];
    while (std::chrono::steady_clock::now() < deadline) {
      loop.restart();
      loop.run_for(std::chrono::milliseconds(1));
      if (meanwhile) meanwhile();
      const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (got > 0 && tcp) return read_reply(std::string(buffer + 2, static_cast<std::size_t>(got) - 2), question);
      if (got > 0) return read_reply(std::string(buffer, static_cast<std::size_t>(got)), question);
    }
    return {};
  }

  std::function<void()> meanwhile;  // other servers' work
};

TEST_F(DnsTest, AnswersInsideEvenBesideAContainersOwnServer) {
  auto web = start("shop-web-1", {"front"}, {"web"});
  const auto db1 = start("shop-db-1", {"front"}, {"db"}), db2 = start("shop-db-2", {"front"}, {"db"});
  UniqueFd own;
  web.ns.in([&] { own = bind_udp("0.0.0.0", 53); });
  EXPECT_THAT(ask(web, "shop-db-1").addresses, ElementsAre(db1.address));
  EXPECT_THAT(ask(web, "DB").addresses, UnorderedElementsAre(db1.address, db2.address));
  EXPECT_THAT(ask(web, "db", 1, true).addresses, UnorderedElementsAre(db1.address, db2.address));
  EXPECT_THAT(ask(web, db1.id.substr(0, 12)).addresses, ElementsAre(db1.address));
  network->set_readiness(db2.id, netns::Readiness::ready);
  EXPECT_THAT(ask(web, "db").addresses, ElementsAre(db2.address));
  // No IPv6 there: no address, but the name exists.
  const Reply none = ask(web, "db", 28);
  EXPECT_EQ(none.rcode, 0);
  EXPECT_THAT(none.addresses, ElementsAre());
  network->release(db2.id);
  EXPECT_THAT(ask(web, "db").addresses, ElementsAre(db1.address));
}

TEST_F(DnsTest, OtherNetworksNamesAreNotSeen) {
  make_network("back");
  auto web = start("web-1", {"front"});
  const auto db = start("db-1", {"back"}, {"db"});
  resolvers.clear();
  EXPECT_THAT(ask(web, "db").addresses, ElementsAre());
}

TEST_F(DnsTest, OtherNamesGoToTheHostsServers) {
  resolvers = {"[127.0.0.1]:5301", "[127.0.0.1]:5300"};  // nobody listens at the first
  open();
  make_network("second");
  auto web = start("web-1", {"second"});
  const UniqueFd upstream = bind_udp("127.0.0.1", 5300);
  const timeval now{0, 1};
  ::setsockopt(upstream.get(), SOL_SOCKET, SO_RCVTIMEO, &now, sizeof now);
  UniqueFd client;
  web.ns.in([&] {
    client = bind_udp("0.0.0.0", 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(53);
    to.sin_addr.s_addr = htonl(0x7f00000b);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  });
  const std::string message = query("example.org", 1);
  ASSERT_GT(::send(client.get(), message.data(), message.size(), 0), 0);
  char buffer[2048];
  ssize_t got = -1;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (got < 0 && std::chrono::steady_clock::now() < deadline) {
    loop.restart();
    loop.run_for(std::chrono::milliseconds(1));
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t asked =
        ::recvfrom(upstream.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (asked > 0) {
      std::string answer(buffer, static_cast<std::size_t>(asked));
      answer[2] = static_cast<char>(answer[2] | '\x80');
      answer[7] = 1;
      answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x5d\xb8\xd8\x22", 16);
      ::sendto(upstream.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
    got = ::recv(client.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  }
  ASSERT_GT(got, 0);
  EXPECT_EQ(buffer[0], 0x12);
  EXPECT_EQ(buffer[1], 0x34);
  EXPECT_THAT(read_reply(std::string(buffer, static_cast<std::size_t>(got)), message.size()).addresses,
              ElementsAre("93.184.216.34"));
}

// Answers every question that has come by now: with an address, or with `rcode` only.
void answer_all(const UniqueFd& upstream, unsigned char rcode) {
  char buffer[2048];
  sockaddr_in from{};
  socklen_t size = sizeof from;
  for (;;) {
    const ssize_t asked =
        ::recvfrom(upstream.get(), buffer, sizeof buffer, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
    if (asked < 0) return;
    std::string answer(buffer, static_cast<std::size_t>(asked));
    answer[2] = static_cast<char>(answer[2] | '\x80');
    answer[3] = static_cast<char>(0x80 | rcode);
    if (rcode == 0) {
      answer[7] = 1;
      answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x5d\xb8\xd8\x22", 16);
    }
    ::sendto(upstream.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

TEST_F(DnsTest, AServerThatFailsIsNotTheLastWord) {
  resolvers = {"[127.0.0.1]:5301", "[127.0.0.1]:5300"};
  open();
  make_network("second");
  auto web = start("web-1", {"second"});
  const UniqueFd first = bind_udp("127.0.0.1", 5301), second = bind_udp("127.0.0.1", 5300);
  unsigned char says = 2, other_says = 0;
  meanwhile = [&] {
    answer_all(first, says);
    answer_all(second, other_says);
  };
  for (const unsigned char rcode : {2, 4, 5}) {
    says = rcode;
    EXPECT_THAT(ask(web, "example.org").addresses, ElementsAre("93.184.216.34")) << int{rcode};
  }
  says = 3;
  EXPECT_EQ(ask(web, "example.org").rcode, 3) << "that there is no such name is an answer";
  says = 5;
  other_says = 2;
  EXPECT_EQ(ask(web, "example.org").rcode, 5) << "the first one's, when none has better";
}

TEST_F(DnsTest, SilentServersOfOthersTakeNothingAway) {
  resolvers = {"[127.0.0.1]:5300"};
  open();
  make_network("second");
  const UniqueFd upstream = bind_udp("127.0.0.1", 5300), hole = bind_udp("127.0.0.1", 5399);
  std::vector<Container> greedy;
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 6; ++i) {
    auto wanted = request("greedy-" + std::to_string(i), {"second"});
    wanted.dns = {"[127.0.0.1]:5399"};
    greedy.push_back(start(wanted));
    clients.emplace_back();
    greedy.back().ns.in([&] { clients.back() = bind_udp("0.0.0.0", 0); });
  }
  auto victim = start("victim-1", {"second"});
  const std::string message = query("example.org", 1);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(53);
  to.sin_addr.s_addr = htonl(0x7f00000b);
  for (int i = 0; i < 150; ++i) {
    for (const UniqueFd& client : clients) {
      ::sendto(client.get(), message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
    loop.restart();
    loop.poll();
  }
  meanwhile = [&] { answer_all(upstream, 0); };
  EXPECT_THAT(ask(victim, "example.org").addresses, ElementsAre("93.184.216.34"));
}

TEST_F(DnsTest, NoServerIsSaidAtOnce) {
  auto web = start("web-1", {"front"});
  // The host's server is 127.0.0.1, where nobody listens.
  EXPECT_EQ(ask(web, "example.org").rcode, 2);
}

TEST_F(DnsTest, AnInternalNetworkAsksNobodyOutside) {
  make_network("secret", "10.9.0.0/24", true);
  const UniqueFd upstream = bind_udp("127.0.0.1", 53);
  auto db = start("db-1", {"secret"});
  EXPECT_EQ(ask(db, "example.org").rcode, 2);
  EXPECT_FALSE(waiting(upstream));
}

}  // namespace
}  // namespace stack::test
