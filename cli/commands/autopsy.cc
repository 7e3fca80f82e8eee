#include "cli/commands/autopsy.h"

#include <algorithm>
#include <string_view>

namespace stack::cli {
namespace {

constexpr Nanos kLag = std::chrono::seconds{1};  // a program may write before the engine knows that it runs

bool is_unwell(const model::Container& container) {
  const model::ContainerState& state = container.state;
  return (has_ended(state) && state.exit_code != 0) || state.health == model::Health::unhealthy ||
         state.restart_count > 0 || failed_probe(state);
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
  note_replacement(*event, name);
  if (const auto* finished = std::get_if<model::Finished>(event);
      finished != nullptr && finished->ending == model::Ending::restored) {
    restored_.insert(name);
  }
  const auto* warned = std::get_if<model::Warned>(event);
  if (warned == nullptr || warned->reservation != model::Reservation::kept) return;
  failed_.erase(name);  // what failed is gone, and what has its name is another one
  kept_.insert(name);
}

// The old container goes once the new one has started, unless it is put back.
void Autopsy::note_replacement(const model::ProgressEvent& event, const std::string& name) {
  const auto replaces = [](model::Action action) {
    return action == model::Action::recreate || action == model::Action::replace;
  };
  if (const auto* started = std::get_if<model::Started>(&event); started != nullptr && replaces(started->action))
    replacing_.insert(name);
  const auto* finished = std::get_if<model::Finished>(&event);
  const bool restored = finished != nullptr && finished->ending == model::Ending::restored;
  if (finished != nullptr && finished->action == model::Action::start && !restored && replacing_.contains(name))
    replaced_.insert(name);
  if (restored || std::holds_alternative<model::Warned>(event)) replaced_.erase(name);
}

Findings Autopsy::report(client::EngineClient& engine) const {
  Findings found;
  std::set<std::string> resting;
  try {
    // With a failure, what others still waited for is no cause.
    const std::set<std::string>& guilty = failed_.empty() ? awaited_ : failed_;
    if (!guilty.empty() || !kept_.empty()) {
      for (const model::Container& container : engine.containers(project_, true)) {
        const std::string& name = container.spec.name;
        if (kept_.contains(name) && !model::is_alive(container.state)) resting.insert(name);
        if (!guilty.contains(name) || (!failed_.empty() && !is_unwell(container))) continue;
        // One that was put back is not the one that failed.
        if (restored_.contains(name)) continue;
        found.containers.push_back({container, failed_.empty(), last_lines(engine, project_, container)});
      }
    }
  } catch (const Error&) {
    // The failure itself has been told; an engine that is gone has nothing to add.
  }
  std::set<std::string> back = restored_;
  back.insert(kept_.begin(), kept_.end());
  for (const std::string& name : back) (resting.contains(name) ? found.untouched : found.as_before).push_back(name);
  found.replaced.assign(replaced_.begin(), replaced_.end());
  return found;
}

}  // namespace stack::cli
