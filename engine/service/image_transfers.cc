#include <algorithm>

#include <boost/asio/post.hpp>

#include "base/bytes.h"
#include "base/log.h"
#include "base/thrown.h"
#include "engine/image/platform.h"
#include "engine/image/pull_policy.h"
#include "engine/service/engine_events.h"
#include "engine/service/images.h"

namespace stack::service {

namespace asio = boost::asio;
using api::Report;
using model::Action;
using model::Ending;

namespace {

constexpr Nanos kTellBytesEvery = std::chrono::milliseconds{100};  // of one layer's bytes
constexpr std::size_t kShortDigits = 12;
constexpr std::size_t kDigestsAtOnce = 8;

// "nginx:1 for api, web"
std::string wanted(const api::ImagePull& image) {
  return image.reference + (image.name == image.reference ? "" : " for " + image.name);
}

model::Subject subject_of(const api::ImagePull& image) {
  const bool bare = image.name == image.reference;
  return {bare ? model::SubjectKind::reference : model::SubjectKind::service, image.name};
}

model::Subject layer_of(const std::string& digest) {
  return {model::SubjectKind::layer, digest.substr(7, kShortDigits)};
}

}  // namespace

// The layers' transfers share the engine's slots.
struct Images::Job {
  api::PullRequest request;
  std::function<void(const Report&)> report;
  std::vector<std::shared_ptr<async::CancellationToken>> cancels;
  std::vector<Error> failures;
  std::size_t running = 0;
  bool changed = false;

  void tell(model::ProgressEvent event) const { report(std::move(event)); }
  // Why is told once: at the end, or here when the failure is no reason to fail.
  void fail(const api::ImagePull& image, Action action, const Error& error) {
    failures.push_back(error);
    log_warning(error.message());
    if (request.ignore_failures) {
      return tell(model::Warned{subject_of(image), action, model::Reservation::ignored, error.message()});
    }
    tell(model::Failed{subject_of(image), action});
  }
};

std::function<void()> Images::pull(api::PullRequest request, std::function<void(const Report&)> report) {
  return start(std::move(request), std::move(report), &Images::pull_one);
}

std::function<void()> Images::push(api::PullRequest request, std::function<void(const Report&)> report) {
  return start(std::move(request), std::move(report), &Images::push_one);
}

std::function<void()> Images::start(api::PullRequest request, std::function<void(const Report&)> report, Each each) {
  const auto job = std::make_shared<Job>();
  job->request = std::move(request);
  job->report = std::move(report);
  const std::size_t count = job->request.images.size();
  job->running = count;
  for (std::size_t i = 0; i < count; ++i) job->cancels.push_back(std::make_shared<async::CancellationToken>());
  const auto finish = [job] {
    if (!job->failures.empty() && !job->request.ignore_failures) {
      Error first = job->failures.front();
      if (job->failures.size() > 1) {
        std::string text;
        for (const Error& failure : job->failures) text += (text.empty() ? "" : "\n") + failure.message();
        first = Error(first.kind(), text);
      }
      return job->report(api::Failure{first});
    }
    job->report(api::Done{.changed = job->changed});
  };
  if (count == 0) asio::post(engine_.context().loop, finish);
  for (std::size_t i = 0; i < count; ++i) {
    tasks_.start((this->*each)(job, i), [job, finish](const std::exception_ptr& thrown) {
      if (thrown) job->failures.push_back(error_of(thrown));
      if (--job->running == 0) finish();
    });
  }
  return [weak = std::weak_ptr<Job>(job)] {
    const auto alive = weak.lock();
    if (!alive) return;
    for (const auto& cancel : alive->cancels) cancel->request();
  };
}

asio::awaitable<void> Images::pull_one(std::shared_ptr<Job> job, std::size_t index) {
  const api::ImagePull& image = job->request.images[index];
  struct Told {
    Mono at{};
    std::uint64_t bytes = 0;
  };
  const auto told = std::make_shared<std::map<std::string, Told>>();
  try {
    const model::Reference reference = model::parse_reference(image.reference);
    const Wall now = engine_.context().time.wall();
    if (!image::wants_pull(image::parse_pull_policy(image.policy), store_.find(image.reference), image.platform, now)) {
      job->tell(model::Finished{subject_of(image), Action::pull, Ending::skipped, "Image is already present locally"});
      co_return;
    }
    job->tell(model::Started{.subject = subject_of(image), .action = Action::pull});
    core::PullRequest request{.reference = reference, .credentials = job->request.credentials};
    request.platform = image.platform.empty() ? image::host_platform() : image::parse_platform(image.platform);
    request.on_progress = [this, job, &image, told](const core::PullProgress& progress) {
      using Stage = core::PullProgress::Stage;
      const model::Subject layer = layer_of(progress.layer);
      switch (progress.stage) {
        case Stage::waiting:
          return job->tell(model::Started{
              .subject = layer, .action = Action::download, .cause = {}, .details = {}, .whole = image.name});
        case Stage::downloading: {
          Told& last = (*told)[progress.layer];
          const Mono at = engine_.context().time.mono();
          const bool whole = progress.current == progress.total;
          if (at - last.at < kTellBytesEvery && !whole) return;
          last = {at, progress.current};
          return job->tell(model::Advanced{layer, whole ? Action::extract : Action::download, image.name,
                                           progress.current, progress.total});
        }
        case Stage::complete:
          return job->tell(model::Finished{layer, Action::extract, Ending::done, {}, image.name});
        case Stage::exists:
          return job->tell(model::Finished{layer, Action::extract, Ending::present, {}, image.name});
      }
    };
    const core::Pulled pulled = co_await pulls_.pull(std::move(request), job->cancels[index]);
    job->changed = job->changed || pulled.changed;
    tell_image(engine_.context(), {.action = "pull",
                                   .id = reference.familiar(),
                                   .name = reference.familiar_name(),
                                   .labels = pulled.image.config.labels});
    job->tell(model::Finished{subject_of(image), Action::pull, pulled.changed ? Ending::done : Ending::present,
                              pulled.changed ? "" : "up to date"});
  } catch (Error& error) {
    error.context("pulling " + wanted(image));
    if (!image.place.empty()) error.context(image.place);
    job->fail(image, Action::pull, error);
  }
}

asio::awaitable<void> Images::push_one(std::shared_ptr<Job> job, std::size_t index) {
  const api::ImagePull& image = job->request.images[index];
  const auto told = std::make_shared<std::map<std::string, Mono>>();
  try {
    core::PushRequest request{.reference = model::parse_reference(image.reference)};
    if (request.reference.tag.empty()) {
      throw Error(ErrorKind::invalid, "an image is pushed under a tag, not under a digest");
    }
    const auto known = job->request.credentials.find(request.reference.domain);
    if (known != job->request.credentials.end()) request.credentials = known->second;
    job->tell(model::Started{.subject = subject_of(image), .action = Action::push});
    request.on_progress = [this, job, &image, told](const core::PushProgress& progress) {
      using Stage = core::PushProgress::Stage;
      const model::Subject layer = layer_of(progress.layer);
      switch (progress.stage) {
        case Stage::preparing:
          return job->tell(model::Started{
              .subject = layer, .action = Action::prepare, .cause = {}, .details = {}, .whole = image.name});
        case Stage::pushing: {
          Mono& last = (*told)[progress.layer];
          const Mono at = engine_.context().time.mono();
          if (at - last < kTellBytesEvery && progress.current != progress.total) return;
          last = at;
          return job->tell(model::Advanced{layer, Action::upload, image.name, progress.current, progress.total});
        }
        case Stage::pushed:
          return job->tell(model::Finished{layer, Action::upload, Ending::done, {}, image.name});
        case Stage::exists:
          return job->tell(model::Finished{layer, Action::upload, Ending::present, {}, image.name});
        case Stage::mounted:
          return job->tell(model::Finished{layer, Action::mount, Ending::done, progress.from, image.name});
      }
    };
    const model::Reference reference = request.reference;
    const core::Pushed pushed = co_await pushes_.push(std::move(request), job->cancels[index]);
    job->changed = true;
    const auto local = store_.find(reference.familiar());
    tell_image(engine_.context(), {.action = "push",
                                   .id = reference.familiar(),
                                   .name = reference.familiar_name(),
                                   .labels = local ? local->config.labels : model::Labels{}});
    job->tell(model::Finished{subject_of(image), Action::push, Ending::done,
                              reference.tag + ": digest: " + pushed.digest + " size: " + std::to_string(pushed.size)});
  } catch (Error& error) {
    job->fail(image, Action::push, error.context("pushing " + wanted(image)));
  }
}

// Several askers share one list.
struct Images::DigestJob {
  api::DigestRequest request;
  api::Answer<api::ImageDigests> answer;
  api::ImageDigests found;
  std::size_t next = 0, askers = 0;
};

void Images::digests(api::DigestRequest request, api::Answer<api::ImageDigests> answer) {
  const auto job = std::make_shared<DigestJob>();
  job->request = std::move(request);
  job->answer = std::move(answer);
  job->askers = std::clamp<std::size_t>(job->request.references.size(), 1, kDigestsAtOnce);
  for (std::size_t i = job->askers; i > 0; --i) {
    tasks_.start(ask_digests(job), [job](const std::exception_ptr& thrown) {
      for (const std::string& each : thrown ? job->request.references : std::vector<std::string>{}) {
        if (!job->found.digests.contains(each)) job->found.errors.emplace(each, error_of(thrown));
      }
      if (--job->askers == 0) job->answer(std::move(job->found));
    });
  }
}

asio::awaitable<void> Images::ask_digests(std::shared_ptr<DigestJob> job) {
  while (job->next < job->request.references.size()) {
    const std::string& asked = job->request.references[job->next++];
    try {
      model::Reference reference = model::parse_reference(asked);
      job->found.digests[asked] = co_await pulls_.digest(std::move(reference), job->request.credentials);
    } catch (const Error& error) {
      job->found.errors.emplace(asked, error);
    }
  }
}

}  // namespace stack::service
