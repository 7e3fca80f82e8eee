// Projects: what the API asks of them becomes observation, plan and execution. One request per project at a time, but for `kill`: who
// sends a signal does not wait for the end of a grace period.
//
// Loop thread only. Keeps each project's last resolved form in the store, so that it can be taken down and brought up without
// its file.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "compose/plan/observed.h"
#include "compose/run/executor.h"
#include "engine/api/backend.h"
#include "engine/api/build_backend.h"
#include "engine/core/engine.h"
#include "engine/service/decision.h"
#include "engine/service/revision_log.h"
#include "engine/state/state_store.h"

namespace stack::service {

class Projects final : public api::ProjectBackend {
 public:
  static constexpr std::size_t kWaitingMax = 64;  // requests for one project

  // `images` pulls what is missing, `builder` builds it; both outlive this. Without a builder what asks for a build fails.
  Projects(core::Engine& engine, api::ImageBackend& images, api::BuildBackend* builder,
           std::vector<state::ProjectRow> rows, std::map<std::string, std::int64_t> last_revisions);
  ~Projects() override;

  std::function<void()> run(api::ProjectRequest request, std::function<void(const api::Report&)> report) override;
  std::vector<model::Container> containers(const std::string& project, bool all) override;
  std::vector<std::string> projects() override;
  void revisions(std::string project, api::Answer<std::vector<api::Revision>> answer) override;
  void revision(std::string project, std::int64_t number, api::Answer<api::Revision> answer) override;
  // What is under way is broken off where it is; resumes when nothing runs.
  boost::asio::awaitable<void> stop();
  [[nodiscard]] bool busy(const std::string& project) const override;

 private:
  struct Job;
  void next(const std::string& project);
  // Whatever is thrown ends it.
  void attempt(const std::shared_ptr<Job>& job, void (Projects::*step)(const std::shared_ptr<Job>&));
  void cancel(Job& job);
  void tell_to_wait(Job& job, const Job& first) const;
  // What is in the way of a request that asks for containers to end at once.
  void hurry_up(const api::ProjectRequest& request, const Job& first);
  void end_stops(const api::ProjectRequest& request);
  void begin(const std::shared_ptr<Job>& job);
  void execute(const std::shared_ptr<Job>& job);
  void play_pulls(const std::shared_ptr<Job>& job, compose::Plan plan);
  void play_rest(const std::shared_ptr<Job>& job, compose::Plan plan,
                 const std::map<std::string, model::Image>& images);
  // `then` is called from the loop, when the executor is no longer needed.
  void play(const std::shared_ptr<Job>& job, compose::Plan plan, std::function<void(compose::RunResult)> then);
  void finish(const std::shared_ptr<Job>& job, std::optional<Error> failure, bool changed);
  void conclude(const std::shared_ptr<Job>& job, const std::optional<Error>& failure, bool changed);
  // What the job is about, when that is known; lives as long as the job.
  static const compose::Project* known(const Job& job);
  [[nodiscard]] ImageFinder image_finder(bool pulled) const;
  [[nodiscard]] MachineJudge machine_judge() const;
  [[nodiscard]] StartJudge start_judge() const;
  [[nodiscard]] compose::Observed observe(const std::string& project) const;
  [[nodiscard]] model::ProgressEvent kept(const std::string& name) const;
  void remember(const Job& job);

  core::Engine& engine_;
  bool stopped_ = false;
  api::ImageBackend& images_;
  api::BuildBackend* const builder_;
  std::map<std::string, state::ProjectRow> rows_;
  RevisionLog revisions_;
  std::map<std::string, std::deque<std::shared_ptr<Job>>> queues_;  // the first of each is under way
  std::set<std::shared_ptr<Job>> beside_;                           // under way as well, whatever their projects do
};

}  // namespace stack::service
