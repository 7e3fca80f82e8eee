#include "base/model/progress_event.h"

#include <algorithm>

namespace stack::model {
namespace {

constexpr std::size_t kNamesMax = 2;

std::string_view working(Action action) {
  switch (action) {
    case Action::queue:
    case Action::wait_running:
    case Action::wait_healthy:
    case Action::wait_completed:
      return "Waiting";
    case Action::pull:
      return "Pulling";
    case Action::push:
    case Action::upload:
      return "Pushing";
    case Action::build:
      return "Building";
    case Action::copy:
      return "Copying";
    case Action::publish:
      return "Publishing";
    case Action::import:
      return "Importing";
    case Action::load:
      return "Loading";
    case Action::create:
      return "Creating";
    case Action::recreate:
    case Action::replace:
      return "Recreate";
    case Action::update:
      return "Updating";
    case Action::rename:
      return "Renaming";
    case Action::start:
      return "Starting";
    case Action::restart:
      return "Restarting";
    case Action::run:
      return "Running";
    case Action::stop:
      return "Stopping";
    case Action::kill:
      return "Killing";
    case Action::pause:
      return "Pausing";
    case Action::unpause:
      return "Unpausing";
    case Action::hook:
      return "Running hook";
    case Action::remove:
      return "Removing";
    case Action::download:
      return "Downloading";
    case Action::extract:
      return "Extracting";
    case Action::prepare:
      return "Preparing";
    case Action::mount:
      return "Mounting";
  }
  return "Working";
}

std::string_view done(Action action) {
  switch (action) {
    case Action::queue:
      return "Waited";
    case Action::wait_running:
    case Action::wait_healthy:
      return "Healthy";
    case Action::wait_completed:
      return "Exited";
    case Action::pull:
      return "Pulled";
    case Action::push:
    case Action::upload:
      return "Pushed";
    case Action::build:
      return "Built";
    case Action::copy:
      return "Copied";
    case Action::publish:
      return "Published";
    case Action::import:
      return "Imported";
    case Action::load:
      return "Loaded";
    case Action::create:
      return "Created";
    case Action::recreate:
    case Action::replace:
      return "Recreated";
    case Action::update:
      return "Updated";
    case Action::rename:
      return "Renamed";
    case Action::start:
    case Action::restart:
      return "Started";
    case Action::run:
      return "Running";
    case Action::stop:
      return "Stopped";
    case Action::kill:
      return "Killed";
    case Action::pause:
      return "Paused";
    case Action::unpause:
      return "Unpaused";
    case Action::hook:
      return "Hook completed";
    case Action::remove:
      return "Removed";
    case Action::download:
    case Action::extract:
      return "Pull complete";
    case Action::prepare:
      return "Prepared";
    case Action::mount:
      return "Mounted from";
  }
  return "Done";
}

struct Headline {
  std::string_view operator()(const Pending& e) const { return done(e.action); }
  std::string_view operator()(const Started& e) const { return working(e.action); }
  std::string_view operator()(const Advanced& e) const { return working(e.action); }
  std::string_view operator()(const Finished& e) const {
    if (e.ending == Ending::restored) return "Restored";
    if (e.ending == Ending::skipped) return "Skipped";
    if (e.ending == Ending::done) return done(e.action);
    if (e.action == Action::download || e.action == Action::extract) return "Already exists";
    return e.action == Action::upload ? "Layer already exists" : done(e.action);
  }
  std::string_view operator()(const Warned& e) const {
    switch (e.reservation) {
      case Reservation::in_use:
        return "Resource is still in use";
      case Reservation::skipped:
        return "Skipped";
      case Reservation::ignored:
        return "Error";
      case Reservation::rolled_back:
        return "Removed";
      case Reservation::kept:
        return "Kept";
      case Reservation::unwell:
        return working(e.action);
    }
    return "Skipped";
  }
  std::string_view operator()(const Failed&) const { return "Error"; }
};

std::string_view infinitive(Awaited awaited) {
  switch (awaited) {
    case Awaited::started:
      return "start";
    case Awaited::healthy:
      return "be healthy";
    case Awaited::completed:
      return "complete";
    case Awaited::stopped:
      return "stop";
    case Awaited::removed:
      return "be removed";
  }
  return "be there";
}

}  // namespace

const Subject& subject_of(const ProgressEvent& event) {
  return std::visit([](const auto& e) -> const Subject& { return e.subject; }, event);
}

Action action_of(const ProgressEvent& event) {
  return std::visit([](const auto& e) { return e.action; }, event);
}

std::string_view whole_of(const ProgressEvent& event) {
  return std::visit(
      [](const auto& e) -> std::string_view {
        if constexpr (requires { e.whole; }) return e.whole;
        return {};
      },
      event);
}

std::string title(const Subject& subject) {
  switch (subject.kind) {
    case SubjectKind::project:
      return "Project " + subject.name;
    case SubjectKind::container:
      return "Container " + subject.name;
    case SubjectKind::network:
      return "Network " + subject.name;
    case SubjectKind::volume:
      return "Volume " + subject.name;
    case SubjectKind::image:
      return "Image " + subject.name;
    case SubjectKind::archive:
      return "Archive " + subject.name;
    case SubjectKind::service:
    case SubjectKind::reference:
    case SubjectKind::layer:
      return subject.name;
  }
  return subject.name;
}

std::string_view headline(const ProgressEvent& event) { return std::visit(Headline{}, event); }

std::string_view remark(Action action) {
  switch (action) {
    case Action::wait_running:
      return "until it runs";
    case Action::wait_healthy:
      return "until it is healthy";
    case Action::wait_completed:
      return "until it completes";
    case Action::replace:
      return "stopping the old one";
    default:
      return {};
  }
}

namespace {

std::string words_for(const std::vector<WaitsFor>& waits, bool whole) {
  if (waits.empty()) return {};
  std::string text = "for ";
  for (std::size_t i = 0; i < std::min(waits.size(), kNamesMax); ++i) {
    text += (i == 0 ? "" : ", ") + waits[i].name;
    if (whole) text.append(" to ").append(infinitive(waits[i].awaited));
  }
  if (waits.size() > kNamesMax) text += " and " + std::to_string(waits.size() - kNamesMax) + " more";
  return text;
}

}  // namespace

std::string waits_text(const std::vector<WaitsFor>& waits) { return words_for(waits, true); }

std::string waits_names(const std::vector<WaitsFor>& waits) { return words_for(waits, false); }

}  // namespace stack::model
