#include "engine/buildkit/frontend_build.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dockerfile/ignore_file.h"
#include "base/file.h"
#include "base/model/reference.h"
#include "base/scope_guard.h"
#include "base/split.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "base/truth.h"
#include "engine/buildkit/build_failure.h"
#include "engine/buildkit/dockerfile_needs.h"
#include "engine/buildkit/folder_receiver.h"
#include "engine/buildkit/lint_result.h"
#include "engine/buildkit/messages/parts.pb.h"
#include "engine/buildkit/messages/session.pb.h"
#include "engine/buildkit/pending.h"
#include "engine/buildkit/received_file.h"

namespace stack::buildkit {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSecretMax = 512 << 10;

std::vector<std::string> patterns_of(const std::string& text, const std::string& name) {
  dockerfile::Problems problems;
  const auto parsed = dockerfile::IgnoreFile::parse(text, problems);
  if (dockerfile::has_errors(problems)) throw Error(ErrorKind::invalid, dockerfile::render(problems, name));
  return parsed.patterns();
}

// "docker.io/library/web:1" of "web:1", as BuildKit names images; a tag that is not written stays so.
std::string full_name(const std::string& tag) {
  const model::Reference reference = model::parse_reference(tag);
  return reference.name() + (tag.ends_with(":" + reference.tag) ? ":" + reference.tag : "");
}

struct Exporter {
  std::string type;
  Options attributes;
};

std::vector<Exporter> exporters_of(const wire::SolveRequest& request) {
  std::vector<Exporter> all;
  for (const auto& each : request.exporters())
    all.push_back({each.type(), {each.attributes().begin(), each.attributes().end()}});
  const auto& attributes = request.exporter_attributes();
  if (all.empty() && !request.exporter().empty())
    all.push_back({request.exporter(), {attributes.begin(), attributes.end()}});
  return all;
}

// Of what the result is to be.
void take_attribute(const std::string& name, const std::string& value, model::BuildSpec& spec) {
  if (name == "name") {
    for (std::string& each : split_list(value)) spec.tags.push_back(std::move(each));
  } else if (name == "push" && parse_truth(value) == true) {
    throw Error(ErrorKind::unsupported, "pushing what is built (--push) is not supported").remedy("push it afterwards");
  } else if (name != "push" && name != "unpack" && name != "store" && !value.empty()) {
    // Its own layers are what the engine stores: there is nothing to unpack, and no other place to store.
    throw Error(ErrorKind::unsupported, "the attribute " + name + "=" + value + " of the output is not supported");
  }
}

// What the builder reports, for a coroutine that waits.
struct Waiting {
  explicit Waiting(asio::io_context& loop) : changed(loop) {}
  std::optional<api::BuildDone> done;
  std::optional<Error> failed;
  async::Event changed;
};

}  // namespace

FrontendBuild::FrontendBuild(Solve& solve, wire::GatewaySolveRequest request)
    : solve_(solve), tools_(solve.tools_), request_(std::move(request)) {}

void FrontendBuild::check_alive() const {
  if (solve_.abandoned_) throw Error(ErrorKind::unavailable, "the build was cancelled");
}

asio::awaitable<wire::GatewaySolveResponse> FrontendBuild::run() {
  std::string image;
  wire::GatewaySolveResponse response;
  std::optional<GrpcStatus> failed;
  try {
    co_await prepare();
    if (wanted_.call.empty()) {
      image = co_await build();
    } else {
      co_await check(*response.mutable_result());
    }
  } catch (const GrpcFailure& failure) {
    failed = failure.status();
  } catch (const Error& error) {
    failed = build_failure(error, source_.file, source_.text);
  }
  if (failed) throw GrpcFailure(*failed);
  wire::Ref* ref = response.mutable_result()->mutable_ref();
  if (!image.empty()) {
    ref->set_id(new_id(tools_.random, 32));
    solve_.images_[ref->id()] = image;
  }
  co_return response;
}

asio::awaitable<void> FrontendBuild::prepare() {
  std::map<std::string, std::string> options{request_.frontend_options().begin(), request_.frontend_options().end()};
  wanted_ =
      read_frontend_request(options, {solve_.request_.entitlements().begin(), solve_.request_.entitlements().end()});
  for (const auto& import : request_.cache_imports())
    throw Error(ErrorKind::unsupported,
                "importing the cache (--cache-from type=" + import.type() + ") is not supported")
        .remedy("leave it out: unchanged steps are found in the engine's own cache");
  if (!wanted_.call.empty() && wanted_.call != "lint")
    throw Error(ErrorKind::unsupported, "the call \"" + wanted_.call + "\" of the frontend is not supported");
  for (const std::string& warning : wanted_.warnings) solve_.log.warn(warning);
  set_output();
  folder_ = co_await work_folder({});
  co_await load_dockerfile();
  if (!wanted_.call.empty()) co_return;
  wanted_.spec.context = co_await load_context("", wanted_.context);
  for (const auto& [name, source] : wanted_.named_contexts)
    wanted_.spec.named_contexts[name] = co_await load_context(name, source);
  co_await load_secrets();
}

// Where the result goes.
void FrontendBuild::set_output() {
  wanted_.spec.output = model::BuildOutput::nothing;
  for (const auto& [type, attributes] : exporters_of(solve_.request_)) {
    if (type != "moby" && type != "image")
      throw Error(ErrorKind::unsupported, "the output type=" + type + " is not supported")
          .remedy("build an image, and take what you need of it by docker save or docker cp");
    wanted_.spec.output = model::BuildOutput::image;
    for (const auto& [name, value] : attributes) take_attribute(name, value, wanted_.spec);
  }
}

asio::awaitable<std::shared_ptr<const fs::path>> FrontendBuild::work_folder(std::string name) {
  const auto got = std::make_shared<Pending<std::shared_ptr<const Path>>>(tools_.loop);
  tools_.builder.work_folder(std::move(name), Pending<std::shared_ptr<const Path>>::filling(got));
  co_return co_await result_of(got);
}

// One below the build's own.
asio::awaitable<fs::path> FrontendBuild::new_folder() {
  auto make = [path = *folder_ / std::to_string(++folders_)] {
    if (::mkdir(path.c_str(), 0755) != 0) throw Error::from_errno(errno, "making " + path.string());
    return path;
  };
  co_return co_await tools_.pool.run(std::move(make));
}

asio::awaitable<std::shared_ptr<ClientSession>> FrontendBuild::session_of(std::string id) {
  co_return co_await tools_.sessions.wait_for(id.empty() ? solve_.request_.session() : id);
}

asio::awaitable<std::uint64_t> FrontendBuild::receive(Path path, ClientFolder folder, std::vector<std::string> follow,
                                                      std::vector<std::string> excludes, int vertex, std::string what) {
  check_alive();
  auto open = [&path] {
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) throw Error::from_errno(errno, "opening " + path.string());
    return std::make_shared<UniqueFd>(std::move(fd));
  };
  const auto into = co_await tools_.pool.run(std::move(open));
  const auto session = co_await session_of(folder.session);
  FolderWish wish{.name = folder.name, .includes = {}, .excludes = std::move(excludes), .follow = std::move(follow)};
  std::uint64_t total = 0;
  Mono told{};
  const auto tell = [&](std::uint64_t bytes) {
    total = bytes;
    const Mono now = tools_.time.mono();
    if (now - told < std::chrono::milliseconds{100}) return;
    told = now;
    solve_.log.progress(vertex, what, bytes, false);
  };
  const std::uint64_t size = co_await receive_folder(*session, std::move(wish), std::move(*into), tools_.pool, tell);
  solve_.log.progress(vertex, what, total, true);
  co_return size;
}

asio::awaitable<std::optional<std::string>> FrontendBuild::read_file(Path root, std::string name) {
  auto read = [&root, &name] { return read_received(root, name); };
  co_return co_await tools_.pool.run(std::move(read));
}

asio::awaitable<void> FrontendBuild::load_dockerfile() {
  const std::string name = wanted_.spec.dockerfile;
  source_.file = name;
  if (!wanted_.dockerfile_folder) co_return;
  const int vertex = solve_.log.begin("[internal] load build definition from " + name);
  std::vector<std::string> follow;
  follow.push_back(name);
  follow.push_back(name + ".dockerignore");
  if (name == "Dockerfile") follow.emplace_back("dockerfile");
  const Path folder = co_await new_folder();
  co_await receive(folder, *wanted_.dockerfile_folder, follow, {}, vertex, "transferring dockerfile:");
  auto text = co_await read_file(folder, name);
  if (!text && name == "Dockerfile") text = co_await read_file(folder, "dockerfile");
  own_ignore_file_ = co_await read_file(folder, name + ".dockerignore");
  solve_.log.end(vertex);
  if (!text)
    throw Error(ErrorKind::not_found, "failed to read dockerfile: open " + name + ": no such file or directory");
  source_.text = *text;
  wanted_.spec.dockerfile_text = std::move(*text);
}

asio::awaitable<std::vector<std::string>> FrontendBuild::load_ignore_file(ClientFolder folder, bool main) {
  if (main && own_ignore_file_) co_return patterns_of(*own_ignore_file_, source_.file + ".dockerignore");
  const int vertex = solve_.log.begin("[internal] load .dockerignore");
  std::vector<std::string> follow(1, ".dockerignore");
  const Path path = co_await new_folder();
  co_await receive(path, std::move(folder), std::move(follow), {}, vertex, "transferring context:");
  const auto text = co_await read_file(path, ".dockerignore");
  solve_.log.end(vertex);
  co_return text ? patterns_of(*text, ".dockerignore") : std::vector<std::string>{};
}

asio::awaitable<model::BuildSource> FrontendBuild::load_folder(std::string name, ClientFolder folder) {
  auto excludes = co_await load_ignore_file(folder, name.empty());
  const std::string what = name.empty() ? "[internal] load build context" : "[context " + name + "] load from client";
  const int vertex = solve_.log.begin(what);
  const auto session = co_await session_of(folder.session);
  ReceivedContext context;
  if (!session->shared_key().empty()) context.name = session->shared_key() + "/" + folder.name;
  context.folder = co_await work_folder(context.name);
  context.bytes = co_await receive(*context.folder, folder, {}, std::move(excludes), vertex, "transferring context:");
  solve_.log.end(vertex);
  contexts_.push_back(context);
  co_return model::BuildFolder{.path = context.folder->string(), .received = true, .remembered_as = context.name};
}

asio::awaitable<model::BuildSource> FrontendBuild::load_context(std::string name, ContextSource source) {
  if (const auto* folder = std::get_if<ClientFolder>(&source)) co_return co_await load_folder(std::move(name), *folder);
  if (const auto* git = std::get_if<model::BuildGit>(&source)) co_return *git;
  if (const auto* image = std::get_if<model::BuildImage>(&source)) co_return *image;
  const auto* upload = std::get_if<ClientUpload>(&source);
  if (upload != nullptr && name.empty()) co_return co_await load_upload(*upload);
  throw Error(ErrorKind::unsupported,
              upload != nullptr ? "the context \"" + name + "\" cannot be an archive: only the main one can"
                                : "the result of another target is not supported as the context \"" + name + "\"");
}

// Spooled, because the builder reads it on a thread of its own, at its own pace.
asio::awaitable<model::BuildSource> FrontendBuild::load_upload(ClientUpload upload) {
  const int vertex = solve_.log.begin("[internal] load remote build context");
  auto make = [path = *folder_ / "context.tar"] {
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!fd) throw Error::from_errno(errno, "making " + path.string());
    return std::make_shared<UniqueFd>(std::move(fd));
  };
  const auto file = co_await tools_.pool.run(std::move(make));
  const auto session = co_await session_of(std::string{});
  Headers metadata;
  add_metadata(metadata, "urlpath", std::vector<std::string>(1, upload.path));
  const auto stream = session->open("/moby.upload.v1.Upload/Pull", metadata);
  std::uint64_t total = 0;
  while (auto bytes = co_await stream->receive()) {
    check_alive();
    wire::BytesMessage message;
    if (!message.ParseFromString(*bytes)) throw Error(ErrorKind::invalid, "a message of the archive is none");
    total += message.data().size();
    auto write = [&file, &message] { write_all(*file, message.data()); };
    co_await tools_.pool.run(std::move(write));
    solve_.log.progress(vertex, "transferring context:", total, false);
  }
  solve_.log.progress(vertex, "transferring context:", total, true);
  solve_.log.end(vertex);
  if (::lseek(file->get(), 0, SEEK_SET) != 0) throw Error::from_errno(errno, "reading the build context");
  archive_ = std::move(*file);
  co_return model::BuildArchive{};
}

asio::awaitable<void> FrontendBuild::check(wire::Result& result) {
  if (!wanted_.dockerfile_folder)
    throw Error(ErrorKind::unsupported, "a Dockerfile inside of an archive cannot be checked");
  // A check reads no files, and wants a folder.
  wanted_.spec.context = model::BuildFolder{.path = folder_->string(), .received = true};
  const auto got = std::make_shared<Pending<std::string>>(tools_.loop);
  tools_.builder.check(wanted_.spec, {}, Pending<std::string>::filling(got));
  const LintResult lint = lint_result(co_await result_of(got), source_);
  auto& values = *result.mutable_metadata();
  values["result.json"] = lint.json;
  values["result.txt"] = lint.text;
  values["version"] = "1.0.0";
  if (!lint.clean) values["result.statuscode"] = "1";
}

// Asked for before the build, because the builder takes values.
asio::awaitable<void> FrontendBuild::load_secrets() {
  const DockerfileNeeds needs = needs_of(source_.text);
  const auto session = co_await session_of(std::string{});
  for (const std::string& id : needs.secrets) {
    if (!session->offers("/moby.buildkit.secrets.v1.Secrets/GetSecret")) break;
    wire::SecretRequest request;
    request.set_id(id);
    std::string answer;
    try {
      answer = co_await session->call("/moby.buildkit.secrets.v1.Secrets/GetSecret", request.SerializeAsString());
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
  for (const std::string& registry : needs.registries) {
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

asio::awaitable<std::string> FrontendBuild::build() {
  check_alive();
  const auto waiting = std::make_shared<Waiting>(tools_.loop);
  // The folders live as long as the builder works, which may be longer than the client's call.
  auto report = [waiting, folder = folder_, contexts = contexts_, log = &solve_.log, source = source_,
                 changed = &solve_.changed_, alive = std::weak_ptr<int>(solve_.life_)](const api::BuildEvent& event) {
    if (alive.expired()) return;
    if (const auto* done = std::get_if<api::BuildDone>(&event)) waiting->done = *done;
    if (const auto* failed = std::get_if<api::BuildFailed>(&event)) waiting->failed = failed->error;
    log->take(event, source);
    if (waiting->done || waiting->failed) changed->notify_all();
  };
  const auto cancel = tools_.builder.build(wanted_.spec, std::move(archive_), credentials_, std::move(report));
  ScopeGuard stop{[&cancel] { cancel(); }};
  while (!waiting->done && !waiting->failed) {
    if (solve_.abandoned_) throw Error(ErrorKind::unavailable, "the build was cancelled");
    co_await solve_.changed_.wait();
  }
  stop.dismiss();
  for (const ReceivedContext& context : contexts_) {
    if (!context.name.empty()) tools_.builder.keep_folder(context.name, context.folder, context.bytes);
  }
  if (waiting->failed) throw Error(*waiting->failed);
  if (waiting->done->image_id.empty()) co_return std::string{};
  describe(waiting->done->image_id);
  co_return waiting->done->image_id;
}

// As BuildKit's exporter says it.
void FrontendBuild::describe(const std::string& image_id) {
  const int vertex = solve_.log.begin("exporting to image");
  solve_.log.progress(vertex, "exporting layers", 0, true);
  solve_.log.progress(vertex, "writing image " + image_id, 0, true);
  auto& values = *solve_.response_.mutable_exporter_response();
  std::string names;
  for (const std::string& tag : wanted_.spec.tags) {
    solve_.log.progress(vertex, "naming to " + full_name(tag), 0, true);
    names += (names.empty() ? "" : ",") + full_name(tag);
  }
  solve_.log.end(vertex);
  values["containerimage.config.digest"] = image_id;
  values["containerimage.digest"] = image_id;
  if (!names.empty()) values["image.name"] = names;
}

}  // namespace stack::buildkit
