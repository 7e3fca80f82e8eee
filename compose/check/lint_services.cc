#include <algorithm>
#include <array>

#include "compose/check/lint_rules.h"
#include "compose/model/own_keys.h"

namespace stack::compose {
namespace {

struct KnownPort {
  std::uint16_t port;
  const char* of;
};
constexpr KnownPort kDatabases[] = {
    {1433, "SQL Server"}, {1521, "Oracle"},        {2379, "etcd"},       {3306, "MySQL"},        {5432, "PostgreSQL"},
    {5984, "CouchDB"},    {6379, "Redis"},         {7687, "Neo4j"},      {8086, "InfluxDB"},     {8123, "ClickHouse"},
    {9042, "Cassandra"},  {9200, "Elasticsearch"}, {11211, "memcached"}, {26257, "CockroachDB"}, {27017, "MongoDB"}};

bool everywhere(const std::string& host_ip) { return host_ip.empty() || host_ip == "0.0.0.0" || host_ip == "::"; }

bool checked(const Service& service) {
  const auto& check = service.healthcheck;
  return check && !check->disable && !check->test.empty() && check->test.front() != "NONE";
}
bool unchecked(const Service& service) {
  const auto& check = service.healthcheck;
  return check && (check->disable || (!check->test.empty() && check->test.front() == "NONE"));
}

bool restarts_always(const Service& service) {
  if (service.deploy && service.deploy->restart_policy) {
    const auto& condition = service.deploy->restart_policy->condition;
    return condition.empty() || condition == "any";
  }
  return service.restart == "always" || service.restart == "unless-stopped";
}

std::string at(const char* list, std::size_t index) { return std::string{list} + "[" + std::to_string(index) + "]"; }

class ServiceLint {
 public:
  ServiceLint(const Project& project, const Service& service, const LintWorld& world, LintReport& report)
      : project_(project), service_(service), world_(world), report_(report) {}

  void run() {
    ports();
    mounts();
    dependencies();
    if (!service_.container_name.empty()) {
      report_.add("fixed_container_name", "a second copy of the project cannot run beside the first",
                  "remove container_name; services reach each other by their names", service_, "container_name");
    }
  }

 private:
  void ports() {
    const auto& mode = service_.network_mode;
    if (!service_.ports.empty() && !mode.empty() && mode != "bridge" && mode != "default") {
      report_.add("ports_unused", "with network_mode: " + mode + " no port is published",
                  "remove ports, or network_mode", service_, "ports");
      return;
    }
    for (std::size_t i = 0; i < service_.ports.size(); ++i) {
      const auto& port = service_.ports[i];
      const auto known = std::ranges::find(kDatabases, port.target, &KnownPort::port);
      if (known == std::end(kDatabases) || !everywhere(port.host_ip)) continue;
      const std::string mapping = (port.published.empty() ? "" : port.published + ":") + std::to_string(port.target);
      report_.add(
          "database_port_public",
          std::string{"the port of "} + known->of + " is published on every address of the host",
          "services of the project reach it without; for programs of the host write \"127.0.0.1:" + mapping + "\"",
          service_, at("ports", i));
    }
  }

  void engine_socket(const std::string& attribute) {
    report_.add("engine_socket_mounted", "any process in this container can control the whole machine",
                "give it only where that is meant", service_, attribute);
  }

  void mounts() {
    const bool whole = socket_scope(service_).empty();  // else a part of the API, which reaches no other project
    if (service_.use_api_socket && whole) engine_socket("use_api_socket");
    for (std::size_t i = 0; i < service_.volumes.size(); ++i) {
      const auto& mount = service_.volumes[i];
      if (mount.type != "bind") continue;
      const bool socket = mount.source.ends_with("/docker.sock") || mount.source.ends_with("/stackd.sock");
      if (socket) {
        if (whole) engine_socket(at("volumes", i));
      } else if (world_.exists && mount.source.starts_with('/') && !world_.exists(mount.source)) {
        const bool made = !mount.bind || mount.bind->create_host_path;
        report_.add("bind_source_missing",
                    "there is no " + mount.source + (made ? "; an empty folder would be made there" : ""),
                    "create it, or correct the path", service_, at("volumes", i));
      }
    }
  }

  void dependencies() {
    for (const auto& [name, dependency] : service_.depends_on) {
      const Service* const target = find(name);
      if (target == nullptr || !service_.places.contains("depends_on")) continue;
      const std::string attribute = "depends_on." + name;
      if (dependency.condition == DependencyCondition::healthy && !checked(*target)) {
        unhealthy(*target, attribute);
      } else if (dependency.condition == DependencyCondition::started && checked(*target)) {
        report_.add("started_not_healthy", name + " has a healthcheck, but this starts without waiting for it",
                    "write condition: service_healthy", service_, attribute);
      } else if (dependency.condition == DependencyCondition::completed && restarts_always(*target)) {
        report_
            .add("restarting_job", name + " is started again whenever it ends, so it is never complete",
                 "remove restart from " + name, service_, attribute)
            .related.push_back({target->place_of("restart"), "it says so here"});
      }
    }
  }

  void unhealthy(const Service& target, const std::string& attribute) {
    const auto& name = target.name;
    const auto of_image =
        world_.has_healthcheck && !target.image.empty() ? world_.has_healthcheck(target.image) : std::nullopt;
    std::string message = name + " has no healthcheck in this file; this needs one in its image";
    if (unchecked(target)) {
      message = "the healthcheck of " + name + " is switched off, so this waits in vain";
    } else if (of_image) {
      if (*of_image) return;
      message = "neither " + name + " nor its image has a healthcheck, so this waits in vain";
    }
    report_.add("unhealthy_dependency", std::move(message), "give " + name + " a healthcheck", service_, attribute);
  }

  [[nodiscard]] const Service* find(const std::string& name) const {
    for (const auto* services : {&project_.services, &project_.disabled}) {
      if (const auto found = services->find(name); found != services->end()) return &found->second;
    }
    return nullptr;
  }

  const Project& project_;
  const Service& service_;
  const LintWorld& world_;
  LintReport& report_;
};

// Services that run together cannot have the same port of the host.
void port_conflicts(const Project& project, LintReport& report) {
  struct Taken {
    const Service* service;
    std::size_t index;
  };
  std::map<std::string, std::vector<Taken>> all;
  for (const auto& [name, service] : project.services) {
    for (std::size_t i = 0; i < service.ports.size(); ++i) {
      const auto& port = service.ports[i];
      if (port.published.empty() || port.published.find('-') != std::string::npos) continue;
      auto& taken = all[port.published + "/" + port.protocol];
      for (const auto& other : taken) {
        const auto& theirs = other.service->ports[other.index];
        if (theirs.host_ip != port.host_ip && !everywhere(theirs.host_ip) && !everywhere(port.host_ip)) continue;
        report
            .add("port_conflict", "the port " + port.published + " of the host is published twice",
                 "publish one of them on another port", service, at("ports", i))
            .related.push_back({other.service->place_of(at("ports", other.index)), "also here"});
        break;
      }
      taken.push_back({&service, i});
    }
  }
}

}  // namespace

void lint_services(const Project& project, const LintWorld& world, LintReport& report) {
  each_service(project, [&](const Service& service) { ServiceLint{project, service, world, report}.run(); });
  port_conflicts(project, report);
}

}  // namespace stack::compose
