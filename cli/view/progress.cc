#include "cli/view/progress.h"

#include <algorithm>
#include <utility>

namespace stack::cli {
namespace {

using ResourceState = Resource::State;

class ReportFold {
 public:
  ReportFold(Progress& progress, const model::ProgressEvent& event, Mono now)
      : progress_(progress), event_(event), now_(now) {}

  void operator()(const model::Pending& e) {
    Resource& it = resource_of(e.subject);
    it.last_action = e.action;
    it.waits_for = it.last_waits_for = e.waits_for;
  }
  void operator()(const model::Started& e) {
    if (!e.whole.empty()) return part_of(e.whole, e.subject, false);
    Resource& it = take(e.subject, ResourceState::working, e.details);
    if (!e.cause.empty()) it.cause = e.cause;
    it.over = false;
    begin(it);
  }
  void operator()(const model::Advanced& e) {
    Part& part = whole_of(e.whole).parts[e.subject.name];
    part.total = std::max(part.total, e.total);
    part.current = e.current;
    part.over = false;
  }
  void operator()(const model::Finished& e) {
    if (!e.whole.empty()) return part_of(e.whole, e.subject, true);
    end(take(e.subject, ResourceState::done, e.details), false);
  }
  void operator()(const model::Warned& e) { end(take(e.subject, ResourceState::warned, e.details), false); }
  void operator()(const model::Failed& e) { end(take(e.subject, ResourceState::failed, e.why), true); }

 private:
  template <class Fits>
  Resource* find(Fits fits) {
    const auto known = std::find_if(progress_.resources.begin(), progress_.resources.end(), fits);
    return known == progress_.resources.end() ? nullptr : &*known;
  }
  Resource& add(model::Subject subject) {
    progress_.resources.push_back({.subject = std::move(subject), .since = now_, .until = now_});
    return progress_.resources.back();
  }
  Resource& resource_of(const model::Subject& subject) {
    Resource* known = find([&](const Resource& each) { return each.subject == subject; });
    return known != nullptr ? *known : add(subject);
  }
  // What a part belongs to has only its name.
  Resource& whole_of(const std::string& name) {
    Resource* known = find([&](const Resource& each) { return each.subject.name == name; });
    return known != nullptr ? *known : add({model::SubjectKind::reference, name});
  }
  void part_of(const std::string& whole, const model::Subject& subject, bool over) {
    Part& part = whole_of(whole).parts[subject.name];
    part.over = over;
    if (over) part.current = part.total;
  }

  Resource& take(const model::Subject& subject, ResourceState state, const std::string& details) {
    Resource& it = resource_of(subject);
    it.state = state;
    it.action = model::action_of(event_);
    it.headline = model::headline(event_);
    it.details = details;
    it.waits_for.clear();
    it.until = now_;
    return it;
  }
  // From now on its own time counts: what it has waited for others is theirs.
  void begin(Resource& it) {
    if (!std::exchange(it.begun, true)) it.since = now_;
  }
  void end(Resource& it, bool for_good) {
    if (!it.begun) it.since = now_;
    it.over = for_good || !it.last_action || it.action == *it.last_action;
    if (it.over) {
      it.last_action.reset();
    } else {
      it.waits_for = it.last_waits_for;
    }
  }

  Progress& progress_;
  const model::ProgressEvent& event_;
  Mono now_;
};

}  // namespace

std::size_t Progress::finished() const {
  return static_cast<std::size_t>(
      std::count_if(resources.begin(), resources.end(), [](const Resource& each) { return each.over; }));
}

Progress fold(Progress progress, const model::ProgressEvent& event, Mono now) {
  std::visit(ReportFold{progress, event, now}, event);
  return progress;
}

}  // namespace stack::cli
