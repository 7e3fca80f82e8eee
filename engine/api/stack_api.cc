#include "engine/api/stack_api.h"

#include <algorithm>
#include <charconv>

#include "engine/api/answering.h"
#include "engine/api/archive_api.h"
#include "engine/api/build_api.h"
#include "engine/api/connect_api.h"
#include "engine/api/container_api.h"
#include "engine/api/container_command_api.h"
#include "engine/api/container_logs.h"
#include "engine/api/disk_api.h"
#include "engine/api/docker_image_api.h"
#include "engine/api/event_api.h"
#include "engine/api/exec_api.h"
#include "engine/api/exec_frame.h"
#include "engine/api/image_api.h"
#include "engine/api/missing_routes.h"
#include "engine/api/network_api.h"
#include "engine/api/registry_api.h"
#include "engine/api/report_json.h"
#include "engine/api/revision_json.h"
#include "engine/api/stack_json.h"
#include "engine/api/stats_api.h"
#include "engine/api/system_api.h"
#include "engine/api/volume_api.h"
#include "engine/api/wire_version.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// Answers with the reports as they come: one JSON object a line. A client that leaves cancels.
void run_project(ProjectBackend& backend, Verb verb, const Ex& exchange) {
  check_client_version(exchange->request.header(kWireHeader));
  ProjectRequest request =
      parse_project_request(verb, exchange->request.parameters.at("project"), exchange->request.body);
  request.client_pid = exchange->request.client_pid;
  request.client_uid = exchange->request.client_uid;
  exchange->open_stream("application/x-ndjson");
  const auto cancel = std::make_shared<std::function<void()>>();
  exchange->on_gone([cancel] {
    if (*cancel) (*cancel)();
  });
  *cancel = backend.run(std::move(request), [exchange, cancel](const Report& report) {
    exchange->write(report_line(report));
    if (!is_last(report)) return;
    *cancel = {};
    exchange->finish();
  });
}

std::optional<std::uint64_t> parse_tail(const std::string& text) {
  if (text.empty() || text == "all" || text == "-1") return std::nullopt;
  std::uint64_t lines = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lines);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorKind::invalid, "tail must be a number of lines or all, not \"" + text + "\"");
  }
  return lines;
}

std::int64_t parse_revision_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1)
    throw Error(ErrorKind::invalid, "a revision is a number from 1 on, not \"" + text + "\"");
  return number;
}

// Which replica of a service is meant, 0: the first.
int replica_of(const Request& in) { return static_cast<int>(parse_tail(in.get("replica", "0")).value_or(0)); }

// Leaves the one replica that is meant, or nothing.
void keep_replica(std::vector<model::Container>& containers, const std::string& service, int replica) {
  std::erase_if(containers, [&](const model::Container& each) {
    return each.spec.service != service || each.spec.one_off || (replica != 0 && each.spec.replica != replica);
  });
  const auto first = std::min_element(containers.begin(), containers.end(),
                                      [](const auto& a, const auto& b) { return a.spec.replica < b.spec.replica; });
  if (first != containers.end()) containers = {std::move(*first)};
}

std::optional<Wall> parse_time(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::int64_t ns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ns);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorKind::invalid, "a time must be nanoseconds since 1970, not \"" + text + "\"");
  }
  return Wall{Nanos{ns}};
}

void logs(LogBackend& backend, const Ex& exchange) {
  const Request& in = exchange->request;
  LogRequest request{.project = in.parameters.at("project"), .services = in.get_all("service")};
  request.index = static_cast<int>(parse_tail(in.get("index", "0")).value_or(0));
  request.follow = in.flag("follow");
  request.details = in.flag("details");
  request.lifecycle = in.flag("lifecycle");
  request.decisive = in.get_all("decisive");
  request.tail = parse_tail(in.get("tail"));
  request.since = parse_time(in.get("since_ns"));
  request.until = parse_time(in.get("until_ns"));
  exchange->open_stream("application/vnd.stack.logs");
  backend.logs(std::move(request), exchange);
}

void exec(ContainerBackend& backend, const Ex& exchange) {
  ExecRequest request = parse_exec_request(exchange->request.body);
  request.container = exchange->request.parameters.at("container");
  const auto process = std::make_shared<std::shared_ptr<ExecProcess>>();
  const auto reader = std::make_shared<ExecFrameReader>();
  const auto on_frame = [process](ExecFrame kind, std::string_view payload) {
    if (!*process) return;
    if (kind == ExecFrame::in) (*process)->input(payload);
    if (kind == ExecFrame::in_end) (*process)->end_input();
    if (kind == ExecFrame::detach) process->reset();
    if (kind == ExecFrame::resize && payload.size() == 4) {
      std::uint16_t rows = 0, columns = 0;
      std::memcpy(&rows, payload.data(), 2);
      std::memcpy(&columns, payload.data() + 2, 2);
      (*process)->resize(rows, columns);
    }
  };
  ExecEvents events;
  events.on_output = [exchange](int stream, std::string bytes) {
    exchange->write(exec_frame(stream == 2 ? ExecFrame::err : ExecFrame::out, bytes));
  };
  events.on_exit = [exchange, process](int code) {
    const auto value = static_cast<std::int32_t>(code);
    exchange->write(exec_frame(ExecFrame::exit, {reinterpret_cast<const char*>(&value), sizeof value}));
    exchange->finish();
    process->reset();
  };
  events.congested = [exchange] { return exchange->queued() > ByteStream::kQueuedMax; };
  events.want_input = [exchange](bool wanted) { exchange->read_more(wanted); };
  backend.exec(std::move(request), std::move(events), [exchange, process, reader, on_frame](auto answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
    *process = std::get<std::shared_ptr<ExecProcess>>(std::move(answer));
    const auto output_taken = [process] {
      if (*process) (*process)->output_taken();
    };
    exchange->on_drained(output_taken);
    exchange->on_gone(output_taken);
    exchange->upgrade("stack-exec", {.on_bytes =
                                         [reader, on_frame, exchange](std::string_view bytes) {
                                           try {
                                             reader->feed(bytes, on_frame);
                                           } catch (const Error& error) {
                                             exchange->write(exec_frame(ExecFrame::failure, error_json(error)));
                                             exchange->finish();
                                           }
                                         },
                                     .on_end =
                                         [process] {
                                           if (*process) (*process)->end_input();
                                         }});
  });
}

}  // namespace

void add_stack_routes(Routes& routes, Backends backends) {
  const auto project_verb = [&](const std::string& name, Verb verb) {
    routes.add("POST", "/stack/v1/projects/{project}/" + name, Body::text,
               [&projects = backends.projects, verb](const Ex& exchange) { run_project(projects, verb, exchange); });
  };
  for (const auto& [verb, word] : words_of(Verb{})) project_verb(std::string{word}, verb);
  routes.add("GET", "/stack/v1/projects", Body::none, [&projects = backends.projects](const Ex& exchange) {
    exchange->reply(200, names_json(projects.projects()));
  });
  routes.add("GET", "/stack/v1/projects/{project}/containers", Body::none,
             [&projects = backends.projects](const Ex& exchange) {
               const Request& in = exchange->request;
               std::vector<model::Container> found = projects.containers(in.parameters.at("project"), in.flag("all"));
               if (const std::string service = in.get("service"); !service.empty())
                 keep_replica(found, service, replica_of(in));
               exchange->reply(200, containers_json(found));
             });
  routes.add("GET", "/stack/v1/projects/{project}/revisions", Body::none,
             [&projects = backends.projects](const Ex& exchange) {
               projects.revisions(exchange->request.parameters.at("project"),
                                  replying<std::vector<Revision>>(exchange, revisions_json));
             });
  routes.add("GET", "/stack/v1/projects/{project}/revisions/{number}", Body::none,
             [&projects = backends.projects](const Ex& exchange) {
               const auto& parameters = exchange->request.parameters;
               projects.revision(parameters.at("project"), parse_revision_number(parameters.at("number")),
                                 replying<Revision>(exchange, revision_json));
             });
  routes.add("GET", "/stack/v1/projects/{project}/logs", Body::none,
             [&backend = backends.logs](const Ex& exchange) { logs(backend, exchange); });
  routes.add("POST", "/stack/v1/containers/{container}/exec", Body::text,
             [&containers = backends.containers](const Ex& exchange) { exec(containers, exchange); });
  add_image_routes(routes, backends.images);
  add_docker_image_routes(routes, backends.images, backends.clock);
  add_registry_routes(routes, backends.registries, backends.images);
  add_container_routes(routes, backends.container_query, backends.container_disk, backends.processes, backends.clock);
  add_disk_routes(
      routes, {backends.images, backends.volumes, backends.builds, backends.container_query, backends.container_disk},
      backends.clock);
  add_container_command_routes(routes, backends.container_commands, backends.attachments);
  add_log_routes(routes, backends.container_query, backends.logs, backends.clock);
  add_exec_routes(routes, backends.execs);
  add_archive_routes(routes, backends.files, backends.container_query, backends.images);
  add_stats_routes(routes, backends.stats);
  add_missing_routes(routes);
  add_build_routes(routes, backends.builds, backends.clock, std::move(backends.traces));
  add_event_routes(routes, backends.events, backends.clock);
  add_system_routes(routes, backends.system, backends.clock);
  add_network_routes(routes, backends.networks, backends.clock);
  add_connect_routes(routes, backends.connections);
  add_volume_routes(routes, backends.volumes);
  routes.add("GET", "/stack/v1/system/info", Body::none,
             [&system = backends.system](const Ex& exchange) { exchange->reply(200, info_json(system.info())); });
  routes.add("POST", "/stack/v1/system/shutdown", Body::none, [&system = backends.system](const Ex& exchange) {
    exchange->reply(200, shutdown_json(system.remains()));
    system.shutdown();
  });
}

}  // namespace stack::api
