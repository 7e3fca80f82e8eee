#include "engine/service/build_history.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/api/build_history_json.h"

namespace stack::service {
namespace {

constexpr std::size_t kRecords = 100;
constexpr std::size_t kSteps = 300;      // of one build
constexpr std::size_t kTextBytes = 300;  // of one name or cause
constexpr std::size_t kErrorBytes = 4096;
constexpr std::size_t kFileBytes = std::size_t{32} << 20;

std::string cut(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

// As far as it tells people apart what they built: addresses may hold credentials.
std::string name_of(const model::BuildSpec& spec) {
  if (!spec.tags.empty()) return cut(spec.tags.front(), kTextBytes);
  std::string name = "-";
  if (const auto* folder = std::get_if<model::BuildFolder>(&spec.context))
    name = std::filesystem::path{folder->path}.lexically_normal().filename().string();
  return cut(spec.target.empty() ? name : name + " (" + spec.target + ")", kTextBytes);
}

}  // namespace

BuildHistory::BuildHistory(std::filesystem::path file, async::Timekeeper& time, const RandomSource& random)
    : file_(std::move(file)), time_(time), random_(random) {}

std::vector<api::BuildRecord> BuildHistory::load() const {
  try {
    const auto text = read_file(file_, kFileBytes);
    return text ? api::parse_build_history(*text) : std::vector<api::BuildRecord>{};
  } catch (const Error& error) {
    log_warning("the history of builds begins again: " + error.message());
    return {};
  }
}

void BuildHistory::take(std::vector<api::BuildRecord> loaded) {
  records_.insert(records_.end(), std::make_move_iterator(loaded.begin()), std::make_move_iterator(loaded.end()));
  drop_oldest();
}

std::string BuildHistory::begin(const model::BuildSpec& spec) {
  constexpr std::size_t kDigits = 24;
  records_.push_front({.id = new_id(random_, kDigits), .name = name_of(spec), .started = time_.wall()});
  drop_oldest();
  return records_.front().id;
}

void BuildHistory::note(const std::string& id, const api::BuildEvent& event) {
  api::BuildRecord* const record = find(id);
  if (record == nullptr) return;
  const auto end = [&](api::BuildOutcome outcome) {
    record->outcome = outcome;
    record->took = std::max(Nanos{0}, Nanos{time_.wall() - record->started});
    causes_.erase(id);
  };
  if (const auto* started = std::get_if<api::BuildStepStarted>(&event)) {
    if (!started->cause.empty()) causes_[id][started->step] = cut(started->cause, kTextBytes);
  } else if (const auto* ended = std::get_if<api::BuildStepEnded>(&event)) {
    if (record->steps.size() == kSteps) {
      ++record->more_steps;
      return;
    }
    record->steps.push_back({.name = cut(ended->name, kTextBytes),
                             .cause = causes_[id][ended->step],
                             .error = cut(ended->error, kTextBytes),
                             .cached = ended->cached,
                             .took = ended->took});
  } else if (const auto* done = std::get_if<api::BuildDone>(&event)) {
    record->image_id = done->image_id;
    record->tags = done->tags;
    end(api::BuildOutcome::completed);
  } else if (const auto* failed = std::get_if<api::BuildFailed>(&event)) {
    record->error = cut(failed->error.message(), kErrorBytes);
    end(failed->cancelled ? api::BuildOutcome::cancelled : api::BuildOutcome::failed);
  }
}

std::vector<std::string> BuildHistory::forget(const std::vector<std::string>& ids, bool all) {
  std::vector<std::string> forgotten;
  std::erase_if(records_, [&](const api::BuildRecord& record) {
    if (record.outcome == api::BuildOutcome::running) return false;
    if (!all && std::ranges::find(ids, record.id) == ids.end()) return false;
    forgotten.push_back(record.id);
    return true;
  });
  return forgotten;
}

std::string BuildHistory::text() const {
  std::vector<api::BuildRecord> ended;
  std::ranges::copy_if(records_, std::back_inserter(ended),
                       [](const api::BuildRecord& record) { return record.outcome != api::BuildOutcome::running; });
  return api::build_history_json(ended);
}

void BuildHistory::store(const std::string& text) const { replace_file(file_, text, Durable::no, 0600); }

api::BuildRecord* BuildHistory::find(const std::string& id) {
  const auto found = std::ranges::find(records_, id, &api::BuildRecord::id);
  return found == records_.end() ? nullptr : &*found;
}

// Of those that have ended.
void BuildHistory::drop_oldest() {
  for (auto at = records_.end(); records_.size() > kRecords && at != records_.begin();) {
    --at;
    if (at->outcome != api::BuildOutcome::running) at = records_.erase(at);
  }
}

}  // namespace stack::service
