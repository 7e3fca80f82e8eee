// What has to be thought of before a project leaves this machine. Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/check/sensitive.h"
#include "compose/model/project.h"
#include "compose/source/diagnostic.h"

namespace stack::cli {

// What makes it useless to others: services that can only be built, and variables when they are not to be published.
// `asked`: whether the user is asked about the variables that the Compose files hold (false: they agreed beforehand).
compose::Diagnostics obstacles(const compose::Project& project, bool with_env, bool asked);
// What others will miss: files that the project names and the artifact does not hold.
compose::Diagnostics missing_there(const compose::Project& project);

// What the user has to agree to, each with what it is about; in the order in which it is asked.
struct Concern {
  std::string text, question;
};
std::vector<Concern> concerns(const compose::Project& project, const std::vector<compose::SensitiveValue>& sensitive);

}  // namespace stack::cli
