#include "base/model/container_state.h"

namespace stack::model {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::created:
      return "created";
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::restarting:
      return "restarting";
    case Status::removing:
      return "removing";
    case Status::exited:
      return "exited";
    case Status::dead:
      return "dead";
  }
  return "dead";
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::none:
      return "none";
    case Health::starting:
      return "starting";
    case Health::healthy:
      return "healthy";
    case Health::unhealthy:
      return "unhealthy";
  }
  return "none";
}

}  // namespace stack::model
