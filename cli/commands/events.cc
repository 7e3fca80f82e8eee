#include "cli/commands/events.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>

#include "base/moment.h"
#include "cli/commands/exit_codes.h"
#include "cli/commands/name_values.h"
#include "cli/commands/replica_choice.h"
#include "cli/view/event_view.h"
#include "cli/view/format_json.h"
#include "engine/api/event_json.h"

namespace stack::cli {
namespace {

client::EventChoice choice_of(const std::string& since, const std::string& until) {
  const Wall now = SystemClock{}.wall();
  client::EventChoice choice;
  if (!since.empty()) choice.since = parse_moment(since, now);
  if (!until.empty()) choice.until = parse_moment(until, now);
  return choice;
}

// Writes `line(event)` of each until the stream ends or Ctrl-C comes.
int follow(Session& session, const client::EventChoice& choice,
           const std::function<std::string(const model::Event&)>& line) {
  client::EngineClient& engine = session.engine();
  catch_interrupts();
  try {
    engine.events(
        choice,
        [&](const model::Event& event) {
          std::cout << line(event) << std::flush;
          return std::cout.good();
        },
        &interrupted);
  } catch (const Error&) {
    if (!interrupted.load()) throw;
    return interrupted_exit(session);
  }
  return 0;
}

std::string label_of(const model::Event& event, const char* name) {
  const auto found = event.attributes.find(name);
  return found == event.attributes.end() ? std::string{} : found->second;
}

void check_filters(const Filters& filters) {
  constexpr std::array<std::string_view, 8> kKnown{"container", "event", "image", "label",
                                                   "network",   "scope", "type",  "volume"};
  for (const auto& [name, value] : filters) {
    if (std::ranges::find(kKnown, name) != kKnown.end()) continue;
    throw Error(ErrorKind::invalid, "invalid filter '" + name + "'")
        .remedy("filter by one of: container, event, image, label, network, scope, type, volume");
  }
}

}  // namespace

int events(Session& session, const EventsFlags& flags) {
  const Session::Target target = session.target({});
  for (const std::string& service : flags.services) check_service(session, target, service);
  client::EventChoice choice = choice_of(flags.since, flags.until);
  choice.filters = {{"type", "container"}, {"label", "com.docker.compose.project=" + target.name}};
  return follow(session, choice, [&](const model::Event& event) -> std::string {
    const std::string service = label_of(event, "com.docker.compose.service");
    const auto& wanted = flags.services;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), service) == wanted.end()) return {};
    if (label_of(event, "com.docker.compose.oneoff") == "True") return {};
    return flags.json ? project_event_json(event) : project_event_line(event);
  });
}

int system_events(Session& session, const SystemEventsFlags& flags) {
  client::EventChoice choice = choice_of(flags.since, flags.until);
  choice.filters = parse_filters(flags.filters);
  // The engine, as dockerd, ignores what it does not know.
  if (!session.options().docker) check_filters(choice.filters);
  // A mistake in the template is told now and not with the first event.
  if (!flags.format.empty()) format_rows(flags.format, api::event_line({}), {});
  return follow(session, choice, [&](const model::Event& event) {
    if (flags.format.empty()) return engine_event_line(event);
    return format_rows(flags.format, api::event_line(event), {});
  });
}

}  // namespace stack::cli
