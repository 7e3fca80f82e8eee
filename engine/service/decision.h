// What a request asks of a project, decided before anything is done: the plan, and what of the request cannot be. Pure;
// errors tell everything that is wrong at once, with its place in the file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/model/image_config.h"
#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/plan/plan.h"
#include "engine/api/backend.h"
#include "engine/service/machine_check.h"

namespace stack::service {

// The images that are here. `find` throws stack::Error for what is no reference.
struct ImageFinder {
  std::function<std::optional<model::Image>(const std::string& reference)> find;
  Wall now;  // what pull policies such as `daily` compare with
};

// What this machine cannot give to a service.
using MachineJudge = std::function<std::vector<ServiceFault>(const compose::Service& service)>;

// Whether there is a file or folder of this absolute path on the machine.
using FileFinder = std::function<bool(const std::string& path)>;

// The images of the services that are to be brought up, as far as their policy wants them pulled first. Throws for services
// that do not exist or could not run: those are not worth a download.
std::vector<api::ImagePull> pulls_before_up(const api::ProjectRequest& request, const compose::Project& project,
                                            const ImageFinder& images, const MachineJudge& judge = {});

struct Decision {
  compose::Plan plan;
  std::vector<std::string> warnings;
  std::vector<api::ImagePull> pulls;  // of a dry run: what would have been pulled by now
};

// `project` may be null, except for `up`: then every container of its name is meant. `observed` holds no images yet.
Decision decide(const api::ProjectRequest& request, const compose::Project* project, compose::Observed observed,
                const ImageFinder& images, const MachineJudge& judge = {}, const FileFinder& files = {});

}  // namespace stack::service
