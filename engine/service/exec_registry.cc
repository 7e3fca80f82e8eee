#include "engine/service/exec_registry.h"

#include <algorithm>
#include <utility>

#include "base/async/thread_pool.h"
#include "base/file.h"
#include "base/ids.h"
#include "engine/core/context.h"
#include "engine/service/answered.h"
#include "engine/service/exec_user.h"
#include "engine/service/process_list.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

// What a shell would give for it.
int code_of(const Error& error) {
  if (error.kind() == ErrorKind::no_such_command) return 127;
  return error.kind() == ErrorKind::not_executable ? 126 : 128;
}

constexpr std::size_t kWordsMax = 4096;  // bytes of a command in an event, which is stored

// As dockerd writes it: the program, a blank, its arguments; cut where that becomes long.
std::string words_of(const std::vector<std::string>& argv) {
  std::string text = argv.front() + " ";
  for (std::size_t i = 1; i < argv.size() && text.size() <= kWordsMax; ++i) text += (i == 1 ? "" : " ") + argv[i];
  if (text.size() <= kWordsMax) return text;
  std::size_t end = kWordsMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "...";
}

std::size_t bytes_of(const api::ExecRequest& request) {
  std::size_t bytes = 0;
  for (const auto* words : {&request.argv, &request.env})
    for (const std::string& word : *words) bytes += word.size() + 1;
  return bytes;
}

// 0: there is no such process.
std::uint64_t start_ticks_of(std::int32_t pid) {
  if (pid <= 0) return 0;
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto stat = text ? parse_process_stat(*text) : std::nullopt;
  return stat ? stat->start_ticks : 0;
}

}  // namespace

ExecRegistry::ExecRegistry(core::Engine& engine, api::ContainerBackend& execs)
    : engine_(engine),
      execs_(execs),
      tasks_(engine.context().loop, "creating execs"),
      journal_(engine.context().options.execs()) {}

void ExecRegistry::recover() {
  for (ExecRecord& record : journal_.load()) {
    const auto container = engine_.containers().find(record.view.spec.request.container);
    if (!container) continue;
    auto entry = std::make_shared<Entry>();
    static_cast<ExecRecord&>(*entry) = std::move(record);
    entry->container = container;
    entry->inherited = entry->started;
    keep(std::move(entry));
  }
  forget_oldest();
  compact();
}

void ExecRegistry::keep(std::shared_ptr<Entry> entry) {
  bytes_ += bytes_of(entry->view.spec.request);
  order_.push_back(entry->view.id);
  by_id_.emplace(entry->view.id, std::move(entry));
}

void ExecRegistry::compact() {
  std::vector<ExecRecord> kept;
  kept.reserve(order_.size());
  for (const std::string& id : order_) kept.push_back(*by_id_.at(id));
  journal_.rewrite(kept);
}

// The shim of its container tells how it ended, when an engine was there to hear it.
void ExecRegistry::look_after(Entry& entry) {
  if (!entry.inherited || !entry.view.running) return;
  const auto container = entry.container.lock();
  if (container && container->row().state.status == model::Status::running) {
    const auto code = container->stray_exit(entry.view.pid);
    if (!code && start_ticks_of(entry.view.pid) == entry.start_ticks) return;
    entry.view.exit_code = code;
  } else {
    entry.view.exit_code = 137;
  }
  entry.view.running = false;
  journal_.append(entry);
}

void ExecRegistry::create(api::ExecSpec spec, api::Answer<std::string> answer) {
  if (spec.request.argv.empty()) throw Error(ErrorKind::invalid, "No exec command specified");
  check_size(spec);
  const auto container = engine_.containers().find(spec.request.container);
  if (!container) throw Error(ErrorKind::not_found, "No such container: " + spec.request.container);
  const std::string asked = std::exchange(spec.request.container, container->row().id);
  const model::Status status = container->row().state.status;
  if (status == model::Status::paused)
    throw Error(ErrorKind::conflict, "Container " + asked + " is paused, unpause the container before exec");
  if (status != model::Status::running)
    throw Error(ErrorKind::conflict, "container " + spec.request.container + " is not running");
  const std::string& user = spec.request.user;
  if (user.empty() || !has_name(user)) return answer(add(container, std::move(spec)));
  tasks_.start(add_checked(container, std::move(spec)), answered(std::move(answer)));
}

asio::awaitable<std::string> ExecRegistry::add_checked(std::shared_ptr<core::ManagedContainer> container,
                                                       api::ExecSpec spec) {
  const model::Container& row = container->row();
  auto look = [user = spec.request.user, pid = row.state.pid, id = row.id] { check_exec_user(user, pid, id); };
  co_await engine_.context().workers.run(std::move(look));
  co_return add(container, std::move(spec));
}

asio::awaitable<void> ExecRegistry::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void ExecRegistry::check_size(const api::ExecSpec& spec) {
  const std::size_t bytes = bytes_of(spec.request);
  if (bytes > kExecBytesMax)
    throw Error(ErrorKind::invalid, "the command and its environment have " + std::to_string(bytes) +
                                        " bytes; a process is given at most " + std::to_string(kExecBytesMax));
}

void ExecRegistry::exec(api::ExecRequest request, api::ExecEvents events,
                        api::Answer<std::shared_ptr<api::ExecProcess>> answer) {
  const auto container = engine_.containers().find(request.container);
  // What does not run refuses by itself, and nothing was begun.
  if (!container || container->row().state.status != model::Status::running || request.argv.empty())
    return execs_.exec(std::move(request), std::move(events), std::move(answer));
  const bool stdin_open = request.stdin_open;
  const std::uint16_t rows = request.rows, columns = request.columns;
  request.container = container->row().id;
  check_size({.request = request});
  const std::string id = add(container, {.request = std::move(request), .attach_stdin = stdin_open});
  start(id, rows, columns, std::move(events), std::move(answer));
}

std::string ExecRegistry::add(const std::shared_ptr<core::ManagedContainer>& container, api::ExecSpec spec) {
  auto entry = std::make_shared<Entry>();
  entry->container = container;
  entry->view.id = new_id(engine_.context().random);
  entry->view.spec = std::move(spec);
  const std::string id = entry->view.id;
  announce(*entry, "exec_create: " + words_of(entry->view.spec.request.argv));
  journal_.append(*entry);
  keep(std::move(entry));
  forget_oldest();
  if (journal_.is_long()) compact();
  return id;
}

std::vector<std::string> ExecRegistry::of_container(const std::string& container) const {
  std::vector<std::string> found;
  for (const std::string& id : order_) {
    const api::ExecView& view = by_id_.at(id)->view;
    if (view.spec.request.container == container && !view.exit_code) found.push_back(id);
  }
  return found;
}

std::shared_ptr<ExecRegistry::Entry> ExecRegistry::find(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) throw Error(ErrorKind::not_found, "No such exec instance: " + id);
  return found->second;
}

api::ExecView ExecRegistry::inspect(const std::string& id) {
  const auto entry = find(id);
  look_after(*entry);
  return entry->view;
}

void ExecRegistry::detached(const std::string& id) { announce(*find(id), "exec_detach"); }

void ExecRegistry::check_start(const std::string& id) {
  const auto entry = find(id);
  if (entry->started) throw Error(ErrorKind::conflict, "exec command " + id + " has already run");
  const auto container = entry->container.lock();
  if (!container || container->row().state.status != model::Status::paused) return;
  throw Error(ErrorKind::conflict,
              "Container " + container->row().id + " is paused, unpause the container before exec");
}

void ExecRegistry::start(const std::string& id, std::uint16_t rows, std::uint16_t columns, api::ExecEvents events,
                         api::Answer<std::shared_ptr<api::ExecProcess>> answer) {
  check_start(id);
  const auto entry = find(id);
  entry->started = true;
  entry->view.running = true;
  api::ExecRequest request = entry->view.spec.request;
  request.stdin_open = entry->view.spec.attach_stdin;
  request.rows = rows;
  request.columns = columns;
  announce(*entry, "exec_start: " + words_of(request.argv));
  events.on_exit = [this, entry, next = std::move(events.on_exit)](int code) {
    entry->view.running = false;
    entry->view.exit_code = code;
    journal_.append(*entry);
    announce(*entry, "exec_die", {{"exitCode", std::to_string(code)}});
    if (next) next(code);
  };
  // Also for what is refused at once: a container that is gone meanwhile.
  const auto begun = [this, entry,
                      answer = std::move(answer)](std::variant<std::shared_ptr<api::ExecProcess>, Error> result) {
    if (const auto* error = std::get_if<Error>(&result)) {
      entry->view.running = false;
      entry->view.exit_code = code_of(*error);
    } else {
      const auto& process = std::get<std::shared_ptr<api::ExecProcess>>(result);
      entry->process = process;
      entry->view.pid = process->pid();
      entry->start_ticks = start_ticks_of(entry->view.pid);
      if (const auto& size = entry->wanted_size) process->resize(size->first, size->second);
    }
    journal_.append(*entry);
    answer(std::move(result));
  };
  try {
    execs_.exec(std::move(request), std::move(events), begun);
  } catch (const Error& error) {
    begun(error);
  }
}

void ExecRegistry::resize(const std::string& id, std::uint16_t rows, std::uint16_t columns) {
  const auto entry = find(id);
  if (const auto process = entry->process.lock()) return process->resize(rows, columns);
  if (!entry->view.running) throw Error(ErrorKind::not_found, "the process of exec " + id + " does not run");
  entry->wanted_size = {rows, columns};  // it is about to run
}

void ExecRegistry::announce(const Entry& entry, const std::string& action, std::map<std::string, std::string> more) {
  const auto container = entry.container.lock();
  if (!container) return;
  more["execID"] = entry.view.id;
  container->announce(action, std::move(more));
}

void ExecRegistry::forget_oldest() {
  if (order_.size() <= kKeptMax && bytes_ <= kKeptBytesMax) return;
  const auto rests = [this](const std::string& id) { return !by_id_.at(id)->view.running; };
  for (auto kept = static_cast<std::size_t>(std::count_if(order_.begin(), order_.end(), rests));
       kept > kKeptMax || (kept > 1 && bytes_ > kKeptBytesMax); --kept) {
    const auto oldest = std::find_if(order_.begin(), order_.end(), rests);
    bytes_ -= bytes_of(by_id_.at(*oldest)->view.spec.request);
    by_id_.erase(*oldest);
    order_.erase(oldest);
  }
}

}  // namespace stack::service
