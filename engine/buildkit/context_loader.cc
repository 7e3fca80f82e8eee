#include "engine/buildkit/context_loader.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dockerfile/ignore_file.h"
#include "base/file.h"
#include "base/git/git_secrets.h"
#include "base/hide_credentials.h"
#include "base/scope_guard.h"
#include "engine/buildkit/folder_receiver.h"
#include "engine/buildkit/messages/parts.pb.h"
#include "engine/buildkit/pending.h"
#include "engine/buildkit/received_file.h"

namespace stack::buildkit {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> patterns_of(const std::string& text, const std::string& name) {
  dockerfile::Problems problems;
  const auto parsed = dockerfile::IgnoreFile::parse(text, problems);
  if (dockerfile::has_errors(problems)) throw Error(ErrorKind::invalid, dockerfile::render(problems, name));
  return parsed.patterns();
}

}  // namespace

asio::awaitable<std::shared_ptr<const fs::path>> ContextLoader::work_folder(std::string name) {
  const auto got = std::make_shared<Pending<std::shared_ptr<const Path>>>(tools_.loop);
  tools_.builder.work_folder(std::move(name), Pending<std::shared_ptr<const Path>>::filling(got));
  co_return co_await result_of(got);
}

// One below the build's own.
asio::awaitable<fs::path> ContextLoader::new_folder() {
  auto make = [path = *files_.work / std::to_string(++folders_)] {
    if (::mkdir(path.c_str(), 0755) != 0) throw Error::from_errno(errno, "making " + path.string());
    return path;
  };
  co_return co_await tools_.pool.run(std::move(make));
}

asio::awaitable<std::shared_ptr<ClientSession>> ContextLoader::session_of(std::string id) {
  co_return co_await tools_.sessions.wait_for(id.empty() ? solve_.request_.session() : id);
}

asio::awaitable<std::uint64_t> ContextLoader::receive(Path path, ClientFolder folder, std::vector<std::string> follow,
                                                      std::vector<std::string> excludes, int vertex, std::string what) {
  solve_.check_alive();
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

asio::awaitable<std::optional<std::string>> ContextLoader::read_file(Path root, std::string name) {
  auto read = [&root, &name] { return read_received(root, name); };
  co_return co_await tools_.pool.run(std::move(read));
}

std::set<std::string> ContextLoader::git_secrets() const {
  std::set<std::string> ids;
  const auto add = [&ids](const ContextSource& source) {
    const auto* const git = std::get_if<model::BuildGit>(&source);
    const auto reference = git != nullptr ? git::parse_git_context(git->url) : std::nullopt;
    if (reference) ids.merge(git::secret_names(*reference));
  };
  add(wanted_.context);
  for (const auto& [name, source] : wanted_.named_contexts) add(source);
  return ids;
}

asio::awaitable<void> ContextLoader::load_dockerfile() {
  files_.work = co_await work_folder({});
  dockerfile_.file = wanted_.spec.dockerfile;
  if (wanted_.dockerfile_folder) {
    co_await load_client_dockerfile();
  } else if (!std::holds_alternative<ClientUpload>(wanted_.context)) {
    co_await load_fetched_dockerfile();
  }
}

asio::awaitable<void> ContextLoader::load_client_dockerfile() {
  const std::string name = dockerfile_.file;
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
  take_dockerfile(std::move(text), name);
}

// It lies in the main context, which is there first.
asio::awaitable<void> ContextLoader::load_fetched_dockerfile() {
  wanted_.spec.context = co_await load_context("", wanted_.context);
  main_is_here_ = true;
  const auto* folder = std::get_if<model::BuildFolder>(&wanted_.spec.context);
  if (folder == nullptr) co_return;
  const Path path = folder->path;
  const std::string name = dockerfile_.file = wanted_.spec.dockerfile;
  auto text = co_await read_file(path, name);
  if (!text && name == "Dockerfile") text = co_await read_file(path, "dockerfile");
  take_dockerfile(std::move(text), name);
}

void ContextLoader::take_dockerfile(std::optional<std::string> text, const std::string& name) {
  if (!text)
    throw Error(ErrorKind::not_found, "failed to read dockerfile: open " + name + ": no such file or directory");
  dockerfile_.text = *text;
  wanted_.spec.dockerfile_text = std::move(*text);
}

asio::awaitable<void> ContextLoader::load_contexts() {
  if (!main_is_here_) wanted_.spec.context = co_await load_context("", wanted_.context);
  for (const auto& [name, source] : wanted_.named_contexts)
    wanted_.spec.named_contexts[name] = co_await load_context(name, source);
}

asio::awaitable<std::vector<std::string>> ContextLoader::load_ignore_file(ClientFolder folder, bool main) {
  if (main && own_ignore_file_) co_return patterns_of(*own_ignore_file_, dockerfile_.file + ".dockerignore");
  const int vertex = solve_.log.begin("[internal] load .dockerignore");
  std::vector<std::string> follow(1, ".dockerignore");
  const Path path = co_await new_folder();
  co_await receive(path, std::move(folder), std::move(follow), {}, vertex, "transferring context:");
  const auto text = co_await read_file(path, ".dockerignore");
  solve_.log.end(vertex);
  co_return text ? patterns_of(*text, ".dockerignore") : std::vector<std::string>{};
}

asio::awaitable<model::BuildSource> ContextLoader::load_folder(std::string name, ClientFolder folder) {
  auto excludes = co_await load_ignore_file(folder, name.empty());
  const std::string what = name.empty() ? "[internal] load build context" : "[context " + name + "] load from client";
  const int vertex = solve_.log.begin(what);
  const auto session = co_await session_of(folder.session);
  Files::Received context;
  if (!session->shared_key().empty()) context.name = session->shared_key() + "/" + folder.name;
  context.folder = co_await work_folder(context.name);
  context.bytes = co_await receive(*context.folder, folder, {}, std::move(excludes), vertex, "transferring context:");
  solve_.log.end(vertex);
  files_.received.push_back(context);
  co_return model::BuildFolder{.path = context.folder->string(), .received = true, .remembered_as = context.name};
}

asio::awaitable<model::BuildSource> ContextLoader::load_context(std::string name, ContextSource source) {
  if (const auto* folder = std::get_if<ClientFolder>(&source)) co_return co_await load_folder(std::move(name), *folder);
  if (const auto* git = std::get_if<model::BuildGit>(&source))
    co_return co_await fetch(std::move(name), *git, git->url);
  if (const auto* url = std::get_if<model::BuildUrl>(&source))
    co_return co_await fetch(std::move(name), *url, url->url);
  if (const auto* image = std::get_if<model::BuildImage>(&source)) co_return *image;
  const auto* upload = std::get_if<ClientUpload>(&source);
  if (upload != nullptr && name.empty()) co_return co_await load_upload(*upload);
  throw Error(ErrorKind::unsupported,
              upload != nullptr ? "the context \"" + name + "\" cannot be an archive: only the main one can"
                                : "the result of another target is not supported as the context \"" + name + "\"");
}

// Spooled, because the builder reads it on a thread of its own, at its own pace.
asio::awaitable<model::BuildSource> ContextLoader::load_upload(ClientUpload upload) {
  const int vertex = solve_.log.begin("[internal] load remote build context");
  auto make = [path = *files_.work / "context.tar"] {
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
    solve_.check_alive();
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

asio::awaitable<model::BuildSource> ContextLoader::fetch(std::string name, model::BuildSource source,
                                                         std::string address) {
  const std::string what =
      name.empty() ? "[internal] load remote build context" : "[context " + name + "] " + hide_credentials(address);
  const int vertex = solve_.log.begin(what);
  model::BuildSpec spec = wanted_.spec;
  (name.empty() ? spec.context : spec.named_contexts[name]) = std::move(source);
  const auto got = std::make_shared<Pending<api::FetchedContext>>(tools_.loop);
  auto answer = [got, changed = &solve_.changed_,
                 alive = std::weak_ptr<int>(solve_.life_)](std::variant<api::FetchedContext, Error> context) {
    got->answer = std::move(context);
    if (!alive.expired()) changed->notify_all();
  };
  const auto cancel = tools_.builder.fetch_context(std::move(spec), name, std::move(answer));
  ScopeGuard stop{[&cancel] { cancel(); }};
  while (!got->answer) {
    solve_.check_alive();
    co_await solve_.changed_.wait();
  }
  stop.dismiss();
  if (const auto* failed = std::get_if<Error>(&*got->answer)) {
    solve_.log.end(vertex, failed->message());
    throw Error(*failed);
  }
  const auto& context = std::get<api::FetchedContext>(*got->answer);
  solve_.log.end(vertex);
  files_.fetched.push_back(context.keep);
  if (context.is_dockerfile) wanted_.spec.dockerfile = "context";
  co_return model::BuildFolder{.path = context.folder.string(), .received = true, .remembered_as = {}};
}

}  // namespace stack::buildkit
