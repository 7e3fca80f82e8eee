#include <array>

#include "base/suggest.h"
#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr std::array<std::string_view, 6> kPolicies{"no", "always", "on-failure", "unless-stopped", "none", "any"};
constexpr std::array<std::string_view, 6> kConditions{"any", "on-failure", "none", "always", "unless-stopped", "no"};
constexpr std::uint64_t kAttemptsMax = 1'000'000'000;

template <class Words>
bool among(std::string_view text, const Words& words) {
  for (const auto word : words) {
    if (word == text) return true;
  }
  return false;
}

template <class Words>
std::string suggestion(std::string_view text, const Words& words, const char* otherwise) {
  const std::string near = did_you_mean(text, {words.begin(), words.end()});
  return near.empty() ? otherwise : near;
}

void check_policy(const std::string& text, ServiceReport& report) {
  if (text.empty()) return;
  const auto colon = text.find(':');
  const std::string policy = text.substr(0, colon);
  if (!among(policy, kPolicies)) {
    report.refuse("restart",
                  "\"" + text + "\" is not a restart policy; " +
                      suggestion(policy, kPolicies, "write no, always, unless-stopped or on-failure[:attempts]"));
    return;
  }
  if (colon == std::string::npos) return;
  const auto attempts = whole_number(std::string_view{text}.substr(colon + 1), kAttemptsMax);
  if (!attempts) {
    report.refuse("restart", "\"" + text.substr(colon + 1) + "\" is not a number of attempts; write on-failure:3");
  } else if (policy != "on-failure" && *attempts > 0) {
    report.refuse("restart", "only on-failure takes a number of attempts; write restart: " + policy +
                                 ", or on-failure" + text.substr(colon));
  }
}

void check_deployed(const DeployRestart& policy, ServiceReport& report) {
  const std::string at = "deploy.restart_policy.";
  const std::string& condition = policy.condition;
  if (!condition.empty() && !among(condition, kConditions)) {
    report.refuse(at + "condition", "\"" + condition + "\" is not a restart condition; " +
                                        suggestion(condition, kConditions, "write none, on-failure or any"));
    return;
  }
  const std::int64_t attempts = policy.max_attempts.value_or(0);
  if (attempts < 0) {
    report.refuse(at + "max_attempts", "the number of attempts cannot be negative; 0 means without an end");
  } else if (attempts > 0 && condition.empty()) {
    report.refuse(at + "max_attempts", "only condition: on-failure takes a number of attempts; write the condition");
  } else if (attempts > 0 && condition != "on-failure") {
    report.refuse(at + "max_attempts",
                  "only condition: on-failure takes a number of attempts; here the condition is " + condition);
  }
}

}  // namespace

void check_restart(const Service& service, ServiceReport& report) {
  check_policy(service.restart, report);
  if (service.deploy && service.deploy->restart_policy) check_deployed(*service.deploy->restart_policy, report);
}

}  // namespace stack::compose
