#include "engine/api/exec_api.h"

#include <utility>

#include "engine/api/exec_json.h"
#include "engine/api/stdio_frame.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;
using Process = std::shared_ptr<ExecProcess>;

// A client and its process: the connection is taken over at once, what it sends before the process runs waits.
class Attached : public std::enable_shared_from_this<Attached> {
 public:
  Attached(Ex exchange, const ExecSpec& spec) : exchange_(std::move(exchange)), spec_(spec) {}

  void take_connection() {
    exchange_->hijack(spec_.request.tty ? kRawStream : kMultiplexedStream,
                      {.on_bytes =
                           [self = shared_from_this()](std::string_view bytes) {
                             if (self->process_) return self->process_->input(bytes);
                             self->early_.append(bytes);  // what came with the request: little, since no more is read
                           },
                       .on_end =
                           [self = shared_from_this()] {
                             self->input_ended_ = true;
                             if (self->process_) self->process_->end_input();
                           }});
    exchange_->read_more(false);
    const auto taken = [self = shared_from_this()] {
      if (self->process_) self->process_->output_taken();
    };
    exchange_->on_drained(taken);
    exchange_->on_gone(taken);
  }

  ExecEvents events() {
    ExecEvents events;
    events.on_output = [self = shared_from_this()](int stream, const std::string& bytes) {
      self->write(stream, bytes);
    };
    events.on_exit = [self = shared_from_this()](int) { self->end(); };
    events.congested = [self = shared_from_this()] { return self->exchange_->queued() > ByteStream::kQueuedMax; };
    events.want_input = [self = shared_from_this()](bool wanted) { self->exchange_->read_more(wanted); };
    return events;
  }

  void started(Process process) {
    process_ = std::move(process);
    if (!early_.empty()) process_->input(std::exchange(early_, {}));
    if (!spec_.attach_stdin || input_ended_) process_->end_input();
    exchange_->read_more(true);
  }

  // The head has gone out: what is wrong is told where the output would be.
  void failed(const Error& error) {
    write(2, error.message() + "\r\n");
    end();
  }

 private:
  void write(int stream, const std::string& bytes) {
    if (spec_.request.tty) return exchange_->write(bytes);
    if ((stream == 2 && !spec_.attach_stderr && process_) || (stream == 1 && !spec_.attach_stdout)) return;
    exchange_->write(stdio_frame(stream, bytes));
  }
  void end() {
    exchange_->finish();
    process_.reset();
  }

  Ex exchange_;
  ExecSpec spec_;
  Process process_;
  std::string early_;
  bool input_ended_ = false;
};

void start_detached(ExecBackend& execs, const std::string& id, const ExecStart& start, const Ex& exchange) {
  ExecEvents events;
  events.on_output = [](int, const std::string&) {};
  events.congested = [] { return false; };
  events.want_input = [](bool) {};
  execs.start(id, start.rows, start.columns, std::move(events), [exchange](auto answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
    std::get<Process>(answer)->end_input();
    exchange->reply(200, "");
  });
}

void start(ExecBackend& execs, const Ex& exchange) {
  const std::string id = exchange->request.parameters.at("id");
  const ExecStart how = parse_exec_start(exchange->request.body);
  const ExecView view = execs.inspect(id);
  if (how.detach) return start_detached(execs, id, how, exchange);
  const auto attached = std::make_shared<Attached>(exchange, view.spec);
  if (view.running || view.exit_code) throw Error(ErrorKind::conflict, "exec command " + id + " has already run");
  attached->take_connection();
  execs.start(id, how.rows, how.columns, attached->events(), [attached](auto answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return attached->failed(*error);
    attached->started(std::get<Process>(std::move(answer)));
  });
}

std::uint16_t side(const Request& in, const char* name) {
  const auto number = in.number(name);
  if (!number || *number < 0 || *number > UINT16_MAX) {
    throw Error(ErrorKind::invalid, std::string{"invalid "} + name + " of a terminal")
        .remedy("give h and w, 0 to 65535");
  }
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

void add_exec_routes(Routes& routes, ExecBackend& execs) {
  routes.add("POST", "/containers/{id}/exec", Body::text, [&execs](const Ex& exchange) {
    const Request& in = exchange->request;
    exchange->reply(201, exec_created_json(execs.create(parse_exec_spec(in.body, in.parameters.at("id")))));
  });
  routes.add("POST", "/exec/{id}/start", Body::text, [&execs](const Ex& exchange) { start(execs, exchange); });
  routes.add("POST", "/exec/{id}/resize", Body::text, [&execs](const Ex& exchange) {
    const Request& in = exchange->request;
    execs.resize(in.parameters.at("id"), side(in, "h"), side(in, "w"));
    exchange->reply(200, "");
  });
  routes.add("GET", "/exec/{id}/json", Body::none, [&execs](const Ex& exchange) {
    exchange->reply(200, exec_view_json(execs.inspect(exchange->request.parameters.at("id"))));
  });
}

}  // namespace stack::api
