#include "engine/api/container_logs.h"

#include <charconv>

#include "base/moment.h"
#include "engine/api/log_frame.h"
#include "engine/api/stdio_frame.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

struct LogForm {
  bool out = false, err = false, timestamps = false, details = false, tty = false;
};

// Takes records of our own form and writes Docker's to the client.
class DockerLog final : public ByteStream {
 public:
  DockerLog(Ex exchange, LogForm form) : exchange_(std::move(exchange)), form_(form) {}

  void write(std::string bytes) override {
    std::string out;
    reader_.feed(bytes, [&](const LogFrame& frame) { take(frame, out); });
    if (!out.empty()) exchange_->write(std::move(out));
  }
  void finish() override { exchange_->finish(); }
  [[nodiscard]] std::size_t queued() const override { return exchange_->queued(); }
  [[nodiscard]] bool gone() const override { return exchange_->gone(); }
  void on_drained(std::function<void()> callback) override { exchange_->on_drained(std::move(callback)); }
  void on_gone(std::function<void()> callback) override { exchange_->on_gone(std::move(callback)); }

 private:
  void take(const LogFrame& frame, std::string& out) {
    if (frame.kind == LogKind::source) return note_attributes(frame.payload);
    if (frame.kind == LogKind::failure) return append(2, std::string{frame.payload} + "\n", out);
    const bool error = frame.kind == LogKind::err;
    if ((!error && frame.kind != LogKind::out) || !(error ? form_.err : form_.out)) return;
    bool& inside = inside_line_[error ? 1 : 0];
    std::string line;
    if (!inside && form_.timestamps) line += rfc3339_nine_digits(Wall{Nanos{frame.time_ns}}) + " ";
    if (!inside && form_.details) line += attributes_ + " ";
    line += frame.payload;
    inside = (frame.flags & kLogPartial) != 0;
    if (!inside && (frame.flags & kLogNoNewline) == 0) line += '\n';
    append(error ? 2 : 1, line, out);
  }

  // "container\0service\0replica\0attributes"
  void note_attributes(std::string_view payload) {
    for (int i = 0; i < 3; ++i) {
      const std::size_t zero = payload.find('\0');
      if (zero == std::string_view::npos) return;
      payload.remove_prefix(zero + 1);
    }
    attributes_ = payload;
  }

  void append(int stream, const std::string& text, std::string& out) const {
    out += form_.tty ? text : stdio_frame(stream, text);
  }

  Ex exchange_;
  LogForm form_;
  LogFrameReader reader_;
  std::string attributes_;
  bool inside_line_[2] = {false, false};
};

std::optional<std::uint64_t> tail_of(const std::string& text) {
  std::uint64_t lines = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lines);
  // Docker's clients may send anything: what is not a number means all.
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return lines;
}

std::optional<Wall> time_in(const Request& in, const char* name, Wall now) {
  const std::string text = in.get(name);
  if (text.empty() || text == "0") return std::nullopt;
  return parse_moment(text, now);
}

void logs(ContainerQuery& containers, LogBackend& backend, const Ex& exchange, Wall now) {
  const Request& in = exchange->request;
  if (!in.flag("stdout") && !in.flag("stderr")) {
    throw Error(ErrorKind::invalid, "Bad parameters: you must choose at least one stream")
        .remedy("add stdout=1, stderr=1 or both");
  }
  const auto container = containers.get(in.parameters.at("id"));
  const LogForm form{.out = in.flag("stdout"),
                     .err = in.flag("stderr"),
                     .timestamps = in.flag("timestamps"),
                     .details = in.flag("details"),
                     .tty = container->spec.tty};
  if (container->spec.log.driver == "none")
    throw Error(ErrorKind::unsupported, "configured logging driver does not support reading");
  LogRequest request;
  request.container = container->id;
  request.follow = in.flag("follow");
  request.details = form.details;
  request.tail = tail_of(in.get("tail"));
  request.since = time_in(in, "since", now);
  request.until = time_in(in, "until", now);
  exchange->open_stream(form.tty ? kRawStream : kMultiplexedStream);
  backend.logs(std::move(request), std::make_shared<DockerLog>(exchange, form));
}

}  // namespace

void add_log_routes(Routes& routes, ContainerQuery& containers, LogBackend& logs_of, const Clock& clock) {
  routes.add("GET", "/containers/{id}/logs", Body::none, [&containers, &logs_of, &clock](const Ex& exchange) {
    logs(containers, logs_of, exchange, clock.wall());
  });
}

}  // namespace stack::api
