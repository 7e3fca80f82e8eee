// One netlink socket of one namespace: requests out, acknowledgements and dumps in.
//
// Bound to the namespace of the thread that opened it, for its life. The kernel answers rtnetlink and nfnetlink
// requests while the send runs, so reading never waits in practice; kAnswerTimeout bounds it all the same. One thread
// at a time. Failures of the socket itself throw stack::Error; refusals by the kernel are values, because callers act
// on them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "netns/netlink/message.h"

namespace stack::netns {

inline constexpr std::chrono::milliseconds kAnswerTimeout{5000};

// The kernel's answer to one request: 0 or an errno, with the kernel's own words when it has any.
struct Ack {
  int err = 0;
  std::string words;
};

class NetlinkSocket {
 public:
  // `protocol`: NETLINK_ROUTE or NETLINK_NETFILTER.
  static NetlinkSocket open(int protocol);

  // Sends all messages in as few datagrams as possible; the result has one Ack a message, in order. NLM_F_ACK is added.
  std::vector<Ack> request(std::vector<Bytes> messages);
  Ack request(const Message& message);
  // Sends one datagram that holds an nfnetlink batch and reads every answer; the first refusal, or success. Its
  // messages are numbered as the caller likes; the one numbered `last_sequence` must carry NLM_F_ACK.
  Ack batch(const Bytes& datagram, std::uint32_t last_sequence);
  // Calls `each` for every message of the answer to a dump or a get. ENOENT and the like come back as the Ack.
  Ack dump(const Message& message, const std::function<void(const Received&)>& each);

 private:
  explicit NetlinkSocket(UniqueFd fd) : fd_(std::move(fd)) {}
  void send(const Bytes& datagram);
  // One datagram into buffer_; with wait, throws when none comes in time, else nothing when none is there.
  std::vector<Received> receive(bool wait = true);

  UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  Bytes buffer_;
};

}  // namespace stack::netns
