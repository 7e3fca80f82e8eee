// The containers whose namespaces another one joins, and those that it links to.
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/model/model_words.h"
#include "base/scope_guard.h"
#include "engine/core/link_variables.h"
#include "engine/core/managed_container.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

namespace {

// For a partner that restarts by its policy: its pauses begin with a tenth of a second and double.
constexpr std::chrono::seconds kPartnerWait{10};
constexpr std::string_view kContainer = "container:";

// By its name or whole id: what a container keeps means no other one whose id begins so.
std::shared_ptr<ManagedContainer> partner_named(const ContainerDirectory& directory, const std::string& name) {
  auto found = directory.find(name);
  return found && (found->row().id == name || found->row().spec.name == name) ? std::move(found) : nullptr;
}

}  // namespace

asio::awaitable<void> ManagedContainer::wait_for_partners(std::uint32_t launch) {
  const Mono deadline = context_.time.mono() + kPartnerWait;
  for (const std::string* mode : {&record_.spec.network_mode, &record_.spec.pid_mode, &record_.spec.ipc_mode}) {
    if (!mode->starts_with(kContainer)) continue;
    const auto partner = partner_named(directory_, mode->substr(kContainer.size()));
    if (!partner) continue;
    const ScopeGuard leave{[this] { end_wait_ = {}; }};
    end_wait_ = [partner] { partner->changed_.notify_all(); };
    const auto between_runs = [&] {
      return partner->row().state.status == Status::restarting || partner->phase() == Phase::recovering;
    };
    for (bool in_time = true; between_runs() && in_time;) {
      in_time = co_await partner->changed_.wait_until(context_.time, deadline);
      check_wanted(launch);
    }
  }
}

LaunchPlanner::Partners ManagedContainer::partners() const {
  const auto owner = network_owner();
  return {.network_owner = owner ? &owner->row() : nullptr,
          .network_pid = pid_of(record_.spec.network_mode, "network_mode"),
          .pid_pid = pid_of(record_.spec.pid_mode, "pid"),
          .ipc_pid = pid_of(record_.spec.ipc_mode, "ipc"),
          .link_variables = link_variables(!launch_.by_policy)};
}

std::map<std::string, std::string> ManagedContainer::link_variables(bool all) const {
  std::vector<Link> links;
  std::vector<std::shared_ptr<ManagedContainer>> kept;
  for (const model::Attachment& attachment : record_.spec.networks) {
    if (attachment.network != "bridge") continue;
    for (const auto& [alias, name] : attachment.links) {
      const auto to = partner_named(directory_, name);
      const bool runs = to && model::is_alive(to->row().state) && to->row().state.pid != 0;
      if (!runs && all) {
        throw Error(ErrorKind::conflict, "Cannot link to a non running container: /" +
                                             (to ? to->row().spec.name : name) + " AS /" + record_.spec.name + "/" +
                                             alias);
      }
      if (!runs) continue;
      kept.push_back(to);
      const model::ContainerSpec& spec = to->row().spec;
      const auto image = context_.planner.find_image(spec.image_id.empty() ? spec.image : spec.image_id);
      links.push_back({.alias = alias, .to = &to->row(), .image = image ? image->config : model::ImageConfig{}});
    }
  }
  return core::link_variables(record_.spec.name, links);
}

std::shared_ptr<ManagedContainer> ManagedContainer::network_owner() const {
  constexpr int kSharedMax = 16;
  std::shared_ptr<ManagedContainer> owner;
  const std::string* mode = &record_.spec.network_mode;
  for (int i = 0; i < kSharedMax && mode->starts_with(kContainer); ++i) {
    owner = partner_named(directory_, mode->substr(kContainer.size()));
    if (!owner) return nullptr;
    mode = &owner->row().spec.network_mode;
  }
  return owner;
}

std::optional<std::int32_t> ManagedContainer::pid_of(const std::string& mode, const char* key) const {
  if (!mode.starts_with(kContainer)) return std::nullopt;
  const std::string name = mode.substr(kContainer.size());
  const auto other = partner_named(directory_, name);
  if (!other) throw Error(ErrorKind::not_found, std::string{key} + ": no such container: " + name);
  const std::string who = std::string{key} + ": container " + other->row().spec.name;
  if (other->row().state.status == Status::restarting) {
    throw Error(ErrorKind::conflict,
                who + " is restarting, and did not run within " + std::to_string(kPartnerWait.count()) + " seconds")
        .remedy("look why it ends: stack logs " + other->row().spec.service);
  }
  if (const Status status = other->row().state.status; status != Status::running) {
    // dockerd tells the state of one kind alone.
    const bool network = std::string_view{key} == "network_mode";
    throw Error(ErrorKind::conflict, who + " is " + (network ? std::string{to_word(status)} : "not running"))
        .remedy("start it first");
  }
  if (std::string_view{key} == "ipc" && other->row().spec.ipc_mode != "shareable" &&
      other->row().spec.ipc_mode != "host") {
    throw Error(ErrorKind::conflict, "ipc: container " + other->row().spec.name + " does not share its own")
        .remedy("give that service ipc: shareable");
  }
  return other->row().state.pid;
}

}  // namespace stack::core
