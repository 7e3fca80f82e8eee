#include "engine/service/revision_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/thrown.h"
#include "base/unique_fd.h"
#include "compose/model/project_json.h"
#include "compose/plan/plan_json.h"
#include "engine/api/revision_json.h"
#include "engine/core/context.h"
#include "engine/core/state_writer.h"
#include "engine/service/answered.h"
#include "engine/state/revision_reader.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kCommandBytesMax = 4096;

// The command line of a process that is there, with blanks between its words; empty when it cannot be learnt.
std::string command_of(std::int32_t pid) {
  if (pid <= 0) return {};
  const UniqueFd file{::open(("/proc/" + std::to_string(pid) + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return {};
  std::string text(kCommandBytesMax, '\0');
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (text.ends_with('\0')) text.pop_back();
  for (char& c : text) c = c == '\0' ? ' ' : c;
  return text;
}

std::map<std::string, api::RevisionImage> images_of(const std::map<std::string, model::Image>& used) {
  std::map<std::string, api::RevisionImage> images;
  for (const auto& [reference, image] : used)
    images[reference] = {image.id, image.repo_digests.empty() ? "" : image.repo_digests.front()};
  return images;
}

std::filesystem::path file_of(core::Engine& engine) { return engine.context().options.root / "state.db"; }

}  // namespace

RevisionLog::RevisionLog(core::Engine& engine, std::map<std::string, std::int64_t> last)
    : engine_(engine), last_(std::move(last)), tasks_(engine.context().loop, "revisions") {}

RevisionLog::Entry RevisionLog::begin(const Beginning& beginning) {
  const api::ProjectRequest& request = beginning.request;
  Entry entry{
      request.project, {.number = ++last_[request.project], .verb = request.verb, .begun = beginning.begun}, {}};
  if (beginning.project != nullptr) entry.revision.hash = compose::project_hash(*beginning.project);
  entry.revision.client = {request.client_uid, request.client_pid, command_of(request.client_pid)};
  entry.revision.images = images_of(beginning.images);
  entry.revision.steps = beginning.steps;
  if (beginning.project != nullptr) entry.resolved = beginning.resolved;
  put(entry);
  return entry;
}

void RevisionLog::end(Entry entry, const std::optional<Error>& failure, bool cancelled, const std::string& summary) {
  using api::RevisionOutcome;
  api::Revision& revision = entry.revision;
  revision.outcome = cancelled ? RevisionOutcome::cancelled
                     : failure ? RevisionOutcome::failed
                               : RevisionOutcome::succeeded;
  (failure ? revision.failure : revision.summary) = failure ? failure->message() : summary;
  revision.ended = engine_.context().time.wall();
  put(entry);
}

void RevisionLog::put(const Entry& entry) {
  const api::Revision& revision = entry.revision;
  engine_.context().state.post({state::PutRevision{
      {entry.project, revision.number, revision.hash, api::revision_json(revision), entry.resolved}}});
}

asio::awaitable<std::vector<api::Revision>> RevisionLog::read_list(std::string project) {
  co_await engine_.context().state.drain();
  auto read = [file = file_of(engine_), project] { return state::read_revisions(file, project); };
  std::vector<api::Revision> revisions;
  for (const state::RevisionRow& row : co_await engine_.context().workers.run(std::move(read)))
    revisions.push_back(api::parse_revision(row.record));
  co_return revisions;
}

asio::awaitable<api::Revision> RevisionLog::read_one(std::string project, std::int64_t number) {
  co_await engine_.context().state.drain();
  auto read = [file = file_of(engine_), project, number] { return state::read_revision(file, project, number); };
  const std::optional<state::RevisionRow> row = co_await engine_.context().workers.run(std::move(read));
  if (!row) {
    throw Error(ErrorKind::not_found, "project " + project + " has no revision " + std::to_string(number))
        .remedy("the last " + std::to_string(state::kRevisionsKept) + " are kept");
  }
  api::Revision revision = api::parse_revision(row->record);
  revision.resolved = row->resolved;
  co_return revision;
}

void RevisionLog::list(std::string project, api::Answer<std::vector<api::Revision>> answer) {
  tasks_.start(read_list(std::move(project)), answered(std::move(answer)));
}

void RevisionLog::find(std::string project, std::int64_t number, api::Answer<api::Revision> answer) {
  tasks_.start(read_one(std::move(project), number), answered(std::move(answer)));
}

asio::awaitable<void> RevisionLog::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

std::vector<api::RevisionStep> steps_of(const compose::Plan& plan) {
  std::vector<api::RevisionStep> steps;
  steps.reserve(plan.nodes.size());
  for (const compose::Node& node : plan.nodes)
    steps.push_back({compose::describe(node.operation), compose::to_text(node.cause), compose::cause_json(node.cause)});
  return steps;
}

}  // namespace stack::service
