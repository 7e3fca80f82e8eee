#include <algorithm>
#include <charconv>

#include "base/model/container_text.h"
#include "base/model/model_words.h"
#include "engine/api/codec_json.h"
#include "engine/api/container_json.h"
#include "engine/api/container_parts_json.h"
#include "engine/api/filters.h"

namespace stack::api {
namespace {

using nlohmann::json;

// Words with blanks have quotes, as in Docker's COMMAND.
std::string command_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word.find(' ') == std::string::npos ? word : "'" + word + "'";
  }
  return text;
}

json ports_value(const model::Container& container) {
  json list = json::array();
  for (const model::PortBinding& port : model::offered_ports(container)) {
    json value{{"PrivatePort", port.container_port}, {"Type", to_word(port.protocol)}};
    if (port.host_port != 0) {
      value["IP"] = port.host_ip;
      value["PublicPort"] = port.host_port;
    }
    list.push_back(std::move(value));
  }
  return list;
}

json value_of(const ContainerView& view, Wall now) {
  const model::Container& container = view.container;
  json value{{"Id", container.id},
             {"Names", {"/" + container.spec.name}},
             {"Image", container.spec.image},
             {"ImageID", container.spec.image_id},
             {"Command", command_of(container.command)},
             {"Created", std::chrono::floor<std::chrono::seconds>(container.created.time_since_epoch()).count()},
             {"Ports", ports_value(container)},
             {"Labels", container.spec.labels},
             {"State", to_word(container.state.status)},
             {"Status", model::status_text(container, now)},
             {"HostConfig", {{"NetworkMode", network_mode_of(container.spec)}}},
             {"NetworkSettings", {{"Networks", networks_value(view, false)}}},
             {"Mounts", mounts_value(view)}};
  if (!view.sizes) return value;
  // Docker leaves out a size of zero.
  if (view.sizes->writable_bytes != 0) value["SizeRw"] = view.sizes->writable_bytes;
  value["SizeRootFs"] = view.sizes->root_bytes;
  return value;
}

template <class E>
void check_words(const char* filter, const char* what, const char* known, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (parse_word<E>(value)) continue;
    throw Error(ErrorKind::invalid, std::string{"invalid filter '"} + filter + "=" + value + "': invalid value for " +
                                        what + " (" + value + "): must be one of " + known);
  }
}

void check_codes(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    int code = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), code);
    if (failed != std::errc{} || end != value.data() + value.size())
      throw Error(ErrorKind::invalid, "invalid filter 'exited=" + value + "': an exit code is a number");
  }
}

}  // namespace

std::string container_list_json(const std::vector<ContainerView>& views, Wall now) {
  json list = json::array();
  for (const ContainerView& view : views) list.push_back(value_of(view, now));
  return text_of(list);
}

std::vector<std::string> parse_container_ids(std::string_view list) {
  return reading("the list of containers", [&] {
    std::vector<std::string> ids;
    for (const json& each : json::parse(list)) ids.push_back(each.at("Id").get<std::string>());
    return ids;
  });
}

ContainerFilter parse_container_filter(std::string_view text) {
  const Filters given = Filters::parse(text, {"ancestor", "before", "expose", "exited", "health", "id", "is-task",
                                              "label", "name", "network", "publish", "since", "status", "volume"});
  ContainerFilter filter;
  filter.ids = given.get("id");
  filter.names = given.get("name");
  filter.labels = given.get("label");
  filter.statuses = given.get("status");
  check_words<model::Status>("status", "state", "created, running, paused, restarting, removing, exited, dead",
                             filter.statuses);
  filter.health = given.get("health");
  check_words<model::Health>("health", "health", "none, starting, healthy, unhealthy", filter.health);
  filter.images = given.get("ancestor");
  filter.networks = given.get("network");
  filter.volumes = given.get("volume");
  filter.exit_codes = given.get("exited");
  check_codes(filter.exit_codes);
  filter.tasks = given.truth("is-task").value_or(false);
  filter.published = given.get("publish");
  filter.exposed = given.get("expose");
  for (const std::string& each : given.get("before")) filter.before = each;
  for (const std::string& each : given.get("since")) filter.since = each;
  return filter;
}

}  // namespace stack::api
