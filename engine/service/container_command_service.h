// Commands on containers as the API gives them: dockerd's rules and words, around the core's containers.
//
// Loop thread. A container with auto_remove is removed from here, once it has ended and the clients that are attached to it, and
// whoever sends its log away, have got its output.
#pragma once

#include "engine/api/container_commands.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"
#include "engine/service/attachments.h"
#include "engine/service/creation_names.h"
#include "engine/service/log_forwarders.h"

namespace stack::service {

class ContainerCommandService final : public api::ContainerCommands {
 public:
  ContainerCommandService(core::Engine& engine, Attachments& attachments, LogForwarders& forwarders);

  void create(api::ContainerCreation creation,
              std::function<void(std::variant<api::ContainerCreated, Error>)> answer) override;
  void start(const std::string& container, Changed answer) override;
  void stop(const std::string& container, const api::StopOptions& options, Changed answer) override;
  void restart(const std::string& container, const api::StopOptions& options, Done answer) override;
  void kill(const std::string& container, const std::string& signal, Done answer) override;
  void pause(const std::string& container, Done answer) override;
  void unpause(const std::string& container, Done answer) override;
  void rename(const std::string& container, const std::string& name, Done answer) override;
  void update(const std::string& container, const api::ContainerChange& change, Done answer) override;
  void remove(const std::string& container, const api::ContainerRemovalOptions& options, Done answer) override;
  void resize(const std::string& container, std::uint16_t rows, std::uint16_t columns) override;
  std::function<void()> wait(const std::string& container, api::WaitFor what,
                             std::function<void(api::ContainerEnd)> answer) override;

  // After a restart of the engine: what should have removed itself meanwhile goes.
  void sweep();
  boost::asio::awaitable<void> stop_all();

 private:
  using Container = std::shared_ptr<core::ManagedContainer>;
  // `step` stands in front of what is thrown.
  [[nodiscard]] Container named(const std::string& name, const std::string& step = "") const;
  [[nodiscard]] CreationNames names_of(const model::ContainerSpec& spec) const;
  boost::asio::awaitable<api::ContainerCreated> make(api::ContainerCreation creation, CreationNames judged);
  boost::asio::awaitable<void> start_one(Container container);
  // Once the clients that are attached have its output, which takes `patience` at most.
  boost::asio::awaitable<void> remove_itself(std::string id, Nanos patience);
  // Once the clients that were attached at its end have its output, and soon.
  boost::asio::awaitable<void> tell_end(std::string id, std::function<void()> tell);
  void on_event(const model::Event& event);

  core::Engine& engine_;
  Attachments& attachments_;
  LogForwarders& forwarders_;
  async::TaskGroup tasks_;
  core::EventBus::Subscription heard_;
};

}  // namespace stack::service
