// A host of our own with an engine's network on it. Every test starts in a fresh, empty network namespace.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "base/ids.h"
#include "netns/network.h"
#include "tests/support/launch_player.h"
#include "tests/support/namespaces.h"

namespace stack::test {

// Runs a command and gives what it prints.
inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (pipe != nullptr && ::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
  if (pipe != nullptr) ::pclose(pipe);
  return out;
}

inline std::string setting(const std::string& path) {
  std::string out = output_of("cat /proc/sys/net/" + path);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class NetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!leave_the_host()) GTEST_SKIP() << "needs the right to make namespaces";
    raise_loopback();
    open();
  }

  void open() {
    network.reset();
    netns::Options options;
    options.tag = "test";
    options.default_pools = pools;
    options.resolvers = resolvers;
    network = netns::NetworkStack::open(loop, options);
  }

  model::Network make_network(const std::string& name, const std::string& subnet = "", bool internal = false) {
    model::NetworkSpec spec;
    spec.name = name;
    spec.internal = internal;
    if (!subnet.empty()) spec.pools.push_back({subnet, "", "", {}});
    return make_network(spec);
  }
  model::Network make_network(const model::NetworkSpec& spec) {
    auto made = network->plan_network(new_id(system_random()), spec);
    network->ensure_network(made);
    return made;
  }

  struct Container {
    std::string id;
    std::string address;
    NetNamespace ns;
  };
  netns::EndpointRequest request(const std::string& name, const std::vector<std::string>& networks,
                                 const std::vector<std::string>& aliases = {}) {
    netns::EndpointRequest out;
    out.container_id = ids.emplace(name, new_id(system_random())).first->second;
    out.sticky_key = name;
    for (const std::string& each : networks) {
      model::Attachment attachment;
      attachment.network = each;
      attachment.aliases = aliases;
      out.attachments.push_back(attachment);
    }
    return out;
  }
  Container start(const netns::EndpointRequest& wanted) {
    const auto endpoints = network->reserve(wanted);
    Container out{wanted.container_id, endpoints.empty() ? "" : endpoints[0].ipv4, NetNamespace::make()};
    auto dns = play(network->launch_network(wanted.container_id), out.ns);
    network->serve_dns(wanted.container_id, std::move(dns.udp), std::move(dns.tcp));
    return out;
  }
  Container start(const std::string& name, const std::vector<std::string>& networks,
                  const std::vector<std::string>& aliases = {}) {
    return start(request(name, networks, aliases));
  }

  void publish(const Container& container, const std::string& owner, const std::string& host_ip,
               std::uint16_t host_port, std::uint16_t port, model::Protocol protocol = model::Protocol::tcp) {
    netns::PublishRequest wanted;
    wanted.container_id = container.id;
    wanted.owner = owner;
    wanted.ports.push_back({host_ip, host_port, host_port, port, protocol});
    network->reserve_ports(wanted);
    network->set_readiness(container.id, netns::Readiness::ready);
  }

  static UniqueFd listen_in(const Container& container, std::uint16_t port) {
    UniqueFd fd;
    container.ns.in([&] { fd = listen_tcp("0.0.0.0", port); });
    return fd;
  }
  static bool reaches(const NetNamespace& from, const std::string& address, std::uint16_t port) {
    bool out = false;
    from.in([&] { out = connect_tcp(address, port).has_value(); });
    return out;
  }

  // What the daemon's loop does when something has changed.
  bool settles(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);  // an emulated machine is slow
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  std::vector<std::string> pools, resolvers = {"127.0.0.1"};
  boost::asio::io_context loop;
  std::unique_ptr<netns::NetworkStack> network;
  std::map<std::string, std::string> ids;
};

}  // namespace stack::test
