// Addresses of one subnet: which are taken, which comes next, and who had which one before.
//
// A value without side effects; one thread. take_next() walks upwards from the address handed out last and wraps, so
// that a freed address rests as long as possible; costs O(1) in practice and at most one pass over the range.
#pragma once

#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "netns/ipam/address.h"

namespace stack::netns {

// How many past owners a pool remembers.
inline constexpr std::size_t kRememberedOwners = 4096;

class Pool {
 public:
  // `range` lies within `subnet`; automatic addresses come from it.
  Pool(Cidr subnet, Cidr range);

  [[nodiscard]] const Cidr& subnet() const { return subnet_; }
  // Never handed out and not counted as taken: gateway, auxiliary addresses.
  void reserve(const Address& address) { reserved_.insert(address); }
  // False when it is taken, reserved, or not an address for a machine (network, broadcast, outside the subnet).
  bool take(const Address& address, const std::string& owner);
  // The one that `owner` had last, else the next free one that nobody is remembered for, else any free one; nothing
  // when full.
  std::optional<Address> take_next(const std::string& owner);
  // `owner` is going to take this one: nobody gets it by chance as long as there is another. It replaces what was remembered.
  void expect(const Address& address, const std::string& owner);
  // It stays remembered for the owner that took it.
  void give_back(const Address& address) { taken_.erase(address); }
  [[nodiscard]] bool usable(const Address& address) const;
  [[nodiscard]] bool is_taken(const Address& address) const { return taken_.contains(address); }
  [[nodiscard]] bool is_reserved(const Address& address) const { return reserved_.contains(address); }
  [[nodiscard]] std::size_t taken() const { return taken_.size(); }

 private:
  std::optional<Address> scan(bool avoid_remembered) const;
  void remember(const std::string& owner, const Address& address);

  Cidr subnet_, range_;
  std::set<Address> taken_, reserved_;
  std::optional<Address> last_;
  struct Memory {
    std::string owner;
    Address address;
  };
  std::list<Memory> memories_;  // the latest first
  std::unordered_map<std::string, std::list<Memory>::iterator> by_owner_;
  std::set<Address> remembered_;
};

}  // namespace stack::netns
