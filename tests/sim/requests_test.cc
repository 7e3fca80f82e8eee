// What requests do to a project when everything that can go wrong does: an operation fails, the client leaves, the engine is killed,
// containers crash and come back. Thousands of stories, each drawn from its seed, decided and played by the code of the engine
// on an engine that only pretends.
#include <algorithm>
#include <array>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "compose/run/executor.h"
#include "engine/service/decision.h"
#include "tests/sim/simulated_engine.h"
#include "tests/support/random_project.h"

namespace stack::sim {
namespace {

using api::ProjectRequest;
using api::Verb;
using compose::Plan;
using model::Status;

service::ImageFinder images() {
  return {.find = [](const std::string&) -> std::optional<model::Image> {
            model::Image image;
            image.id = "sha256:1";
            return image;
          },
          .now = {}};
}

enum class Trouble { none, failure, cancel, death };

struct End {
  Plan plan;
  std::optional<compose::RunResult> result;  // none: the engine died
  bool hung = false;
};

class Story {
 public:
  explicit Story(unsigned seed) : random_(seed), engine_(seed) {}

  Plan decide(const ProjectRequest& request, const compose::Project& project) {
    return service::decide(request, &project, engine_.observed(), images()).plan;
  }

  End ask(const ProjectRequest& request, const compose::Project& project, Trouble trouble) {
    End end{.plan = decide(request, project)};
    const std::size_t moment = 1 + below(end.plan.nodes.size() + 1);
    engine_.begin_request(trouble == Trouble::failure ? moment : 0,
                          request.verb == Verb::up && request.services.empty() ? &project : nullptr);
    compose::Executor executor(end.plan, engine_, compose::Listener{.progress = [](const compose::ProgressEvent&) {}},
                               [&end](compose::RunResult result) { end.result = std::move(result); });
    executor.start();
    if (trouble == Trouble::cancel || trouble == Trouble::death) {
      engine_.run([&] { return end.result || engine_.performed() >= moment; });
      if (end.result) return end;
      if (trouble == Trouble::death) {
        engine_.die();
        return end;
      }
      executor.cancel();
    }
    const auto ended = [&] { return end.result.has_value(); };
    bool in_time = engine_.run(ended);
    if (!in_time && request.verb == Verb::restart) {
      // It may wait for a job to complete that was no job yet when its container was made. Somebody loses patience.
      executor.cancel();
      in_time = engine_.run(ended);
    }
    end.hung = !in_time;
    return end;
  }

  ProjectRequest some_request(const compose::Project& project) {
    ProjectRequest request{.project = "shop", .remove_orphans = true};
    const bool known = !engine_.observed().containers.empty();
    if (known && below(3) == 0) request.verb = std::array{Verb::restart, Verb::stop, Verb::down}[below(3)];
    if (below(4) == 0) request.force_recreate = true;
    if (below(4) == 0) request.timeout = Nanos{0};
    if (below(4) == 0) request.services = {std::next(project.services.begin(), below(project.services.size()))->first};
    if (below(6) == 0) request.always_recreate_deps = true;
    return request;
  }

  std::size_t below(std::size_t n) { return random_() % n; }
  std::mt19937& random() { return random_; }
  SimulatedEngine& engine() { return engine_; }

  // Containers that were made and then left, or put aside and then left.
  std::set<std::string> half_made() {
    std::set<std::string> ids;
    for (const model::Container& container : engine_.observed().containers) {
      const std::string name = "shop-" + container.spec.service + "-" + std::to_string(container.spec.replica);
      if (container.spec.name != name || container.state.status == Status::created) ids.insert(container.id);
    }
    return ids;
  }
  // Asked again, there is nothing to do but to start what has ended by itself.
  void expect_settled(const compose::Project& project) {
    const Plan again = decide({.project = "shop", .remove_orphans = true}, project);
    const auto& containers = engine_.observed().containers;
    for (const compose::Node& node : again.nodes) {
      if (std::holds_alternative<compose::WaitFor>(node.operation)) continue;
      const auto* start = std::get_if<compose::StartContainer>(&node.operation);
      const auto ended = std::find_if(containers.begin(), containers.end(), [&](const model::Container& c) {
        return start != nullptr && c.spec.name == start->name && c.spec.environment.contains("PROGRAM");
      });
      EXPECT_NE(ended, containers.end()) << compose::describe(node.operation) << " (" << compose::to_text(node.cause)
                                         << ")";
    }
  }

 private:
  std::mt19937 random_;
  SimulatedEngine engine_;
};

// Service and replica of what runs and would not end by itself.
std::set<std::pair<std::string, int>> servants(const compose::Observed& observed) {
  std::set<std::pair<std::string, int>> found;
  for (const model::Container& container : observed.containers) {
    if (container.state.status == Status::running && !container.spec.environment.contains("PROGRAM"))
      found.insert({container.spec.service, container.spec.replica});
  }
  return found;
}

std::string told(const End& end, const SimulatedEngine& engine) {
  std::string text = compose::print(end.plan);
  if (end.result && end.result->failure) text += "failed: " + end.result->failure->message() + "\n";
  for (const model::Container& container : engine.observed().containers) {
    text +=
        container.id + " " + container.spec.name + " " + std::string{model::to_string(container.state.status)} + "\n";
  }
  return text;
}

void tell_story(unsigned seed) {
  Story story{seed};
  SimulatedEngine& engine = story.engine();
  compose::Project project = test::random_project(story.random());
  for (int chapter = 0; chapter < 6; ++chapter) {
    SCOPED_TRACE("chapter " + std::to_string(chapter));
    if (story.below(2) == 0) project = test::random_project(story.random());
    const Trouble trouble = static_cast<Trouble>(story.below(4));
    const ProjectRequest request = story.some_request(project);
    const auto served = servants(engine.observed());
    const auto left_before = story.half_made();  // by an engine that died
    const End end = story.ask(request, project, trouble);
    SCOPED_TRACE(told(end, engine));
    ASSERT_FALSE(end.hung);
    ASSERT_EQ(engine.mistakes(), std::vector<std::string>{});
    const bool done = end.result && !end.result->failure && !end.result->cancelled;
    if (end.result) {
      for (const std::string& id : story.half_made()) EXPECT_TRUE(left_before.contains(id)) << id << " is half-made";
    }
    if (done && request.verb == Verb::up && request.services.empty()) story.expect_settled(project);
    if (end.result && (request.verb == Verb::restart || (request.verb == Verb::up && !done))) {
      // What served before and is still wanted serves on, as it was or made anew.
      const auto serves = servants(engine.observed());
      for (const auto& [service, replica] : served) {
        const auto wanted = project.services.find(service);
        if (wanted == project.services.end() || replica > wanted->second.replicas()) continue;
        if (wanted->second.environment.contains("PROGRAM")) continue;
        // What could not be started again after a restart is not tried once more.
        const std::string name = "shop-" + service + "-" + std::to_string(replica);
        if (engine.failed() == "start container " + name) continue;
        EXPECT_TRUE(serves.contains({service, replica})) << service << " " << replica << " no longer runs";
      }
    }
    // Whatever happened: asked again without trouble, the project comes to be as it shall.
    const ProjectRequest again{.project = "shop", .remove_orphans = true};
    const End second = story.ask(again, project, Trouble::none);
    SCOPED_TRACE(told(second, engine));
    ASSERT_FALSE(second.hung);
    ASSERT_EQ(engine.mistakes(), std::vector<std::string>{});
    if (!second.result->failure) {  // by a check that never passes
      EXPECT_EQ(story.half_made(), std::set<std::string>{});
      story.expect_settled(project);
    }
    if (testing::Test::HasFailure()) return;
  }
  const End down = story.ask({.verb = Verb::down, .project = "shop", .remove_orphans = true, .volumes = true}, project,
                             Trouble::none);
  ASSERT_FALSE(down.hung);
  EXPECT_EQ(engine.mistakes(), std::vector<std::string>{});
  EXPECT_TRUE(engine.observed().containers.empty());
  EXPECT_TRUE(engine.observed().networks.empty());
  EXPECT_TRUE(engine.observed().volumes.empty());
}

TEST(Requests, TroubleLeavesNothingHalfMadeAndTheNextOneMendsIt) {
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    tell_story(seed);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace stack::sim
