#include "engine/core/managed_container.h"

#include <algorithm>

#include <signal.h>

#include "base/log.h"
#include "base/thrown.h"
#include "engine/core/container_record.h"
#include "engine/core/state_writer.h"

namespace stack::core {

namespace asio = boost::asio;
using model::Status;

namespace {

Phase phase_of(Status status) {
  switch (status) {
    case Status::created:
      return Phase::created;
    case Status::dead:
      return Phase::dead;
    default:
      return Phase::exited;  // what runs is found by recover()
  }
}

// Its own, and those that it mounts.
std::vector<Claims::Item> images_of(const model::ContainerSpec& spec) {
  std::vector<Claims::Item> images{{Claims::Kind::image, spec.image_id}};
  for (const model::Mount& mount : spec.mounts) {
    if (mount.kind == model::MountKind::image) images.push_back({Claims::Kind::image, mount.image_id});
  }
  return images;
}

}  // namespace

ManagedContainer::ManagedContainer(ContainerContext& context, ContainerDirectory& directory, model::Container record)
    : context_(context),
      directory_(directory),
      record_(std::move(record)),
      phase_(phase_of(record_.state.status)),
      desired_(record_.state.stopped_by_user ? Desired::down : Desired::up),
      changed_(context.loop),
      network_(context.network, record_, directory),
      image_claim_(std::make_shared<const Claims::Claim>(
          context.claims.hold("the container " + record_.spec.name, images_of(record_.spec)))) {}

ManagedContainer::~ManagedContainer() { abandon(); }

void ManagedContainer::abandon() {
  left_ = true;
  alarm_.reset();
  if (probes_) probes_->end();
  probes_.reset();
  session_.reset();
  for (VolumeMounts::Lease& lease : mounts_) lease.keep();  // the container may run on
  const Error leaving{ErrorKind::unavailable, "the engine is shutting down"};
  for (const Open& open : std::exchange(open_, {})) open.ticket->answer(leaving);
  for (const Message& message : std::exchange(waiting_, {})) message.ticket->answer(leaving);
}

// --- commands --------------------------------------------------------------------------------------------------------

asio::awaitable<void> ManagedContainer::start() { return ask(Trigger::start); }

asio::awaitable<void> ManagedContainer::stop(std::optional<Nanos> grace, int signal) {
  return ask(Trigger::stop, Grace{grace, signal});
}

asio::awaitable<void> ManagedContainer::restart(std::optional<Nanos> grace, int signal) {
  return restarted(shared_from_this(), Grace{grace, signal});
}

asio::awaitable<void> ManagedContainer::restarted(std::shared_ptr<ManagedContainer> self, Grace how) {
  decltype(Message::content) content{how};
  co_await asked(self, Trigger::restart, std::move(content));
  self->announce("restart");
}

asio::awaitable<void> ManagedContainer::remove(bool force) { return ask(Trigger::remove, Force{force}); }

asio::awaitable<void> ManagedContainer::pause(bool to_read) {
  record_.state.paused_to_read = to_read;
  return ask(Trigger::pause);
}

asio::awaitable<void> ManagedContainer::unpause() { return ask(Trigger::unpause); }

asio::awaitable<void> ManagedContainer::update(ContainerUpdate change) {
  if (change.resources) {
    model::ContainerSpec spec = record_.spec;
    spec.resources = *change.resources;
    context_.planner.check(spec, image());
  }
  return ask(Trigger::update, std::move(change));
}

asio::awaitable<void> ManagedContainer::connect(NetworkChange change) {
  return ask(Trigger::connect, std::move(change));
}

asio::awaitable<void> ManagedContainer::disconnect(NetworkChange change) {
  return ask(Trigger::disconnect, std::move(change));
}

asio::awaitable<void> ManagedContainer::kill(int signal) {
  Trigger command = signal == stop_signal() ? Trigger::terminate : Trigger::signal;
  if (signal == SIGKILL) command = Trigger::kill;
  return ask(command, Signal{signal});
}

void ManagedContainer::rename(const std::string& name) { ask_now(Trigger::rename, NewName{name, record_.spec.name}); }

void ManagedContainer::resize(std::uint16_t rows, std::uint16_t columns) {
  ask_now(Trigger::resize, TerminalSize{rows, columns});
}

UniqueFd ManagedContainer::input_for_client() const { return session_ ? session_->copy_of_input() : UniqueFd{}; }

void ManagedContainer::close_input() {
  if (session_) session_->close_input();
}

asio::awaitable<void> ManagedContainer::ask(Trigger command, decltype(Message::content) content) {
  return asked(shared_from_this(), command, std::move(content));
}

// The container lives as long, whenever the caller lets the coroutine begin.
asio::awaitable<void> ManagedContainer::asked(std::shared_ptr<ManagedContainer> self, Trigger command,
                                              decltype(Message::content) content) {
  const auto ticket = std::make_shared<Ticket>(self->context_.loop);
  self->post({.trigger = command, .content = std::move(content), .ticket = ticket});
  while (!ticket->answered) co_await ticket->changed.wait();
  if (ticket->failure) throw Error(*ticket->failure);
  co_await self->context_.state.settle({});  // what is answered survives a kill of the engine
}

void ManagedContainer::ask_now(Trigger command, decltype(Message::content) content) {
  const auto ticket = std::make_shared<Ticket>(context_.loop);
  post({.trigger = command, .content = std::move(content), .ticket = ticket});
  if (ticket->failure) throw Error(*ticket->failure);
}

// --- the inbox -------------------------------------------------------------------------------------------------------

void ManagedContainer::post(Message message) noexcept {
  if (left_) {
    if (message.ticket) message.ticket->answer(Error(ErrorKind::unavailable, "the engine is shutting down"));
    return;
  }
  const auto self = weak_from_this().lock();
  inbox_.push_back(std::move(message));
  if (busy_) return;
  busy_ = true;
  while (!inbox_.empty() && !left_) {
    Message next = std::move(inbox_.front());
    inbox_.pop_front();
    try {
      handle(next);
    } catch (const std::exception& error) {
      if (next.ticket) {
        next.ticket->answer(error_of(error));
      } else {
        could_not_handle(next.trigger, error_of(error).message());
      }
    }
  }
  busy_ = false;
}

void ManagedContainer::handle(Message& message) {
  const Transition transition = next(phase_, desired_, message.trigger, guards_of(message));
  switch (transition.handling) {
    case Handling::ignored:
      return;
    case Handling::wait:
      waiting_.push_back(std::move(message));
      return;
    case Handling::refused:
      return message.ticket->answer(refusal(message.trigger));
    case Handling::now:
    case Handling::later:
      break;
  }
  const Phase from = phase_;
  const Desired before = desired_;
  want(transition.desired);
  try {
    for (const Effect effect : transition.effects) play(effect, message, transition.phase);
  } catch (...) {
    // A command that fails leaves the phase, and what users want, as they were.
    if (before != desired_) {
      want(before);
      save({});
    }
    throw;
  }
  if (message.ticket && transition.handling == Handling::later) open_.push_back({message.trigger, message.ticket});
  enter(transition.phase);
  if (message.ticket && transition.handling == Handling::now) message.ticket->answer(std::nullopt);
  answer_open(message, from);
}

// Stored by the effects: an engine that is killed now must not let the next one start what users stopped.
void ManagedContainer::want(Desired desired) {
  desired_ = desired;
  record_.state.stopped_by_user = desired != Desired::up;
}

void ManagedContainer::enter(Phase phase) {
  if (phase == phase_) return;
  phase_ = phase;
  inbox_.splice(inbox_.end(), waiting_);
  changed_.notify_all();
}

void ManagedContainer::answer_open(const Message& message, Phase from) {
  std::erase_if(open_, [&](const Open& open) {
    const Outcome outcome = outcome_of(open.command, phase_);
    if (outcome == Outcome::met) open.ticket->answer(std::nullopt);
    if (outcome == Outcome::missed) open.ticket->answer(missed(message, from));
    return outcome != Outcome::open;
  });
}

void ManagedContainer::could_not_handle(Trigger trigger, const std::string& why) noexcept {
  if (trigger != Trigger::broken)
    return give_up("the engine could not handle " + std::string(to_string(trigger)) + ": " + why);
  log_error("container " + record_.id + ": giving it up: " + why);
  if (phase_ != Phase::removing && phase_ != Phase::removed) phase_ = Phase::dead;
  changed_.notify_all();
}

void ManagedContainer::give_up(const std::string& reason) noexcept {
  log_error("container " + record_.id + ": " + reason);
  post({.trigger = Trigger::broken, .content = Error(reason)});
}

// --- what decides ----------------------------------------------------------------------------------------------------

// Also completes what the message says: an exit that nobody reported, a decision of the restart policy.
Guards ManagedContainer::guards_of(Message& message) {
  const model::ContainerState& state = record_.state;
  Guards guards{.never_ran = state.status == Status::created,
                .was_dead = state.status == Status::dead,
                .was_paused = state.status == Status::paused,
                .dying = alarm_ && awaited_ == Trigger::kill_overdue};
  if (const auto* force = std::get_if<Force>(&message.content)) guards.forced = force->even_if_it_runs;
  if (const auto* launched = std::get_if<ShimSession::Launched>(&message.content)) {
    guards.was_known = state.status == Status::running && state.pid == launched->pid;
    const bool of_this_run = state.pid == launched->pid || state.pid == 0;
    guards.unplaced = network_.has_networks() && (state.endpoints.empty() || !of_this_run);
  }
  switch (message.trigger) {
    case Trigger::launch_overdue:
      message.content = Error("the container's shim does not answer");
      [[fallthrough]];
    case Trigger::launch_failed:
      if (!launch_.by_policy) break;
      decision_ = decision_after(exit_code_of(std::get<Error>(message.content)), Nanos{0});
      guards.again = decision_.restart;
      break;
    case Trigger::connection_lost: {
      auto recorded = recorded_exit();
      message.content = recorded ? *recorded : ShimSession::Exit{.wait_status = SIGKILL, .when = context_.time.wall()};
      [[fallthrough]];
    }
    case Trigger::exited: {
      const auto& exit = std::get<ShimSession::Exit>(message.content);
      const Nanos ran = state.started ? Nanos{exit.when - *state.started} : Nanos{0};
      decision_ = decision_after(exit_code_of(exit.wait_status), ran);
      guards.again = decision_.restart;
      break;
    }
    case Trigger::lost:
    case Trigger::idle:
      guards.again = decision_.restart;  // made by recover(), which knows what happened
      break;
    default:
      break;
  }
  return guards;
}

health::RestartDecision ManagedContainer::decision_after(int exit_code, Nanos ran) const {
  return health::decide(record_.spec.restart, restarts_,
                        {.code = exit_code, .ran = ran, .stopped_by_user = desired_ != Desired::up});
}

Error ManagedContainer::refusal(Trigger command) const {
  const std::string who = "container " + record_.spec.name + " ";
  if (command == Trigger::remove && phase_ != Phase::removing && phase_ != Phase::removed) {
    return Error(ErrorKind::conflict, who + std::string(predicate_of(phase_)))
        .remedy("stop it first, or remove it with force");
  }
  if (command == Trigger::pause && phase_ == Phase::paused)
    return Error(ErrorKind::conflict, who + "is already paused");
  if (command == Trigger::pause && phase_ == Phase::running) return Error(ErrorKind::conflict, who + "is being killed");
  if (command == Trigger::exec && phase_ == Phase::paused)
    return Error(ErrorKind::conflict, "C" + who.substr(1) + "is paused, unpause the container before exec");
  if (command == Trigger::unpause) return Error(ErrorKind::conflict, who + "is not paused");
  Error error(ErrorKind::conflict, who + std::string(predicate_of(phase_)));
  if (phase_ == Phase::paused) error.remedy("unpause it first");
  return error;
}

// Why a start that was to be answered later did not come to be.
Error ManagedContainer::missed(const Message& message, Phase from) const {
  const std::string& name = record_.spec.name;
  const auto* failure = std::get_if<Error>(&message.content);
  if (failure != nullptr && from != Phase::stopping && from != Phase::removing)
    return Error(*failure).context("starting container " + name);
  const bool gone = phase_ == Phase::removed || phase_ == Phase::removing;
  return {ErrorKind::conflict,
          "container " + name + " was " + (gone ? "removed" : "stopped") + " while it was starting"};
}

}  // namespace stack::core
