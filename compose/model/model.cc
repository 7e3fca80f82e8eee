#include "compose/model/project.h"

namespace stack::compose {

std::string to_text(const SourcePlace& place) {
  if (place.line == 0) return place.file;
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string_view to_text(DependencyCondition condition) {
  switch (condition) {
    case DependencyCondition::started:
      return "service_started";
    case DependencyCondition::healthy:
      return "service_healthy";
    case DependencyCondition::completed:
      break;
  }
  return "service_completed_successfully";
}

std::optional<DependencyCondition> parse_condition(std::string_view text) {
  for (const auto condition :
       {DependencyCondition::started, DependencyCondition::healthy, DependencyCondition::completed}) {
    if (to_text(condition) == text) return condition;
  }
  return std::nullopt;
}

const SourcePlace& find_place(const Places& places, std::string_view attribute) {
  static const SourcePlace kNowhere;
  std::string path{attribute};
  for (;;) {
    if (const auto found = places.find(path); found != places.end()) return found->second;
    if (path.empty()) return kNowhere;
    const auto cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
}

const SourcePlace& Service::place_of(std::string_view attribute) const { return find_place(places, attribute); }

std::int64_t Service::replicas() const {
  if (deploy && deploy->replicas) return *deploy->replicas;
  return scale.value_or(1);
}

}  // namespace stack::compose
