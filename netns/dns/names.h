// Who is called what on which network: the value behind the engine's DNS.
//
// A record is one container on one network with all its names; visible to the containers of that network only. Replicas
// share a name; answers rotate through them and hold the ready ones, or all of them while none is ready. Names compare
// without case. One thread; a lookup costs a hash of the name. Does not know sockets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "netns/dns/wire.h"
#include "netns/ipam/address.h"

namespace stack::netns::dns {

struct Record {
  std::string container_id;
  std::string network;             // its name
  std::vector<std::string> names;  // container name, service, aliases, short id, host name
  std::string reverse_name;        // what a reverse lookup gives
  std::vector<Address> addresses;
};

// As names are compared.
std::string lower_case(std::string text);

class Names {
 public:
  // Replaces the record of the same container and network. It starts as not ready.
  void add(Record record);
  void remove(const std::string& container_id);
  // Of one network.
  void remove(const std::string& container_id, const std::string& network);
  void set_ready(const std::string& container_id, bool ready);

  // For an asker on `networks`, in the order they are searched. Nothing when the name is not ours. A name of ours
  // without an address of the asked type gives no error and no address (RFC 2308, section 2.2), so that askers do not
  // conclude that there is no such name. "name.network" asks one of the networks.
  std::optional<Answer> find(const std::vector<std::string>& networks, const Query& query);

 private:
  struct Network {
    std::map<std::string, Record> records;                              // by container
    std::unordered_map<std::string, std::vector<std::string>> by_name;  // containers
    std::map<Address, std::string> by_address;
  };
  std::optional<Answer> find_in(const std::string& network, const std::string& name, std::uint16_t type);
  static void unlink(Network& network, const Record& record);

  std::map<std::string, Network> networks_;
  std::unordered_map<std::string, bool> ready_;
  std::uint32_t turn_ = 0;
};

}  // namespace stack::netns::dns
