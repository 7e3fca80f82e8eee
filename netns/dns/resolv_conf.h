// resolv.conf: what the host's says, and what a container's shall say. Pure; any thread (resolv.conf(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stack::netns::dns {

// Where containers ask.
inline constexpr const char* kContainerServer = "127.0.0.11";

struct ResolvConf {
  std::vector<std::string> servers;  // addresses only; at most three, as resolvers read them
  std::vector<std::string> search;
  std::vector<std::string> options;
};

ResolvConf parse_resolv_conf(std::string_view text);
// `search` and `options` of the container's own, else the host's; a search of "." means none. Words with spaces or line
// breaks are left out: they would become lines of their own.
std::string container_resolv_conf(const ResolvConf& host, const std::vector<std::string>& search,
                                  const std::vector<std::string>& options);
// Of a container that asks these servers itself.
std::string direct_resolv_conf(const ResolvConf& host, const std::vector<std::string>& servers,
                               const std::vector<std::string>& search, const std::vector<std::string>& options);

}  // namespace stack::netns::dns
