// Contexts of other places: git repositories, archives and Dockerfiles of the web; and what an image holds, for who takes its files.
#include <fcntl.h>
#include <unistd.h>

#include "base/hide_credentials.h"
#include "base/sys/syscalls.h"
#include "base/truth.h"
#include "engine/build/archive_file.h"
#include "engine/build/layer_mount.h"
#include "engine/build/work_folder.h"
#include "engine/service/answered.h"
#include "engine/service/build_machinery.h"

namespace stack::service {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* kContextFile = "context";  // as BuildKit calls it

// Where `part` of the folder really lies: links lead only within it.
fs::path part_of(const fs::path& folder, const std::string& part, const std::string& address) {
  if (part.empty()) return folder;
  const UniqueFd root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!root) throw Error::from_errno(errno, "opening " + folder.string());
  const auto found = sys::open_in_root(root, part.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (!found) throw Error(ErrorKind::not_found, address + " has no folder \"" + part + "\"");
  return fs::read_symlink("/proc/self/fd/" + std::to_string(found->get()));
}

model::BuildSource& source_of(model::BuildSpec& spec, const std::string& name) {
  if (name.empty()) return spec.context;
  const auto found = spec.named_contexts.find(name);
  if (found == spec.named_contexts.end()) throw Error("there is no context \"" + name + "\"");
  return found->second;
}

bool is_elsewhere(const model::BuildSource& source) {
  return std::holds_alternative<model::BuildGit>(source) || std::holds_alternative<model::BuildUrl>(source);
}

}  // namespace

asio::awaitable<fetch::FetchedPtr> BuildService::fetch(std::shared_ptr<Job> job, build::Wish wish) {
  fetch::FetchRights rights = rights_of(job->spec);
  co_return co_await machinery_->fetches.fetch(std::move(wish), std::move(rights), job->progress, job->fetched);
}

asio::awaitable<api::FetchedContext> BuildService::bring_git(std::shared_ptr<Job> job, model::BuildGit source) {
  auto reference = git::parse_git_context(source.url);
  if (!reference || !reference->problem.empty())
    throw Error(ErrorKind::invalid, "the context " + hide_credentials(source.url) + ": " +
                                        (reference ? reference->problem : "this is not the address of a repository"));
  const auto keep = job->spec.args.find("BUILDKIT_CONTEXT_KEEP_GIT_DIR");
  const bool wanted = keep != job->spec.args.end() && parse_truth(keep->second).value_or(false);
  const bool git_folder = wanted || reference->keep_git_dir;
  const std::string address = hide_credentials(reference->url), part = reference->subdir;
  build::Wish wish = fetch::TreeWish{std::move(*reference), git_folder};
  const fetch::FetchedPtr fetched = co_await fetch(job, std::move(wish));
  auto find = [&] { return part_of(fetched->tree(), part, address); };
  api::FetchedContext context;
  context.folder = co_await pool_->run(std::move(find));
  context.keep = fetched;
  co_return context;
}

asio::awaitable<api::FetchedContext> BuildService::bring_file(std::shared_ptr<Job> job, model::BuildUrl source,
                                                              bool main) {
  build::Wish wish = fetch::FileWish{source.url, main ? kContextFile : fetch::file_name_of(source.url), {}};
  const fetch::FetchedPtr fetched = co_await fetch(job, std::move(wish));
  api::FetchedContext context;
  context.folder = fetched->tree();
  context.keep = fetched;
  // As with BuildKit, a named context is the file itself.
  if (!main) co_return context;
  auto unpack = [this, &fetched]() -> std::shared_ptr<build::WorkFolder> {
    UniqueFd folder{::open(fetched->tree().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder) throw Error::from_errno(errno, "opening " + fetched->tree().string());
    const build::FileTree tree{std::move(folder), build::FileTree::Owners::ignored};
    if (!build::is_archive(tree, kContextFile)) return nullptr;
    auto work = std::make_shared<build::WorkFolder>(engine_.context().images, *pool_);
    build::unpack_archive(tree.open(kContextFile), work->path() / "context");
    return work;
  };
  const auto unpacked = co_await pool_->run(std::move(unpack));
  context.is_dockerfile = !unpacked;
  if (unpacked) {
    context.folder = unpacked->path() / "context";
    context.keep = unpacked;
  }
  co_return context;
}

asio::awaitable<api::FetchedContext> BuildService::bring(std::shared_ptr<Job> job, std::string name) {
  static_cast<void>(co_await machinery());
  const model::BuildSource source = source_of(job->spec, name);
  if (const auto* git = std::get_if<model::BuildGit>(&source)) co_return co_await bring_git(job, *git);
  co_return co_await bring_file(job, std::get<model::BuildUrl>(source), name.empty());
}

asio::awaitable<void> BuildService::bring_contexts(std::shared_ptr<Job> job) {
  std::vector<std::string> names;
  if (is_elsewhere(job->spec.context)) names.emplace_back();
  for (const auto& [name, source] : job->spec.named_contexts) {
    if (is_elsewhere(source)) names.push_back(name);
  }
  for (const std::string& name : names) {
    const api::FetchedContext context = co_await bring(job, name);
    job->kept.push_back(context.keep);
    if (context.is_dockerfile) job->spec.dockerfile = kContextFile;
    // As with BuildKit, .dockerignore is for folders of clients.
    source_of(job->spec, name) = model::BuildFolder{.path = context.folder, .received = true, .remembered_as = {}};
  }
}

std::function<void()> BuildService::fetch_context(model::BuildSpec spec, std::string name,
                                                  api::Answer<api::FetchedContext> answer) {
  const auto job = std::make_shared<Job>(engine_.context().loop, [](const api::BuildEvent&) {});
  job->spec = std::move(spec);
  jobs_.push_back(job);
  auto on_end = [this, job, answer = std::move(answer)](const std::exception_ptr& thrown, api::FetchedContext context) {
    if (thrown) {
      answer(error_of(thrown));
    } else {
      answer(std::move(context));
    }
    asio::post(engine_.context().loop, [this, job] { jobs_.remove(job); });
  };
  job->tasks.start(bring(job, std::move(name)), std::move(on_end));
  return [weak = std::weak_ptr<Job>(job)] {
    if (const auto alive = weak.lock()) alive->tasks.cancel();
  };
}

void BuildService::files(std::string image_id, api::Answer<std::shared_ptr<const UniqueFd>> answer) {
  tasks_.start(open_files(std::move(image_id)), answered(std::move(answer)));
}

asio::awaitable<std::shared_ptr<const UniqueFd>> BuildService::open_files(std::string image_id) {
  static_cast<void>(co_await machinery());
  image::Store& images = engine_.context().images;
  const auto image = images.find(image_id);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + image_id);
  // Until then its layers could go.
  struct Files {
    std::shared_ptr<image::Store::Pin> pin;
    std::shared_ptr<build::WorkFolder> folder;
    UniqueFd root;
  };
  const auto files = std::make_shared<Files>();
  files->pin = std::make_shared<image::Store::Pin>(images, image::chain_ids(image->layers));
  auto mount = [this, &images, &image, &files] {
    files->folder = std::make_shared<build::WorkFolder>(images, *pool_);
    files->root = build::LayerMount::read_only(images.layer_folders(image->layers), files->folder->path()).release();
  };
  co_await pool_->run(std::move(mount));
  co_return std::shared_ptr<const UniqueFd>{files, &files->root};
}

}  // namespace stack::service
