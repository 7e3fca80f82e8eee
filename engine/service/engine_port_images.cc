// What a plan asks for images: the image service does it, and its reports about layers go on to the project's client.
#include "base/async/event.h"
#include "base/scope_guard.h"
#include "engine/core/context.h"
#include "engine/service/engine_port.h"

namespace stack::service {

namespace asio = boost::asio;
using compose::Outcome;

namespace {

// What messages begin with: "compose.yaml:3:12: services.web.image".
std::string place_of(const compose::PullImage& pull) {
  if (pull.services.empty()) return {};
  const std::string where = compose::to_text(pull.place);
  return (where.empty() ? "" : where + ": ") + "services." + pull.services.front() + ".image";
}

}  // namespace

asio::awaitable<Outcome> EnginePort::play(const compose::PullImage& pull) {
  const model::Subject subject = compose::subject(pull);
  api::PullRequest request{.images = {{.name = subject.name,
                                       .reference = pull.reference,
                                       .platform = pull.platform,
                                       .policy = pull.policy,
                                       .place = place_of(pull)}},
                           .credentials = options_.credentials};
  // Shared: what is cancelled reports once more after this coroutine is gone.
  struct Waiting {
    explicit Waiting(asio::io_context& loop) : over(loop) {}
    async::Event over;
    std::optional<Error> failure;
    Outcome outcome;
    bool ended = false;
  };
  const auto waiting = std::make_shared<Waiting>(engine_.context().loop);
  const auto listen = [waiting, on_part = options_.on_part](const api::Report& report) {
    if (const auto* event = std::get_if<model::ProgressEvent>(&report)) {
      const auto* finished = std::get_if<model::Finished>(event);
      if (!model::whole_of(*event).empty()) {
        if (on_part) on_part(*event);
      } else if (finished != nullptr) {
        waiting->outcome.details = finished->details;
      }
    } else if (const auto* failed = std::get_if<api::Failure>(&report)) {
      waiting->outcome.failure = failed->error;
    } else if (const auto* done = std::get_if<api::Done>(&report)) {
      waiting->outcome.unchanged = !done->changed;
    }
    if (!api::is_last(report)) return;
    waiting->ended = true;
    waiting->over.notify_all();
  };
  const std::uint64_t number = next_work_++;
  const auto cancel = images_.pull(std::move(request), listen);
  work_.emplace(number, cancel);
  const ScopeGuard leave{[this, number, waiting, cancel] {
    if (!waiting->ended) cancel();
    work_.erase(number);
  }};
  while (!waiting->ended) co_await waiting->over.wait();
  co_return std::move(waiting->outcome);
}

void EnginePort::cancel_work() {
  for (const auto& [number, cancel] : std::map{work_}) cancel();
}

asio::awaitable<Outcome> EnginePort::play(const compose::RemoveImage& remove) {
  struct Waiting {
    explicit Waiting(asio::io_context& loop) : over(loop) {}
    async::Event over;
    std::optional<std::variant<api::ImageRemoval, Error>> answer;
  };
  const auto waiting = std::make_shared<Waiting>(engine_.context().loop);
  images_.remove({remove.reference}, false, [waiting](std::variant<api::ImageRemoval, Error> answer) {
    waiting->answer = std::move(answer);
    waiting->over.notify_all();
  });
  while (!waiting->answer) co_await waiting->over.wait();
  if (const auto* error = std::get_if<Error>(&*waiting->answer)) throw *error;
  const auto& removal = std::get<api::ImageRemoval>(*waiting->answer);
  if (removal.errors.empty()) co_return Outcome{};
  const Error& first = removal.errors.front();
  // Somebody else was faster.
  if (first.kind() != ErrorKind::not_found) throw first;
  co_return Outcome{.failure = {}, .unchanged = true};
}

}  // namespace stack::service
