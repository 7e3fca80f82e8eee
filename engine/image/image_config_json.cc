#include "engine/image/image_config_json.h"

#include <array>
#include <cstring>
#include <ctime>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_depth.h"
#include "base/thrown.h"

namespace stack::image {
namespace {

using nlohmann::json;

json set_of(const std::vector<std::string>& names) {
  json object = json::object();
  for (const std::string& name : names) object[name] = json::object();
  return object;
}

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> names;
  if (object.is_object()) {
    for (const auto& item : object.items()) names.push_back(item.key());
  }
  return names;
}

template <class T>
void read(const json& object, const char* name, T& value) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return;
  try {
    found->get_to(value);
  } catch (const json::exception&) {
    // The parser quotes what it could not read in full, however long it is.
    throw Error(ErrorKind::invalid, std::string{"not an image configuration: "} + name +
                                        " has a value of the wrong kind (" + found->type_name() +
                                        (found->is_array() || found->is_object() ? ", or an item in it)" : ")"));
  }
}

// What could not be read is quoted in full by the parser, however long it is.
[[noreturn]] void refuse(const json::exception& why) {
  constexpr std::size_t kReasonBytesMax = 300;
  throw Error(ErrorKind::invalid,
              "not an image configuration: " + std::string{json_reason(why).substr(0, kReasonBytesMax)});
}

json healthcheck_json(const model::Healthcheck& check) {
  json out{{"Test", check.test}};
  if (check.interval) out["Interval"] = check.interval->count();
  if (check.timeout) out["Timeout"] = check.timeout->count();
  if (check.start_period) out["StartPeriod"] = check.start_period->count();
  if (check.start_interval) out["StartInterval"] = check.start_interval->count();
  if (check.retries) out["Retries"] = *check.retries;
  return out;
}

model::Healthcheck read_healthcheck(const json& in) {
  model::Healthcheck check;
  read(in, "Test", check.test);
  const auto duration = [&](const char* name) -> std::optional<Nanos> {
    std::int64_t ns = 0;
    read(in, name, ns);
    return ns > 0 ? std::optional{Nanos{ns}} : std::nullopt;
  };
  check.interval = duration("Interval");
  check.timeout = duration("Timeout");
  check.start_period = duration("StartPeriod");
  check.start_interval = duration("StartInterval");
  int retries = 0;
  read(in, "Retries", retries);
  if (retries > 0) check.retries = retries;
  return check;
}

}  // namespace

std::string rfc3339(Wall time) {
  const auto ns = time.time_since_epoch().count();
  const std::time_t seconds = ns / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09ldZ", static_cast<long>(ns % 1'000'000'000));
  return std::string{text.data(), length} + fraction.data();
}

Wall parse_rfc3339(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return {};
  std::int64_t fraction = 0, scale = 100'000'000;
  if (*rest == '.') {
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) fraction += (*rest - '0') * scale;
  }
  std::int64_t offset = 0;
  if ((*rest == '+' || *rest == '-') && std::strlen(rest) >= 6) {
    offset = ((rest[1] - '0') * 10 + (rest[2] - '0')) * 3600 + ((rest[4] - '0') * 10 + (rest[5] - '0')) * 60;
    if (*rest == '-') offset = -offset;
  }
  return Wall{std::chrono::seconds{::timegm(&parts) - offset} + Nanos{fraction}};
}

std::string write_config_blob(const model::Image& image) {
  const model::ImageConfig& c = image.config;
  json config = json::object();
  if (!c.entrypoint.empty()) config["Entrypoint"] = c.entrypoint;
  if (!c.command.empty()) config["Cmd"] = c.command;
  if (!c.env.empty()) config["Env"] = c.env;
  if (!c.user.empty()) config["User"] = c.user;
  if (!c.working_dir.empty()) config["WorkingDir"] = c.working_dir;
  if (!c.stop_signal.empty()) config["StopSignal"] = c.stop_signal;
  if (!c.labels.empty()) config["Labels"] = c.labels;
  if (!c.exposed_ports.empty()) config["ExposedPorts"] = set_of(c.exposed_ports);
  if (!c.volumes.empty()) config["Volumes"] = set_of(c.volumes);
  if (!c.shell.empty()) config["Shell"] = c.shell;
  if (c.args_escaped) config["ArgsEscaped"] = true;
  if (!c.on_build.empty()) config["OnBuild"] = c.on_build;
  if (c.healthcheck) config["Healthcheck"] = healthcheck_json(*c.healthcheck);
  json blob{{"architecture", image.architecture},
            {"os", image.os},
            {"created", rfc3339(image.created)},
            {"author", image.author},
            {"comment", image.comment},
            {"config", config},
            {"rootfs", {{"type", "layers"}, {"diff_ids", image.layers}}},
            {"history", json::array({{{"created", rfc3339(image.created)}, {"comment", image.comment}}})}};
  if (!image.variant.empty()) blob["variant"] = image.variant;
  return blob.dump(-1, ' ', false, json::error_handler_t::replace);
}

model::Image read_config_blob(std::string_view text) {
  if (nests_deeper(text)) throw Error(ErrorKind::invalid, "not an image configuration: it nests too deep");
  try {
    const json blob = json::parse(text);
    if (!blob.is_object()) throw Error(ErrorKind::invalid, "not an image configuration: an object is expected");
    model::Image image;
    read(blob, "architecture", image.architecture);
    read(blob, "os", image.os);
    read(blob, "variant", image.variant);
    read(blob, "author", image.author);
    read(blob, "comment", image.comment);
    std::string created;
    read(blob, "created", created);
    image.created = parse_rfc3339(created);
    if (const auto rootfs = blob.find("rootfs"); rootfs != blob.end()) read(*rootfs, "diff_ids", image.layers);
    const auto config = blob.find("config");
    if (config != blob.end() && !config->is_null()) {
      if (!config->is_object()) throw Error(ErrorKind::invalid, "not an image configuration: config is not an object");
      model::ImageConfig& c = image.config;
      read(*config, "Entrypoint", c.entrypoint);
      read(*config, "Cmd", c.command);
      read(*config, "Env", c.env);
      read(*config, "User", c.user);
      read(*config, "WorkingDir", c.working_dir);
      read(*config, "StopSignal", c.stop_signal);
      read(*config, "Labels", c.labels);
      read(*config, "Shell", c.shell);
      read(*config, "ArgsEscaped", c.args_escaped);
      read(*config, "OnBuild", c.on_build);
      if (const auto ports = config->find("ExposedPorts"); ports != config->end()) c.exposed_ports = keys_of(*ports);
      if (const auto volumes = config->find("Volumes"); volumes != config->end()) c.volumes = keys_of(*volumes);
      if (const auto check = config->find("Healthcheck"); check != config->end() && check->is_object()) {
        c.healthcheck = read_healthcheck(*check);
      }
    }
    return image;
  } catch (const json::exception& e) {
    refuse(e);
  }
}

std::vector<HistoryStep> read_history(std::string_view config_blob) {
  if (nests_deeper(config_blob)) throw Error(ErrorKind::invalid, "not an image configuration: it nests too deep");
  try {
    std::vector<HistoryStep> steps;
    const json blob = json::parse(config_blob);
    const auto history = blob.find("history");
    if (history == blob.end() || !history->is_array()) return steps;
    for (const json& item : *history) {
      HistoryStep& step = steps.emplace_back();
      std::string created;
      read(item, "created", created);
      step.created = parse_rfc3339(created);
      read(item, "created_by", step.created_by);
      read(item, "comment", step.comment);
      read(item, "author", step.author);
      read(item, "empty_layer", step.empty_layer);
    }
    return steps;
  } catch (const json::exception& e) {
    refuse(e);
  }
}

}  // namespace stack::image
