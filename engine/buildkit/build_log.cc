#include "engine/buildkit/build_log.h"

#include <utility>

#include "base/dockerfile/check_rules.h"
#include "base/dockerfile/last_line.h"
#include "engine/api/build_failure_words.h"
#include "engine/buildkit/messages/control.pb.h"
#include "engine/buildkit/timestamp.h"

namespace stack::buildkit {
namespace {

// A stage's base is there or was pulled by a step of its own: neither says that the cache served it.
bool is_base(const std::string& name) { return name.find("] FROM ") != std::string::npos; }

}  // namespace

BuildLog::BuildLog(boost::asio::io_context& loop, const Clock& clock, RandomSource random)
    : changed(loop), clock_(clock), random_(std::move(random)) {}

BuildLog::Vertex& BuildLog::vertex_of_step(int step, const std::string& name) {
  Vertex& vertex = vertices_[step];
  if (vertex.digest.empty())
    vertex = {.digest = new_digest(), .name = name, .started = {}, .over = false, .statuses = {}};
  return vertex;
}

int BuildLog::begin(const std::string& name) {
  const int handle = --others_;
  put_start(vertex_of_step(handle, name));
  return handle;
}

void BuildLog::end(int vertex, const std::string& error) { put_end(vertices_.at(vertex), false, error); }

void BuildLog::progress(int vertex, const std::string& what, std::uint64_t current, bool done) {
  put_status(vertices_.at(vertex), what, current, 0, done);
}

void BuildLog::put(const wire::StatusResponse& response) {
  if (closed_) return;
  waiting_.push_back(response.SerializeAsString());
  waiting_bytes_ += waiting_.back().size();
  changed.notify_all();
}

std::optional<std::string> BuildLog::next() {
  if (waiting_.empty()) return std::nullopt;
  std::string first = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= first.size();
  for (const auto& [step, bytes] :
       waiting_bytes_ < kBehindMax ? std::exchange(left_out_, {}) : std::map<int, std::uint64_t>{}) {
    put_output(vertices_.at(step), 2,
               "[" + std::to_string(bytes) + " bytes of output left out: the client was slower than the step]\n");
  }
  return first;
}

void BuildLog::close() {
  closed_ = true;
  changed.notify_all();
}

void BuildLog::put_start(Vertex& vertex) {
  vertex.started = clock_.wall();
  wire::StatusResponse response;
  wire::Vertex* it = response.add_vertexes();
  it->set_digest(vertex.digest);
  it->set_name(vertex.name);
  set_time(it->mutable_started(), *vertex.started);
  put(response);
}

void BuildLog::put_end(Vertex& vertex, bool cached, const std::string& error) {
  if (std::exchange(vertex.over, true)) return;
  const Wall now = clock_.wall();
  wire::StatusResponse response;
  wire::Vertex* it = response.add_vertexes();
  it->set_digest(vertex.digest);
  it->set_name(vertex.name);
  it->set_cached(cached);
  it->set_error(error);
  set_time(it->mutable_started(), vertex.started.value_or(now));
  set_time(it->mutable_completed(), now);
  put(response);
}

void BuildLog::put_output(Vertex& vertex, int stream, const std::string& bytes) {
  wire::StatusResponse response;
  wire::VertexLog* it = response.add_logs();
  it->set_vertex(vertex.digest);
  it->set_stream(stream);
  it->set_text(bytes);
  set_time(it->mutable_timestamp(), clock_.wall());
  put(response);
}

void BuildLog::put_status(Vertex& vertex, const std::string& name, std::uint64_t current, std::uint64_t total,
                          bool done) {
  if (!done && waiting_bytes_ > kBehindMax) return;
  const Wall now = clock_.wall();
  const Wall started = vertex.statuses.try_emplace(name, now).first->second;
  wire::StatusResponse response;
  wire::VertexStatus* it = response.add_statuses();
  it->set_id(name);
  it->set_name(name);
  it->set_vertex(vertex.digest);
  it->set_current(static_cast<std::int64_t>(current));
  it->set_total(static_cast<std::int64_t>(total));
  set_time(it->mutable_timestamp(), now);
  set_time(it->mutable_started(), started);
  if (done) set_time(it->mutable_completed(), now);
  put(response);
}

void BuildLog::warn(const std::string& text) {
  wire::StatusResponse response;
  wire::VertexWarning* it = response.add_warnings();
  it->set_level(1);
  it->set_short_(text);
  put(response);
}

// --- the builder's events --------------------------------------------------------------------------------------------------------------

struct BuildLog::Take {
  BuildLog& log;
  const SourceText& source;

  void operator()(const api::BuildWarning& event) const {
    wire::StatusResponse response;
    wire::VertexWarning* it = response.add_warnings();
    const api::PlacedText placed = api::split_place(event.text, source.file);
    std::string text = placed.text;
    if (text.starts_with("warning: ")) text.erase(0, 9);
    it->set_level(1);
    if (const auto* const rule = dockerfile::find_check_rule(text.substr(0, text.find(": ")))) {
      it->add_detail(std::string{rule->description});
      it->set_url(rule->url());
    }
    it->set_short_(text + (placed.line > 0 ? " (line " + std::to_string(placed.line) + ")" : ""));
    if (placed.line > 0) {
      it->mutable_info()->set_filename(source.file);
      it->mutable_info()->set_data(source.text);
      for (int line = placed.line, last = dockerfile::last_line_of(source.text, placed.line); line <= last; ++line) {
        wire::Range* range = it->add_ranges();
        range->mutable_start()->set_line(line);
        range->mutable_end()->set_line(line);
      }
    }
    log.put(response);
  }
  void operator()(const api::BuildStepStarted& event) const {
    log.put_start(log.vertex_of_step(event.step, event.name));
  }
  void operator()(const api::BuildStepOutput& event) const {
    if (log.waiting_bytes_ > kBehindMax) {
      log.left_out_[event.step] += event.bytes.size();
      return;
    }
    log.put_output(log.vertex_of_step(event.step, ""), event.stream, event.bytes);
  }
  void operator()(const api::BuildStepBytes& event) const {
    log.put_status(log.vertex_of_step(event.step, ""), "downloading", event.current, event.total, false);
  }
  void operator()(const api::BuildStepEnded& event) const {
    Vertex& vertex = log.vertex_of_step(event.step, event.name);
    log.put_end(vertex, event.cached && !is_base(event.name), api::step_failure(event.name, event.error));
  }
  void operator()(const api::BuildDone&) const {}
  void operator()(const api::BuildFailed&) const {}
};

void BuildLog::take(const api::BuildEvent& event, const SourceText& source) { std::visit(Take{*this, source}, event); }

}  // namespace stack::buildkit
