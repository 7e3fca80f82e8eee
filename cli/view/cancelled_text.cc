#include "cli/view/cancelled_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr std::size_t kNamesListed = 3;

// Of a step that is not broken off; pulls, builds, waits and hooks are.
std::string_view going_on(model::Action action) {
  using enum model::Action;
  switch (action) {
    case stop:
    case replace:
      return "stopped";
    case restart:
      return "restarted";
    case start:
      return "started";
    case create:
    case recreate:
      return "created";
    case remove:
      return "removed";
    case kill:
      return "killed";
    case update:
      return "updated";
    case pause:
      return "paused";
    case unpause:
      return "resumed";
    default:
      return {};
  }
}

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesListed); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() <= kNamesListed ? text : text + " and " + std::to_string(names.size() - kNamesListed) + " more";
}

}  // namespace

std::string cancelled_text(const Progress& progress, bool undoes) {
  std::vector<std::pair<std::string_view, std::vector<std::string>>> steps;
  bool begun = false, rest = false;
  for (const Resource& each : progress.resources) {
    if (each.subject.kind == model::SubjectKind::project) continue;  // which has waited for its turn
    begun = begun || each.state != Resource::State::pending;
    rest = rest || !each.over;
    const std::string_view word = each.state == Resource::State::working ? going_on(each.action) : "";
    if (word.empty()) continue;
    auto same = std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.first == word; });
    if (same == steps.end()) same = steps.insert(steps.end(), {word, {}});
    same->second.push_back(printable(each.subject.name));
  }
  if (!begun) return "cancelled; nothing has been changed";
  std::string text = "cancelled";
  for (const auto& [word, names] : steps)
    text += "; " + some_of(names) + (names.size() == 1 ? " is" : " are") + " still being " + std::string{word};
  if (undoes) return text + "; what is half done is undone, and what runs goes on";
  return rest ? text + "; the rest stays as it is" : text;
}

}  // namespace stack::cli
