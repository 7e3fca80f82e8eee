#include "engine/api/container_command_api.h"

#include <utility>

#include "engine/api/answering.h"
#include "engine/api/attached_client.h"
#include "engine/api/container_creation_json.h"
#include "engine/api/stdio_frame.h"
#include "engine/api/terminal_side.h"
#include "engine/api/websocket_stream.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

const std::string& id_of(const Ex& exchange) { return exchange->request.parameters.at("id"); }

Answer<std::monostate> done(const Ex& exchange) { return replying(exchange, 204); }

Answer<bool> changed(const Ex& exchange) {
  return answering<bool>(exchange, [exchange](bool changed) { exchange->reply(changed ? 204 : 304, ""); });
}

StopOptions stop_options(const Request& in) {
  StopOptions options{.grace = {}, .signal = in.get("signal")};
  if (const auto seconds = in.number("t")) options.grace = patience_of(*seconds);
  return options;
}

void create(ContainerCommands& containers, const Ex& exchange) {
  const Request& in = exchange->request;
  ContainerCreation creation = parse_container_creation(in.json());
  creation.spec.name = in.get("name");
  if (creation.spec.name.size() > 1 && creation.spec.name.front() == '/') creation.spec.name.erase(0, 1);
  creation.platform = in.get("platform");
  containers.create(std::move(creation), replying<ContainerCreated>(exchange, 201, container_created_json));
}

void remove(ContainerCommands& containers, const Ex& exchange) {
  const Request& in = exchange->request;
  if (in.flag("link")) {
    throw Error(ErrorKind::unsupported, "removing a link of a container is not supported")
        .remedy("remove the container, and create it without the link");
  }
  containers.remove(id_of(exchange), {.force = in.flag("force"), .volumes = in.flag("v")}, done(exchange));
}

// The head goes out at once: clients start the container after it.
void wait(ContainerCommands& containers, const Ex& exchange) {
  const std::string word = exchange->request.get("condition");
  const auto what = word.empty() ? WaitFor::not_running : parse_word<WaitFor>(word);
  if (!what)
    throw Error(ErrorKind::invalid, "invalid condition: \"" + word + "\"")
        .remedy("give not-running, next-exit or removed");
  const auto cancel = containers.wait(id_of(exchange), *what, [exchange](const ContainerEnd& end) {
    exchange->write(container_end_json(end) + "\n");
    exchange->finish();
  });
  exchange->open_stream("application/json");
  exchange->on_gone(cancel);
}

AttachRequest attach_request(const Request& in) {
  return {.container = in.parameters.at("id"),
          .stdin_open = in.flag("stdin"),
          .stdout_open = in.flag("stdout"),
          .stderr_open = in.flag("stderr"),
          .logs = in.flag("logs"),
          .stream = in.flag("stream"),
          .detach_keys = in.get("detachKeys")};
}

AttachedClient::Streams streams_of(const AttachRequest& request, bool framed) {
  return {.framed = framed, .in = request.stdin_open, .out = request.stdout_open, .err = request.stderr_open};
}

// The client's connection is its own by now.
void connect(AttachBackend& attachments, const AttachRequest& request, const std::shared_ptr<AttachedClient>& client) {
  client->listen();
  try {
    client->started(attachments.attach(request, client->events()));
  } catch (const Error& error) {
    client->failed(error);
  }
}

void attach(AttachBackend& attachments, const Ex& exchange) {
  const AttachRequest request = attach_request(exchange->request);
  const bool framed = !attachments.has_terminal(request);
  const auto client = std::make_shared<AttachedClient>(exchange, streams_of(request, framed));
  exchange->hijack(stream_type(exchange->request, framed), client->input());
  connect(attachments, request, client);
}

// Both outputs are one stream: the frames are the WebSocket's.
void attach_websocket(AttachBackend& attachments, const Ex& exchange) {
  const AttachRequest request = attach_request(exchange->request);
  (void)attachments.has_terminal(request);
  check_websocket(exchange->request);
  const auto socket = std::make_shared<WebsocketStream>(exchange);
  const auto client = std::make_shared<AttachedClient>(socket, streams_of(request, false));
  socket->open(client->input());
  connect(attachments, request, client);
}

void add_lifecycle_routes(Routes& routes, ContainerCommands& containers) {
  routes.add("POST", "/containers/{id}/start", Body::text, [&containers](const Ex& exchange) {
    if (!exchange->request.get("checkpoint").empty())
      throw Error(ErrorKind::unsupported, "starting from a checkpoint is not supported").remedy("leave it out");
    containers.start(id_of(exchange), changed(exchange));
  });
  routes.add("POST", "/containers/{id}/stop", Body::text, [&containers](const Ex& exchange) {
    containers.stop(id_of(exchange), stop_options(exchange->request), changed(exchange));
  });
  routes.add("POST", "/containers/{id}/restart", Body::text, [&containers](const Ex& exchange) {
    containers.restart(id_of(exchange), stop_options(exchange->request), done(exchange));
  });
  routes.add("POST", "/containers/{id}/kill", Body::text, [&containers](const Ex& exchange) {
    containers.kill(id_of(exchange), exchange->request.get("signal"), done(exchange));
  });
  routes.add("POST", "/containers/{id}/pause", Body::text,
             [&containers](const Ex& exchange) { containers.pause(id_of(exchange), done(exchange)); });
  routes.add("POST", "/containers/{id}/unpause", Body::text,
             [&containers](const Ex& exchange) { containers.unpause(id_of(exchange), done(exchange)); });
}

}  // namespace

void add_container_command_routes(Routes& routes, ContainerCommands& containers, AttachBackend& attachments) {
  routes.add("POST", "/containers/create", Body::text,
             [&containers](const Ex& exchange) { create(containers, exchange); });
  add_lifecycle_routes(routes, containers);
  routes.add("POST", "/containers/{id}/rename", Body::text, [&containers](const Ex& exchange) {
    containers.rename(id_of(exchange), exchange->request.get("name"), done(exchange));
  });
  routes.add("POST", "/containers/{id}/update", Body::text, [&containers](const Ex& exchange) {
    const ContainerChange change = parse_container_change(exchange->request.json());
    containers.update(id_of(exchange), change,
                      replying<std::monostate>(exchange, [warnings = change.warnings](std::monostate) {
                        return container_changed_json(warnings);
                      }));
  });
  routes.add("POST", "/containers/{id}/resize", Body::text, [&containers](const Ex& exchange) {
    const Request& in = exchange->request;
    const std::uint16_t rows = terminal_side(in, "h"), columns = terminal_side(in, "w");
    containers.resize(id_of(exchange), rows, columns);
    exchange->reply(200, "");
  });
  routes.add("POST", "/containers/{id}/wait", Body::text,
             [&containers](const Ex& exchange) { wait(containers, exchange); });
  routes.add("POST", "/containers/{id}/attach", Body::text,
             [&attachments](const Ex& exchange) { attach(attachments, exchange); });
  routes.add("GET", "/containers/{id}/attach/ws", Body::none,
             [&attachments](const Ex& exchange) { attach_websocket(attachments, exchange); });
  routes.add("DELETE", "/containers/{id}", Body::text,
             [&containers](const Ex& exchange) { remove(containers, exchange); });
}

}  // namespace stack::api
