#include "base/model/effective_config.h"

#include <filesystem>
#include <functional>
#include <set>
#include <string_view>

#include "base/model/model_words.h"

namespace stack::model {
namespace {

using Words = std::vector<std::string>;

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

void add_missing(Words& to, const Words& from) {
  std::set<std::string> known(to.begin(), to.end());
  for (const std::string& each : from) {
    if (known.insert(each).second) to.push_back(each);
  }
}

void or_else(std::string& own, const std::string& other) {
  if (own.empty()) own = other;
}

Words environment_of(const ContainerSpec& spec, const Words& image) {
  Words env;
  for (const auto& [name, value] : ordered_environment(spec)) {
    env.push_back(value ? name + "=" + *value : name);
  }
  for (const std::string& variable : image) {
    if (!spec.environment.contains(std::string{name_of(variable)})) env.push_back(variable);
  }
  return env;
}

// "/a//b/" is /a/b.
std::string cleaned(const std::string& path) {
  std::string clean = std::filesystem::path{path}.lexically_normal().string();
  if (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

}  // namespace

std::vector<std::pair<std::string, std::optional<std::string>>> ordered_environment(const ContainerSpec& spec) {
  std::vector<std::pair<std::string, std::optional<std::string>>> ordered;
  std::set<std::string> taken;
  const auto take = [&](const std::string& name) {
    const auto found = spec.environment.find(name);
    if (found != spec.environment.end() && taken.insert(name).second) ordered.emplace_back(*found);
  };
  for (const std::string& name : spec.environment_order) take(name);
  for (const auto& [name, value] : spec.environment) take(name);
  return ordered;
}

Healthcheck merged_healthcheck(const std::optional<Healthcheck>& container, const std::optional<Healthcheck>& image) {
  Healthcheck out = image.value_or(Healthcheck{});
  if (!container) return out;
  const auto take = [](auto& value, const auto& own) {
    if (own && *own > std::decay_t<decltype(*own)>{}) value = own;
  };
  if (!container->test.empty()) out.test = container->test;
  take(out.interval, container->interval);
  take(out.timeout, container->timeout);
  take(out.start_period, container->start_period);
  take(out.start_interval, container->start_interval);
  take(out.retries, container->retries);
  return out;
}

ImageConfig config_of(const Container& container, const ImageConfig& image) {
  const ContainerSpec& spec = container.spec;
  ImageConfig config = image;
  config.on_build.clear();
  if (spec.entrypoint) {
    config.entrypoint = *spec.entrypoint;
    config.command.clear();
  }
  if (spec.command && !(spec.command->empty() && !spec.entrypoint)) config.command = *spec.command;
  config.env = environment_of(spec, image.env);
  if (!spec.user.empty()) config.user = spec.user;
  if (!spec.working_dir.empty()) config.working_dir = spec.working_dir;
  config.working_dir = cleaned(config.working_dir);
  if (!spec.stop_signal.empty()) config.stop_signal = spec.stop_signal;
  for (const auto& [name, value] : spec.labels) config.labels[name] = value;
  add_missing(config.exposed_ports, spec.expose);
  for (const PublishedPort& port : spec.ports)
    add_missing(config.exposed_ports,
                {std::to_string(port.container_port) + "/" + std::string{to_word(port.protocol)}});
  if (spec.healthcheck) config.healthcheck = merged_healthcheck(spec.healthcheck, image.healthcheck);
  return config;
}

ImageConfig merged_config(ImageConfig config, const ImageConfig& container) {
  or_else(config.user, container.user);
  or_else(config.working_dir, container.working_dir);
  or_else(config.stop_signal, container.stop_signal);
  if (config.entrypoint.empty()) {
    if (config.command.empty()) config.command = container.command;
    config.entrypoint = container.entrypoint;
  }
  std::set<std::string, std::less<>> names;
  for (const std::string& variable : config.env) names.emplace(name_of(variable));
  for (const std::string& variable : container.env) {
    if (!names.contains(name_of(variable))) config.env.push_back(variable);
  }
  config.labels.insert(container.labels.begin(), container.labels.end());
  add_missing(config.exposed_ports, container.exposed_ports);
  add_missing(config.volumes, container.volumes);
  if (!config.healthcheck) config.healthcheck = container.healthcheck;
  if (config.shell.empty()) config.shell = container.shell;
  return config;
}

}  // namespace stack::model
