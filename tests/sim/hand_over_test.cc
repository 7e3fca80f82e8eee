// From any project to any other that wants what the first one has: ports of the host, addresses, MAC addresses, names. One `up` is
// always enough, and when one of its operations fails, what was served before is served still.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "compose/run/executor.h"
#include "engine/service/decision.h"
#include "tests/sim/simulated_engine.h"
#include "tests/support/random_project.h"

namespace stack::sim {
namespace {

using compose::Plan;
using model::Status;

constexpr unsigned kPairs = 2000;

service::ImageFinder known_images() {
  return {.find = [](const std::string&) -> std::optional<model::Image> {
            model::Image image;
            image.id = "sha256:1";
            return image;
          },
          .now = {}};
}

const api::ProjectRequest& up() {
  static const api::ProjectRequest kUp{.project = "shop", .remove_orphans = true};
  return kUp;
}

Plan decide(const SimulatedEngine& engine, const compose::Project& project) {
  return service::decide(up(), &project, engine.observed(), known_images()).plan;
}

compose::RunResult play(SimulatedEngine& engine, const Plan& plan, std::size_t failing) {
  std::optional<compose::RunResult> result;
  engine.begin_request(failing, nullptr);
  compose::Executor executor(plan, engine, compose::Listener{.progress = [](const compose::ProgressEvent&) {}},
                             [&](compose::RunResult r) { result = std::move(r); });
  executor.start();
  EXPECT_TRUE(engine.run([&] { return result.has_value(); })) << "it hangs";
  return result.value_or(compose::RunResult{.failure = Error("it hangs")});
}

std::string port_text(unsigned port, model::Protocol protocol) {
  return "port " + std::to_string(port) + (protocol == model::Protocol::udp ? "/udp" : "/tcp");
}

// What a running container serves and another could instead: its ports of the host, its fixed addresses, a name that was given.
std::set<std::string> chosen(const model::Container& container) {
  std::set<std::string> all;
  if (!container.spec.name.starts_with("shop-")) all.insert("name " + container.spec.name);
  for (const model::PortBinding& port : container.state.ports) {
    all.insert(port_text(port.host_port, port.protocol));
  }
  for (const model::Attachment& attachment : container.spec.networks) {
    if (!attachment.ipv4_address.empty()) all.insert("address " + attachment.ipv4_address);
    if (!attachment.mac_address.empty()) all.insert("address " + attachment.mac_address);
  }
  return all;
}

// The same, and of a range all that it might have been.
std::set<std::string> held(const model::Container& container) {
  std::set<std::string> all = chosen(container);
  for (const model::PublishedPort& port : container.spec.ports) {
    for (unsigned each = port.host_first; each <= port.host_last; ++each) all.insert(port_text(each, port.protocol));
  }
  return all;
}

// What of `before` is not served any more. Of what a container holds, that counts which somebody has `after` all went well; one
// of which nobody has anything then serves by its place alone.
std::set<std::string> lost(const SimulatedEngine& before, const SimulatedEngine& now, const SimulatedEngine& after) {
  std::set<std::string> served, wanted, missing;
  for (const model::Container& container : after.observed().containers) wanted.merge(held(container));
  const auto place = [](const model::Container& c) { return c.spec.service + " " + std::to_string(c.spec.replica); };
  for (const model::Container& container : now.observed().containers) {
    if (container.state.status != Status::running) continue;
    served.merge(held(container));
    served.insert(place(container));
  }
  for (const model::Container& container : before.observed().containers) {
    std::set<std::string> needed = chosen(container);
    std::erase_if(needed, [&](const std::string& each) { return !wanted.contains(each); });
    if (needed.empty()) needed.insert(place(container));
    for (const std::string& each : needed) {
      if (!served.contains(each)) missing.insert(each);
    }
  }
  return missing;
}

std::string told(const Plan& plan, const SimulatedEngine& engine) {
  std::string text = compose::print(plan) + "failed: " + engine.failed() + "\n";
  for (const model::Container& c : engine.observed().containers) {
    text += c.id + " " + c.spec.name + " " + std::string{model::to_string(c.state.status)} + "\n";
  }
  return text;
}

// Whether all containers run that the project wants, under their names, and nothing else is there.
void expect_all_of(const compose::Project& project, const SimulatedEngine& engine) {
  EXPECT_TRUE(decide(engine, project).empty()) << compose::print(decide(engine, project));
  std::size_t wanted = 0;
  for (const auto& [name, service] : project.services) wanted += static_cast<std::size_t>(service.replicas());
  EXPECT_EQ(engine.observed().containers.size(), wanted);
}

void try_pair(unsigned seed) {
  std::mt19937 random{seed};
  const compose::Project first = test::random_holders(random), second = test::random_holders(random);
  SimulatedEngine before{seed};
  ASSERT_FALSE(play(before, decide(before, first), 0).failure);
  expect_all_of(first, before);
  const Plan plan = decide(before, second);
  SimulatedEngine whole = before;
  {
    const auto result = play(whole, plan, 0);
    SCOPED_TRACE(told(plan, whole));
    ASSERT_FALSE(result.failure) << result.failure->message();
    ASSERT_EQ(whole.mistakes(), std::vector<std::string>{});
    expect_all_of(second, whole);
  }
  if (plan.empty()) return;
  SimulatedEngine engine = before;
  const std::size_t failing = 1 + random() % plan.nodes.size();
  const auto result = play(engine, plan, failing);
  SCOPED_TRACE(told(plan, engine));
  ASSERT_TRUE(result.failure);
  ASSERT_EQ(engine.mistakes(), std::vector<std::string>{});
  // When all that is wanted runs already, what is not wanted goes whatever fails.
  const Plan rest = decide(engine, second);
  const bool finished = std::none_of(rest.nodes.begin(), rest.nodes.end(), [](const compose::Node& node) {
    return std::holds_alternative<compose::StartContainer>(node.operation);
  });
  if (!finished) {
    EXPECT_EQ(lost(before, engine, whole), std::set<std::string>{});
  }
  ASSERT_FALSE(play(engine, rest, 0).failure);
  expect_all_of(second, engine);
}

// The engine is killed somewhere on the way; the next `up` gets there all the same.
void try_death(unsigned seed) {
  std::mt19937 random{seed};
  const compose::Project first = test::random_holders(random), second = test::random_holders(random);
  SimulatedEngine engine{seed};
  ASSERT_FALSE(play(engine, decide(engine, first), 0).failure);
  const Plan plan = decide(engine, second);
  const std::size_t moment = random() % (plan.nodes.size() + 1);
  bool over = false;
  engine.begin_request(0, nullptr);
  compose::Executor executor(plan, engine, compose::Listener{.progress = [](const compose::ProgressEvent&) {}},
                             [&](const compose::RunResult&) { over = true; });
  executor.start();
  engine.run([&] { return over || engine.performed() >= moment; });
  if (!over) engine.die();
  const Plan rest = decide(engine, second);
  SCOPED_TRACE(told(rest, engine));
  const auto result = play(engine, rest, 0);
  ASSERT_FALSE(result.failure) << result.failure->message();
  ASSERT_EQ(engine.mistakes(), std::vector<std::string>{});
  expect_all_of(second, engine);
}

TEST(HandOver, TheNextUpFinishesWhatAKilledEngineBegan) {
  for (unsigned seed = 1; seed <= kPairs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    try_death(seed);
    if (HasFailure()) return;
  }
}

TEST(HandOver, OneUpIsEnoughAndAFaultLeavesTheFirstServing) {
  for (unsigned seed = 1; seed <= kPairs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    try_pair(seed);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace stack::sim
