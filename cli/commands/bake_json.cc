#include <nlohmann/json.hpp>

#include "cli/commands/service_builds.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

std::string text_of(const model::BuildSource& source) {
  struct Text {
    std::string operator()(const model::BuildFolder& it) const { return it.path; }
    std::string operator()(const model::BuildArchive&) const { return "-"; }
    std::string operator()(const model::BuildGit& it) const { return it.url; }
    std::string operator()(const model::BuildUrl& it) const { return it.url; }
    std::string operator()(const model::BuildImage& it) const { return "docker-image://" + it.reference; }
    std::string operator()(const model::BuildStage& it) const { return "docker-image://" + it.image_id; }
  };
  return std::visit(Text{}, source);
}

// Secrets and their content are not printed.
json target_of(const model::BuildSpec& spec) {
  json target{{"context", text_of(spec.context)}};
  const auto put = [&](const char* name, const auto& value) {
    if (!value.empty()) target[name] = value;
  };
  for (const auto& [name, source] : spec.named_contexts) target["contexts"][name] = text_of(source);
  if (spec.dockerfile_text) {
    target["dockerfile-inline"] = *spec.dockerfile_text;
  } else {
    target["dockerfile"] = spec.dockerfile;
  }
  put("args", spec.args);
  put("labels", spec.labels);
  put("tags", spec.tags);
  for (const model::CachePlace& from : spec.cache_from) target["cache-from"].push_back(model::cache_source_text(from));
  for (const model::CacheExport& to : spec.cache_to) target["cache-to"].push_back(model::cache_target_text(to));
  put("target", spec.target);
  for (const model::BuildSecret& secret : spec.secrets) target["secret"].push_back("id=" + secret.id);
  for (const model::BuildSsh& ssh : spec.ssh) target["ssh"].push_back(ssh.id);
  put("platforms", spec.platforms);
  if (spec.no_cache) target["no-cache"] = true;
  if (spec.pull) target["pull"] = true;
  put("no-cache-filter", spec.no_cache_stages);
  put("network", spec.network);
  put("entitlements", spec.entitlements);
  if (spec.shm_size > 0) target["shm-size"] = std::to_string(spec.shm_size);
  for (const auto& [name, limit] : spec.ulimits)
    target["ulimits"].push_back(name + "=" + std::to_string(limit.soft) + ":" + std::to_string(limit.hard));
  for (const std::string& host : spec.extra_hosts) {
    const std::size_t equals = host.find('=');
    target["extra-hosts"][host.substr(0, equals)] = host.substr(equals + 1);
  }
  target["output"] = {"type=docker"};
  return target;
}

}  // namespace

std::string bake_json(const std::vector<model::ProjectBuild>& builds) {
  json targets = json::object(), names = json::array();
  for (const model::ProjectBuild& build : builds) {
    names.push_back(build.services.front());
    targets[build.services.front()] = target_of(build.spec);
  }
  return json{{"group", {{"default", {{"targets", names}}}}}, {"target", targets}}.dump(
             2, ' ', false, json::error_handler_t::replace) +
         "\n";
}

}  // namespace stack::cli
