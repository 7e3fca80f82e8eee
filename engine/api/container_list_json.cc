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

void write_port(JsonText& to, const model::PortBinding& port) {
  to.object([&] {
    if (port.host_port != 0) to.member("IP", port.host_ip);
    to.member("PrivatePort", port.container_port);
    if (port.host_port != 0) to.member("PublicPort", port.host_port);
    to.member("Type", to_word(port.protocol));
  });
}

void write_row(JsonText& to, const ContainerView& view, Wall now) {
  const model::Container& container = *view.container;
  to.object([&] {
    to.member("Id", container.id);
    to.array("Names", [&] { to.value("/" + container.spec.name); });
    to.member("Image", container.spec.image);
    to.member("ImageID", container.spec.image_id);
    to.member("Command", command_of(container.command));
    to.member("Created", std::chrono::floor<std::chrono::seconds>(container.created.time_since_epoch()).count());
    to.array("Ports", [&] {
      for (const model::PortBinding& port : model::offered_ports(container)) write_port(to, port);
    });
    to.member("Labels", container.spec.labels);
    to.member("State", to_word(container.state.status));
    to.member("Status", model::status_text(container, now));
    to.object("HostConfig", [&] {
      to.member("NetworkMode", network_mode_of(container.spec));
      if (!container.spec.annotations.empty()) to.member("Annotations", container.spec.annotations);
    });
    to.object("NetworkSettings", [&] {
      to.name("Networks");
      write_networks(to, view, false);
    });
    to.name("Mounts");
    write_mounts(to, view);
    if (!view.sizes) return;
    // Docker leaves out a size of zero.
    if (view.sizes->writable_bytes != 0) to.member("SizeRw", view.sizes->writable_bytes);
    to.member("SizeRootFs", view.sizes->root_bytes);
  });
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
  JsonText to;
  to.array([&] {
    for (const ContainerView& view : views) write_row(to, view, now);
  });
  return to.take();
}

std::vector<std::string> parse_container_ids(std::string_view list) {
  return reading("the list of containers", [&] {
    std::vector<std::string> ids;
    for (const json& each : json::parse(list)) ids.push_back(each.at("Id").get<std::string>());
    return ids;
  });
}

ContainerFilter parse_container_filter(std::string_view text) {
  const Filters given =
      Filters::parse(text, {"ancestor", "before", "expose", "exited", "health", "id", "is-task", "isolation", "label",
                            "name", "network", "publish", "since", "status", "volume"});
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
  // Isolation is a matter of Windows: no container has any.
  filter.tasks = given.truth("is-task").value_or(false) || !given.get("isolation").empty();
  filter.published = given.get("publish");
  filter.exposed = given.get("expose");
  for (const std::string& each : given.get("before")) filter.before = each;
  for (const std::string& each : given.get("since")) filter.since = each;
  return filter;
}

}  // namespace stack::api
