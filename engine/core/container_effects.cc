// How a container plays the effects of its lifecycle.
#include <signal.h>

#include "base/log.h"
#include "base/model/signals.h"
#include "engine/core/container_presence.h"
#include "engine/core/container_record.h"
#include "engine/core/event_bus.h"
#include "engine/core/managed_container.h"
#include "engine/core/state_writer.h"

namespace stack::core {

using model::Status;

// Table: what plays each effect.
void ManagedContainer::play(Effect effect, Message& message, Phase to) {
  switch (effect) {
    case Effect::prepare:
      launch_ = {.number = launch_.number + 1, .by_policy = message.trigger == Trigger::restart_due};
      return context_.tasks.start(prepare(launch_.number));
    case Effect::cancel_launch:
      launch_.cancelled = true;
      if (session_) session_->cancel();
      if (end_wait_) end_wait_();
      return;
    case Effect::spawn:
      return spawn(message);
    case Effect::count_from_one:
      record_.state.restart_count = 0;
      restarts_ = {};
      return;
    case Effect::begin_probes:
    case Effect::resume_probes:
      if (probes_) return probes_->resume();
      return begin_probes(effect == Effect::resume_probes);
    case Effect::hold_probes:
      if (probes_) probes_->hold();
      return;
    case Effect::end_probes:
      if (probes_) probes_->end();
      probes_.reset();
      return;
    case Effect::route:
      return route(to);
    case Effect::release:
      return release();
    case Effect::join_network:
    case Effect::leave_network:
      return change_network(effect, std::get<NetworkChange>(message.content));
    case Effect::fail_stops:
      return fail_stops();
    case Effect::delete_files:
      context_.files.discard(record_);
      directory_.forget(*this);
      image_claim_.reset();  // whoever waits for its removal may remove the image next
      return post({.trigger = Trigger::deleted});
    case Effect::send_signal:
    case Effect::send_stop_signal:
    case Effect::send_kill:
    case Effect::freeze:
    case Effect::thaw:
    case Effect::settle_freezer:
    case Effect::resize_terminal:
    case Effect::apply_limits:
    case Effect::end_session:
    case Effect::kill_processes:
      return play_on_processes(effect, message);
    case Effect::await_launch:
    case Effect::await_cancel:
    case Effect::await_grace:
    case Effect::await_kill:
    case Effect::await_restart:
    case Effect::disarm:
      return play_alarm(effect, message);
    case Effect::note_start:
    case Effect::note_failure:
    case Effect::note_exit:
    case Effect::note_lost:
    case Effect::note_death:
    case Effect::note_stopped:
    case Effect::note_killed:
    case Effect::note_pause:
    case Effect::note_resume:
    case Effect::note_probe:
    case Effect::set_name:
    case Effect::set_limits:
      return play_on_record(effect, message);
    case Effect::store:
    case Effect::tell_start:
    case Effect::tell_stop:
    case Effect::tell_die:
    case Effect::tell_kill:
    case Effect::tell_pause:
    case Effect::tell_unpause:
    case Effect::tell_rename:
    case Effect::tell_update:
    case Effect::tell_connect:
    case Effect::tell_disconnect:
      return tell(effect, message);
  }
}

void ManagedContainer::settle_freezer(bool frozen) {
  try {
    context_.groups.freeze(record_, frozen);
  } catch (const Error& error) {
    log_warning("container " + record_.id + ": " + error.message());
  }
}

void ManagedContainer::play_on_processes(Effect effect, Message& message) {
  const bool runs = session_ && session_->runs();
  switch (effect) {
    case Effect::send_signal:
      if (!runs) throw refusal(Trigger::signal);
      return session_->signal(std::get<Signal>(message.content).number);
    case Effect::send_stop_signal:
      grace_ = grace_of(message);
      if (runs && grace_.count() > 0) send(stop_signal(message));
      return;
    case Effect::send_kill:
      if (!runs) return;
      send(SIGKILL);
      // A recovery may have left it frozen: with version 1 of control groups it would not die.
      return settle_freezer(false);
    case Effect::freeze:
      return context_.groups.freeze(record_, true);
    case Effect::thaw:
      return context_.groups.freeze(record_, false);
    case Effect::settle_freezer:
      return settle_freezer(record_.state.status == Status::paused);
    case Effect::resize_terminal: {
      const auto& size = std::get<TerminalSize>(message.content);
      if (session_) session_->resize(size.rows, size.columns);
      return;
    }
    case Effect::apply_limits:
      if (const auto& limits = std::get<ContainerUpdate>(message.content).resources)
        context_.groups.limit(record_, *limits);
      return;
    case Effect::end_session:
      if (session_) session_->end();
      session_.reset();
      return changed_.notify_all();
    default:
      return context_.groups.kill_all(record_);
  }
}

void ManagedContainer::send(int signal) {
  session_->signal(signal);
  announce("kill", {{"signal", std::to_string(signal)}});
}

// --- alarms ----------------------------------------------------------------------------------------------------------

void ManagedContainer::arm(Trigger alarm, Nanos pause) {
  awaited_ = alarm;
  alarm_time_ = context_.time.mono() + pause;
  alarm_ = context_.time.at(alarm_time_, [this, alarm] {
    // SIGKILL did its work, and only the shim did not: with it goes what it knows of the end.
    const bool silent = alarm == Trigger::kill_overdue && session_ && session_->is_silent();
    post({.trigger = silent ? Trigger::connection_lost : alarm});
  });
}

void ManagedContainer::play_alarm(Effect effect, const Message& message) {
  switch (effect) {
    case Effect::await_launch:
      if (session_) arm(Trigger::launch_overdue, kStartWait);
      return;
    case Effect::await_cancel:
      // Without a shim it is being made ready, which ends by itself.
      if (session_) arm(Trigger::launch_overdue, kKillWait);
      return;
    case Effect::await_grace:
      return await_grace(message);
    case Effect::await_kill:
      if (session_ && session_->runs()) arm(Trigger::kill_overdue, kKillWait);
      return;
    case Effect::await_restart:
      restarts_ = decision_.state;
      restart_planned(record_.state);
      return arm(Trigger::restart_due, decision_.pause);
    default:
      return alarm_.reset();
  }
}

// Of several stops the one that is in the greatest hurry counts; SIGKILL, once sent, is awaited.
void ManagedContainer::await_grace(const Message& message) {
  const Nanos patience = grace_of(message);
  if (phase_ == Phase::stopping) {
    const bool waits = alarm_ && awaited_ == Trigger::grace_over;
    if (!waits || context_.time.mono() + patience >= alarm_time_) return;
    grace_ = patience;
  }
  if (patience.count() > 0) return arm(Trigger::grace_over, patience);
  alarm_.reset();
  post({.trigger = Trigger::grace_over});
}

Nanos ManagedContainer::grace_of(const Message& message) const {
  const auto* grace = std::get_if<Grace>(&message.content);
  const auto asked = grace == nullptr ? std::nullopt : grace->patience;
  const Nanos patience = asked.value_or(record_.spec.stop_grace.value_or(kDefaultGrace));
  return patience.count() < 0 ? kWithoutEnd : patience;
}

int ManagedContainer::stop_signal(const Message& message) const {
  const auto* grace = std::get_if<Grace>(&message.content);
  return grace != nullptr && grace->signal != 0 ? grace->signal : stop_signal();
}

int ManagedContainer::stop_signal() const {
  std::string name = record_.spec.stop_signal;
  if (name.empty()) {
    const auto of = context_.planner.find_image(record_.spec.image_id);
    if (of) name = of->config.stop_signal;
  }
  return model::parse_signal(name.empty() ? "SIGTERM" : name).value_or(SIGTERM);
}

void ManagedContainer::fail_stops() {
  const Error still{"container " + record_.spec.name + " is still running after SIGKILL"};
  std::erase_if(open_, [&](const Open& open) {
    if (open.command == Trigger::start) return false;
    open.ticket->answer(still);
    return true;
  });
}

// --- the record ------------------------------------------------------------------------------------------------------

void ManagedContainer::play_on_record(Effect effect, Message& message) {
  model::ContainerState& state = record_.state;
  switch (effect) {
    case Effect::note_start:
      exec_base_.reset();
      // Whatever its program writes is later. Another engine may have begun it.
      return started(state, std::get<ShimSession::Launched>(message.content).pid,
                     launch_.begun == Wall{} ? context_.time.wall() : launch_.begun, check().has_value());
    case Effect::note_failure:
      return start_failed(state, std::get<Error>(message.content), context_.time.wall());
    case Effect::note_exit: {
      const auto& exit = std::get<ShimSession::Exit>(message.content);
      restarts_ = decision_.state;
      exec_base_.reset();
      exited(state, exit.wait_status, exit.oom_killed, exit.when);
      if (exit.oom_killed) save("oom");
      return;
    }
    case Effect::note_lost:
      return lost(state, context_.time.wall());
    case Effect::note_death:
      return died(state, std::get<Error>(message.content).message(), context_.time.wall());
    case Effect::note_stopped:
      return given_up(state, context_.time.wall());
    case Effect::note_killed:
      if (grace_.count() > 0 && stop_signal() != SIGKILL) state.killed_after = grace_;
      return;
    case Effect::note_pause:
      return paused(state);
    case Effect::note_resume:
      return resumed(state);
    case Effect::note_probe:
      return note_probe(std::get<ProbeLoop::Report>(message.content));
    case Effect::set_name:
      record_.spec.name = std::get<NewName>(message.content).name;
      return;
    default: {
      const auto& change = std::get<ContainerUpdate>(message.content);
      if (change.resources) record_.spec.resources = *change.resources;
      if (change.restart) record_.spec.restart = *change.restart;
      exec_base_.reset();
    }
  }
}

void ManagedContainer::note_probe(const ProbeLoop::Report& report) {
  model::ContainerState& state = record_.state;
  const bool changed = state.health != report.state.health;
  state.health = report.state.health;
  state.failing_streak = report.state.failing_streak;
  const bool ended = report.outcome.kind == health::ProbeOutcome::Kind::exited;
  state.probes.push_back({.started = report.started,
                          .ended = report.ended,
                          .exit_code = ended ? report.outcome.exit_code : -1,
                          .output = report.outcome.output});
  if (state.probes.size() > model::kProbeResultsMax) state.probes.erase(state.probes.begin());
  if (!changed) return;
  route(phase_);
  save("health_status: " + std::string{model::to_string(state.health)});
}

void ManagedContainer::tell(Effect effect, const Message& message) {
  switch (effect) {
    case Effect::store:
      return save({});
    case Effect::tell_start:
      tell_arrival();
      return save("start");
    case Effect::tell_stop:
      return save("stop");
    case Effect::tell_die:
      tell_departure();
      return save("die", {{"exitCode", std::to_string(record_.state.exit_code)},
                          {"execDuration", std::to_string(seconds_run(record_.state))}});
    case Effect::tell_kill:
      return save("kill", {{"signal", std::to_string(std::get<Signal>(message.content).number)}});
    case Effect::tell_pause:
      return save("pause");
    case Effect::tell_unpause:
      return save("unpause");
    case Effect::tell_rename:
      return save("rename", {{"oldName", "/" + std::get<NewName>(message.content).before}});
    case Effect::tell_connect:
      return tell_network("connect", std::get<NetworkChange>(message.content));
    case Effect::tell_disconnect:
      return tell_network("disconnect", std::get<NetworkChange>(message.content));
    default:
      return save("update");
  }
}

// The record goes to the store and the event to whoever listens; empty action: only the record.
void ManagedContainer::save(std::string action, std::map<std::string, std::string> attributes) {
  std::vector<model::Event> events;
  if (!action.empty()) events.push_back(event_of(std::move(action), std::move(attributes)));
  publish(std::move(events), true);
  changed_.notify_all();
}

void ManagedContainer::announce(std::string action, std::map<std::string, std::string> attributes) {
  publish({event_of(std::move(action), std::move(attributes))});
}

model::Event ManagedContainer::event_of(std::string action, std::map<std::string, std::string> attributes) const {
  for (const auto& [name, value] : record_.spec.labels) attributes.emplace(name, value);
  attributes["image"] = record_.spec.image;
  attributes["name"] = record_.spec.name;
  return {.type = "container", .action = std::move(action), .id = record_.id, .attributes = std::move(attributes)};
}

void ManagedContainer::publish(std::vector<model::Event> events, bool record) {
  std::vector<state::Change> changes;
  if (record) changes.emplace_back(state::PutContainer{record_});
  for (model::Event& event : events) {
    event.time = context_.time.wall();
    changes.push_back(state::AppendEvent{context_.events.publish(std::move(event))});
  }
  context_.state.post(std::move(changes));
}

void ManagedContainer::tell_arrival() {
  if (!std::exchange(present_, true)) publish(arrivals(record_));
}

void ManagedContainer::tell_departure() {
  if (std::exchange(present_, false)) publish(departures(record_));
}

void ManagedContainer::change_network(Effect effect, const NetworkChange& change) {
  const std::vector<model::Endpoint> before = record_.state.endpoints;
  if (effect == Effect::join_network) {
    network_.join(change.attachment);
  } else {
    network_.leave(change);
  }
  if (record_.state.pid != 0) context_.files.update_hosts(record_, before);
}

// What happened to the container is an event of the network, as with Docker.
void ManagedContainer::tell_network(const char* action, const NetworkChange& change) {
  publish({{.type = "network",
            .action = action,
            .id = change.network_id,
            .attributes = {{"container", record_.id}, {"name", change.attachment.network}, {"type", change.driver}}}},
          true);
  changed_.notify_all();
}

// --- traffic ---------------------------------------------------------------------------------------------------------

// A paused container is asked only while no other one answers.
void ManagedContainer::route(Phase phase) {
  const model::Health health = record_.state.health;
  const bool ready = health == model::Health::none || health == model::Health::healthy;
  netns::Readiness readiness = netns::Readiness::none;
  if (phase == Phase::running) readiness = ready ? netns::Readiness::ready : netns::Readiness::last_resort;
  if (phase == Phase::paused) readiness = netns::Readiness::last_resort;
  network_.route(readiness);
}

void ManagedContainer::release() {
  tell_departure();
  network_.release();
  mounts_.clear();
  record_.state.endpoints.clear();
  record_.state.ports.clear();
}

}  // namespace stack::core
