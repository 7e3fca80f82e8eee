#include "cli/commands/autopsy.h"

#include <algorithm>
#include <string_view>

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr Nanos kLag = std::chrono::seconds{1};  // a program may write before the engine knows that it runs

bool has_ended(const model::ContainerState& state) {
  using model::Status;
  return state.status == Status::exited || state.status == Status::dead || state.status == Status::restarting;
}

bool is_unwell(const model::Container& container) {
  const model::ContainerState& state = container.state;
  return (has_ended(state) && state.exit_code != 0) || state.health == model::Health::unhealthy ||
         state.restart_count > 0 || (!state.probes.empty() && state.probes.back().exit_code != 0);
}

std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += "    " + printable(text.substr(0, end), true) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string last_lines(client::EngineClient& engine, const std::string& project, const model::Container& container) {
  std::string text;
  std::optional<Wall> since = container.state.started;  // of runs before this one nothing
  if (since) *since -= kLag;
  const api::LogRequest request{.project = project,
                                .services = {container.spec.service},
                                .index = container.spec.replica,
                                .tail = Autopsy::kLines,
                                .since = since};
  engine.logs(
      request,
      [&](const api::LogFrame& frame) {
        if (frame.kind != api::LogKind::out && frame.kind != api::LogKind::err) return true;
        text += frame.payload;
        if ((frame.flags & api::kLogPartial) == 0) text += '\n';
        return true;
      },
      [] {});
  return text;
}

}  // namespace

std::string findings(const model::Container& container) {
  const model::ContainerState& state = container.state;
  std::string text;
  if (state.oom_killed || (!has_ended(state) && state.restart_count > 0 && state.last_oom_killed))
    text += "  " + container.spec.name + " ran out of memory\n";
  if (!state.error.empty()) text += "  " + container.spec.name + ": " + printable(state.error) + "\n";
  if (!state.probes.empty() && state.probes.back().exit_code != 0) {
    const model::ProbeResult& last = state.probes.back();
    text += "  last health check of " + container.spec.name +
            (last.exit_code < 0 ? std::string{} : " (exit " + std::to_string(last.exit_code) + ")") + ":\n" +
            (last.output.empty() ? "    no output\n" : indented(last.output));
  }
  return text;
}

std::string progress_of(const model::Container& container) {
  const model::ContainerState& state = container.state;
  const bool checked = state.status == model::Status::running && state.health != model::Health::none;
  std::string text = "  " + container.spec.name + " is " +
                     std::string{checked ? model::to_string(state.health) : model::to_string(state.status)};
  if (state.restart_count > 0) {
    text += ", restarted " + std::to_string(state.restart_count) + (state.restart_count == 1 ? " time" : " times");
  }
  return text + "\n";
}

void Autopsy::note(const std::string& project, const api::Report& report) {
  project_ = project;
  const auto* event = std::get_if<model::ProgressEvent>(&report);
  if (event == nullptr || model::subject_of(*event).kind != model::SubjectKind::container) return;
  const std::string& name = model::subject_of(*event).name;
  const auto waits = [](model::Action action) {
    using enum model::Action;
    return action == wait_running || action == wait_healthy || action == wait_completed;
  };
  if (const auto* started = std::get_if<model::Started>(event); started != nullptr && waits(started->action)) {
    awaited_.insert(name);
  } else if (!std::holds_alternative<model::Pending>(*event)) {
    awaited_.erase(name);
  }
  if (std::holds_alternative<model::Failed>(*event)) failed_.insert(name);
  const auto* finished = std::get_if<model::Finished>(event);
  if (finished != nullptr && finished->ending == model::Ending::restored) restored_.insert(name);
  const auto* warned = std::get_if<model::Warned>(event);
  // What failed is gone, and what has its name is another one.
  if (warned != nullptr && warned->reservation == model::Reservation::kept) failed_.erase(name);
}

std::string Autopsy::report(client::EngineClient& engine) const {
  std::string text;
  try {
    // With a failure, what others still waited for is no cause.
    const std::set<std::string>& guilty = failed_.empty() ? awaited_ : failed_;
    if (!guilty.empty()) {
      for (const model::Container& container : engine.containers(project_, true)) {
        if (!guilty.contains(container.spec.name)) continue;
        if (failed_.empty()) text += progress_of(container);
        if (!failed_.empty() && !is_unwell(container)) continue;
        // One that was put back is not the one that failed.
        if (restored_.contains(container.spec.name)) continue;
        if (const std::string lines = last_lines(engine, project_, container); !lines.empty())
          text += "  last lines of " + container.spec.name + ":\n" + indented(lines);
        text += findings(container);
      }
    }
  } catch (const Error&) {
    // The failure itself has been told; an engine that is gone has nothing to add.
  }
  std::string names;
  for (const std::string& name : restored_) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) text += "  rolled back: " + names + (restored_.size() == 1 ? " runs" : " run") + " as before\n";
  return text;
}

}  // namespace stack::cli
