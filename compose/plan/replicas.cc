#include "compose/plan/replicas.h"

#include <algorithm>
#include <optional>
#include <set>

#include "compose/plan/difference.h"
#include "compose/plan/made_from.h"
#include "compose/plan/wanted_container.h"

namespace stack::compose {
namespace {

using Kind = ReplicaDecision::Kind;

// Whether one of the service's files is another than when the container started. Asked before a whole specification is made.
bool has_replaced_files(const ReplicaInput& input, const model::Container& container) {
  const auto has_identity = [](const std::vector<FileGrant>& grants, const std::map<std::string, FileObject>& objects) {
    return std::ranges::any_of(grants, [&](const FileGrant& grant) {
      const auto object = objects.find(grant.source);
      return object != objects.end() && !object->second.identity.empty();
    });
  };
  const Service& service = input.service;
  if (!has_identity(service.secrets, input.project.secrets) && !has_identity(service.configs, input.project.configs))
    return false;
  return files_replaced(container.spec,
                        container_spec(input.project, service, container.spec.replica, input.image_id, input.hash));
}

// The first of the service's volumes and networks that has another name than the one that the container uses: what is named in the project
// is no part of the service, nor of its hash.
std::optional<AttributeChange> renamed_resource(const ReplicaInput& input, const model::Container& container) {
  for (const ServiceMount& mount : input.service.volumes) {
    const auto volume = input.project.volumes.find(mount.source);
    if (mount.type != "volume" || volume == input.project.volumes.end()) continue;
    const auto used = std::ranges::find(container.spec.mounts, mount.target, &model::Mount::target);
    if (used != container.spec.mounts.end() && used->source != volume->second.name)
      return AttributeChange{
          .path = "volumes." + mount.source + ".name", .before = used->source, .after = volume->second.name};
  }
  for (const auto& [key, settings] : input.service.networks) {
    const auto network = input.project.networks.find(key);
    if (network == input.project.networks.end()) continue;
    const auto& used = container.spec.networks;
    if (std::ranges::find(used, network->second.name, &model::Attachment::network) == used.end())
      return AttributeChange{.path = "networks." + key + ".name", .after = network->second.name};
  }
  return std::nullopt;
}

// Why this container is not what it should be; nothing when it is.
std::optional<Cause> divergence(const ReplicaInput& input, const model::Container& container) {
  if (!is_made_from(container.spec, input.hash, input.compose_hash).value_or(false)) {
    const model::ContainerSpec wanted =
        container_spec(input.project, input.service, container.spec.replica, input.image_id, input.hash);
    ConfigurationChanged changed{changed_attributes(container.spec, wanted)};
    for (AttributeChange& change : changed.changes) change.place = input.service.place_of(change.path);
    return changed;
  }
  if (container.spec.image_id != input.image_id)
    return ImageChanged{image_reference(input.project, input.service), container.spec.image_id, input.image_id};
  if (auto renamed = renamed_resource(input, container)) return ConfigurationChanged{{*std::move(renamed)}};
  if (has_replaced_files(input, container)) return ConfigurationChanged{{{.path = "configs and secrets"}}};
  // A recreate that was cut short has left the old container under another name.
  if (!is_name_of(input.project, input.service, container.spec.replica, container.spec.name))
    return InterruptedRecreation{};
  return std::nullopt;
}

bool is_running(const model::Container& container) {
  return container.state.status == model::Status::running || container.state.status == model::Status::restarting;
}

}  // namespace

std::vector<ReplicaDecision> decide_replicas(const ReplicaInput& input) {
  struct Candidate {
    const model::Container* container;
    std::optional<Cause> divergence;
  };
  std::vector<Candidate> candidates;
  for (const model::Container* container : input.existing) {
    std::optional<Cause> why = input.policy == RecreatePolicy::never ? std::nullopt : divergence(input, *container);
    if (!why && input.policy == RecreatePolicy::force) why = input.forced_by;
    candidates.push_back({container, std::move(why)});
  }
  // Those that are right come first, then low numbers: scaling down takes obsolete and high ones.
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.divergence.has_value() != b.divergence.has_value()) return b.divergence.has_value();
    if (a.container->spec.replica != b.container->spec.replica)
      return a.container->spec.replica < b.container->spec.replica;
    return a.container->created > b.container->created;
  });

  std::vector<ReplicaDecision> survivors, created, removed;
  std::set<int> numbers;
  int highest = 0;
  for (const Candidate& candidate : candidates) {
    const model::Container& container = *candidate.container;
    const int number = container.spec.replica;
    highest = std::max(highest, number);
    if (numbers.contains(number)) {
      removed.push_back({Kind::remove, &container, number, DuplicateReplica{}});
    } else if (static_cast<int>(survivors.size()) >= input.wanted) {
      removed.push_back({Kind::remove, &container, number,
                         TooManyReplicas{.existing = static_cast<int>(candidates.size()), .wanted = input.wanted}});
    } else {
      numbers.insert(number);
      const Kind kind = candidate.divergence ? Kind::recreate : is_running(container) ? Kind::keep : Kind::start;
      Cause cause = candidate.divergence.value_or(Cause{});
      if (kind == Kind::start) cause = NotRunning{container.state.status};
      survivors.push_back({kind, &container, number, std::move(cause)});
    }
  }
  while (static_cast<int>(survivors.size() + created.size()) < input.wanted) {
    created.push_back({Kind::create, nullptr, ++highest,
                       TooFewReplicas{.existing = static_cast<int>(survivors.size()), .wanted = input.wanted}});
  }
  std::stable_sort(survivors.begin(), survivors.end(),
                   [](const auto& a, const auto& b) { return a.number < b.number; });
  survivors.insert(survivors.end(), created.begin(), created.end());
  survivors.insert(survivors.end(), removed.begin(), removed.end());
  return survivors;
}

}  // namespace stack::compose
