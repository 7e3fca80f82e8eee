#include "engine/api/exec_api.h"

#include <utility>

#include "engine/api/answering.h"
#include "engine/api/attached_client.h"
#include "engine/api/exec_json.h"
#include "engine/api/runtime_words.h"
#include "engine/api/stdio_frame.h"
#include "engine/api/terminal_side.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;
using Process = std::shared_ptr<ExecProcess>;

// As dockerd writes it: clients look for these words.
Error failed_start(const Error& error) {
  Error told{error.kind(), runtime_words(error.message())};
  told.context("OCI runtime exec failed: exec failed: unable to start container process");
  if (!error.remedy_text().empty()) told.remedy(error.remedy_text());
  return told;
}

// Of a process with a terminal that somebody types into.
std::string keys_of(const ExecSpec& spec) {
  if (!spec.request.tty || !spec.attach_stdin) return {};
  return parse_detach_keys(spec.detach_keys.empty() ? kDetachKeys : std::string_view{spec.detach_keys});
}

void start_detached(ExecBackend& execs, const std::string& id, const ExecStart& start, const Ex& exchange) {
  ExecEvents events;
  events.on_output = [](int, const std::string&) {};
  events.congested = [] { return false; };
  events.want_input = [](bool) {};
  execs.start(id, start.rows, start.columns, std::move(events), [exchange](auto answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(failed_start(*error));
    std::get<Process>(answer)->end_input();
    exchange->reply(200, "");
  });
}

void start(ExecBackend& execs, const Ex& exchange) {
  const std::string id = exchange->request.parameters.at("id");
  const ExecStart how = parse_exec_start(exchange->request.json());
  const ExecView view = execs.inspect(id);
  if (how.detach) return start_detached(execs, id, how, exchange);
  const bool framed = !view.spec.request.tty;
  const auto attached = std::make_shared<AttachedClient>(
      exchange, AttachedClient::Streams{.framed = framed,
                                        .in = view.spec.attach_stdin,
                                        .out = view.spec.attach_stdout,
                                        .err = view.spec.attach_stderr,
                                        .detach_keys = keys_of(view.spec),
                                        .on_detach = [&execs, id] { execs.detached(id); }});
  execs.check_start(id);
  exchange->hijack(stream_type(exchange->request, framed), attached->input());
  attached->listen();
  execs.start(id, how.rows, how.columns, attached->events(), [attached](auto answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return attached->failed(failed_start(*error));
    attached->started(std::get<Process>(std::move(answer)));
  });
}

}  // namespace

void add_exec_routes(Routes& routes, ExecBackend& execs) {
  routes.add("POST", "/containers/{id}/exec", Body::text, [&execs](const Ex& exchange) {
    const Request& in = exchange->request;
    execs.create(parse_exec_spec(in.json(), in.parameters.at("id")),
                 replying<std::string>(exchange, 201, [](const std::string& id) { return exec_created_json(id); }));
  });
  routes.add("POST", "/exec/{id}/start", Body::text, [&execs](const Ex& exchange) { start(execs, exchange); });
  routes.add("POST", "/exec/{id}/resize", Body::text, [&execs](const Ex& exchange) {
    const Request& in = exchange->request;
    const std::uint16_t rows = terminal_side(in, "h"), columns = terminal_side(in, "w");
    execs.resize(in.parameters.at("id"), rows, columns);
    exchange->reply(200, "");
  });
  routes.add("GET", "/exec/{id}/json", Body::none, [&execs](const Ex& exchange) {
    exchange->reply(200, exec_view_json(execs.inspect(exchange->request.parameters.at("id"))));
  });
}

}  // namespace stack::api
