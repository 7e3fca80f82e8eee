// Images as the API and projects ask for them: what takes time runs on a pool of its own, so that a slow registry or client holds up
// nothing else.
//
// Loop thread. stop() ends what is under way and has to be awaited before the loop ends.
#pragma once

#include <memory>
#include <set>

#include <boost/asio/awaitable.hpp>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/async/timekeeper.h"
#include "engine/api/backend.h"
#include "engine/core/artifact_pushes.h"
#include "engine/core/engine.h"
#include "engine/core/event_bus.h"
#include "engine/core/pulls.h"
#include "engine/core/pushes.h"
#include "engine/image/image_store.h"
#include "engine/image/registry/settings.h"

namespace stack::image {
struct Saved;
}
namespace stack::service {

class Images final : public api::ImageBackend {
 public:
  Images(core::Engine& engine, const image::RegistrySettings& settings);

  std::function<void()> pull(api::PullRequest request, std::function<void(const api::Report&)> report) override;
  std::function<void()> push(api::PullRequest request, std::function<void(const api::Report&)> report) override;
  void tags(api::TagsRequest request, api::Answer<std::vector<std::string>> answer) override;
  void digests(api::DigestRequest request, api::Answer<api::ImageDigests> answer) override;
  void artifact(api::ArtifactRequest request, api::Answer<api::Artifact> answer) override;
  std::function<void()> push_artifact(api::ArtifactPush push, std::function<void(const api::Report&)> report) override;
  void login(std::string registry, model::Credentials credentials, api::Answer<bool> answer) override;
  void import(UniqueFd archive, api::ImportOptions options, api::Answer<model::Image> answer) override;
  void import_from(std::string url, api::ImportOptions options, api::Answer<model::Image> answer) override;
  void load(UniqueFd archive, std::string platform, api::Answer<std::vector<std::string>> answer) override;
  void save(std::vector<std::string> names, std::function<std::shared_ptr<api::ByteStream>()> open) override;
  void save_image(const std::string& id, const std::vector<std::string>& names,
                  std::function<std::shared_ptr<api::ByteStream>()> open) override;
  void export_image(const std::string& name, std::function<std::shared_ptr<api::ByteStream>()> open) override;
  void export_container(const std::string& name, std::function<std::shared_ptr<api::ByteStream>()> open) override;
  std::vector<model::Image> images() override;
  std::map<std::string, int> containers_by_image() override;
  api::ImageDetails inspect(const std::string& name, const std::string& platform) override;
  bool has_program(const std::string& name, const std::string& program) override;
  void tag(std::string name, std::string new_name, api::Answer<model::Image> answer) override;
  void remove(std::vector<std::string> names, bool force, api::Answer<api::ImageRemoval> answer) override;
  void prune(api::ImageFilter filter, api::Answer<api::ImageRemoval> answer) override;
  void usage(api::Answer<api::DiskUsage> answer) override;
  void check(api::Answer<std::vector<std::string>> answer) override;

  // Removes images that were taken from containers which are gone: once all containers are known, and whenever one goes.
  void drop_taken();
  // For others that need images from registries: however many ask, a layer is downloaded once.
  core::Pulls& pulls() { return pulls_; }
  boost::asio::awaitable<void> stop();

 private:
  // One request of several images that are pulled or pushed side by side.
  struct Job;
  using Each = boost::asio::awaitable<void> (Images::*)(std::shared_ptr<Job>, std::size_t);
  std::function<void()> start(api::PullRequest request, std::function<void(const api::Report&)> report, Each each);
  // Runs `work` on the pool; `then` gets its result on the loop before the answer does.
  template <class T, class Work, class Then>
  void run(const char* doing, Work work, api::Answer<T> answer, Then then);
  // `image` gives the labels.
  void tell(const char* action, const model::Image& image, const std::string& name);
  boost::asio::awaitable<void> pull_one(std::shared_ptr<Job> job, std::size_t index);
  struct DigestJob;
  boost::asio::awaitable<void> ask_digests(std::shared_ptr<DigestJob> job);
  boost::asio::awaitable<void> push_one(std::shared_ptr<Job> job, std::size_t index);
  // An archive on its way to a client: what writes it, and what has to stay in the store meanwhile.
  struct Archive {
    const char* doing;
    std::vector<std::string> pins;
    std::function<void(BorrowedFd to)> write;  // on the pool
  };
  void save_all(std::vector<image::Saved> images, std::shared_ptr<api::ByteStream> out);
  void send(Archive archive, std::shared_ptr<api::ByteStream> out);
  boost::asio::awaitable<void> send_archive(Archive archive, std::shared_ptr<api::ByteStream> out);
  boost::asio::awaitable<void> import_fetched(std::string url, api::ImportOptions options,
                                              api::Answer<model::Image> answer);
  boost::asio::awaitable<UniqueFd> fetched(std::string url);
  void sweep_fetched() const;
  boost::asio::awaitable<void> check_login(std::string registry, model::Credentials credentials);
  // Who uses an image: a container as it is now, or an operation that is under way when the question is asked, on any thread.
  [[nodiscard]] image::Store::InUse in_use() const;

  core::Engine& engine_;
  image::Store& store_;
  const image::RegistrySettings& settings_;
  async::ThreadPool workers_;
  core::Pulls pulls_;
  core::Pushes pushes_;
  core::ArtifactPushes artifact_pushes_;
  async::TaskGroup tasks_;
  std::unique_ptr<async::Alarm> dropping_;
  core::EventBus::Subscription heard_;
};

}  // namespace stack::service
