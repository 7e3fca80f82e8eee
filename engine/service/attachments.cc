#include "engine/service/attachments.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/detach_keys.h"
#include "base/engine_tree.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "base/thrown.h"
#include "engine/core/event_bus.h"
#include "engine/core/log_tail.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/service/container_names.h"
#include "engine/service/process_input.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

using Container = std::shared_ptr<core::ManagedContainer>;

std::string keys_of(const api::AttachRequest& request) {
  return parse_detach_keys(request.detach_keys.empty() ? kDetachKeys : std::string_view{request.detach_keys});
}

class Attached final : public api::ExecProcess, public std::enable_shared_from_this<Attached> {
 public:
  Attached(core::Engine& engine, async::TaskGroup& tasks, Container container, const api::AttachRequest& request,
           api::ExecEvents events)
      : tasks_(tasks),
        container_(std::move(container)),
        request_(request),
        events_(std::move(events)),
        keys_(container_->row().spec.tty ? keys_of(request) : std::string{}),
        output_taken_(engine.context().loop),
        input_(std::make_shared<ProcessInput>(engine.context().loop, tasks, events_.want_input)),
        tail_(
            engine.context().loop, engine.context().workers, engine.log_watches(), log_folder(engine.context()),
            [this](int s, std::string_view b) { output(s, b); },
            request.logs ? core::LogTail::From::begin : core::LogTail::From::end),
        heard_(engine.context().events.subscribe([this](const model::Event& event) { on_event(event); })) {
    tail_.pace([this] { return wait_for_client(); });
  }

  // `draining`: no more output will come, and this client has not got all of it; `over`: it has, after that.
  void begin(std::function<void()> draining, std::function<void()> over) {
    draining_ = std::move(draining);
    if (!request_.stream) end_output();
    tasks_.start(run(std::move(over)));
    if (request_.stdin_open && request_.stream) tasks_.start(connect_input());
  }

  void input(std::string_view bytes) override {
    input_->write(keys_.pass(bytes));
    if (!keys_.complete()) return;
    container_->announce("detach");
    leave();
  }
  // The input of a container that was made for one client ends with it. Others may attach later to any other; this client has all that
  // it gets, as with dockerd.
  void end_input() override {
    if (!request_.stdin_open || !request_.stream) return;
    const model::ContainerSpec& spec = container_->row().spec;
    const bool with_it = spec.stdin_once && !spec.tty;
    input_->on_closed([with_it, self = weak_from_this()] {
      const auto attached = self.lock();
      if (!attached) return;
      with_it ? attached->container_->close_input() : attached->end_output();
    });
    input_->end();
  }
  void resize(std::uint16_t, std::uint16_t) override {}  // the container's own call does that
  void output_taken() override { output_taken_.notify_all(); }
  void client_gone() override { leave(); }

 private:
  static std::filesystem::path folder_of(core::Context& context, const std::string& id) {
    return sandbox::log_folder(context.options.container(id));
  }
  // Before the first start nobody has made it yet.
  std::filesystem::path log_folder(core::Context& context) const {
    const std::filesystem::path folder = folder_of(context, container_->row().id);
    tree::make_folder(folder.parent_path());
    tree::make_folder(folder);
    return folder;
  }

  void output(int stream, std::string_view bytes) {
    if (!left_ && events_.on_output) events_.on_output(stream, std::string{bytes});
  }
  asio::awaitable<void> wait_for_client() {
    const auto self = shared_from_this();
    while (!left_ && events_.congested && events_.congested()) co_await output_taken_.wait();
  }

  void on_event(const model::Event& event) {
    if (event.id == container_->row().id && (event.action == "die" || event.action == "destroy")) end_output();
  }

  void end_output() {
    tail_.end();
    if (const auto draining = std::exchange(draining_, {})) draining();
  }

  void leave() {
    left_ = true;
    end_output();
    output_taken_.notify_all();
  }

  asio::awaitable<void> run(std::function<void()> over) {
    const auto self = shared_from_this();
    const ScopeGuard leave{[&] {
      input_->abandon();
      container_->changed().notify_all();  // for the input that waits for a start
      left_ = true;
      if (const auto on_exit = std::exchange(events_.on_exit, {})) on_exit(0);
      events_ = {};
      if (!draining_) over();
    }};
    try {
      co_await tail_.run();
    } catch (const Error& error) {
      log_warning("attach to container " + container_->row().id + ": " + error.message());
    }
  }

  asio::awaitable<void> connect_input() {
    const auto self = shared_from_this();
    for (;;) {
      if (left_) co_return;
      if (UniqueFd to = container_->input_for_client()) {
        input_->begin(std::move(to), false);
        co_return;
      }
      co_await container_->changed().wait();
    }
  }

  async::TaskGroup& tasks_;
  const Container container_;
  const api::AttachRequest request_;
  api::ExecEvents events_;
  DetachKeys keys_;
  async::Event output_taken_;
  const std::shared_ptr<ProcessInput> input_;
  core::LogTail tail_;
  bool left_ = false;
  std::function<void()> draining_;
  core::EventBus::Subscription heard_;
};

}  // namespace

Container Attachments::named(const std::string& container) const { return container_named(engine_, container); }

bool Attachments::has_terminal(const api::AttachRequest& request) {
  const Container container = named(request.container);
  (void)keys_of(request);
  if (container->row().state.status == model::Status::paused) {
    throw Error(ErrorKind::conflict,
                "container " + request.container + " is paused, unpause the container before attach");
  }
  return container->row().spec.tty;
}

std::shared_ptr<api::ExecProcess> Attachments::attach(const api::AttachRequest& request, api::ExecEvents events) {
  Container container = named(request.container);
  const std::string id = container->row().id;
  container->announce("attach");
  auto attached = std::make_shared<Attached>(engine_, tasks_, std::move(container), request, std::move(events));
  attached->begin([this, id] { ++draining_[id]; },
                  [this, id] {
                    if (--draining_[id] == 0) draining_.erase(id);
                    fewer_.notify_all();
                  });
  return attached;
}

asio::awaitable<void> Attachments::drained(std::string container, Mono deadline) {
  // Whoever asks may have heard of the end before the clients have.
  co_await asio::post(engine_.context().loop, asio::use_awaitable);
  bool in_time = true;
  while (draining_.contains(container) && in_time)
    in_time = co_await fewer_.wait_until(engine_.context().time, deadline);
}

asio::awaitable<void> Attachments::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
