#include "engine/service/process_tables.h"

#include "base/async/thread_pool.h"
#include "engine/cgroup/members.h"
#include "engine/core/container_machine.h"
#include "engine/core/context.h"
#include "engine/service/answered.h"
#include "engine/service/container_names.h"
#include "engine/service/process_list.h"
#include "engine/service/ps_program.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {
constexpr std::string_view kOwnColumns = "-ef";
}

void ProcessTables::processes(const std::string& name, std::string arguments, api::Answer<api::ProcessTable> answer) {
  const auto container = container_named(engine_, name);
  const model::Container& row = container->row();
  if (row.state.pid == 0) throw Error(ErrorKind::conflict, "container " + row.id + " is not running");
  container->announce("top");
  std::string group = core::KernelGroups{engine_.context()}.path(row);
  tasks_.start(read(std::move(group), std::move(arguments)), answered(std::move(answer)));
}

asio::awaitable<api::ProcessTable> ProcessTables::read(std::string group, std::string arguments) {
  core::Context& context = engine_.context();
  const cgroup::Layout& layout = context.facts.cgroups;
  if (arguments.empty() || arguments == kOwnColumns) {
    auto work = [&layout, group = std::move(group), now = context.time.wall()] {
      return processes_of(cgroup::members(layout, group), now);
    };
    co_return co_await context.workers.run(std::move(work));
  }
  auto work = [words = ps_words(arguments), &layout, group = std::move(group), &clock = context.time] {
    return run_ps(words, cgroup::members(layout, group), clock);
  };
  const async::Mutex::Lock turn = co_await ps_turn_.lock();
  co_return co_await context.workers.run(std::move(work));
}

asio::awaitable<void> ProcessTables::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
