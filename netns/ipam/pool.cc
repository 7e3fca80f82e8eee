#include "netns/ipam/pool.h"

#include <algorithm>

namespace stack::netns {

Pool::Pool(Cidr subnet, Cidr range) : subnet_(subnet), range_(range) {}

bool Pool::usable(const Address& address) const {
  if (!subnet_.contains(address)) return false;
  const int host_bits = width_of(subnet_.base.family) - subnet_.prefix;
  if (host_bits <= 1) return true;  // point-to-point subnets have neither (RFC 3021, RFC 6164)
  if (address == subnet_.first()) return false;
  return address.family == Family::v6 || address != subnet_.last();
}

bool Pool::take(const Address& address, const std::string& owner) {
  if (!usable(address) || reserved_.contains(address) || !taken_.insert(address).second) return false;
  remember(owner, address);
  return true;
}

std::optional<Address> Pool::scan(bool avoid_remembered) const {
  const AddressBits first = range_.first().bits, end = range_.last().bits;
  AddressBits at = last_ && range_.contains(*last_) && last_->bits != end ? last_->bits + 1 : first;
  const AddressBits size = end - first;
  // Every address that is passed over is taken, reserved or remembered, or one of the two that no machine gets.
  const AddressBits most = AddressBits{taken_.size()} + reserved_.size() + remembered_.size() + 2;
  for (AddressBits step = 0; step <= size && step <= most; ++step) {
    const Address candidate{subnet_.base.family, at};
    at = at == end ? first : at + 1;
    if (!usable(candidate) || reserved_.contains(candidate) || taken_.contains(candidate)) continue;
    if (avoid_remembered && remembered_.contains(candidate)) continue;
    return candidate;
  }
  return std::nullopt;
}

std::optional<Address> Pool::take_next(const std::string& owner) {
  if (const auto it = by_owner_.find(owner); it != by_owner_.end()) {
    const Address before = it->second->address;
    if (range_.contains(before) && take(before, owner)) return before;
  }
  auto address = scan(true);
  if (!address) address = scan(false);
  if (!address || !take(*address, owner)) return std::nullopt;
  last_ = address;
  return address;
}

void Pool::expect(const Address& address, const std::string& owner) {
  const auto before =
      std::find_if(memories_.begin(), memories_.end(), [&](const Memory& memory) { return memory.address == address; });
  if (before != memories_.end()) {
    by_owner_.erase(before->owner);
    memories_.erase(before);
  }
  remember(owner, address);
}

void Pool::remember(const std::string& owner, const Address& address) {
  if (owner.empty()) return;
  if (const auto it = by_owner_.find(owner); it != by_owner_.end()) {
    remembered_.erase(it->second->address);
    memories_.erase(it->second);
    by_owner_.erase(it);
  }
  memories_.push_front({owner, address});
  by_owner_[owner] = memories_.begin();
  remembered_.insert(address);
  if (memories_.size() <= kRememberedOwners) return;
  remembered_.erase(memories_.back().address);
  by_owner_.erase(memories_.back().owner);
  memories_.pop_back();
}

}  // namespace stack::netns
