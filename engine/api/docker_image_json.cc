#include "engine/api/docker_image_json.h"

#include <algorithm>

#include <fnmatch.h>

#include "base/base64.h"
#include "engine/api/codec_json.h"
#include "engine/api/filters.h"
#include "engine/api/json_text.h"

namespace stack::api {
namespace {

using nlohmann::json;

json list_or_null(const std::vector<std::string>& list) { return list.empty() ? json(nullptr) : json(list); }

json labels_or_null(const model::Labels& labels) { return labels.empty() ? json(nullptr) : json(labels); }

std::int64_t seconds_of(Wall time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

json set_or_null(const std::vector<std::string>& names) {
  if (names.empty()) return nullptr;
  json value = json::object();
  for (const std::string& name : names) value[name] = json::object();
  return value;
}

json config_value(const model::ImageConfig& config) {
  json value{{"Cmd", list_or_null(config.command)},      {"Entrypoint", list_or_null(config.entrypoint)},
             {"Env", list_or_null(config.env)},          {"Labels", labels_or_null(config.labels)},
             {"OnBuild", list_or_null(config.on_build)}, {"User", config.user},
             {"Volumes", set_or_null(config.volumes)},   {"WorkingDir", config.working_dir}};
  if (!config.exposed_ports.empty()) value["ExposedPorts"] = set_or_null(config.exposed_ports);
  if (!config.stop_signal.empty()) value["StopSignal"] = config.stop_signal;
  if (!config.shell.empty()) value["Shell"] = config.shell;
  if (config.args_escaped) value["ArgsEscaped"] = true;
  if (!config.healthcheck) return value;
  json check{{"Test", config.healthcheck->test}};
  const auto time = [&](const char* name, const std::optional<Nanos>& nanos) {
    if (nanos) check[name] = nanos->count();
  };
  time("Interval", config.healthcheck->interval);
  time("Timeout", config.healthcheck->timeout);
  time("StartPeriod", config.healthcheck->start_period);
  time("StartInterval", config.healthcheck->start_interval);
  if (config.healthcheck->retries) check["Retries"] = *config.healthcheck->retries;
  value["Healthcheck"] = check;
  return value;
}

json folders_of(const std::vector<std::string>& layers) {
  json folders = json::object();
  if (layers.empty()) return folders;
  std::string lower;
  for (std::size_t i = 1; i < layers.size(); ++i) lower += (i == 1 ? "" : ":") + layers[i];
  if (!lower.empty()) folders["LowerDir"] = lower;
  folders["UpperDir"] = layers.front();
  return folders;
}

json removed_lines(const ImageRemoval& removal) {
  json lines = json::array();
  for (const std::string& name : removal.untagged) lines.push_back({{"Untagged", name}});
  for (const std::string& id : removal.deleted) lines.push_back({{"Deleted", id}});
  return lines;
}

bool matches_reference(const std::string& pattern, const std::string& reference) {
  const std::string repository = reference.substr(0, reference.rfind(':'));
  return ::fnmatch(pattern.c_str(), reference.c_str(), FNM_PATHNAME) == 0 ||
         ::fnmatch(pattern.c_str(), repository.c_str(), FNM_PATHNAME) == 0;
}

Wall created_of(const std::vector<model::Image>& images, const std::string& name) {
  for (const model::Image& image : images) {
    const auto& names = image.references;
    if (image.id == name || image.id.starts_with("sha256:" + name) ||
        std::any_of(names.begin(), names.end(),
                    [&](const std::string& each) { return each == name || each == name + ":latest"; }))
      return image.created;
  }
  const bool plain = name.find_first_of(":@", name.rfind('/') + 1) == std::string::npos;
  throw Error(ErrorKind::not_found, "No such image: " + name + (plain ? ":latest" : ""));
}

}  // namespace

std::string docker_images_json(const std::vector<model::Image>& images, const std::map<std::string, int>& containers,
                               bool virtual_size) {
  json list = json::array();
  for (const model::Image& image : images) {
    const auto users = containers.find(image.id);
    list.push_back({{"Id", image.id},
                    {"ParentId", image.parent},
                    {"RepoTags", image.references},
                    {"RepoDigests", image.repo_digests},
                    {"Created", seconds_of(image.created)},
                    {"Size", image.size_bytes},
                    {"SharedSize", -1},
                    {"Containers", users == containers.end() ? 0 : users->second},
                    {"Labels", labels_or_null(image.config.labels)}});
    if (virtual_size) list.back()["VirtualSize"] = image.size_bytes;
  }
  return text_of(list);
}

std::string docker_image_json(const ImageDetails& details, bool virtual_size) {
  using Ordered = nlohmann::ordered_json;
  const model::Image& image = details.image;
  // As dockerd: an image without one has that of its last step.
  const std::string& comment =
      image.comment.empty() && !details.history.empty() ? details.history.front().comment : image.comment;
  Ordered value{{"Id", image.id},         {"RepoTags", image.references}, {"RepoDigests", image.repo_digests},
                {"Parent", image.parent}, {"Comment", comment},           {"Created", rfc3339_nanos(image.created)},
                {"DockerVersion", ""},    {"Author", image.author},       {"Architecture", image.architecture}};
  if (!image.variant.empty()) value["Variant"] = image.variant;
  value["Os"] = image.os;
  value["Size"] = image.size_bytes;
  if (virtual_size) value["VirtualSize"] = image.size_bytes;
  value["GraphDriver"] = Ordered{{"Data", folders_of(details.layers)}, {"Name", "overlay2"}};
  value["RootFS"] = Ordered{{"Type", "layers"}, {"Layers", image.layers}};
  value["Metadata"] = {{"LastTagTime", image.tagged == Wall{} ? "0001-01-01T00:00:00Z" : rfc3339_nanos(image.tagged)}};
  value["Config"] = config_value(image.config);
  return value.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

std::string docker_history_json(const ImageDetails& details) {
  json list = json::array();
  for (const ImageStep& step : details.history) {
    const bool newest = list.empty();
    list.push_back({{"Id", newest ? details.image.id : "<missing>"},
                    {"Created", seconds_of(step.created)},
                    {"CreatedBy", step.created_by},
                    {"Tags", newest ? list_or_null(details.image.references) : json(nullptr)},
                    {"Size", step.size_bytes},
                    {"Comment", step.comment}});
  }
  return text_of(list);
}

std::string docker_removal_json(const ImageRemoval& removal) { return text_of(removed_lines(removal)); }

std::string docker_prune_json(const ImageRemoval& removal) {
  const json lines = removed_lines(removal);
  return text_of({{"ImagesDeleted", lines.empty() ? json(nullptr) : lines}, {"SpaceReclaimed", removal.freed_bytes}});
}

std::string docker_stream_line(std::string_view text) { return text_of({{"stream", text}}) + "\r\n"; }
std::string docker_status_line(std::string_view text) { return text_of({{"status", text}}) + "\r\n"; }

std::string docker_failure_line(const Error& error) {
  JsonText to;
  to.object([&] {
    to.object("errorDetail", [&] { to.member("message", error.message()); });
    to.member("error", error.message());
  });
  return to.take() + "\r\n";
}

std::vector<model::Image> filter_images(std::vector<model::Image> images, std::string_view filters, Wall now) {
  const Filters given = Filters::parse(filters, {"before", "dangling", "label", "reference", "since", "until"});
  std::optional<Wall> before, after;
  for (const std::string& name : given.get("before")) before = created_of(images, name);
  for (const std::string& name : given.get("since")) after = created_of(images, name);
  for (const std::string& time : given.get("until")) {
    const Wall moment = parse_moment(time, now);
    before = before ? std::min(*before, moment) : moment;
  }
  const std::optional<bool> dangling = given.truth("dangling");
  const std::vector<std::string>& patterns = given.get("reference");
  std::erase_if(images, [&](model::Image& image) {
    if ((dangling && *dangling != image.references.empty()) || (before && image.created >= *before) ||
        (after && image.created <= *after) || !has_labels(image.config.labels, given.get("label")))
      return true;
    if (patterns.empty()) return false;
    std::erase_if(image.references, [&](const std::string& reference) {
      return std::none_of(patterns.begin(), patterns.end(),
                          [&](const std::string& pattern) { return matches_reference(pattern, reference); });
    });
    return image.references.empty();
  });
  return images;
}

ImageFilter parse_image_prune_filter(std::string_view filters, Wall now) {
  const Filters given = Filters::parse(filters, {"dangling", "label", "label!", "until"});
  ImageFilter filter;
  filter.all = !given.truth("dangling").value_or(true);
  filter.labels = given.get("label");
  filter.not_labels = given.get("label!");
  for (const std::string& time : given.get("until")) filter.until = parse_moment(time, now);
  return filter;
}

std::string parse_image_platform(std::string_view text) {
  if (text.empty()) return "";
  json value;
  try {
    value = json::parse(text);
  } catch (const json::parse_error& error) {
    throw Error(ErrorKind::invalid, "failed to parse platform: " + std::string{json_reason(error)});
  }
  const auto os = member_of<std::string>(value, "os"), architecture = member_of<std::string>(value, "architecture");
  if (os.empty() || architecture.empty()) throw Error(ErrorKind::invalid, "both OS and Architecture must be provided");
  const auto variant = member_of<std::string>(value, "variant");
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

model::Credentials parse_registry_auth(std::string_view header) {
  if (header.empty()) return {};
  const auto decoded = decode_base64(header);
  if (!decoded) throw Error(ErrorKind::invalid, "X-Registry-Auth is not base64");
  return reading("X-Registry-Auth", [&] {
    const json value = object_of(*decoded, "X-Registry-Auth");
    return model::Credentials{.user = member_of<std::string>(value, "username"),
                              .password = member_of<std::string>(value, "password"),
                              .identity_token = member_of<std::string>(value, "identitytoken"),
                              .registry_token = member_of<std::string>(value, "registrytoken")};
  });
}

}  // namespace stack::api
