#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "base/model/protocol_name.h"
#include "cli/view/labels_text.h"
#include "cli/view/ps_view.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

constexpr std::size_t kMountWidth = 15;  // as Docker has it

using json = nlohmann::ordered_json;

template <class T, class F>
std::string joined(const T& items, F text_of) {
  std::string text;
  for (const auto& item : items) {
    const std::string part = text_of(item);
    if (!part.empty()) text += (text.empty() ? "" : ",") + part;
  }
  return text;
}

std::string networks_text(const model::ContainerSpec& spec) {
  if (spec.network_mode == "host" || spec.network_mode == "none") return spec.network_mode;
  return joined(spec.networks, [](const auto& network) { return network.network; });
}

}  // namespace

std::string ps_json(const std::vector<model::Container>& containers, Wall now, bool no_trunc) {
  std::string text;
  for (const model::Container& c : containers) {
    json publishers = json::array();
    std::vector<model::PortBinding> offered = offered_ports(c);
    std::stable_sort(offered.begin(), offered.end(),
                     [](const auto& a, const auto& b) { return a.container_port < b.container_port; });
    for (const model::PortBinding& port : offered) {
      publishers.push_back({{"URL", port.host_ip},
                            {"TargetPort", port.container_port},
                            {"PublishedPort", port.host_port},
                            {"Protocol", model::protocol_name(port.protocol)}});
    }
    const auto volumes = std::count_if(c.spec.mounts.begin(), c.spec.mounts.end(),
                                       [](const auto& m) { return m.kind == model::MountKind::volume; });
    json probes = json::array();
    for (const model::ProbeResult& probe : c.state.probes) {
      probes.push_back({{"Start", human_time(probe.started)},
                        {"End", human_time(probe.ended)},
                        {"ExitCode", probe.exit_code},
                        {"Output", probe.output}});
    }
    const bool ended = c.state.status == model::Status::exited || c.state.status == model::Status::dead;
    const bool healthy_or_not = c.state.status == model::Status::running && c.state.health != model::Health::none;
    // By name, as Docker does.
    const json row{
        {"Command", command_text(c, no_trunc)},
        {"CreatedAt", human_time(c.created)},
        {"Error", c.state.error},
        {"ExitCode", ended ? c.state.exit_code : 0},
        {"Health", healthy_or_not ? std::string{model::to_string(c.state.health)} : ""},
        {"HealthLog", std::move(probes)},
        {"ID", no_trunc ? c.id : std::string{short_id(c.id)}},
        {"Image", c.spec.image},
        {"Labels", labels_text(c.spec.labels)},
        {"LocalVolumes", std::to_string(volumes)},
        {"Mounts",
         joined(c.spec.mounts, [&](const auto& m) { return no_trunc ? m.source : ellipsis(m.source, kMountWidth); })},
        {"Name", c.spec.name},
        {"Names", c.spec.name},
        {"Networks", networks_text(c.spec)},
        {"OOMKilled", c.state.oom_killed},
        {"Ports", ports_text(c)},
        {"Project", c.spec.project},
        {"Publishers", std::move(publishers)},
        {"RestartCount", c.state.restart_count},
        {"RunningFor", human_duration(std::max(Nanos{0}, Nanos{now - c.created})) + " ago"},
        {"Service", c.spec.service},
        {"Size", "0B"},
        {"State", std::string{model::to_string(c.state.status)}},
        {"Status", status_text(c, now)}};
    text += row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace stack::cli
