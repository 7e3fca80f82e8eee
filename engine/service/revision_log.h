// The history of projects: each applied plan becomes a revision in the state store, with what it was made from and how it ended.
//
// Loop thread only. A revision is written as unfinished when its plan begins, and again when that has ended: one that the engine did not
// live to finish says so. kRevisionsKept of a project stay. stop() must be awaited before the loop ends.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "compose/model/project.h"
#include "compose/plan/plan.h"
#include "engine/api/backend.h"
#include "engine/core/engine.h"

namespace stack::service {

class RevisionLog {
 public:
  // `last`: the highest number of each project.
  RevisionLog(core::Engine& engine, std::map<std::string, std::int64_t> last);

  // One that is under way.
  struct Entry {
    std::string project;
    api::Revision revision;
    std::string resolved;  // its model
  };
  struct Beginning {
    const api::ProjectRequest& request;
    const compose::Project* project;                    // its model; null: not known
    std::string resolved;                               // the same in wire form
    const std::map<std::string, model::Image>& images;  // by the reference that services use
    std::vector<api::RevisionStep> steps;
    Wall begun{};
  };
  Entry begin(const Beginning& beginning);
  void end(Entry entry, const std::optional<Error>& failure, bool cancelled, const std::string& summary);

  void list(std::string project, api::Answer<std::vector<api::Revision>> answer);
  void find(std::string project, std::int64_t number, api::Answer<api::Revision> answer);
  boost::asio::awaitable<void> stop();

 private:
  void put(const Entry& entry);
  boost::asio::awaitable<std::vector<api::Revision>> read_list(std::string project);
  boost::asio::awaitable<api::Revision> read_one(std::string project, std::int64_t number);

  core::Engine& engine_;
  std::map<std::string, std::int64_t> last_;
  async::TaskGroup tasks_;
};

std::vector<api::RevisionStep> steps_of(const compose::Plan& plan);

}  // namespace stack::service
