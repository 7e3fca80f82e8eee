#include "cli/view/findings.h"

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += "    " + printable(text.substr(0, end), true) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

bool has_ended(const model::ContainerState& state) {
  using model::Status;
  return state.status == Status::exited || state.status == Status::dead || state.status == Status::restarting;
}

bool failed_probe(const model::ContainerState& state) {
  return !state.probes.empty() && state.probes.back().exit_code != 0;
}

bool ran_out_of_memory(const model::ContainerState& state) {
  return state.oom_killed || (!has_ended(state) && state.restart_count > 0 && state.last_oom_killed);
}

std::string findings(const model::Container& container, std::string_view told) {
  const model::ContainerState& state = container.state;
  std::string text;
  if (ran_out_of_memory(state)) text += "  " + container.spec.name + " ran out of memory\n";
  if (!state.error.empty() && told.find(state.error) == std::string_view::npos)
    text += "  " + container.spec.name + ": " + printable(state.error) + "\n";
  if (failed_probe(state)) {
    const model::ProbeResult& last = state.probes.back();
    text += "  last health check of " + container.spec.name +
            (last.exit_code < 0 ? std::string{} : " (exit " + std::to_string(last.exit_code) + ")") + ":\n" +
            (last.output.empty() ? "    no output\n" : indented(last.output));
  }
  return text;
}

std::string progress_of(const model::Container& container) {
  const model::ContainerState& state = container.state;
  const bool checked = state.status == model::Status::running && state.health != model::Health::none;
  std::string text = "  " + container.spec.name + " is " +
                     std::string{checked ? model::to_string(state.health) : model::to_string(state.status)};
  if (state.restart_count > 0) {
    text += ", restarted " + std::to_string(state.restart_count) + (state.restart_count == 1 ? " time" : " times");
  }
  return text + "\n";
}

std::string text_of(const Findings& all, std::string_view told) {
  std::string text;
  for (const Finding& each : all.containers) {
    const std::string& name = each.container.spec.name;
    if (each.awaited) text += progress_of(each.container);
    if (!each.lines.empty()) text += "  last lines of " + name + ":\n" + indented(each.lines);
    text += findings(each.container, told);
  }
  const auto add = [&](const char* what, const std::vector<std::string>& names, const char* one, const char* many) {
    if (!names.empty()) text += what + joined(names) + (names.size() == 1 ? one : many) + "\n";
  };
  add("  rolled back: ", all.as_before, " runs as before", " run as before");
  add("  rolled back: ", all.untouched, " is as before, and does not run", " are as before, and do not run");
  add("  not rolled back: ", all.replaced, " is new, and the container before it is gone",
      " are new, and the containers before them are gone");
  return text;
}

}  // namespace stack::cli
