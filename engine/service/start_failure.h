// How dockerd tells of a start that failed: clients look into its words for the exit code of a run, 127 or 126. Pure.
#pragma once

#include <string>

#include "base/error.h"

namespace stack::service {

Error docker_start_failure(const Error& error, const std::string& container, const std::string& id);

}  // namespace stack::service
