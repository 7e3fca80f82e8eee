#include "engine/api/attached_client.h"

#include <utility>

#include "engine/api/stdio_frame.h"

namespace stack::api {

RawInput AttachedClient::input() {
  return {.on_bytes =
              [self = shared_from_this()](std::string_view bytes) {
                if (self->over_) return;
                if (self->process_) return self->type(bytes);
                self->early_.append(bytes);  // what came with the request: little, since no more is read
              },
          .on_end =
              [self = shared_from_this()] {
                self->input_ended_ = true;
                if (self->process_) self->process_->end_input();
              }};
}

void AttachedClient::listen() {
  connection_->read_more(false);
  const auto taken = [self = shared_from_this()] {
    if (self->process_) self->process_->output_taken();
  };
  connection_->on_drained(taken);
  connection_->on_gone([self = shared_from_this()] {
    if (self->process_) self->process_->client_gone();
  });
}

ExecEvents AttachedClient::events() {
  ExecEvents events;
  events.on_output = [self = shared_from_this()](int stream, const std::string& bytes) { self->write(stream, bytes); };
  events.on_exit = [self = shared_from_this()](int) { self->end(); };
  events.congested = [self = shared_from_this()] {
    return !self->over_ && self->connection_->queued() > ByteStream::kQueuedMax;
  };
  events.want_input = [self = shared_from_this()](bool wanted) { self->connection_->read_more(wanted); };
  return events;
}

void AttachedClient::started(std::shared_ptr<ExecProcess> process) {
  if (over_) return;
  process_ = std::move(process);
  if (!early_.empty() && streams_.in) type(std::exchange(early_, {}));
  if (over_) return;
  if (!streams_.in || input_ended_) process_->end_input();
  connection_->read_more(true);
}

void AttachedClient::type(std::string_view bytes) {
  if (streams_.detach_keys.empty()) return process_->input(bytes);
  process_->input(keys_.pass(bytes));
  if (!keys_.complete()) return;
  // As dockerd ends it; the process runs on, and what it writes is nobody's.
  connection_->write("read escape sequence\r\n");
  const auto process = process_;
  end();
  process->output_taken();
  process->client_gone();
  if (streams_.on_detach) streams_.on_detach();
}

void AttachedClient::failed(const Error& error) {
  connection_->write(streams_.framed ? stdio_frame(1, error.message() + "\r\n") : error.message() + "\r\n");
  end();
}

void AttachedClient::write(int stream, const std::string& bytes) {
  if (over_ || (stream == 2 ? !streams_.err : !streams_.out)) return;
  connection_->write(streams_.framed ? stdio_frame(stream, bytes) : bytes);
}

void AttachedClient::end() {
  if (std::exchange(over_, true)) return;
  connection_->finish();
  process_.reset();
}

}  // namespace stack::api
