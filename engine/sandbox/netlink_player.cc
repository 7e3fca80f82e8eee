#include "engine/sandbox/netlink_player.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace stack::sandbox {
namespace {

constexpr int kModuleTries = 50, kModulePauseMs = 10;

constexpr std::size_t kBatchMax = 64;

enum Word : std::uint32_t { kTargetNetns, kInterfaceIndex, kUdpPort, kTcpPort };

int index_of(const char* interface, std::uint32_t& out) noexcept {
  ifreq request{};
  if (std::strlen(interface) >= sizeof request.ifr_name) return ENAMETOOLONG;
  std::strcpy(request.ifr_name, interface);
  const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket || ::ioctl(socket.get(), SIOCGIFINDEX, &request) != 0) return errno;
  out = static_cast<std::uint32_t>(request.ifr_ifindex);
  return 0;
}

int patch(const FlatView& plan, const FlatMessage& message, const PatchValues& values) noexcept {
  const auto* patches = plan.array<FlatPatch>(message.patches);
  for (std::uint32_t i = 0; i < message.patches.count; ++i) {
    std::uint32_t word = 0;
    switch (patches[i].word) {
      case kTargetNetns:
        word = static_cast<std::uint32_t>(values.target_netns);
        break;
      case kInterfaceIndex:
        if (const int err = index_of(plan.text(patches[i].interface), word)) return err;
        break;
      case kUdpPort:
        word = htons(values.udp_port);
        break;
      case kTcpPort:
        word = htons(values.tcp_port);
        break;
      default:
        return EPROTO;
    }
    std::memcpy(plan.array<char>(message.bytes) + patches[i].offset, &word, sizeof word);
  }
  return 0;
}

// The kernel works a message off within the send; whatever it has to say is there afterwards.
int first_error(int socket, bool ignore_exists) noexcept {
  alignas(nlmsghdr) char buffer[8192];
  int found = 0;
  for (;;) {
    const ssize_t n = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return found;
    auto left = static_cast<unsigned>(n);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_len < NLMSG_LENGTH(sizeof(nlmsgerr))) continue;
      const int err = -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
      if (err != 0 && !(ignore_exists && err == EEXIST) && found == 0) found = err;
    }
  }
}

UniqueFd open_netlink(int family) noexcept { return UniqueFd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family)}; }

}  // namespace

int send_route_messages(const FlatView& plan, Span messages, const PatchValues& values) noexcept {
  if (messages.count == 0) return 0;
  const UniqueFd socket = open_netlink(NETLINK_ROUTE);
  if (!socket) return errno;
  const auto* message = plan.array<FlatMessage>(messages);
  for (std::uint32_t i = 0; i < messages.count; ++i) {
    if (const int err = patch(plan, message[i], values)) return err;
    int err = EOPNOTSUPP;
    // The first veth of a machine loads its module; a second request meanwhile fails with "no such device".
    for (int tries = 0; err == EOPNOTSUPP && tries < kModuleTries; ++tries) {
      if (tries > 0) ::poll(nullptr, 0, kModulePauseMs);
      if (::send(socket.get(), plan.text(message[i].bytes), message[i].bytes.count, 0) < 0) return errno;
      err = first_error(socket.get(), message[i].ignore_exists != 0);
    }
    if (err != 0) return err;
  }
  return 0;
}

int send_netfilter_batch(const FlatView& plan, Span messages, const PatchValues& values) noexcept {
  if (messages.count == 0) return 0;
  if (messages.count > kBatchMax) return E2BIG;
  const UniqueFd socket = open_netlink(NETLINK_NETFILTER);
  if (!socket) return errno;
  iovec parts[kBatchMax];
  bool ignore_exists = false;
  const auto* message = plan.array<FlatMessage>(messages);
  for (std::uint32_t i = 0; i < messages.count; ++i) {
    if (const int err = patch(plan, message[i], values)) return err;
    parts[i] = {plan.array<char>(message[i].bytes), message[i].bytes.count};
    ignore_exists = ignore_exists || message[i].ignore_exists != 0;
  }
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = messages.count;
  if (::sendmsg(socket.get(), &header, 0) < 0) return errno;
  return first_error(socket.get(), ignore_exists);
}

int loopback_up() noexcept {
  const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return errno;
  request.ifr_flags |= IFF_UP;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
}

}  // namespace stack::sandbox
