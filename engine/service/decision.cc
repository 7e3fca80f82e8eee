#include "engine/service/decision.h"

#include <algorithm>
#include <set>

#include "base/model/signals.h"
#include "compose/admission/missing_files.h"
#include "compose/admission/support.h"
#include "compose/model/no_such_service.h"
#include "compose/model/own_keys.h"
#include "compose/model/project_names.h"
#include "compose/plan/hook_container.h"
#include "compose/plan/hooks.h"
#include "compose/plan/reconcile.h"
#include "compose/plan/replicas.h"
#include "compose/plan/rivals.h"
#include "compose/plan/service_order.h"
#include "compose/plan/takedown.h"
#include "compose/plan/wanted_container.h"
#include "engine/core/engine_socket.h"
#include "engine/image/pull_policy.h"
#include "engine/service/failure_place.h"
#include "engine/service/given_objects.h"

namespace stack::service {

using api::Verb;

namespace {

// Only what is to run has to be supported.
compose::Project selected(const compose::Project& project, const std::vector<std::string>& services) {
  compose::Project part = project;
  std::erase_if(part.services, [&](const auto& item) {
    return std::find(services.begin(), services.end(), item.first) == services.end();
  });
  return part;
}

void check_support(const compose::Project& project, const std::vector<std::string>& services, const MachineJudge& judge,
                   std::vector<std::string>& warnings) {
  std::vector<std::string> refused;
  std::set<std::string> refused_paths;
  for (const compose::Unsupported& item :
       compose::find_unsupported(selected(project, services), compose::this_machine())) {
    (item.fatal ? refused : warnings).push_back(located(item.place, item.path, item.message));
    if (item.fatal) refused_paths.insert(item.path);
  }
  for (const std::string& name : judge ? services : std::vector<std::string>{}) {
    const compose::Service& service = project.services.at(name);
    for (const ServiceFault& fault : judge(service)) {
      const std::string path = "services." + name + "." + fault.attribute;
      // A value that is none for any machine is told of once.
      if (!refused_paths.contains(path))
        refused.push_back(located(service.place_of(fault.attribute), path, fault.message));
    }
  }
  throw_all(ErrorKind::unsupported, refused, "");
}

// One project can ask for more than a machine has, and planning for that takes the engine's time.
void check_replicas(const compose::Project& project, const std::vector<std::string>& services,
                    const api::ProjectRequest& request) {
  std::int64_t all = 0;
  for (const std::string& name : services) {
    const compose::Service& service = project.services.at(name);
    const auto scaled = request.scale.find(name);
    const std::int64_t count = scaled == request.scale.end() ? service.replicas() : scaled->second;
    all += std::min(count, compose::kReplicasMax + 1);
    if (all <= compose::kReplicasMax) continue;
    const bool deployed = service.deploy && service.deploy->replicas;
    const std::string attribute = deployed ? "deploy.replicas" : "scale";
    throw Error(ErrorKind::invalid,
                located(service.place_of(attribute), "services." + name + "." + attribute,
                        "a project has at most " + std::to_string(compose::kReplicasMax) + " containers, and with " +
                            std::to_string(count) + " of this service it would have more"))
        .remedy("scale the service down");
  }
}

void check_scale(const compose::Project& project, const api::ProjectRequest& request) {
  for (const auto& [name, count] : request.scale) {
    const auto found = project.services.find(name);
    if (found == project.services.end()) throw compose::no_such_service(project, name).context("--scale");
    if (count < 0) throw Error(ErrorKind::invalid, "--scale " + name + ": the number of replicas cannot be negative");
    if (count > 1 && !found->second.container_name.empty()) {
      throw Error(ErrorKind::invalid,
                  located(found->second.place_of("container_name"), "services." + name + ".container_name",
                          "the name " + found->second.container_name + " is for one container, but " +
                              std::to_string(count) + " replicas are wanted"))
          .remedy("remove container_name, or scale the service to 1");
    }
  }
}

// What is paused neither runs nor comes to run by a start: said before anything is changed.
void check_not_paused(const compose::Plan& plan, const compose::Observed& observed) {
  const auto starts = [&](const model::Container& container) {
    return std::any_of(plan.nodes.begin(), plan.nodes.end(), [&](const compose::Node& node) {
      const auto* start = std::get_if<compose::StartContainer>(&node.operation);
      return start != nullptr && start->name == container.spec.name;
    });
  };
  const auto stops = [&](const model::Container& container) {
    return std::any_of(plan.nodes.begin(), plan.nodes.end(), [&](const compose::Node& node) {
      const auto* stop = std::get_if<compose::StopContainer>(&node.operation);
      return stop != nullptr && stop->id == container.id;
    });
  };
  for (const model::Container& container : observed.containers) {
    if (container.state.status != model::Status::paused || stops(container) || !starts(container)) continue;
    throw Error(ErrorKind::conflict, "container " + container.spec.name + " is paused")
        .remedy("resume it with: stack unpause " + container.spec.service);
  }
}

// The services of which a container is made or started.
std::set<std::string> services_to_start(const compose::Plan& plan, const compose::Observed& observed) {
  std::set<std::string> services;
  for (const compose::Node& node : plan.nodes) {
    if (const auto* create = std::get_if<compose::CreateContainer>(&node.operation))
      services.insert(create->spec.service);
    const auto* start = std::get_if<compose::StartContainer>(&node.operation);
    for (const model::Container& container : observed.containers) {
      if (start != nullptr && container.spec.name == start->name) services.insert(container.spec.service);
    }
  }
  return services;
}

// Two containers that cannot run at the same time are found before either is made.
void check_rivals(const compose::Project& project, const compose::Plan& plan, const compose::Observed& observed) {
  std::vector<std::string> lines;
  for (const compose::Rivalry& rivalry : compose::find_rivals(plan, observed)) {
    const auto service = project.services.find(rivalry.service);
    const compose::SourcePlace place =
        service == project.services.end() ? compose::SourcePlace{} : service->second.place_of(rivalry.attribute);
    lines.push_back(located(place, "services." + rivalry.service + "." + rivalry.attribute, rivalry.message));
  }
  throw_all(ErrorKind::conflict, lines, "give one of them another, or start only one of them");
}

// The files of configs and secrets, and what bind mounts that make no folder want, have to be there. What runs already has them.
void check_files(const compose::Project& project, const std::set<std::string>& services, const MachineFiles& files) {
  std::vector<std::string> missing;
  for (const std::string& name : services) {
    const auto found = project.services.find(name);
    if (found == project.services.end()) continue;
    for (const auto& [path, place, message, fatal] : find_missing_files(project, found->second, files.exists))
      missing.push_back(located(place, path, message));
  }
  throw_all(ErrorKind::not_found, missing,
            "create it, or correct the path; relative ones begin at the project's folder");
}

// What would be refused by the kernel, or by what the image holds, once everything else is there.
void check_starts(const compose::Project& project, const std::set<std::string>& services,
                  const std::map<std::string, model::Image>& images, const StartJudge& judge) {
  std::vector<std::string> refused;
  for (const std::string& name : services) {
    const auto found = project.services.find(name);
    if (found == project.services.end()) continue;
    const compose::Service& service = found->second;
    const auto image = images.find(compose::image_reference(project, service));
    if (image == images.end()) continue;
    for (const ServiceFault& fault : judge(service, image->second))
      refused.push_back(
          located(service.place_of(fault.attribute), "services." + name + "." + fault.attribute, fault.message));
  }
  throw_all(ErrorKind::invalid, refused, "");
}

// Services that get the engine's socket for Docker's.
void note_sockets(const compose::Project& project, const std::set<std::string>& services, const MachineFiles& files,
                  std::vector<std::string>& warnings) {
  for (const std::string& name : services) {
    const auto found = project.services.find(name);
    if (found == project.services.end()) continue;
    const compose::Service& service = found->second;
    if (!compose::socket_scope(service).empty()) continue;
    for (std::size_t i = 0; i < service.volumes.size(); ++i) {
      const compose::ServiceMount& mount = service.volumes[i];
      if (mount.type != "bind" || !model::is_docker_socket(mount.source) || files.answers(mount.source)) continue;
      const std::string attribute = "volumes[" + std::to_string(i) + "]";
      warnings.push_back(located(service.place_of(attribute), "services." + name + "." + attribute,
                                 "no Docker answers at " + mount.source + "; the service gets this engine's socket"));
    }
  }
}

void check_targets(const compose::Project& project, const std::vector<std::string>& targets) {
  for (const std::string& name : targets) {
    if (!project.services.contains(name)) throw compose::no_such_service(project, name);
  }
}

// How the service's image is built, as far as the client says so.
const model::ProjectBuild* build_of(const api::ProjectRequest& request, const std::string& service) {
  const auto found = std::find_if(request.builds.begin(), request.builds.end(), [&](const model::ProjectBuild& build) {
    return std::find(build.services.begin(), build.services.end(), service) != build.services.end();
  });
  return found == request.builds.end() ? nullptr : &*found;
}

// Why a build is due: asked for, by a flag or a policy, or because its image is missing.
std::optional<compose::Cause> build_cause(const api::ProjectRequest& request, const compose::Project& project,
                                          const model::ProjectBuild& build, const std::set<std::string>& pulled,
                                          const ImageFinder& images) {
  if (request.build) return compose::Requested{"--build"};
  for (const std::string& name : build.services) {
    const auto service = project.services.find(name);
    if (service != project.services.end() && service->second.pull_policy == "build" && request.pull.empty())
      return compose::Requested{"pull_policy: build"};
  }
  const bool here = std::all_of(build.spec.tags.begin(), build.spec.tags.end(),
                                [&](const std::string& tag) { return pulled.contains(tag) || images.find(tag); });
  return here ? std::nullopt : std::optional<compose::Cause>{compose::Missing{}};
}

// The builds of the services that are to be brought up, and those that they begin with. `request.builds` is in their order.
std::vector<compose::PlannedBuild> wanted_builds(const api::ProjectRequest& request, const compose::Project& project,
                                                 const std::vector<std::string>& services,
                                                 const std::set<std::string>& pulled, const ImageFinder& images) {
  if (request.no_build) return {};
  const auto makes = [](const model::ProjectBuild& build, const std::string& reference) {
    return std::find(build.spec.tags.begin(), build.spec.tags.end(), reference) != build.spec.tags.end();
  };
  std::map<const model::ProjectBuild*, compose::Cause> due;
  std::set<std::string> needed;
  for (auto build = request.builds.rbegin(); build != request.builds.rend(); ++build) {
    const bool asked = std::any_of(build->services.begin(), build->services.end(), [&](const std::string& name) {
      return std::find(services.begin(), services.end(), name) != services.end();
    });
    const bool base = std::any_of(needed.begin(), needed.end(), [&](const auto& each) { return makes(*build, each); });
    if (!asked && !base) continue;
    auto cause = build_cause(request, project, *build, pulled, images);
    if (!cause) continue;
    due.emplace(&*build, std::move(*cause));
    needed.insert(build->needs.begin(), build->needs.end());
  }
  std::vector<compose::PlannedBuild> planned;
  std::vector<const model::ProjectBuild*> made;
  for (const model::ProjectBuild& build : request.builds) {
    const auto found = due.find(&build);
    if (found == due.end()) continue;
    compose::PlannedBuild one{.operation = {.service = build.services.front(), .reference = build.reference},
                              .cause = found->second};
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (std::any_of(build.needs.begin(), build.needs.end(), [&](const auto& need) { return makes(*made[i], need); }))
        one.after.push_back(i);
    }
    made.push_back(&build);
    planned.push_back(std::move(one));
  }
  return planned;
}

// The pulls of the services that are to be brought up, and of their hooks, as far as a policy wants them first.
class WantedPulls {
 public:
  WantedPulls(const api::ProjectRequest& request, const compose::Project& project,
              const std::vector<std::string>& services, const ImageFinder& images)
      : request_(request), project_(project), services_(services), images_(images) {}

  void add(const compose::Service& service) {
    // What can be built here is pulled only when somebody says so.
    const std::string& own = policy_of(service);
    const bool by_default = own.empty() || own == "missing" || own == "if_not_present";
    const bool built = by_default && !request_.no_build && is_built(service);
    if (!service.image.empty() && !built) add(service, service.image, "image");
    for (std::size_t i = 0; i < service.pre_start.size(); ++i) {
      const std::string image = compose::own_image(service, service.pre_start[i]);
      if (!image.empty()) add(service, image, "pre_start[" + std::to_string(i) + "].image");
    }
    for (std::size_t i = 0; i < service.volumes.size(); ++i) {
      const compose::ServiceMount& mount = service.volumes[i];
      if (mount.type == "image" && !project_.services.contains(mount.source))
        add(service, mount.source, "volumes[" + std::to_string(i) + "]");
    }
  }

  std::vector<compose::PlannedPull> take() { return std::move(pulls_); }

 private:
  const std::string& policy_of(const compose::Service& service) const {
    return request_.pull.empty() ? service.pull_policy : request_.pull;
  }

  // By its own section, or by that of another service that is brought up as well.
  bool is_built(const compose::Service& service) const {
    if (build_of(request_, service.name) != nullptr) return true;
    return std::ranges::any_of(request_.builds, [&](const model::ProjectBuild& build) {
      return std::ranges::find(build.spec.tags, service.image) != build.spec.tags.end() &&
             std::ranges::any_of(build.services, [&](const std::string& name) {
               return std::ranges::find(services_, name) != services_.end();
             });
    });
  }

  void add(const compose::Service& service, const std::string& reference, const std::string& attribute) {
    const std::string& platform = service.platform.empty() ? request_.platform : service.platform;
    // What is not built is not left to a build.
    const bool own = attribute == "image";
    const std::string policy = !own && policy_of(service) == "build" ? "missing" : policy_of(service);
    const auto known = std::find_if(pulls_.begin(), pulls_.end(), [&](const compose::PlannedPull& other) {
      return other.operation.reference == reference && other.operation.platform == platform;
    });
    if (known != pulls_.end()) {
      std::vector<std::string>& services = known->operation.services;
      if (services.back() != service.name) services.push_back(service.name);
      return;
    }
    const compose::SourcePlace& place = service.place_of(attribute);
    std::optional<model::Image> here;
    try {
      here = images_.find(reference);
    } catch (const Error&) {
      return;  // what is no reference is told by resolve_images, with all others
    }
    compose::PullWanted cause{.policy = policy, .present = here.has_value(), .place = place};
    try {
      if (!image::wants_pull(image::parse_pull_policy(policy), here, platform, images_.now)) return;
      if (here && !image::is_for(*here, platform)) {
        cause.platform = platform;
        cause.present_for = here->os + "/" + here->architecture + (here->variant.empty() ? "" : "/" + here->variant);
      }
    } catch (Error& error) {
      const std::string where = compose::to_text(place);
      throw error.context((where.empty() ? "" : where + ": ") + "services." + service.name + "." + attribute);
    }
    pulls_.push_back({.operation = {.reference = reference,
                                    .platform = platform,
                                    .policy = policy,
                                    .services = {service.name},
                                    .place = place},
                      .cause = std::move(cause)});
  }

  const api::ProjectRequest& request_;
  const compose::Project& project_;
  const std::vector<std::string>& services_;
  const ImageFinder& images_;
  std::vector<compose::PlannedPull> pulls_;
};

std::vector<compose::PlannedPull> wanted_pulls(const api::ProjectRequest& request, const compose::Project& project,
                                               const std::vector<std::string>& services, const ImageFinder& images) {
  WantedPulls wanted{request, project, services, images};
  for (const std::string& name : services) wanted.add(project.services.at(name));
  return wanted.take();
}

// The images that `down --rmi` removes, as far as they are here: of services of the file, else of containers.
std::vector<std::string> images_to_remove(const api::ProjectRequest& request, const compose::Project* project,
                                          const compose::Observed& observed, const ImageFinder& images) {
  std::set<std::string> found;
  const auto add = [&](const std::string& service, const std::string& image) {
    const auto& targets = request.services;
    const bool chosen = targets.empty() || std::find(targets.begin(), targets.end(), service) != targets.end();
    const std::string own = request.project + (project == nullptr ? "-" : project->separator) + service;
    const std::string& name = image.empty() ? own : image;
    const auto here = chosen ? images.find(name) : std::nullopt;
    if (!here) return;
    // Of the project is what has its name, and what was built for it whatever it is called.
    const auto label = here->config.labels.find("com.docker.compose.project");
    const bool built = label != here->config.labels.end() && label->second == request.project;
    const bool local = built || image.empty() || image == own || image == own + ":latest";
    if (request.rmi == api::ImageScope::all || local) found.insert(name);
  };
  if (request.rmi == api::ImageScope::none) return {};
  if (project != nullptr && !request.resolved.empty()) {
    for (const auto& [name, service] : project->services) add(name, service.image);
  } else {
    for (const model::Container& container : observed.containers) add(container.spec.service, container.spec.image);
  }
  return {found.begin(), found.end()};
}

// `pulled`: references that the plan pulls or builds.
void resolve_images(const compose::Project& project, const std::vector<std::string>& services,
                    const std::set<std::string>& pulled, const ImageFinder& images, compose::Observed& observed) {
  std::vector<std::string> missing;
  const auto resolve = [&](const compose::Service& service, const std::string& reference,
                           const std::string& attribute) {
    if (observed.images.contains(reference)) return;
    std::optional<model::Image> image;
    std::string why = "no such image: " + reference;
    try {
      image = images.find(reference);
    } catch (const Error& error) {
      why = error.message();
    }
    if (image) {
      observed.images.emplace(reference, std::move(*image));
    } else if (pulled.contains(reference)) {
      observed.images.emplace(reference, model::Image{});  // its id is known when it is here
    } else {
      missing.push_back(located(service.place_of(attribute), "services." + service.name + "." + attribute, why));
    }
  };
  for (const std::string& name : services) {
    const compose::Service& service = project.services.at(name);
    resolve(service, compose::image_reference(project, service), "image");
    for (std::size_t i = 0; i < service.pre_start.size(); ++i) {
      const std::string image = compose::own_image(service, service.pre_start[i]);
      if (!image.empty()) resolve(service, image, "pre_start[" + std::to_string(i) + "].image");
    }
    for (std::size_t i = 0; i < service.volumes.size(); ++i) {
      const compose::ServiceMount& mount = service.volumes[i];
      if (mount.type == "image")
        resolve(service, compose::mounted_image(project, mount), "volumes[" + std::to_string(i) + "]");
    }
  }
  throw_all(
      ErrorKind::not_found, missing,
      "pull it with: stack pull; build it with: stack build; or import one with: stack image import FILE.tar NAME");
}

compose::Plan take_down(const api::ProjectRequest& request, const compose::Project* project,
                        const compose::Observed& observed, const ImageFinder& images,
                        std::vector<std::string>& warnings) {
  compose::TakedownOptions options{.project = request.project,
                                   .services = request.services,
                                   .timeout = request.timeout,
                                   .everything = request.resolved.empty(),
                                   .remove_orphans = request.remove_orphans,
                                   .volumes = request.volumes,
                                   .no_deps = request.no_deps,
                                   .wait = request.wait,
                                   .signal = request.signal,
                                   .stop_first = request.stop_first};
  if (!request.signal.empty() && !model::parse_signal(request.signal))
    throw Error(ErrorKind::invalid, "invalid signal \"" + request.signal + "\"")
        .remedy("name one as in SIGHUP or HUP, or give its number");
  if (project != nullptr) {
    for (const std::string& name : request.services) {
      if (project->services.contains(name) || project->disabled.contains(name)) continue;
      // Without a file Docker Compose knows containers alone, and of a service that has none there is nothing to end.
      const bool begins = request.verb == Verb::start || request.verb == Verb::restart;
      if (begins || !request.resolved.empty()) throw compose::no_such_service(*project, name);
      const Error unknown = compose::no_such_service(*project, name);
      warnings.push_back(unknown.message() + (unknown.remedy_text().empty() ? "" : "; " + unknown.remedy_text()));
    }
  }
  switch (request.verb) {
    case Verb::down:
      options.images = images_to_remove(request, project, observed, images);
      return compose::plan_down(project, observed, options);
    case Verb::stop:
      return compose::plan_stop(project, observed, options);
    case Verb::start:
      return compose::plan_start(project, observed, options);
    case Verb::restart:
      return compose::plan_restart(project, observed, options);
    case Verb::kill:
      return compose::plan_kill(project, observed, options);
    case Verb::pause:
      return compose::plan_pause(project, observed, options);
    case Verb::unpause:
      return compose::plan_unpause(project, observed, options);
    case Verb::rm:
      return compose::plan_rm(project, observed, options);
    case Verb::up:
    case Verb::run:
      break;
  }
  throw Error(ErrorKind::internal, "a verb without a plan");
}

compose::UpOptions up_options(const api::ProjectRequest& request) {
  return {.services = request.services,
          .no_deps = request.no_deps,
          .force_recreate = request.force_recreate,
          .no_recreate = request.no_recreate,
          .always_recreate_deps = request.always_recreate_deps,
          .renew_volumes = request.renew_volumes,
          .remove_orphans = request.remove_orphans,
          .ignore_orphans = request.ignore_orphans,
          .no_start = request.no_start,
          .wait = request.wait,
          .scale = request.scale,
          .timeout = request.timeout,
          .one_off = request.one_off};
}

}  // namespace

Decision decide(const api::ProjectRequest& request, const compose::Project* project, compose::Observed observed,
                const ImageFinder& images, const MachineJudge& judge, const MachineFiles& files,
                const StartJudge& start_judge) {
  Decision decision;
  if (request.verb != Verb::up && request.verb != Verb::run) {
    decision.plan = take_down(request, project, observed, images, decision.warnings);
  } else {
    if (project == nullptr)
      throw Error(ErrorKind::invalid, "project " + request.project + " is not known here: its definition is needed");
    check_targets(*project, request.services);
    if ((request.verb == Verb::run) != request.one_off.has_value())
      throw Error(ErrorKind::invalid, "run needs one_off, and nothing else takes it");
    check_scale(*project, request);
    const auto services = compose::services_in_order(*project, request.services, request.no_deps);
    check_replicas(*project, services, request);
    check_support(*project, services, judge, decision.warnings);
    check_given_objects(*project, services, observed);
    compose::UpOptions options = up_options(request);
    if (!images.pulled) options.pulls = wanted_pulls(request, *project, services, images);
    std::set<std::string> pulled;
    for (const auto& pull : options.pulls) pulled.insert(pull.operation.reference);
    if (!images.pulled) options.builds = wanted_builds(request, *project, services, pulled, images);
    for (const auto& build : options.builds) {
      for (const std::string& name : build_of(request, build.operation.service)->services) {
        const auto service = project->services.find(name);  // not one that is only another's context
        if (service != project->services.end()) pulled.insert(compose::image_reference(*project, service->second));
      }
    }
    resolve_images(*project, services, pulled, images, observed);
    decision.plan = compose::reconcile(*project, observed, options);
    if (!request.no_start) check_not_paused(decision.plan, observed);
    if (!request.no_start) check_rivals(*project, decision.plan, observed);
    const std::set<std::string> starting = services_to_start(decision.plan, observed);
    if (start_judge && !request.no_start) check_starts(*project, starting, observed.images, start_judge);
    if (files.exists) {
      check_files(*project, starting, files);
      note_sockets(*project, starting, files, decision.warnings);
    }
  }
  if (project != nullptr) compose::add_hooks(decision.plan, *project, observed);
  decision.images = std::move(observed.images);
  decision.warnings.insert(decision.warnings.end(), decision.plan.warnings.begin(), decision.plan.warnings.end());
  return decision;
}

}  // namespace stack::service
