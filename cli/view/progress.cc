#include "cli/view/progress.h"

#include <algorithm>

namespace stack::cli {
namespace {

Resource& resource_of(Progress& progress, const std::string& id, Mono now) {
  const auto known = std::find_if(progress.resources.begin(), progress.resources.end(),
                                  [&](const Resource& each) { return each.id == id; });
  if (known != progress.resources.end()) return *known;
  progress.resources.push_back({.id = id, .status = "Pending", .since = now, .until = now});
  return progress.resources.back();
}

}  // namespace

std::size_t Progress::finished() const {
  return static_cast<std::size_t>(
      std::count_if(resources.begin(), resources.end(), [](const Resource& each) { return each.over; }));
}

void fold(Progress& progress, const api::Report& report, Mono now) {
  if (report.kind != api::Report::Kind::progress) return;
  if (!report.parent.empty()) {
    Resource& whole = resource_of(progress, report.parent, now);
    Part& part = whole.parts[report.id];
    part.total = std::max(part.total, report.total);
    part.over = report.status == "Done";
    part.current = part.over ? part.total : report.current;
    return;
  }
  Resource& it = resource_of(progress, report.id, now);
  if (report.status == "Pending") {
    it.last_text = report.text;
    it.waits_for = it.last_waits_for = report.waits_for;
    return;
  }
  it.text = report.text;
  it.status = report.status;
  it.details = report.details;
  it.waits_for = report.waits_for;
  if (!report.cause.empty()) it.cause = report.cause;
  it.until = now;
  if (report.status == "Working") {
    // A resource that begins anew (a container that runs, and is then waited for) counts from there.
    if (std::exchange(it.over, false)) it.since = now;
    return;
  }
  it.over = it.last_text.empty() || report.text == it.last_text || report.status == "Error";
  if (it.over) {
    it.last_text.clear();
  } else {
    it.waits_for = it.last_waits_for;
  }
}

}  // namespace stack::cli
