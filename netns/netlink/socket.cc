#include "netns/netlink/socket.h"

#include <cstring>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/error.h"

namespace stack::netns {

namespace {

constexpr std::size_t kReceiveBytes = std::size_t{256} << 10;
constexpr std::size_t kDatagramBytes = std::size_t{128} << 10;
constexpr int kSocketBufferBytes = 8 << 20;

Ack ack_of(const Received& message) {
  const auto error = header_of<nlmsgerr>(message.payload);
  if (!error) return {EBADMSG, "short answer"};
  Ack ack{-error->error, {}};
  if ((message.flags & NLM_F_ACK_TLVS) != 0) {
    std::size_t skip = sizeof(nlmsgerr);
    if ((message.flags & NLM_F_CAPPED) == 0 && error->msg.nlmsg_len > sizeof(nlmsghdr)) {
      skip += error->msg.nlmsg_len - sizeof(nlmsghdr);
    }
    const auto attributes = parse_attributes(after_header(message.payload, skip));
    if (const auto* words = find(attributes, NLMSGERR_ATTR_MSG)) ack.words = words->text();
  }
  return ack;
}

}  // namespace

NetlinkSocket NetlinkSocket::open(int protocol) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd) throw Error::from_errno(errno, "opening a netlink socket");
  const int on = 1;
  // Refusals in words and short echoes are comforts: a kernel without them answers all the same.
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  timeval timeout{};
  timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(kAnswerTimeout).count();
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0) {
    throw Error::from_errno(errno, "preparing a netlink socket");
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw Error::from_errno(errno, "binding a netlink socket");
  }
  return NetlinkSocket(std::move(fd));
}

void NetlinkSocket::send(const Bytes& datagram) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent = 0;
  do {
    sent =
        ::sendto(fd_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) throw Error::from_errno(errno, "sending to the kernel's network");
}

std::vector<Received> NetlinkSocket::receive(bool wait) {
  buffer_.resize(kReceiveBytes);
  for (;;) {
    sockaddr_nl from{};
    socklen_t size = sizeof from;
    const ssize_t got = ::recvfrom(fd_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT),
                                   reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN && !wait) return {};
    if (got < 0 && errno == EAGAIN) throw Error("the kernel's network did not answer in time");
    if (got < 0) throw Error::from_errno(errno, "reading the kernel's network");
    if (from.nl_pid != 0) continue;  // any process may write to a netlink socket; only the kernel is believed
    if (static_cast<std::size_t>(got) > buffer_.size()) throw Error("an answer of the kernel's network was cut short");
    return parse_datagram(std::span<const std::byte>(buffer_).first(static_cast<std::size_t>(got)));
  }
}

std::vector<Ack> NetlinkSocket::request(std::vector<Bytes> messages) {
  std::vector<Ack> acks;
  acks.reserve(messages.size());
  for (std::size_t begin = 0; begin < messages.size();) {
    Bytes datagram;
    const std::uint32_t first = sequence_ + 1;
    std::size_t end = begin;
    while (end < messages.size() && (end == begin || datagram.size() + messages[end].size() <= kDatagramBytes)) {
      Bytes& message = messages[end++];
      nlmsghdr header{};
      std::memcpy(&header, message.data(), sizeof header);
      header.nlmsg_flags |= NLM_F_ACK;
      header.nlmsg_seq = ++sequence_;
      std::memcpy(message.data(), &header, sizeof header);
      datagram.insert(datagram.end(), message.begin(), message.end());
    }
    send(datagram);
    std::size_t waiting = end - begin;
    acks.resize(end);
    while (waiting > 0) {
      for (const Received& message : receive()) {
        if (message.type != NLMSG_ERROR || message.sequence - first >= end - begin) continue;
        acks[begin + (message.sequence - first)] = ack_of(message);
        --waiting;
      }
    }
    begin = end;
  }
  return acks;
}

Ack NetlinkSocket::request(const Message& message) { return request(std::vector<Bytes>{message.bytes()}).front(); }

Ack NetlinkSocket::batch(const Bytes& datagram, std::uint32_t last_sequence) {
  send(datagram);
  Ack first_refusal;
  bool answered = false;
  // A refusal may come for any message, for the batch as a whole, or for several: all are in the queue when send
  // returns.
  for (;;) {
    const auto messages = receive(!answered);
    if (messages.empty() && answered) return first_refusal;
    for (const Received& message : messages) {
      if (message.type != NLMSG_ERROR) continue;
      Ack ack = ack_of(message);
      answered = answered || ack.err != 0 || message.sequence == last_sequence;
      if (first_refusal.err == 0) first_refusal = std::move(ack);
    }
  }
}

Ack NetlinkSocket::dump(const Message& message, const std::function<void(const Received&)>& each) {
  Bytes bytes = message.bytes();
  nlmsghdr header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  header.nlmsg_seq = ++sequence_;
  header.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(bytes.data(), &header, sizeof header);
  send(bytes);
  for (;;) {
    for (const Received& answer : receive()) {
      if (answer.sequence != sequence_) continue;
      if (answer.type == NLMSG_DONE) return {};
      if (answer.type == NLMSG_ERROR) return ack_of(answer);
      each(answer);
    }
  }
}

}  // namespace stack::netns
