// Packets with descriptors: what is sent arrives, what is not ours is refused, and the end of a connection loses
// nothing.
#include "engine/shim/packet_socket.h"

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stack::shim {
namespace {

struct Pair {
  UniqueFd a, b;
  Pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    a.reset(ends[0]);
    b.reset(ends[1]);
  }
};

Packet packet_of(Kind kind) {
  Packet packet;
  packet.kind = kind;
  return packet;
}

int open_fds() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

TEST(PacketSocket, carries_descriptors) {
  const Pair pair;
  const int fds[] = {pair.a.get(), pair.b.get()};
  ASSERT_TRUE(send_packet(pair.a, packet_of(Kind::hello), fds, 2));
  Received received;
  ASSERT_TRUE(receive_packet(pair.b, received));
  EXPECT_EQ(received.packet.kind, Kind::hello);
  EXPECT_EQ(received.count, 2U);
  EXPECT_EQ(::fcntl(received.fds[1].get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(receive_packet(pair.b, received).err(), EAGAIN);
}

TEST(PacketSocket, refuses_strangers_without_keeping_their_descriptors) {
  const Pair pair;
  const int before = open_fds();
  for (const std::size_t size : {1U, 100U, 5000U}) {
    const std::string garbage(size, '\x2a');
    ASSERT_GT(::send(pair.a.get(), garbage.data(), garbage.size(), 0), 0);
    Received received;
    EXPECT_EQ(receive_packet(pair.b, received).err(), EPROTO) << size;
  }
  ASSERT_TRUE(send_packet(pair.a, packet_of(static_cast<Kind>(200)), std::array{pair.a.get()}.data(), 1));
  Received received;
  EXPECT_EQ(receive_packet(pair.b, received).err(), EPROTO);
  EXPECT_EQ(open_fds(), before);
}

TEST(PacketSocket, too_many_descriptors_are_an_error) {
  const Pair pair;
  EXPECT_EQ(send_packet(pair.a, packet_of(Kind::exec), nullptr, kFdsMax + 1).err(), EINVAL);
}

// The other side was told something that it never read: its own last words must still arrive.
TEST(PacketSocket, last_words_survive_a_reset) {
  Pair pair;
  ASSERT_TRUE(send_packet(pair.a, packet_of(Kind::forget)));
  ASSERT_TRUE(send_packet(pair.b, packet_of(Kind::exited)));
  pair.b.reset();
  Received received;
  ASSERT_TRUE(receive_packet(pair.a, received));
  EXPECT_EQ(received.packet.kind, Kind::exited);
  EXPECT_EQ(receive_packet(pair.a, received).err(), EPIPE);
}

TEST(PacketSocket, nobody_to_connect_to) {
  EXPECT_EQ(connect_shim("/nonexistent/x").err(), ENOENT);
  EXPECT_EQ(connect_shim("relative").err(), EINVAL);
  EXPECT_EQ(connect_shim(("/" + std::string(200, 'x')).c_str()).err(), ENAMETOOLONG);
}

}  // namespace
}  // namespace stack::shim
