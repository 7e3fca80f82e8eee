// Lists of networks, and one of them in detail. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/api/network_backend.h"

namespace stack::cli {

// Ids in full with `full_ids`, else their first twelve digits.
std::string networks_table(const std::vector<model::Network>& networks, bool full_ids);
// One object a line, with the members of Docker's: CreatedAt, Driver, ID, IPv4, IPv6, Internal, Labels, Name, Scope.
std::string networks_lines(const std::vector<model::Network>& networks, bool full_ids);
// The heads of columns, by member.
const std::map<std::string, std::string>& network_titles();

// As `docker network inspect` prints them: one JSON list; and a line for each, for templates.
std::string network_inspect_json(const std::vector<api::NetworkView>& views);
std::string network_inspect_lines(const std::vector<api::NetworkView>& views);

}  // namespace stack::cli
