#include "compose/plan/service_decisions.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "compose/model/project_json.h"
#include "compose/plan/made_from.h"
#include "compose/plan/resource_spec.h"
#include "compose/plan/wanted_container.h"
#include "compose/print/compose_hash.h"

namespace stack::compose {
namespace {

using Kind = ReplicaDecision::Kind;

// The services whose namespaces it shares.
std::vector<std::string> namespace_owners_of(const Service& service) {
  constexpr std::string_view kService = "service:";
  std::vector<std::string> owners;
  for (const std::string* mode : {&service.network_mode, &service.pid, &service.ipc}) {
    if (mode->starts_with(kService)) owners.push_back(mode->substr(kService.size()));
  }
  return owners;
}

class Decider {
 public:
  Decider(const Project& desired, const Observed& observed, const UpOptions& options)
      : desired_(desired), observed_(observed), options_(options) {}

  std::map<std::string, ServiceDecision> run(const std::vector<std::string>& order) {
    for (const std::string& name : order) decide(desired_.services.at(name));
    propagate_restarts(order);
    return std::move(services_);
  }

 private:
  bool targeted(const std::string& name) const {
    return options_.services.empty() ||
           std::find(options_.services.begin(), options_.services.end(), name) != options_.services.end();
  }

  RecreatePolicy policy_for(const std::string& name) const {
    if (options_.no_recreate) return RecreatePolicy::never;
    if (targeted(name)) {
      return options_.force_recreate || options_.renew_volumes ? RecreatePolicy::force : RecreatePolicy::diverged;
    }
    return options_.always_recreate_deps ? RecreatePolicy::force : RecreatePolicy::diverged;
  }

  // The partner whose container is made now, or was after this service's: what those have is of the one before it.
  std::optional<std::string> lost_partner(const Service& service) const {
    const auto made = [&](const std::string& name, int number) {
      std::optional<Wall> when;
      for (const model::Container& container : observed_.containers) {
        if (container.spec.service == name && !container.spec.one_off &&
            (number == 0 || container.spec.replica == number))
          when = when ? std::min(*when, container.created) : container.created;
      }
      return when;
    };
    const std::vector<std::string> partners = partners_of(service);
    const auto lost = std::find_if(partners.begin(), partners.end(), [&](const std::string& name) {
      const auto theirs = made(name, 1), mine = made(service.name, 0);
      if (theirs && mine && *theirs > *mine) return true;
      const auto found = services_.find(name);
      if (found == services_.end()) return false;
      const auto& decisions = found->second.decisions;
      return std::any_of(decisions.begin(), decisions.end(), [](const ReplicaDecision& decision) {
        return decision.number == 1 && (decision.kind == Kind::recreate || decision.kind == Kind::create);
      });
    });
    return lost == partners.end() ? std::nullopt : std::optional{*lost};
  }

  void decide(const Service& service) {
    ServiceDecision& mine = services_[service.name];
    const auto image = observed_.images.find(image_reference(desired_, service));
    if (image != observed_.images.end()) mine.image_id = image->second.id;
    mine.hash = service_hash(service, desired_);
    ReplicaInput input{.project = desired_,
                       .service = service,
                       .image_id = mine.image_id,
                       .hash = mine.hash,
                       .compose_hash = compose_hash(service)};
    const auto scale = options_.scale.find(service.name);
    input.wanted = scale != options_.scale.end() ? scale->second : static_cast<int>(service.replicas());
    input.policy = policy_for(service.name);
    if (input.policy == RecreatePolicy::force) input.forced_by = Requested{};
    if (input.policy == RecreatePolicy::diverged) {
      if (const auto partner = lost_partner(service)) {
        input.policy = RecreatePolicy::force;
        input.forced_by = PartnerRecreated{*partner};
      }
    }
    for (const model::Container& container : observed_.containers) {
      if (container.spec.service == service.name && !container.spec.one_off) input.existing.push_back(&container);
    }
    mine.decisions = decide_replicas(input);
    for (const ReplicaDecision& decision : mine.decisions) {
      if (decision.kind != Kind::remove) mine.names.push_back(replica_name(desired_, service, decision));
    }
  }

  // Its containers stop and start again: a network of theirs is made anew around them.
  bool is_on_replaced_network(const Service& service) const {
    return std::any_of(service.networks.begin(), service.networks.end(), [&](const auto& entry) {
      const auto wanted = desired_.networks.find(entry.first);
      if (wanted == desired_.networks.end() || wanted->second.external) return false;
      const auto there = observed_.networks.find(wanted->second.name);
      return there != observed_.networks.end() && is_recreated(desired_, wanted->second, there->second);
    });
  }

  static void bounce(ServiceDecision& mine, const Cause& cause) {
    for (const ReplicaDecision& decision : mine.decisions) {
      if (decision.kind == Kind::keep) mine.bounced.emplace(decision.existing->spec.name, cause);
    }
  }

  // depends_on with restart: true: a dependency that is recreated takes its running dependents down and up again.
  void propagate_restarts(const std::vector<std::string>& order) {
    for (const std::string& name : order) {
      ServiceDecision& mine = services_.at(name);
      for (const auto& [dependency, how] : desired_.services.at(name).depends_on) {
        const auto found = services_.find(dependency);
        if (!how.restart || found == services_.end()) continue;
        const auto& theirs = found->second;
        const bool changes =
            !theirs.bounced.empty() || std::any_of(theirs.decisions.begin(), theirs.decisions.end(),
                                                   [](const auto& d) { return d.kind == Kind::recreate; });
        if (changes) bounce(mine, DependencyRecreated{dependency});
      }
      // Who shares the namespaces of another has its old ones otherwise.
      for (const std::string& owner : namespace_owners_of(desired_.services.at(name))) {
        if (services_.contains(owner) && is_on_replaced_network(desired_.services.at(owner)))
          bounce(mine, NetworkRecreated{});
      }
    }
  }

  const Project& desired_;
  const Observed& observed_;
  const UpOptions& options_;
  std::map<std::string, ServiceDecision> services_;
};

}  // namespace

std::vector<std::string> partners_of(const Service& service) {
  constexpr std::string_view kContainer = "container:";
  std::vector<std::string> partners = namespace_owners_of(service);
  for (const std::string& from : service.volumes_from) {
    if (!from.starts_with(kContainer)) partners.push_back(from.substr(0, from.find(':')));
  }
  return partners;
}

std::map<std::string, ServiceDecision> decide_services(const Project& desired, const Observed& observed,
                                                       const UpOptions& options,
                                                       const std::vector<std::string>& order) {
  return Decider{desired, observed, options}.run(order);
}

std::string replica_name(const Project& desired, const Service& service, const ReplicaDecision& decision) {
  const bool stays = decision.kind == Kind::keep || decision.kind == Kind::start;
  const bool own = stays && is_name_of(desired, service, decision.number, decision.existing->spec.name);
  return own ? decision.existing->spec.name : container_name(desired, service, decision.number);
}

bool is_recreated(const Project& desired, const Network& wanted, const model::Network& there) {
  return there.spec.project == desired.name &&
         !is_made_from(there.spec, network_hash(wanted), compose_hash(wanted)).value_or(true);
}

}  // namespace stack::compose
