#include "netns/netlink/change_socket.h"

#include <array>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/unique_fd.h"
#include "netns/links/host_links.h"
#include "netns/netlink/message.h"

namespace stack::netns {

namespace asio = boost::asio;
using Failure = boost::system::error_code;

namespace {

constexpr std::size_t kNotificationBytes = std::size_t{32} << 10;  // a notification fits a page
constexpr const char* kOwnTable = "stack_forwarding";              // whose changes are the engines' own

UniqueFd subscribe(int protocol, std::initializer_list<int> groups) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd) throw Error::from_errno(errno, "opening a netlink socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw Error::from_errno(errno, "binding a netlink socket");
  }
  for (const int group : groups) {
    if (::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      throw Error::from_errno(errno, "asking to be told of changes of the host's network");
    }
  }
  return fd;
}

}  // namespace

struct ChangeSocket::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& loop, std::string links, std::string table, std::function<void()> told)
      : own_links(std::move(links)),
        own_table(std::move(table)),
        changed(std::move(told)),
        route(loop, subscribe(NETLINK_ROUTE, {RTNLGRP_LINK, RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF}).release()),
        filter(loop, subscribe(NETLINK_NETFILTER, {NFNLGRP_NFTABLES}).release()),
        settle(loop) {}

  [[nodiscard]] bool matters(const Received& message) const {
    if (message.type == RTM_NEWLINK || message.type == RTM_DELLINK) {
      const auto attributes = parse_attributes(after_header(message.payload, sizeof(ifinfomsg)));
      const auto* name = find(attributes, IFLA_IFNAME);
      return name == nullptr || !name->text().starts_with(own_links);
    }
    if (message.type >> 8 != NFNL_SUBSYS_NFTABLES) return true;  // a forwarding setting
    const int what = message.type & 0xff;
    if (what == NFT_MSG_NEWGEN) return false;
    // The first attribute of all of them is the table's name. Elements of sets change often and say nothing.
    if (what == NFT_MSG_NEWSETELEM || what == NFT_MSG_DELSETELEM) return false;
    const auto attributes = parse_attributes(after_header(message.payload, sizeof(nfgenmsg)));
    const auto* table = find(attributes, NFTA_TABLE_NAME);
    if (table == nullptr || table->text() == kOwnTable) return false;
    return table->text() != own_table || what == NFT_MSG_DELTABLE;
  }

  bool drain(asio::posix::stream_descriptor& from) {
    bool any = false;
    alignas(nlmsghdr) std::array<std::byte, kNotificationBytes> buffer;
    for (;;) {
      sockaddr_nl sender{};
      socklen_t size = sizeof sender;
      const ssize_t got = ::recvfrom(from.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                     reinterpret_cast<sockaddr*>(&sender), &size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno != ENOBUFS) return any;
      if (got < 0) {
        any = true;
        continue;
      }
      if (sender.nl_pid != 0) continue;
      for (const Received& message : parse_datagram(std::span(buffer).first(static_cast<std::size_t>(got)))) {
        any = any || matters(message);
      }
    }
  }

  void wait(asio::posix::stream_descriptor& on) {
    on.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this(), &on](const Failure& failure) {
      if (failure || self->closed) return;
      if (self->drain(on)) self->note();
      self->wait(on);
    });
  }

  void note() {
    if (std::exchange(waiting, true)) return;
    settle.expires_after(kSettle);
    settle.async_wait([self = shared_from_this()](const Failure& failure) {
      self->waiting = false;
      if (!failure && !self->closed) self->changed();
    });
  }

  void close() {
    closed = true;
    Failure ignored;
    route.close(ignored);
    filter.close(ignored);
    settle.cancel();
  }

  std::string own_links, own_table;
  std::function<void()> changed;
  asio::posix::stream_descriptor route, filter;
  asio::steady_timer settle;
  bool waiting = false, closed = false;
};

ChangeSocket::ChangeSocket(asio::io_context& loop, std::string own_links, std::string own_table,
                           std::function<void()> changed)
    : impl_(std::make_shared<Impl>(loop, std::move(own_links), std::move(own_table), std::move(changed))) {
  impl_->wait(impl_->route);
  impl_->wait(impl_->filter);
}

ChangeSocket::~ChangeSocket() { impl_->close(); }

}  // namespace stack::netns
