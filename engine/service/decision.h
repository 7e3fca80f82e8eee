// What a request asks of a project, decided before anything is done: the plan, and what of the request cannot be. Pure;
// errors tell everything that is wrong at once, with its place in the file.
#pragma once

#include <functional>
#include <map>
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
  Wall now;             // what pull policies such as `daily` compare with
  bool pulled = false;  // what the policies want has been pulled: only what is here counts
};

// What this machine cannot give to a service.
using MachineJudge = std::function<std::vector<ServiceFault>(const compose::Service& service)>;

// What of a service that is to start, from an image that is here, cannot be: asked only about what does not run already.
using StartJudge = std::function<std::vector<ServiceFault>(const compose::Service& service, const model::Image& image)>;

// What is asked about absolute paths of the machine; both or neither.
struct MachineFiles {
  std::function<bool(const std::string& path)> exists;   // a file or folder
  std::function<bool(const std::string& path)> answers;  // a socket whose other side is there
};

struct Decision {
  compose::Plan plan;
  std::vector<std::string> warnings;
  std::map<std::string, model::Image> images;  // of an `up`: by the reference that services use
};

// `project` may be null, except for `up`: then every container of its name is meant. `observed` holds no images yet.
//
// A plan with pulls is complete as far as one can know before them: what they bring may ask for more, so it is decided again when they
// are done, with `images.pulled`.
Decision decide(const api::ProjectRequest& request, const compose::Project* project, compose::Observed observed,
                const ImageFinder& images, const MachineJudge& judge = {}, const MachineFiles& files = {},
                const StartJudge& start_judge = {});

}  // namespace stack::service
