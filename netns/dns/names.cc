#include "netns/dns/names.h"

#include <algorithm>

namespace stack::netns::dns {

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

void Names::unlink(Network& network, const Record& record) {
  for (const std::string& name : record.names) {
    const auto it = network.by_name.find(name);
    if (it == network.by_name.end()) continue;
    std::erase(it->second, record.container_id);
    if (it->second.empty()) network.by_name.erase(it);
  }
  for (const Address& address : record.addresses) {
    const auto it = network.by_address.find(address);
    if (it != network.by_address.end() && it->second == record.container_id) network.by_address.erase(it);
  }
}

void Names::add(Record record) {
  Network& network = networks_[record.network];
  if (const auto it = network.records.find(record.container_id); it != network.records.end())
    unlink(network, it->second);
  for (std::string& name : record.names) name = lower_case(std::move(name));
  std::erase_if(record.names, [](const std::string& name) { return name.empty(); });
  std::sort(record.names.begin(), record.names.end());
  record.names.erase(std::unique(record.names.begin(), record.names.end()), record.names.end());
  for (const std::string& name : record.names) network.by_name[name].push_back(record.container_id);
  for (const Address& address : record.addresses) network.by_address[address] = record.container_id;
  ready_.try_emplace(record.container_id, false);
  const std::string id = record.container_id;
  network.records.insert_or_assign(id, std::move(record));
}

void Names::remove(const std::string& container_id) {
  for (auto it = networks_.begin(); it != networks_.end();) {
    Network& network = it->second;
    if (const auto record = network.records.find(container_id); record != network.records.end()) {
      unlink(network, record->second);
      network.records.erase(record);
    }
    it = network.records.empty() ? networks_.erase(it) : std::next(it);
  }
  ready_.erase(container_id);
}

void Names::remove(const std::string& container_id, const std::string& network) {
  const auto it = networks_.find(network);
  if (it == networks_.end()) return;
  const auto record = it->second.records.find(container_id);
  if (record == it->second.records.end()) return;
  unlink(it->second, record->second);
  it->second.records.erase(record);
  if (it->second.records.empty()) networks_.erase(it);
}

void Names::set_ready(const std::string& container_id, bool ready) {
  if (const auto it = ready_.find(container_id); it != ready_.end()) it->second = ready;
}

std::optional<Answer> Names::find_in(const std::string& network_name, const std::string& name, std::uint16_t type) {
  const auto network = networks_.find(network_name);
  if (network == networks_.end()) return std::nullopt;
  const auto owners = network->second.by_name.find(name);
  if (owners == network->second.by_name.end()) return std::nullopt;
  std::vector<Address> ready, all;
  for (const std::string& id : owners->second) {
    for (const Address& address : network->second.records.at(id).addresses) {
      const Type kind = address.family == Family::v4 ? Type::a : Type::aaaa;
      if (type != static_cast<std::uint16_t>(kind) && type != static_cast<std::uint16_t>(Type::any)) continue;
      all.push_back(address);
      if (ready_.at(id)) ready.push_back(address);
    }
  }
  Answer answer;
  answer.addresses = ready.empty() ? std::move(all) : std::move(ready);
  if (answer.addresses.size() > 1) {
    const auto shift = static_cast<std::ptrdiff_t>(turn_++ % answer.addresses.size());
    std::rotate(answer.addresses.begin(), answer.addresses.begin() + shift, answer.addresses.end());
  }
  return answer;
}

std::optional<Answer> Names::find(const std::vector<std::string>& networks, const Query& query) {
  if (query.cls != 1) return std::nullopt;
  if (const auto address = reverse_address(query.name)) {
    for (const std::string& name : networks) {
      const auto network = networks_.find(name);
      if (network == networks_.end()) continue;
      const auto owner = network->second.by_address.find(*address);
      if (owner == network->second.by_address.end()) continue;
      Answer answer;
      if (query.type == static_cast<std::uint16_t>(Type::ptr) || query.type == static_cast<std::uint16_t>(Type::any)) {
        answer.names.push_back(network->second.records.at(owner->second).reverse_name);
      }
      return answer;
    }
    return std::nullopt;
  }
  for (const std::string& network : networks) {
    if (auto answer = find_in(network, query.name, query.type)) return answer;
  }
  for (const std::string& network : networks) {
    const std::string suffix = "." + lower_case(network);
    if (query.name.size() <= suffix.size() || !query.name.ends_with(suffix)) continue;
    if (auto answer = find_in(network, query.name.substr(0, query.name.size() - suffix.size()), query.type))
      return answer;
  }
  return std::nullopt;
}

}  // namespace stack::netns::dns
