#include "engine/api/docker_build_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hide_credentials.h"
#include "base/model/reference.h"
#include "engine/api/codec_json.h"
#include "engine/api/filters.h"
#include "engine/api/step_exit.h"

namespace stack::api {
namespace {

using nlohmann::json;

// The JSON value of a parameter; null when it is absent.
json parameter(const Request& request, const char* name) {
  const std::string text = request.get(name);
  if (text.empty()) return {};
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded())
    throw Error(ErrorKind::invalid, "the parameter " + std::string{name} + " is not JSON: " + text);
  return value;
}

void read_arguments(const json& value, model::BuildSpec& spec) {
  for (const auto& [name, each] : value.items()) {
    if (!each.is_null()) spec.args[name] = each.get<std::string>();  // null: an argument without a value
  }
}

void read_ulimits(const json& value, model::BuildSpec& spec) {
  for (const json& each : value) {
    model::Ulimit& limit = spec.ulimits[each.at("Name").get<std::string>()];
    limit.soft = each.at("Soft").get<std::int64_t>();
    limit.hard = member_of<std::int64_t>(each, "Hard", limit.soft);
  }
}

// Limits of the containers of RUN, and what else is not there. Clients send zeros.
void refuse_unsupported(const Request& request) {
  if (request.get("remote") == "client-session") {
    throw Error(ErrorKind::unsupported, "a context in a session of POST /build is not supported")
        .remedy("send it as the body of the request, or use POST /grpc, as docker buildx does");
  }
  if (request.flag("squash"))
    throw Error(ErrorKind::unsupported, "the parameter squash is not supported").remedy("leave it out");
  static constexpr std::array kLimits{"memory",   "memswap",    "cpushares", "cpuperiod",
                                      "cpuquota", "cpusetcpus", "cpusetmems"};
  for (const std::string name : kLimits) {
    const std::string value = request.get(name);
    const bool none = value.empty() || (!name.starts_with("cpuset") && (value == "0" || value == "-1"));
    if (none) continue;
    throw Error(ErrorKind::unsupported, "the parameter " + name + " of builds is not supported")
        .remedy("leave it out: build steps run without limits of their own");
  }
  if (!request.get("cgroupparent").empty())
    throw Error(ErrorKind::unsupported, "the parameter cgroupparent of builds is not supported")
        .remedy("leave it out: build steps run in the engine's control group");
  const std::string isolation = request.get("isolation");
  if (!isolation.empty() && isolation != "default")
    throw Error(ErrorKind::invalid, "invalid isolation \"" + isolation + "\": it is for Windows only");
}

model::BuildSource remote_context(const std::string& remote) {
  if (remote.empty()) return model::BuildArchive{};
  if (auto source = model::source_at(remote)) return std::move(*source);
  throw Error(ErrorKind::invalid,
              "the context " + hide_credentials(remote) + " is neither a git repository nor a web address")
      .remedy("use https://HOST/PATH.git, or https://HOST/FILE.tar.gz, or send the files as the body of the request");
}

void read_parts(const Request& request, model::BuildSpec& spec) {
  read_arguments(parameter(request, "buildargs"), spec);
  if (const json labels = parameter(request, "labels"); !labels.is_null()) spec.labels = labels.get<model::Labels>();
  read_ulimits(parameter(request, "ulimits"), spec);
  if (const json from = parameter(request, "cachefrom"); !from.is_null())
    spec.cache_images = from.get<std::vector<std::string>>();
}

model::Credentials credentials_of(const json& value) {
  model::Credentials it{.user = member_of<std::string>(value, "username"),
                        .password = member_of<std::string>(value, "password"),
                        .identity_token = member_of<std::string>(value, "identitytoken"),
                        .registry_token = member_of<std::string>(value, "registrytoken")};
  const auto pair = decode_base64(member_of<std::string>(value, "auth"));
  if (it.user.empty() && pair && pair->find(':') != std::string::npos) {
    it.user = pair->substr(0, pair->find(':'));
    it.password = pair->substr(pair->find(':') + 1);
  }
  return it;
}

std::string record(const json& value) { return text_of(value) + "\r\n"; }
std::string stream(const std::string& text) { return record({{"stream", text}}); }

// "FROM debian" of "FROM docker.io/library/debian:latest".
std::string as_files_have_it(const std::string& text) {
  constexpr std::string_view kFrom = "FROM ", kLatest = ":latest";
  if (!text.starts_with("FROM docker.io/")) return text;
  std::string image = model::parse_reference(text.substr(kFrom.size())).familiar();
  if (image.ends_with(kLatest)) image.resize(image.size() - kLatest.size());
  return std::string{kFrom} + image;
}

// "Step 2/5 : RUN make" of "[build 2/5] RUN make"; a step that is not of the Dockerfile keeps its name.
std::string step_text(const std::string& name) {
  const std::size_t end = name.find("] ");
  if (!name.starts_with("[") || end == std::string::npos) return name;
  const std::string inside = name.substr(1, end - 1);
  const std::string count = inside.substr(inside.rfind(' ') + 1);
  if (count.find('/') == std::string::npos) return name;
  return "Step " + count + " : " + as_files_have_it(name.substr(end + 2));
}

// "web:latest" of "web".
std::string with_tag(const std::string& reference) {
  const bool tagged = reference.find_first_of(":@", reference.rfind('/') + 1) != std::string::npos;
  return tagged ? reference : reference + ":latest";
}

// In Go's words where another request cancelled it.
std::string reason_of(const BuildFailed& failed) {
  return failed.cancelled ? "context canceled" : failed.error.message();
}

std::string error_record(const std::string& message, int code) {
  json detail{{"message", message}};
  if (code != 0) detail["code"] = code;
  return record({{"errorDetail", detail}, {"error", message}});
}

struct BuildWords {
  bool quiet;

  std::string operator()(const BuildWarning& e) const { return quiet ? "" : stream("[Warning] " + e.text + "\n"); }
  std::string operator()(const BuildStepStarted& e) const { return quiet ? "" : stream(step_text(e.name) + "\n"); }
  // What goes to standard error is red, whatever the client does with colours.
  std::string operator()(const BuildStepOutput& e) const {
    if (quiet) return "";
    return stream(e.stream == 2 ? "\x1b[91m" + e.bytes + "\x1b[0m" : e.bytes);
  }
  std::string operator()(const BuildStepBytes&) const { return {}; }
  std::string operator()(const BuildStepEnded& e) const {
    if (quiet || !e.cached) return {};
    return stream(step_text(e.name) + "\n") + stream(" ---> Using cache\n");
  }
  std::string operator()(const BuildDone& e) const {
    if (quiet) return stream(e.image_id + "\n");
    const std::size_t colon = e.image_id.find(':');
    std::string text = record({{"aux", {{"ID", e.image_id}}}});
    text += stream("Successfully built " + e.image_id.substr(colon == std::string::npos ? 0 : colon + 1, 12) + "\n");
    for (const std::string& tag : e.tags) text += stream("Successfully tagged " + with_tag(tag) + "\n");
    return text;
  }
  std::string operator()(const BuildFailed& e) const {
    const auto exit = e.cancelled ? std::nullopt : step_exit(e.error.message());
    if (!exit) return error_record(reason_of(e), 0);
    return error_record(
        "The command '" + exit->command + "' returned a non-zero code: " + std::to_string(exit->code) + exit->why,
        exit->code);
  }
};

// "10737418240", or a size with a unit as older clients do not send it.
std::uint64_t bytes_of(const Request& request, const char* name) {
  const auto value = request.number(name);
  if (value && *value < 0) throw Error(ErrorKind::invalid, "the parameter " + std::string{name} + " is negative");
  return value ? static_cast<std::uint64_t>(*value) : 0;
}

}  // namespace

std::string registry_of_server(std::string server) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (server.starts_with(scheme)) server.erase(0, scheme.size());
  }
  server = server.substr(0, server.find('/'));
  return server == "index.docker.io" || server == "registry-1.docker.io" ? "docker.io" : server;
}

model::BuildSpec docker_build_spec(const Request& request) {
  refuse_unsupported(request);
  return reading("the request for a build", [&] {
    model::BuildSpec spec{.context = remote_context(request.get("remote"))};
    spec.dockerfile = request.get("dockerfile", "Dockerfile");
    spec.target = request.get("target");
    spec.tags = request.get_all("t");
    std::erase(spec.tags, "");
    if (const std::string platform = request.get("platform"); !platform.empty()) spec.platforms = {platform};
    spec.no_cache = request.flag("nocache");
    spec.pull = request.flag("pull");
    const std::string network = request.get("networkmode");
    spec.network = network == "bridge" ? "default" : network;
    for (const std::string& hosts : request.get_all("extrahosts")) {
      for (std::size_t at = 0; at < hosts.size();) {
        const std::size_t end = std::min(hosts.find(',', at), hosts.size());
        std::string host = hosts.substr(at, end - at);
        if (const std::size_t colon = host.find(':'); colon != std::string::npos) host[colon] = '=';
        spec.extra_hosts.push_back(std::move(host));
        at = end + 1;
      }
    }
    spec.shm_size = request.number("shmsize").value_or(0);
    read_parts(request, spec);
    return spec;
  });
}

model::CredentialsByRegistry docker_credentials(std::string_view header) {
  if (header.empty()) return {};
  return reading("the header X-Registry-Config", [&] {
    const auto text = decode_base64(header);
    if (!text) throw Error(ErrorKind::invalid, "the header X-Registry-Config is not base64");
    model::CredentialsByRegistry all;
    const json registries = object_of(*text, "the header X-Registry-Config");
    for (const auto& [server, value] : registries.items()) {
      model::Credentials credentials = credentials_of(value);
      if (!credentials.empty()) all.emplace(registry_of_server(server), std::move(credentials));
    }
    return all;
  });
}

std::string DockerBuildWords::take(const BuildEvent& event) { return std::visit(BuildWords{quiet_}, event); }

std::string DockerTraceWords::take(const BuildEvent& event) {
  std::string text;
  for (const std::string& message : trace_->take(event))
    text += record({{"id", "moby.buildkit.trace"}, {"aux", encode_base64(message)}});
  if (const auto* done = std::get_if<BuildDone>(&event))
    text += record({{"id", "moby.image.id"}, {"aux", {{"ID", done->image_id}}}});
  if (const auto* failed = std::get_if<BuildFailed>(&event)) text += error_record(reason_of(*failed), 0);
  return text;
}

BuildPrune docker_prune(const Request& request, Wall now) {
  BuildPrune prune{.all = request.flag("all"), .older_than = {}, .keep_bytes = 0, .ids = {}};
  prune.keep_bytes = std::max(bytes_of(request, "keep-storage"), bytes_of(request, "reserved-space"));
  prune.most_bytes = bytes_of(request, "max-used-space");
  prune.free_bytes = bytes_of(request, "min-free-space");
  for (const char* name : {"max-used-space", "min-free-space"}) {
    if (bytes_of(request, name) > 0)
      throw Error(ErrorKind::unsupported, "the parameter " + std::string{name} + " is not supported")
          .remedy("use reserved-space");
  }
  const Filters filters = Filters::parse(request.get("filters"), {"until", "unused-for", "id"});
  for (const char* name : {"until", "unused-for"}) {
    for (const std::string& value : filters.get(name)) prune.older_than = now - parse_moment(value, now);
  }
  prune.ids = filters.get("id");
  return prune;
}

std::string docker_pruned_json(const BuildPruned& pruned) {
  return text_of({{"CachesDeleted", pruned.ids}, {"SpaceReclaimed", pruned.freed_bytes}});
}

}  // namespace stack::api
