#include "engine/buildkit/frontend_build.h"

#include <algorithm>

#include "base/model/reference.h"
#include "base/scope_guard.h"
#include "engine/buildkit/build_failure.h"
#include "engine/buildkit/call_result.h"
#include "engine/buildkit/dockerfile_needs.h"
#include "engine/buildkit/image_output.h"
#include "engine/buildkit/lint_result.h"
#include "engine/buildkit/messages/session.pb.h"
#include "engine/buildkit/pending.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kSecretMax = 512 << 10;
constexpr const char* kDefaultAgent = "default";
constexpr const char* kGetSecret = "/moby.buildkit.secrets.v1.Secrets/GetSecret";

// What the builder reports, for a coroutine that waits.
struct Waiting {
  std::optional<api::BuildDone> done;
  std::optional<Error> failed;
};

}  // namespace

FrontendBuild::FrontendBuild(Solve& solve, wire::GatewaySolveRequest request)
    : solve_(solve), tools_(solve.tools_), request_(std::move(request)), loader_(solve, wanted_) {}

asio::awaitable<wire::GatewaySolveResponse> FrontendBuild::run() {
  wire::GatewaySolveResponse response;
  std::optional<GrpcStatus> failed;
  const auto body = [&](async::TaskGroup& agents) -> asio::awaitable<void> {
    agents_ = &agents;
    co_await work(response);
    agents.cancel();
  };
  try {
    co_await async::with_tasks(tools_.loop, "ssh agents", body);
  } catch (const GrpcFailure& failure) {
    failed = failure.status();
  } catch (const Error& error) {
    failed = build_failure(error, loader_.dockerfile().file, loader_.dockerfile().text);
  }
  if (failed) throw GrpcFailure(*failed);
  co_return response;
}

asio::awaitable<void> FrontendBuild::work(wire::GatewaySolveResponse& response) {
  co_await prepare();
  wire::Result& result = *response.mutable_result();
  if (!wanted_.call.empty()) {
    co_await answer_call(result);
    static_cast<void>(result.mutable_ref());
    co_return;
  }
  const api::BuildDone done = co_await build();
  co_await deliver(done);
  wire::Ref* ref = result.mutable_ref();
  if (done.image_id.empty()) co_return;
  ref->set_id(new_id(tools_.random, 32));
  solve_.images_[ref->id()] = done.image_id;
}

asio::awaitable<void> FrontendBuild::prepare() {
  std::map<std::string, std::string> options{request_.frontend_options().begin(), request_.frontend_options().end()};
  wanted_ =
      read_frontend_request(options, {solve_.request_.entitlements().begin(), solve_.request_.entitlements().end()});
  for (const auto& import : request_.cache_imports())
    wanted_.add_cache({import.type(), {import.attributes().begin(), import.attributes().end()}});
  wanted_.spec.cache_to = solve_.cache_targets();
  if (!wanted_.call.empty() && wanted_.call != "lint" && wanted_.call != "outline" && wanted_.call != "targets")
    throw Error(ErrorKind::unsupported, "the call \"" + wanted_.call + "\" of the frontend is not supported");
  for (const std::string& warning : wanted_.warnings) solve_.log.warn(warning);
  outputs_ = read_outputs(solve_.request_);
  wanted_.spec.output = outputs_.empty() ? model::BuildOutput::nothing : model::BuildOutput::image;
  for (const Output& output : outputs_) {
    // The names of an archive are for who loads it.
    if (output.kind != Output::Kind::image) continue;
    wanted_.spec.tags.insert(wanted_.spec.tags.end(), output.names.begin(), output.names.end());
  }
  std::set<std::string> for_git = loader_.git_secrets();
  co_await load_secrets(std::move(for_git));
  // Repositories may need the agent before the Dockerfile is known.
  std::set<std::string> first{kDefaultAgent};
  co_await forward_agents(std::move(first));
  co_await loader_.load_dockerfile();
  if (!wanted_.call.empty()) co_return;
  co_await loader_.load_contexts();
  DockerfileNeeds needs = needs_of(loader_.dockerfile().text);
  for (const auto& from : wanted_.spec.cache_from)
    needs.registries.insert(model::parse_reference(from.reference).domain);
  for (const auto& to : wanted_.spec.cache_to) {
    if (!to.in_image) needs.registries.insert(model::parse_reference(to.place.reference).domain);
  }
  co_await load_secrets(needs.secrets);
  co_await forward_agents(needs.agents);
  co_await load_credentials(needs.registries);
}

asio::awaitable<void> FrontendBuild::answer_call(wire::Result& result) {
  if (!wanted_.spec.dockerfile_text)
    throw Error(ErrorKind::unsupported, "of a Dockerfile inside of an archive nothing can be told");
  auto& values = *result.mutable_metadata();
  values["version"] = "1.0.0";
  if (wanted_.call == "lint") co_return co_await check(result);
  const SourceText& source = loader_.dockerfile();
  const CallResult answer = wanted_.call == "targets" ? targets_result(source)
                                                      : outline_result(source, wanted_.spec.target, wanted_.spec.args);
  values["result.json"] = answer.json;
  values["result.txt"] = answer.text;
}

asio::awaitable<void> FrontendBuild::check(wire::Result& result) {
  // A check reads no files, and wants a folder.
  wanted_.spec.context = model::BuildFolder{.path = loader_.files().work->string(), .received = true};
  const auto got = std::make_shared<Pending<std::string>>(tools_.loop);
  tools_.builder.check(wanted_.spec, {}, Pending<std::string>::filling(got));
  const LintResult lint = lint_result(co_await result_of(got), loader_.dockerfile());
  auto& values = *result.mutable_metadata();
  values["result.json"] = lint.json;
  values["result.txt"] = lint.text;
  if (!lint.clean) values["result.statuscode"] = "1";
}

// Asked for before the build, because the builder takes values.
asio::awaitable<void> FrontendBuild::load_secrets(std::set<std::string> ids) {
  for (const model::BuildSecret& known : wanted_.spec.secrets) ids.erase(known.id);
  if (ids.empty()) co_return;
  const auto session = co_await tools_.sessions.wait_for(solve_.request_.session());
  for (const std::string& id : ids) {
    if (!session->offers(kGetSecret)) co_return;
    wire::SecretRequest request;
    request.set_id(id);
    std::string answer;
    try {
      answer = co_await session->call(kGetSecret, request.SerializeAsString());
    } catch (const GrpcFailure& failure) {
      // The builder says so, where it is needed.
      if (failure.status().code == GrpcCode::not_found) continue;
      throw;
    }
    wire::SecretResponse response;
    if (!response.ParseFromString(answer) || response.data().size() > kSecretMax)
      throw Error(ErrorKind::invalid, "the secret \"" + id + "\" is too large");
    wanted_.spec.secrets.push_back({id, response.data()});
  }
}

asio::awaitable<void> FrontendBuild::forward_agents(std::set<std::string> ids) {
  for (const model::BuildSsh& known : wanted_.spec.ssh) ids.erase(known.id);
  if (ids.empty()) co_return;
  const auto session = co_await tools_.sessions.wait_for(solve_.request_.session());
  for (const std::string& id : ids) {
    const bool there = co_await has_agent(session, id);
    if (!there) continue;
    if (!agents_folder_) {
      const auto made = std::make_shared<Pending<std::shared_ptr<const std::filesystem::path>>>(tools_.loop);
      tools_.builder.work_folder({}, Pending<std::shared_ptr<const std::filesystem::path>>::filling(made));
      agents_folder_ = co_await result_of(made);
    }
    const std::filesystem::path socket = *agents_folder_ / ("agent-" + std::to_string(forwards_.size()));
    forwards_.push_back(std::make_unique<AgentForward>(tools_.loop, session, id, socket));
    agents_->start(forwards_.back()->serve());
    wanted_.spec.ssh.push_back({.id = id, .socket = socket});
  }
}

asio::awaitable<void> FrontendBuild::load_credentials(std::set<std::string> registries) {
  const auto session = co_await tools_.sessions.wait_for(solve_.request_.session());
  for (const std::string& registry : registries) {
    if (!session->offers("/moby.filesync.v1.Auth/Credentials")) break;
    wire::CredentialsRequest request;
    request.set_host(registry == "docker.io" ? "registry-1.docker.io" : registry);
    const std::string answer =
        co_await session->call("/moby.filesync.v1.Auth/Credentials", request.SerializeAsString());
    wire::CredentialsResponse response;
    if (!response.ParseFromString(answer) || response.secret().empty()) continue;
    model::Credentials& credentials = credentials_[registry];
    credentials.user = response.user();
    (response.user().empty() ? credentials.identity_token : credentials.password) = response.secret();
  }
}

asio::awaitable<api::BuildDone> FrontendBuild::build() {
  solve_.check_alive();
  const auto waiting = std::make_shared<Waiting>();
  // The folders live as long as the builder works, which may be longer than the client's call.
  auto report = [waiting, files = loader_.files(), log = &solve_.log, source = loader_.dockerfile(),
                 changed = &solve_.changed_, alive = std::weak_ptr<int>(solve_.life_)](const api::BuildEvent& event) {
    if (alive.expired()) return;
    if (const auto* done = std::get_if<api::BuildDone>(&event)) waiting->done = *done;
    if (const auto* failed = std::get_if<api::BuildFailed>(&event)) waiting->failed = failed->error;
    log->take(event, source);
    if (waiting->done || waiting->failed) changed->notify_all();
  };
  const auto cancel = tools_.builder.build(wanted_.spec, loader_.take_archive(), credentials_, std::move(report));
  ScopeGuard stop{[&cancel] { cancel(); }};
  while (!waiting->done && !waiting->failed) {
    solve_.check_alive();
    co_await solve_.changed_.wait();
  }
  stop.dismiss();
  for (const auto& context : loader_.files().received) {
    if (!context.name.empty()) tools_.builder.keep_folder(context.name, context.folder, context.bytes);
  }
  if (waiting->failed) throw Error(*waiting->failed);
  co_return *waiting->done;
}

asio::awaitable<void> FrontendBuild::deliver(api::BuildDone done) {
  if (done.image_id.empty()) co_return;
  ImageOutput output{solve_, done};
  std::exception_ptr failed;
  try {
    for (const Output& each : outputs_) co_await output.deliver(each);
  } catch (...) {
    failed = std::current_exception();
  }
  output.finish(outputs_);
  if (failed) std::rethrow_exception(failed);
}

}  // namespace stack::buildkit
