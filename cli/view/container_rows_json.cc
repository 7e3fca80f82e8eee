#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "base/age.h"
#include "base/bytes.h"
#include "base/format/template_error.h"
#include "base/ids.h"
#include "base/thrown.h"
#include "cli/view/container_rows.h"
#include "cli/view/format_json.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kDockerCommandWidth = 20;

template <class F>
auto reading(F read) {
  try {
    return read();
  } catch (const json::exception& error) {
    throw Error(ErrorKind::invalid, "the engine's answer is malformed: " + std::string{json_reason(error)});
  }
}

template <class F>
std::string joined(const json& list, const char* separator, F text_of) {
  std::string text;
  for (const auto& item : list.items()) {
    const std::string part = text_of(item.key(), item.value());
    if (!part.empty()) text += (text.empty() ? "" : separator) + part;
  }
  return text;
}

std::string sorted_names(const json& object) {
  std::set<std::string> names;
  for (const auto& item : object.items()) names.insert(item.key());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string port_text(const json& port) {
  const std::string inside =
      std::to_string(port.at("PrivatePort").get<int>()) + "/" + port.at("Type").get<std::string>();
  if (!port.contains("PublicPort")) return inside;
  std::string address = port.value("IP", "");
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return address + ":" + std::to_string(port["PublicPort"].get<int>()) + "->" + inside;
}

// "2kB (virtual 5MB)"
std::string size_text(const json& container) {
  if (!container.contains("SizeRootFs")) return "0B";
  return short_bytes(container.value("SizeRw", std::uint64_t{0})) + " (virtual " +
         short_bytes(container["SizeRootFs"].get<std::uint64_t>()) + ")";
}

json row_of(const json& container, const RowStyle& style) {
  const auto id = container.at("Id").get<std::string>();
  std::string command = container.at("Command").get<std::string>();
  if (!style.no_trunc) command = ellipsis(command, kDockerCommandWidth);
  const Wall created{std::chrono::seconds{container.at("Created").get<std::int64_t>()}};
  const json& mounts = container.at("Mounts");
  const auto volumes = std::count_if(mounts.begin(), mounts.end(),
                                     [](const json& mount) { return mount.value("Type", "") == "volume"; });
  const auto mount_name = [&](const std::string&, const json& mount) {
    const std::string name = mount.value("Name", "").empty() ? mount.value("Source", "") : mount.value("Name", "");
    return style.no_trunc ? name : ellipsis(name, 15);
  };
  const std::string status = container.at("Status").get<std::string>();
  // As a text of Go is quoted.
  const std::string quoted = json(command).dump(-1, ' ', false, json::error_handler_t::replace);
  return {{"Command", quoted},
          {"CreatedAt", human_time(created)},
          {"ID", style.no_trunc ? id : std::string{short_id(id)}},
          {"Image", container.at("Image")},
          {"Labels",
           joined(container.at("Labels"), ",",
                  [](const std::string& name, const json& value) { return name + "=" + value.get<std::string>(); })},
          {"LocalVolumes", std::to_string(volumes)},
          {"Mounts", joined(mounts, ",", mount_name)},
          {"Names", joined(container.at("Names"), ",",
                           [](const std::string&, const json& name) { return name.get<std::string>().substr(1); })},
          {"Networks", sorted_names(container.at("NetworkSettings").at("Networks"))},
          {"Platform", nullptr},  // Docker tells it of images for several platforms alone
          {"Ports",
           joined(container.at("Ports"), ", ", [](const std::string&, const json& port) { return port_text(port); })},
          {"RunningFor", human_duration(std::max(Nanos{0}, Nanos{style.now - created})) + " ago"},
          {"Size", size_text(container)},
          {"State", container.at("State")},
          {"Status", status}};
}

std::vector<json> rows_of(const std::string& answer, const RowStyle& style) {
  return reading([&] {
    std::vector<json> rows;
    for (const json& container : json::parse(answer)) rows.push_back(row_of(container, style));
    return rows;
  });
}

std::string dumped(const json& value, int indent = -1) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string container_lines(const std::string& answer, const RowStyle& style) {
  std::string text;
  for (const json& row : rows_of(answer, style)) text += dumped(row) + "\n";
  return text;
}

void check_container_format(const std::string& format) {
  constexpr const char* kAny =
      R"([{"Id":"0123456789abcdef","Names":["/any"],"Image":"any","Command":"","Created":0,"Mounts":[],"Labels":{},"Ports":[],)"
      R"("NetworkSettings":{"Networks":{}},"State":"created","Status":"Created"}])";
  try {
    format_rows(format, container_lines(kAny, {}), container_titles());
  } catch (const format::TemplateError& error) {
    // Functions may ask for more than this one has.
    if (error.fault().kind != format::TemplateFault::Kind::bad_call) throw;
  }
}

std::string containers_table(const std::string& answer, const RowStyle& style) {
  Row head{"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"};
  if (style.size) head.emplace_back("SIZE");
  std::vector<Row> rows;
  for (const json& row : rows_of(answer, style)) {
    Row& cells = rows.emplace_back();
    for (const char* member : {"ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"})
      cells.push_back(row.at(member).get<std::string>());
    if (style.size) cells.push_back(row.at("Size").get<std::string>());
  }
  return table(head, std::move(rows));
}

const std::map<std::string, std::string>& container_titles() {
  static const std::map<std::string, std::string> titles{{"ID", "CONTAINER ID"},
                                                         {"CreatedAt", "CREATED AT"},
                                                         {"RunningFor", "CREATED"},
                                                         {"LocalVolumes", "LOCAL VOLUMES"}};
  return titles;
}

std::string inspect_list(const std::vector<std::string>& answers) {
  return reading([&] {
    json list = json::array();
    for (const std::string& answer : answers) list.push_back(json::parse(answer));
    return dumped(list, 4);
  });
}

std::string inspect_lines(const std::vector<std::string>& answers) {
  return reading([&] {
    std::string text;
    for (const std::string& answer : answers) text += dumped(json::parse(answer)) + "\n";
    return text;
  });
}

Inspected parse_inspected(const std::string& answer) {
  return reading([&] {
    const json value = json::parse(answer);
    return Inspected{.id = value.at("Id"),
                     .tty = value.at("Config").at("Tty"),
                     .stdin_open = value.at("Config").at("OpenStdin"),
                     .running = value.at("State").at("Running"),
                     .auto_remove = value.at("HostConfig").at("AutoRemove")};
  });
}

std::vector<PublishedPort> parse_published_ports(const std::string& answer) {
  return reading([&] {
    std::vector<PublishedPort> ports;
    const json value = json::parse(answer);
    for (const auto& [name, bindings] : value.at("NetworkSettings").at("Ports").items()) {
      for (const json& binding : bindings) {
        const std::string host = binding.value("HostIp", "");
        const bool six = host.find(':') != std::string::npos;
        ports.push_back({name, (six ? "[" + host + "]" : host) + ":" + binding.value("HostPort", "")});
      }
    }
    std::stable_sort(ports.begin(), ports.end(), [](const PublishedPort& a, const PublishedPort& b) {
      return std::atoi(a.name.c_str()) < std::atoi(b.name.c_str());
    });
    return ports;
  });
}

}  // namespace stack::cli
