#include "engine/api/build_api.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/api/answering.h"
#include "engine/api/build_history_json.h"
#include "engine/api/build_stream.h"
#include "engine/api/build_wire_json.h"
#include "engine/api/docker_build_json.h"
#include "engine/api/wire_version.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// The stream that belongs to the request, when its spec wants one.
UniqueFd archive_of(Request& request, const model::BuildSpec& spec) {
  const auto is_archive = [](const model::BuildSource& source) {
    return std::holds_alternative<model::BuildArchive>(source);
  };
  const auto is_named = [&](const auto& each) { return is_archive(each.second); };
  if (!std::none_of(spec.named_contexts.begin(), spec.named_contexts.end(), is_named)) {
    throw Error(ErrorKind::unsupported, "only the main context of a build can be an archive")
        .remedy("unpack it, and name the folder");
  }
  return is_archive(spec.context) ? std::move(request.body_pipe) : UniqueFd{};
}

void build(BuildBackend& builder, const Ex& exchange) {
  check_client_version(exchange->request.header(kWireHeader));
  BuildRequest request = parse_build_request(exchange->request.body);
  UniqueFd archive = archive_of(exchange->request, request.spec);
  BuildStream::run(
      exchange, "application/x-ndjson", false,
      [&](auto report) {
        return builder.build(std::move(request.spec), std::move(archive), std::move(request.credentials),
                             std::move(report));
      },
      build_event_line);
}

void check(BuildBackend& builder, const Ex& exchange) {
  BuildRequest request = parse_build_request(exchange->request.body);
  UniqueFd archive = archive_of(exchange->request, request.spec);
  builder.check(std::move(request.spec), std::move(archive), replying<std::string>(exchange, build_problems_json));
}

// How the client of POST /build reads what happens.
std::function<std::string(const BuildEvent&)> docker_words(const Request& request, const BuildTraces& traces) {
  const bool quiet = request.flag("q");
  if (request.get("version") == "2" && traces && !quiet) {
    const auto words = std::make_shared<DockerTraceWords>(traces());
    return [words](const BuildEvent& event) { return words->take(event); };
  }
  const auto words = std::make_shared<DockerBuildWords>(quiet);
  return [words](const BuildEvent& event) { return words->take(event); };
}

// Builds whose client gave them a name (`buildid`), so that another request can cancel them. Loop thread.
class NamedBuilds {
 public:
  using Cancel = std::function<void()>;
  using Key = std::shared_ptr<bool>;  // one for each build: two may have the same name, and the later one is meant
  void add(const std::string& name, Key key, Cancel cancel) { running_[name] = {std::move(key), std::move(cancel)}; }
  void remove(const std::string& name, const Key& key) {
    const auto found = running_.find(name);
    if (found != running_.end() && found->second.first == key) running_.erase(found);
  }
  void cancel(const std::string& name) {
    const auto found = running_.find(name);
    if (found == running_.end()) return;
    const Cancel now = std::move(found->second.second);
    running_.erase(found);
    now();
  }

 private:
  std::map<std::string, std::pair<Key, Cancel>> running_;
};

void docker_build(BuildBackend& builder, const BuildTraces& traces, const std::shared_ptr<NamedBuilds>& named,
                  const Ex& exchange) {
  Request& request = exchange->request;
  model::BuildSpec spec = docker_build_spec(request);
  model::CredentialsByRegistry credentials = docker_credentials(request.header("X-Registry-Config"));
  UniqueFd archive = archive_of(request, spec);
  auto words = docker_words(request, traces);
  const std::string name = request.get("buildid");
  BuildStream::run(
      exchange, "application/json", true,
      [&](auto report) {
        const auto over = std::make_shared<bool>(false);
        auto watched = [named, name, over, report = std::move(report)](const BuildEvent& event) {
          if (is_last(event)) {
            *over = true;
            named->remove(name, over);
          }
          report(event);
        };
        auto cancel = builder.build(std::move(spec), std::move(archive), std::move(credentials), std::move(watched));
        if (!name.empty() && !*over) named->add(name, over, cancel);
        return cancel;
      },
      std::move(words));
}

// As dockerd, which does not tell whether there was such a build.
void cancel_build(NamedBuilds& named, const Ex& exchange) {
  const std::string name = exchange->request.get("id");
  if (name.empty()) throw Error(ErrorKind::invalid, "build ID not provided");
  named.cancel(name);
  exchange->reply(200, "");
}

}  // namespace

// Table: the routes of builds.
void add_build_routes(Routes& routes, BuildBackend& builder, const Clock& clock, BuildTraces traces) {
  routes.add("POST", "/stack/v1/build", Body::described, [&builder](const Ex& exchange) { build(builder, exchange); });
  routes.add("POST", "/stack/v1/build/check", Body::described,
             [&builder](const Ex& exchange) { check(builder, exchange); });
  routes.add("GET", "/stack/v1/build/cache", Body::none, [&builder](const Ex& exchange) {
    builder.cache(replying<std::vector<BuildCacheEntry>>(exchange, build_cache_json));
  });
  routes.add("POST", "/stack/v1/build/prune", Body::text, [&builder](const Ex& exchange) {
    builder.prune(parse_build_prune(exchange->request.body), replying<BuildPruned>(exchange, build_pruned_json));
  });
  routes.add("GET", "/stack/v1/build/history", Body::none, [&builder](const Ex& exchange) {
    builder.history(replying<std::vector<BuildRecord>>(exchange, build_history_json));
  });
  routes.add("POST", "/stack/v1/build/history/remove", Body::text, [&builder](const Ex& exchange) {
    BuildForget forget = parse_build_forget(exchange->request.body);
    builder.forget_history(std::move(forget.ids), forget.all,
                           replying<std::vector<std::string>>(exchange, build_forgotten_json));
  });
  const auto named = std::make_shared<NamedBuilds>();
  routes.add("POST", "/build", Body::pipe, [&builder, named, traces = std::move(traces)](const Ex& exchange) {
    docker_build(builder, traces, named, exchange);
  });
  routes.add("POST", "/build/cancel", Body::none, [named](const Ex& exchange) { cancel_build(*named, exchange); });
  routes.add("POST", "/build/prune", Body::none, [&builder, &clock](const Ex& exchange) {
    builder.prune(docker_prune(exchange->request, clock.wall()), replying<BuildPruned>(exchange, docker_pruned_json));
  });
}

}  // namespace stack::api
