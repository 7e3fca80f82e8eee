#include <algorithm>

#include "engine/api/event_query.h"
#include "engine/api/filters.h"

namespace stack::api {
namespace {

using Words = std::vector<std::string>;

// Of events of `type` the subject; of others (a network that a container is connected to) the attribute of that name.
bool is_about(const model::Event& event, const std::string& type, const Words& wanted) {
  if (wanted.empty()) return true;
  const auto attribute = event.attributes.find(event.type == type ? "name" : type);
  const std::string name = attribute == event.attributes.end() ? "" : attribute->second;
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
    if (each.empty()) return false;
    if (event.type != type) return name == each || (type != "image" && name.starts_with(each));
    return name == each || event.id.starts_with(each);
  });
}

bool has_image(const model::Event& event, const Words& wanted) {
  if (wanted.empty()) return true;
  const auto attribute = event.attributes.find(event.type == "image" ? "name" : "image");
  const std::string name = attribute == event.attributes.end() ? "" : attribute->second;
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
    const bool untagged = name.substr(0, name.rfind(':')) == each;
    return name == each || untagged || (event.type == "image" && !each.empty() && event.id.starts_with(each));
  });
}

}  // namespace

bool fits(const EventFilter& filter, const model::Event& event) {
  const auto has = [](const Words& words, const std::string& word) {
    return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
  };
  const std::string kind = event.action.substr(0, event.action.find(':'));
  return has(filter.types, event.type) && (has(filter.actions, event.action) || has(filter.actions, kind)) &&
         has(filter.scopes, "local") && is_about(event, "container", filter.containers) &&
         is_about(event, "network", filter.networks) && is_about(event, "volume", filter.volumes) &&
         has_image(event, filter.images) && has_labels(event.attributes, filter.labels);
}

}  // namespace stack::api
