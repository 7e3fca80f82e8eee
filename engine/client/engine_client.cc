#include "engine/client/engine_client.h"

#include <unistd.h>

#include "base/file.h"
#include "base/model/model_json.h"
#include "base/percent.h"
#include "engine/api/connect_json.h"
#include "engine/api/container_creation_json.h"
#include "engine/api/container_json.h"
#include "engine/api/disk_usage_json.h"
#include "engine/api/event_json.h"
#include "engine/api/filters.h"
#include "engine/api/image_wire_json.h"
#include "engine/api/network_json.h"
#include "engine/api/report_json.h"
#include "engine/api/stack_json.h"
#include "engine/api/volume_json.h"
#include "engine/client/connection.h"
#include "engine/client/engine_error.h"
#include "engine/client/unix_socket.h"

namespace stack::client {

namespace {

constexpr std::size_t kTarEndBytes = 1024;

}  // namespace

EngineClient::EngineClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}
EngineClient::~EngineClient() = default;

bool EngineClient::answers(const std::string& socket_path) {
  try {
    connect_unix(socket_path);
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) return false;
    throw;
  }
}

bool EngineClient::run(const api::ProjectRequest& request, const std::function<void(const api::Report&)>& report,
                       const Waiting& waiting) {
  Connection connection{socket_path_, waiting};
  connection.send("POST",
                  "/stack/v1/projects/" + percent_encode(request.project) + "/" + std::string{to_word(request.verb)},
                  api::project_request_json(request));
  return read_reports(connection, report).changed;
}

api::Done EngineClient::read_reports(Connection& connection, const std::function<void(const api::Report&)>& report) {
  std::string rest;
  std::optional<api::Report> last;
  connection.expect_version();
  connection.receive([&](std::string_view piece) {
    rest.append(piece);
    std::size_t at = 0;
    for (std::size_t end; (end = rest.find('\n', at)) != std::string::npos; at = end + 1) {
      api::Report one = api::parse_report(std::string_view{rest}.substr(at, end - at));
      if (!std::holds_alternative<api::Failure>(one)) report(one);
      if (api::is_last(one)) last = std::move(one);
    }
    rest.erase(0, at);
    return true;
  });
  if (!last) throw Error(ErrorKind::unavailable, "the engine went away in the middle of its answer");
  if (const auto* failure = std::get_if<api::Failure>(&*last)) throw EngineError(failure->error);
  return std::get<api::Done>(*last);
}

std::vector<model::Container> EngineClient::containers(const std::string& project, bool all) {
  Connection connection{socket_path_};
  connection.send("GET", "/stack/v1/projects/" + percent_encode(project) + "/containers?all=" + (all ? "1" : "0"), {});
  return api::parse_containers(connection.receive({}));
}

std::optional<model::Container> EngineClient::replica(const std::string& project, const std::string& service,
                                                      int number) {
  Connection connection{socket_path_};
  connection.send("GET",
                  "/stack/v1/projects/" + percent_encode(project) +
                      "/containers?all=0&service=" + percent_encode(service) + "&replica=" + std::to_string(number),
                  {});
  std::vector<model::Container> found = api::parse_containers(connection.receive({}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<std::string> EngineClient::projects() {
  Connection connection{socket_path_};
  connection.send("GET", "/stack/v1/projects", {});
  return api::parse_names(connection.receive({}));
}

void EngineClient::start_container(const std::string& container) {
  ask("POST", "/containers/" + percent_encode(container) + "/start");
}

void EngineClient::command(const std::string& container, const std::string& verb_and_query) {
  ask("POST", "/containers/" + percent_encode(container) + "/" + verb_and_query);
}

void EngineClient::remove_container(const std::string& container, bool force, bool volumes) {
  ask("DELETE",
      "/containers/" + percent_encode(container) + "?force=" + (force ? "1" : "0") + "&v=" + (volumes ? "1" : "0"));
}

int EngineClient::wait_for_container(const std::string& container) {
  const auto end = api::parse_container_end(ask("POST", "/containers/" + percent_encode(container) + "/wait"));
  if (!end) throw Error(ErrorKind::unavailable, "the engine went away");
  return end->exit_code;
}

std::string EngineClient::list_containers(bool all, int limit, bool size, const Filters& filters) {
  std::string target = std::string{"/containers/json?all="} + (all ? "1" : "0") + "&size=" + (size ? "1" : "0");
  if (limit >= 0) target += "&limit=" + std::to_string(limit);
  if (!filters.empty()) target += "&filters=" + percent_encode(api::filters_json(filters));
  return ask("GET", target);
}

std::string EngineClient::inspect_container(const std::string& container, bool size) {
  return ask("GET", "/containers/" + percent_encode(container) + "/json?size=" + (size ? "1" : "0"));
}

void EngineClient::resize_container(const std::string& container, std::uint16_t rows, std::uint16_t columns) {
  ask("POST", "/containers/" + percent_encode(container) + "/resize?h=" + std::to_string(rows) +
                  "&w=" + std::to_string(columns));
}

api::ContainerFigures EngineClient::figures(const std::string& container) {
  return api::parse_container_stats(
      ask("GET", "/containers/" + percent_encode(container) + "/stats?stream=0&one-shot=1"));
}

std::vector<std::string> EngineClient::container_ids(bool all) {
  return api::parse_container_ids(ask("GET", std::string{"/containers/json?all="} + (all ? "1" : "0")));
}

api::ContainerRemoval EngineClient::prune_containers(const Filters& filters) {
  return api::parse_container_removal(
      ask("POST", "/containers/prune?filters=" + percent_encode(api::filters_json(filters))));
}

void EngineClient::kill(const std::string& container, const std::string& signal) {
  Connection connection{socket_path_};
  connection.send("POST", "/containers/" + percent_encode(container) + "/kill?signal=" + percent_encode(signal), {});
  connection.receive({});
}

void EngineClient::logs(const api::LogRequest& request, const std::function<bool(const api::LogFrame&)>& each,
                        const std::function<void()>& pause, const std::atomic<bool>* interrupted) {
  std::string target =
      "/stack/v1/projects/" + percent_encode(request.project) + "/logs?follow=" + (request.follow ? "1" : "0");
  if (request.details) target += "&details=1";
  if (request.lifecycle) target += "&lifecycle=1";
  for (const std::string& service : request.decisive) target += "&decisive=" + percent_encode(service);
  if (request.index != 0) target += "&index=" + std::to_string(request.index);
  for (const std::string& service : request.services) target += "&service=" + percent_encode(service);
  if (request.tail) target += "&tail=" + std::to_string(*request.tail);
  if (request.since) target += "&since_ns=" + std::to_string(request.since->time_since_epoch().count());
  if (request.until) target += "&until_ns=" + std::to_string(request.until->time_since_epoch().count());
  Connection connection{socket_path_, {.interrupted = interrupted}};
  connection.send("GET", target, {});
  api::LogFrameReader reader;
  bool go_on = true;
  connection.receive([&](std::string_view piece) {
    reader.feed(piece, [&](const api::LogFrame& frame) {
      if (frame.kind == api::LogKind::failure) throw Error(std::string{frame.payload});
      go_on = go_on && each(frame);
    });
    pause();
    return go_on;
  });
}

void EngineClient::events(const EventChoice& choice, const std::function<bool(const model::Event&)>& each,
                          const std::atomic<bool>* interrupted) {
  const auto seconds = [](Wall time) {
    const std::int64_t nanos = time.time_since_epoch().count();
    const std::string fraction = std::to_string(nanos % 1'000'000'000);
    return std::to_string(nanos / 1'000'000'000) + "." + std::string(9 - fraction.size(), '0') + fraction;
  };
  std::string target = "/events?filters=" + percent_encode(api::filters_json(choice.filters));
  if (choice.since) target += "&since=" + seconds(*choice.since);
  if (choice.until) target += "&until=" + seconds(*choice.until);
  Connection connection{socket_path_, {.interrupted = interrupted}};
  connection.send("GET", target, {});
  std::string rest;
  connection.receive([&](std::string_view piece) {
    rest.append(piece);
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      const model::Event event = api::parse_event_line(std::string_view{rest}.substr(0, end));
      rest.erase(0, end + 1);
      if (!each(event)) return false;
    }
    return true;
  });
}

namespace {

std::string import_target(const api::ImportOptions& options) {
  std::string target = "/stack/v1/images/import?reference=" + percent_encode(options.reference);
  if (!options.message.empty()) target += "&message=" + percent_encode(options.message);
  if (!options.platform.empty()) target += "&platform=" + percent_encode(options.platform);
  for (const std::string& change : options.changes) target += "&change=" + percent_encode(change);
  return target;
}

}  // namespace

model::Image EngineClient::import_image(BorrowedFd archive, const api::ImportOptions& options, const Sending& sending) {
  Connection connection{socket_path_, {.tick = sending.tick}};
  connection.send_stream(import_target(options), archive, sending.sent);
  return model::parse_image(connection.receive({}));
}

model::Image EngineClient::import_image_from(const std::string& url, const api::ImportOptions& options) {
  Connection connection{socket_path_};
  connection.send("POST", import_target(options) + "&from=" + percent_encode(url), {});
  return model::parse_image(connection.receive({}));
}

std::vector<model::Image> EngineClient::images() {
  Connection connection{socket_path_};
  connection.send("GET", "/stack/v1/images", {});
  return api::parse_images(connection.receive({}));
}

std::string EngineClient::ask(std::string_view method, const std::string& target, std::string_view body) {
  Connection connection{socket_path_};
  connection.send(method, target, body);
  return connection.receive({});
}

std::vector<model::Volume> EngineClient::volumes(const Filters& filters) {
  return api::parse_volume_list(ask("GET", "/volumes?filters=" + percent_encode(api::filters_json(filters))));
}

model::Volume EngineClient::create_volume(const model::VolumeSpec& spec) {
  return api::parse_volume(ask("POST", "/volumes/create", api::volume_request_json(spec)));
}

model::Volume EngineClient::inspect_volume(const std::string& name) {
  return api::parse_volume(ask("GET", "/volumes/" + percent_encode(name)));
}

void EngineClient::remove_volume(const std::string& name, bool force) {
  ask("DELETE", "/volumes/" + percent_encode(name) + "?force=" + (force ? "1" : "0"));
}

api::VolumeRemoval EngineClient::prune_volumes(const Filters& filters) {
  return api::parse_volume_removal(ask("POST", "/volumes/prune?filters=" + percent_encode(api::filters_json(filters))));
}

std::vector<model::Network> EngineClient::networks(const Filters& filters) {
  return api::parse_network_list(ask("GET", "/networks?filters=" + percent_encode(api::filters_json(filters))));
}

std::string EngineClient::create_network(const model::NetworkSpec& spec) {
  return api::parse_network_created(ask("POST", "/networks/create", api::network_request_json(spec)));
}

api::NetworkView EngineClient::inspect_network(const std::string& name) {
  return api::parse_network_view(ask("GET", "/networks/" + percent_encode(name)));
}

void EngineClient::remove_network(const std::string& name) { ask("DELETE", "/networks/" + percent_encode(name)); }

void EngineClient::connect_network(const std::string& network, const api::NetworkJoin& join) {
  ask("POST", "/networks/" + percent_encode(network) + "/connect", api::network_join_json(join));
}

void EngineClient::disconnect_network(const std::string& network, const api::NetworkLeave& leave) {
  ask("POST", "/networks/" + percent_encode(network) + "/disconnect", api::network_leave_json(leave));
}

std::vector<std::string> EngineClient::prune_networks(const Filters& filters) {
  return api::parse_network_removal(
      ask("POST", "/networks/prune?filters=" + percent_encode(api::filters_json(filters))));
}

bool EngineClient::pull(const api::PullRequest& request, const std::function<void(const api::Report&)>& report,
                        const Waiting& waiting) {
  Connection connection{socket_path_, waiting};
  connection.send("POST", "/stack/v1/images/pull", api::pull_request_json(request));
  return read_reports(connection, report).changed;
}

bool EngineClient::push(const api::PullRequest& request, const std::function<void(const api::Report&)>& report,
                        const Waiting& waiting) {
  Connection connection{socket_path_, waiting};
  connection.send("POST", "/stack/v1/images/push", api::pull_request_json(request));
  return read_reports(connection, report).changed;
}

std::vector<std::string> EngineClient::load_images(BorrowedFd archive, const std::string& platform,
                                                   const Sending& sending) {
  Connection connection{socket_path_, {.tick = sending.tick}};
  connection.send_stream("/stack/v1/images/load?platform=" + percent_encode(platform), archive, sending.sent);
  return api::parse_names(connection.receive({}));
}

void EngineClient::save_images(const std::vector<std::string>& names, BorrowedFd to) {
  std::string target = "/stack/v1/images/save";
  for (const std::string& name : names)
    target += (target.ends_with("save") ? "?name=" : "&name=") + percent_encode(name);
  receive_tar(target, to, "the engine's log says why; stack image check finds what is damaged");
}

void EngineClient::export_image(const std::string& name, BorrowedFd to) {
  receive_tar("/stack/v1/images/export?name=" + percent_encode(name), to,
              "the engine's log says why; stack image check finds what is damaged");
}

void EngineClient::export_container(const std::string& container, BorrowedFd to) {
  receive_tar("/stack/v1/containers/" + percent_encode(container) + "/export", to, "the engine's log says why");
}

void EngineClient::receive_tar(const std::string& target, BorrowedFd to, const char* remedy) {
  Connection connection{socket_path_};
  connection.send("GET", target, {});
  take_tar(
      connection, [to](std::string_view piece) { write_all(to, piece, "writing the archive"); }, remedy);
}

void EngineClient::take_tar(Connection& connection, const std::function<void(std::string_view)>& write,
                            const char* remedy) {
  std::string tail;
  connection.receive([&](std::string_view piece) {
    write(piece);
    tail.append(piece.substr(piece.size() - std::min(piece.size(), kTarEndBytes)));
    if (tail.size() > kTarEndBytes) tail.erase(0, tail.size() - kTarEndBytes);
    return true;
  });
  // An engine that fails in the middle can only stop: a whole archive ends in two empty blocks.
  if (tail != std::string(kTarEndBytes, '\0')) {
    throw Error("the archive is incomplete: the engine could not read all of it").remedy(remedy);
  }
}

std::vector<std::string> EngineClient::tags(const api::TagsRequest& request) {
  return api::parse_tags(ask("POST", "/stack/v1/images/tags", api::tags_request_json(request)));
}

api::ImageDigests EngineClient::image_digests(const api::DigestRequest& request) {
  return api::parse_image_digests(ask("POST", "/stack/v1/images/digests", api::digest_request_json(request)));
}

api::Artifact EngineClient::artifact(const api::ArtifactRequest& request) {
  return api::parse_artifact(ask("POST", "/stack/v1/images/artifact", api::artifact_request_json(request)));
}

void EngineClient::push_artifact(const api::ArtifactPush& push, const std::function<void(const api::Report&)>& report,
                                 const Waiting& waiting) {
  Connection connection{socket_path_, waiting};
  connection.send("POST", "/stack/v1/images/artifact/push", api::artifact_push_json(push));
  read_reports(connection, report);
}

void EngineClient::login(const std::string& registry, const model::Credentials& credentials) {
  ask("POST", "/stack/v1/images/login", api::credentials_json({{registry, credentials}}));
}

api::ImageDetails EngineClient::inspect_image(const std::string& name, const std::string& platform) {
  std::string target = "/stack/v1/images/inspect?name=" + percent_encode(name);
  if (!platform.empty()) target += "&platform=" + percent_encode(platform);
  return api::parse_image_details(ask("GET", target));
}

bool EngineClient::image_has_program(const std::string& name, const std::string& program) {
  return ask("GET", "/stack/v1/images/program?name=" + percent_encode(name) + "&program=" + percent_encode(program)) ==
         "true";
}

model::Image EngineClient::tag_image(const std::string& name, const std::string& new_name) {
  return model::parse_image(
      ask("POST", "/stack/v1/images/tag?name=" + percent_encode(name) + "&new_name=" + percent_encode(new_name)));
}

api::ImageRemoval EngineClient::remove_images(const std::vector<std::string>& names, bool force) {
  std::string target = "/stack/v1/images/remove?force=" + std::string{force ? "1" : "0"};
  for (const std::string& name : names) target += "&name=" + percent_encode(name);
  return api::parse_image_removal(ask("POST", target));
}

api::ImageRemoval EngineClient::prune_images(const api::ImageFilter& filter) {
  return api::parse_image_removal(ask("POST", "/stack/v1/images/prune", api::image_filter_json(filter)));
}

api::DiskUsage EngineClient::disk_usage() { return api::parse_disk_usage(ask("GET", "/stack/v1/system/usage")); }

std::vector<std::string> EngineClient::check_images() {
  return api::parse_names(ask("POST", "/stack/v1/images/check"));
}

api::SystemInfo EngineClient::info() {
  Connection connection{socket_path_};
  connection.send("GET", "/stack/v1/system/info", {});
  return api::parse_info(connection.receive({}));
}

std::vector<std::string> EngineClient::shutdown() {
  Connection connection{socket_path_};
  connection.send("POST", "/stack/v1/system/shutdown", {});
  return api::parse_shutdown(connection.receive({}));
}

}  // namespace stack::client
