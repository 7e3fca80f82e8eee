// Networks that come to a container that has started, and go from it.
#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "netns/network_stack.h"

namespace stack::netns {

namespace {

UniqueFd namespace_of(std::int32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/net";
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) throw Error::from_errno(errno, "opening " + path);
  return fd;
}

void play_inside(HostLinks& inside, model::LaunchNetwork steps, const std::string& network) {
  for (model::PatchedMessage& message : steps.child_route)
    inside.play(std::move(message), BorrowedFd{-1}, "setting up an interface of the network " + network);
}

// The kernel shows a process the settings of the network that it is in.
void set_inside(BorrowedFd netns, const std::vector<std::pair<std::string, std::string>>& sysctls) {
  if (sysctls.empty()) return;
  visit_namespace(netns, [&] {
    for (const auto& [path, value] : sysctls) {
      const UniqueFd file{::open(("/proc/sys/" + path).c_str(), O_WRONLY | O_CLOEXEC)};
      const bool set = file && ::write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
      if (!set) throw Error::from_errno(errno, "setting sysctl " + path + " to " + value);
    }
  });
}

}  // namespace

void NetworkStackImpl::plug_in(const ContainerEntry& entry, model::Endpoint& endpoint, std::int32_t pid) {
  const UniqueFd netns = namespace_of(pid);
  HostLinks inside = HostLinks::inside(netns);
  model::LaunchNetwork steps;
  add_endpoint(steps, entry.attachments.back(), endpoint);
  add_default_routes(steps, entry);
  ScopeGuard undo([&] {
    try {
      (void)inside.remove(endpoint.interface_name);  // and with it its other end
    } catch (const Error& error) {
      log_error("network " + endpoint.network + ": " + error.message());
    }
  });
  for (model::PatchedMessage& message : steps.host_route)
    links_.play(std::move(message), netns, "connecting a container to the network " + endpoint.network);
  const auto sysctls = std::move(steps.sysctls);
  play_inside(inside, std::move(steps), endpoint.network);
  set_inside(netns, sysctls);
  undo.dismiss();
  if (endpoint.host_interface.empty()) return;
  // As serve_dns does: the kernel notices that the other ends are up.
  (void)links_.link(endpoint.host_interface);
  (void)links_.link(networks_.at(endpoint.network_id).network.bridge);
}

void NetworkStackImpl::unplug(const ContainerEntry& entry, const model::Endpoint& endpoint, std::int32_t pid) {
  HostLinks inside = HostLinks::inside(namespace_of(pid));
  (void)inside.remove(endpoint.interface_name);
  model::LaunchNetwork steps;
  add_default_routes(steps, entry);
  play_inside(inside, std::move(steps), endpoint.network);
}

void NetworkStackImpl::endpoints_changed(const ContainerEntry& entry) {
  dns_.change(entry.request.container_id, dns_view(entry));
  if (!ports_.of(entry.request.container_id).empty()) dirty_ = true;
}

std::vector<model::Endpoint> NetworkStackImpl::attach(const EndpointRequest& request,
                                                      const model::Attachment& attachment, std::int32_t pid) {
  NetworkEntry* network = network_of(attachment);
  if (network->containers.contains(request.container_id))
    throw Error(ErrorKind::conflict, "the network " + attachment.network + " is attached already");
  const auto [it, fresh] = containers_.try_emplace(request.container_id);
  ContainerEntry& entry = it->second;
  ScopeGuard forget([&, fresh = fresh, it = it] {
    if (fresh) containers_.erase(it);
  });
  if (fresh) entry.request = request;
  entry.endpoints.push_back(reserve_one(request, attachment, *network));
  entry.attachments.push_back(attachment);
  network->containers.insert(request.container_id);
  ScopeGuard undo([&] {
    give_back(entry.endpoints.back(), request.container_id);
    entry.endpoints.pop_back();
    entry.attachments.pop_back();
  });
  name_interfaces(entry);
  if (pid != 0) plug_in(entry, entry.endpoints.back(), pid);
  undo.dismiss();
  forget.dismiss();
  publish_names(entry);
  endpoints_changed(entry);
  return entry.endpoints;
}

std::vector<model::Endpoint> NetworkStackImpl::detach(const std::string& container_id, const std::string& network_id,
                                                      std::int32_t pid) {
  const auto it = containers_.find(container_id);
  if (it == containers_.end()) return {};
  ContainerEntry& entry = it->second;
  const auto found = std::find_if(entry.endpoints.begin(), entry.endpoints.end(),
                                  [&](const model::Endpoint& each) { return each.network_id == network_id; });
  if (found == entry.endpoints.end()) return entry.endpoints;
  ContainerEntry after = entry;
  const auto index = found - entry.endpoints.begin();
  const model::Endpoint endpoint = *found;
  after.endpoints.erase(after.endpoints.begin() + index);
  after.attachments.erase(after.attachments.begin() + index);
  if (pid != 0) unplug(after, endpoint, pid);
  entry = std::move(after);
  give_back(endpoint, container_id);
  names_.remove(container_id, endpoint.network);
  endpoints_changed(entry);
  return entry.endpoints;
}

}  // namespace stack::netns
