#include "base/log.h"
#include "base/thrown.h"
#include "engine/service/answered.h"
#include "engine/service/engine_events.h"
#include "engine/service/images.h"

namespace stack::service {

namespace asio = boost::asio;
using api::Report;

void Images::tags(api::TagsRequest request, api::Answer<std::vector<std::string>> answer) {
  auto asking = pulls_.tags(model::parse_reference(request.reference), std::move(request.credentials));
  tasks_.start(std::move(asking), answered(std::move(answer)));
}

void Images::artifact(api::ArtifactRequest request, api::Answer<api::Artifact> answer) {
  auto fetching = pulls_.artifact(model::parse_reference(request.reference), std::move(request.type),
                                  std::move(request.credentials));
  tasks_.start(std::move(fetching),
               [answer = std::move(answer)](const std::exception_ptr& thrown, core::Artifact found) {
                 if (thrown) return answer(error_of(thrown));
                 api::Artifact artifact{.digest = std::move(found.digest), .type = std::move(found.type)};
                 for (std::size_t i = 0; i < found.layers.size(); ++i) {
                   image::Descriptor& layer = found.layers[i];
                   artifact.layers.push_back({.media_type = std::move(layer.media_type),
                                              .content = std::move(found.contents[i]),
                                              .annotations = std::move(layer.annotations)});
                 }
                 answer(std::move(artifact));
               });
}

std::function<void()> Images::push_artifact(api::ArtifactPush push, std::function<void(const Report&)> report) {
  core::ArtifactPush request{.reference = model::parse_reference(push.reference),
                             .type = std::move(push.type),
                             .config_type = std::move(push.config_type),
                             .oci_version = std::move(push.oci_version),
                             .annotations = std::move(push.annotations),
                             .insecure = push.insecure,
                             .credentials = std::move(push.credentials)};
  for (api::Artifact::Layer& layer : push.layers) {
    request.parts.push_back({.media_type = std::move(layer.media_type),
                             .content = std::move(layer.content),
                             .annotations = std::move(layer.annotations)});
  }
  for (const std::string& image : push.images) request.images.push_back(model::parse_reference(image));
  using model::Action;
  const model::Subject whole{model::SubjectKind::reference, push.reference};
  request.on_image = [report](const model::Reference& image, bool copied) {
    const model::Subject one{model::SubjectKind::reference, image.familiar()};
    if (copied) return report(model::Finished{one, Action::copy});
    report(model::Started{.subject = one, .action = Action::copy});
  };
  const auto cancel = std::make_shared<async::CancellationToken>();
  report(model::Started{.subject = whole, .action = Action::publish});
  tasks_.start(artifact_pushes_.push(std::move(request), cancel),
               [this, report, whole](const std::exception_ptr& thrown, core::ArtifactPushed pushed) {
                 if (thrown) {
                   Error failed = error_of(thrown);
                   failed.context("publishing " + whole.name);
                   report(model::Failed{whole, Action::publish, failed.message()});
                   log_warning(failed.message());
                   return report(api::Failure{std::move(failed)});
                 }
                 tell_image(engine_.context(), {"push", pushed.digest, whole.name, {}});
                 report(model::Finished{whole, Action::publish, model::Ending::done, pushed.digest});
                 report(api::Done{.changed = true});
               });
  return [weak = std::weak_ptr<async::CancellationToken>(cancel)] {
    if (const auto alive = weak.lock()) alive->request();
  };
}

}  // namespace stack::service
