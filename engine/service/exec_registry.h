// Remembers execs by their id: those that wait for their start, those that run, and the last that have ended.
//
// Loop thread only. Ids outlive the engine (exec_journal.h): one that runs while engines change is seen to run on and to end, but nobody
// can attach to it any more.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async/task_group.h"
#include "engine/api/exec_backend.h"
#include "engine/core/engine.h"
#include "engine/service/exec_journal.h"

namespace stack::service {

class ExecRegistry final : public api::ExecBackend, public api::ContainerBackend {
 public:
  // Of those that do not run, so many; the oldest go.
  static constexpr std::size_t kKeptMax = 1000;
  static constexpr std::size_t kKeptBytesMax = 64 << 20;  // of their words and variables
  static constexpr std::size_t kExecBytesMax = 2 << 20;   // of one; a process is given no more by Linux

  ExecRegistry(core::Engine& engine, api::ContainerBackend& execs);

  // What the engine before left; once containers are recovered.
  void recover();

  void create(api::ExecSpec spec, api::Answer<std::string> answer) override;
  api::ExecView inspect(const std::string& id) override;
  void check_start(const std::string& id) override;
  void start(const std::string& id, std::uint16_t rows, std::uint16_t columns, api::ExecEvents events,
             api::Answer<std::shared_ptr<api::ExecProcess>> answer) override;
  void detached(const std::string& id) override;
  void resize(const std::string& id, std::uint16_t rows, std::uint16_t columns) override;
  // Both in one, for a client that asks for a process and gets it.
  void exec(api::ExecRequest request, api::ExecEvents events,
            api::Answer<std::shared_ptr<api::ExecProcess>> answer) override;
  boost::asio::awaitable<void> stop();

  // Those of a container that run or wait for their start.
  [[nodiscard]] std::vector<std::string> of_container(const std::string& container) const;

 private:
  struct Entry : ExecRecord {
    std::weak_ptr<core::ManagedContainer> container;
    bool inherited = false;  // begun by an engine before this one
    std::weak_ptr<api::ExecProcess> process;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> wanted_size;  // rows and columns, asked for before it ran
  };
  std::string add(const std::shared_ptr<core::ManagedContainer>& container, api::ExecSpec spec);
  boost::asio::awaitable<std::string> add_checked(std::shared_ptr<core::ManagedContainer> container,
                                                  api::ExecSpec spec);
  // Throws not_found.
  std::shared_ptr<Entry> find(const std::string& id);
  void keep(std::shared_ptr<Entry> entry);
  void forget_oldest();
  void compact();
  void look_after(Entry& entry);
  static void check_size(const api::ExecSpec& spec);
  static void announce(const Entry& entry, const std::string& action, std::map<std::string, std::string> more = {});

  core::Engine& engine_;
  api::ContainerBackend& execs_;
  async::TaskGroup tasks_;
  std::map<std::string, std::shared_ptr<Entry>> by_id_;
  std::deque<std::string> order_;
  std::size_t bytes_ = 0;  // of all in by_id_
  ExecJournal journal_;
};

}  // namespace stack::service
