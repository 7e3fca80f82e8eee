#include "cli/commands/logs.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iostream>
#include <set>

#include "base/duration.h"
#include "cli/view/log_view.h"
#include "compose/model/no_such_service.h"

namespace stack::cli {
namespace {

std::optional<std::uint64_t> parse_tail(const std::string& text) {
  if (text == "all" || text == "-1") return std::nullopt;
  std::uint64_t lines = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lines);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorKind::invalid, "invalid --tail \"" + text + "\"").remedy("give a number of lines, or all");
  }
  return lines;
}

// ".123" of a second.
Nanos fraction_of(const char*& rest) {
  std::int64_t ns = 0;
  if (*rest != '.') return Nanos{0};
  std::int64_t scale = 100'000'000;
  for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) ns += (*rest - '0') * scale;
  return Nanos{ns};
}

std::optional<Wall> parse_date(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (rest == nullptr) return std::nullopt;
  Nanos fraction{0};
  if (*rest == 'T' || *rest == ' ') {
    rest = ::strptime(rest + 1, "%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    fraction = fraction_of(rest);
  }
  std::int64_t offset = 0;
  parts.tm_isdst = -1;
  if (*rest == 0) return Wall{std::chrono::seconds{::mktime(&parts)} + fraction};  // local time
  if ((*rest == '+' || *rest == '-') && std::string_view{rest}.size() == 6 && rest[3] == ':') {
    const auto digit = [&](int i) { return static_cast<std::int64_t>(rest[i] - '0'); };
    offset = ((digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5)) * 60 * (*rest == '-' ? -1 : 1);
  } else if (std::string_view{rest} != "Z") {
    return std::nullopt;
  }
  return Wall{std::chrono::seconds{::timegm(&parts) - offset} + fraction};
}

}  // namespace

Wall parse_moment(const std::string& text, Wall now) {
  if (const auto ago = parse_duration(text);
      ago && *ago >= Nanos{0} && text.find_first_not_of("0123456789.") != std::string::npos) {
    return now - *ago;
  }
  if (text.find_first_not_of("0123456789.") == std::string::npos && !text.empty()) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const char* rest = end;
    if (error == std::errc{}) return Wall{std::chrono::seconds{seconds} + fraction_of(rest)};
  }
  if (const auto date = parse_date(text)) return *date;
  throw Error(ErrorKind::invalid, "\"" + text + "\" is not a point in time")
      .remedy("use a date (2013-01-02T13:23:37Z), seconds since 1970, or how long ago (42m)");
}

namespace {

void check_index(const LogsFlags& flags, const std::vector<model::Container>& containers) {
  if (flags.index <= 0) return;
  if (flags.services.size() != 1) throw Error(ErrorKind::invalid, "--index requires one service to be selected");
  const std::string& service = flags.services.front();
  const bool there = std::any_of(containers.begin(), containers.end(), [&](const model::Container& it) {
    return it.spec.service == service && it.spec.replica == flags.index;
  });
  if (there) return;
  throw Error(ErrorKind::not_found, "service \"" + service + "\" has no container #" + std::to_string(flags.index));
}

}  // namespace

namespace {

// All services that the project has, whichever are shown.
std::vector<std::string> colour_order(const Session::Target& target, const std::vector<model::Container>& containers) {
  std::set<std::string> names;
  if (target.project) {
    for (const auto& [name, service] : target.project->services) names.insert(name);
    for (const auto& [name, service] : target.project->disabled) names.insert(name);
  } else {
    for (const model::Container& container : containers) names.insert(container.spec.service);
  }
  return {names.begin(), names.end()};
}

// The services that have containers. Throws not_found for one that is named and is neither of the project nor of a container.
std::set<std::string> services_with_containers(const Session::Target& target,
                                               const std::vector<model::Container>& containers,
                                               const std::vector<std::string>& named) {
  std::set<std::string> services;
  for (const model::Container& container : containers) services.insert(container.spec.service);
  for (const std::string& name : named) {
    const bool known =
        target.project && (target.project->services.contains(name) || target.project->disabled.contains(name));
    if (target.project && !known && !services.contains(name)) throw compose::no_such_service(*target.project, name);
  }
  return services;
}

}  // namespace

int logs(Session& session, const LogsFlags& flags) {
  const Wall now = SystemClock{}.wall();
  api::LogRequest request{
      .services = flags.services, .index = flags.index, .follow = flags.follow, .details = flags.details};
  request.lifecycle = flags.follow;
  request.tail = parse_tail(flags.tail);
  if (!flags.since.empty()) request.since = parse_moment(flags.since, now);
  if (!flags.until.empty()) request.until = parse_moment(flags.until, now);
  const Session::Target target = session.target({});
  request.project = target.name;
  const std::vector<model::Container> containers = session.engine().containers(target.name, true);
  std::set<std::string> services = services_with_containers(target, containers, flags.services);
  check_index(flags, containers);
  if (containers.empty() && !flags.follow) session.hint("the project has no containers; make them with: stack up -d");
  if (flags.services.empty() && target.project) {
    // Of active services only; what will be started later is followed as well. Services that do not attach are shown only
    // when they are named.
    std::erase_if(services, [&](const std::string& name) { return !target.project->services.contains(name); });
    if (flags.follow) {
      for (const auto& [name, service] : target.project->services) services.insert(name);
    }
    for (const auto& [name, service] : target.project->services) {
      if (!service.attach.value_or(true)) services.erase(name);
    }
    request.services.assign(services.begin(), services.end());
    if (request.services.empty() && !flags.follow) return 0;
  }
  LogView view{{.prefix = !flags.no_log_prefix,
                .colour = !flags.no_color && session.out().colour,
                .timestamps = flags.timestamps,
                .lifecycle = flags.follow,
                .services = colour_order(target, containers)}};
  for (const model::Container& container : containers) {
    const auto& wanted = request.services;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), container.spec.service) == wanted.end()) continue;
    if (container.spec.log.driver == "none") {
      std::cerr << "warning: " << container.spec.name << ": its log driver is none, so nothing is kept\n";
      continue;
    }
    view.expect(container.spec.name, target.name);
  }
  catch_interrupts();
  try {
    session.engine().logs(
        request,
        [&](const api::LogFrame& frame) {
          view.show(frame);
          return true;
        },
        [&] { view.flush(); }, &interrupted);
  } catch (const Error&) {
    view.flush();
    if (interrupted.load()) return 130;
    throw;
  }
  return 0;
}

}  // namespace stack::cli
