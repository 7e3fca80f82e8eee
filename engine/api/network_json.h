// Networks in the words of Docker's Engine API: what its clients send and get. Reading throws stack::Error(invalid) for text of another
// shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/network_backend.h"

namespace stack::api {

std::string network_json(const NetworkView& view);
std::string network_list_json(const std::vector<model::Network>& networks);
std::string network_created_json(const model::Network& network);
std::string network_removal_json(const std::vector<std::string>& names);
// A request to create: Name, Driver, Internal, Attachable, EnableIPv4, EnableIPv6, IPAM, Options, Labels; all but the name may be
// missing. What belongs to a swarm is refused.
std::string network_request_json(const model::NetworkSpec& spec);
model::NetworkSpec parse_network_request(std::string_view text);

NetworkView parse_network_view(std::string_view text);
std::vector<model::Network> parse_network_list(std::string_view text);
std::string parse_network_created(std::string_view text);  // its id
std::vector<std::string> parse_network_removal(std::string_view text);

// The parameter `filters`: a list takes dangling, driver, id, label, name, scope and type; a prune label, label! and until, which
// may be relative to `now`.
NetworkFilter parse_network_filter(std::string_view text);
NetworkFilter parse_network_prune_filter(std::string_view text, Wall now);

}  // namespace stack::api
