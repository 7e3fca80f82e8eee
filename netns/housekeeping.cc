#include "base/error.h"
#include "netns/network_stack.h"

namespace stack::netns {

bool NetworkStackImpl::is_ours(const HostLink& link) const {
  // Every tag has names of one length only, so that no tag is taken for the beginning of another one's.
  const auto named = [&](const char* letter) {
    return link.name.size() == options_.tag.size() + 9 && link.name.starts_with("s" + options_.tag + letter);
  };
  if (link.kind == "bridge") return link.alias == alias() || named("b");
  return link.kind == "veth" && named("v");
}

SweepReport NetworkStackImpl::remove_links(const std::set<std::string>& keep) {
  SweepReport report;
  for (const HostLink& link : links_.links()) {
    if (!is_ours(link) || keep.contains(link.name)) continue;
    try {
      if (links_.remove(link.name)) report.removed.push_back("interface " + link.name);
      if (link.kind == "bridge") forward_policy_.withdraw(link.name);
    } catch (const Error& error) {
      report.errors.push_back(error.message());
    }
  }
  return report;
}

SweepReport NetworkStackImpl::sweep() {
  std::set<std::string> keep;
  for (const auto& [id, entry] : networks_) keep.insert(entry.network.bridge);
  for (const auto& [id, entry] : containers_) {
    for (const model::Endpoint& endpoint : entry.endpoints) keep.insert(endpoint.host_interface);
  }
  SweepReport report = remove_links(keep);
  firewall_.forget();
  dirty_ = true;
  try {
    flush();
  } catch (const Error& error) {
    report.errors.push_back(error.message());
  }
  return report;
}

std::string NetworkStackImpl::remains() { return forwarding_.remaining(links_.links()); }

SweepReport NetworkStackImpl::remove_all() {
  while (!containers_.empty()) release(std::string(containers_.begin()->first));
  SweepReport report = remove_links({});
  for (auto& [id, entry] : networks_) {
    try {
      take_down(entry);
    } catch (const Error& error) {
      report.errors.push_back(error.message());
    }
  }
  networks_.clear();
  try {
    if (firewall_.remove()) report.removed.push_back("table " + firewall_.table());
    ensure_forwarding();
  } catch (const Error& error) {
    report.errors.push_back(error.message());
  }
  dirty_ = false;
  return report;
}

}  // namespace stack::netns
