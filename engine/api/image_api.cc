#include "engine/api/image_api.h"

#include "base/hide_credentials.h"
#include "engine/api/answering.h"
#include "engine/api/image_wire_json.h"
#include "engine/api/report_json.h"
#include "engine/api/stack_json.h"
#include "engine/api/wire_version.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

void import_image(ImageBackend& backend, const Ex& exchange) {
  Request& in = exchange->request;
  ImportOptions options{.reference = in.get("reference"),
                        .message = in.get("message"),
                        .platform = in.get("platform"),
                        .changes = in.get_all("change")};
  auto answer = replying<model::Image>(exchange, 201, image_json);
  const std::string from = in.get("from");
  if (from.empty()) return backend.import(std::move(in.body_pipe), std::move(options), std::move(answer));
  if (options.message.empty()) options.message = "Imported from " + hide_credentials(from);
  backend.import_from(from, std::move(options), std::move(answer));
}

// Answers with the reports as they come: one JSON object a line. A client that leaves cancels.
template <class Start>
void reports(const Ex& exchange, Start start) {
  check_client_version(exchange->request.header(kWireHeader));
  exchange->open_stream("application/x-ndjson");
  const auto cancel = std::make_shared<std::function<void()>>();
  exchange->on_gone([cancel] {
    if (*cancel) (*cancel)();
  });
  const auto over = std::make_shared<bool>(false);
  auto running = start([exchange, cancel, over](const Report& report) {
    exchange->write(report_line(report));
    if (!is_last(report)) return;
    *over = true;
    *cancel = {};
    exchange->finish();
  });
  if (!*over) *cancel = std::move(running);
}

std::function<std::shared_ptr<ByteStream>()> opening_tar(const Ex& exchange) {
  return [exchange]() -> std::shared_ptr<ByteStream> {
    exchange->open_stream("application/x-tar");
    return exchange;
  };
}

}  // namespace

// Table: the routes of images.
void add_image_routes(Routes& routes, ImageBackend& images) {
  routes.add("GET", "/stack/v1/images", Body::none,
             [&images](const Ex& exchange) { exchange->reply(200, images_json(images.images())); });
  routes.add("POST", "/stack/v1/images/import", Body::pipe,
             [&images](const Ex& exchange) { import_image(images, exchange); });
  routes.add("POST", "/stack/v1/images/pull", Body::text, [&images](const Ex& exchange) {
    PullRequest request = parse_pull_request(exchange->request.body);
    reports(exchange, [&](auto report) { return images.pull(std::move(request), report); });
  });
  routes.add("POST", "/stack/v1/images/push", Body::text, [&images](const Ex& exchange) {
    PullRequest request = parse_pull_request(exchange->request.body);
    reports(exchange, [&](auto report) { return images.push(std::move(request), report); });
  });
  routes.add("POST", "/stack/v1/images/tags", Body::text, [&images](const Ex& exchange) {
    images.tags(parse_tags_request(exchange->request.body), replying<std::vector<std::string>>(exchange, tags_json));
  });
  routes.add("POST", "/stack/v1/images/digests", Body::text, [&images](const Ex& exchange) {
    images.digests(
        parse_digest_request(exchange->request.body),
        replying<ImageDigests>(exchange, [](const ImageDigests& digests) { return image_digests_json(digests); }));
  });
  routes.add("POST", "/stack/v1/images/artifact", Body::text, [&images](const Ex& exchange) {
    images.artifact(parse_artifact_request(exchange->request.body),
                    replying<Artifact>(exchange, [](const Artifact& artifact) { return artifact_json(artifact); }));
  });
  routes.add("POST", "/stack/v1/images/artifact/push", Body::text, [&images](const Ex& exchange) {
    ArtifactPush push = parse_artifact_push(exchange->request.body);
    reports(exchange, [&](auto report) { return images.push_artifact(std::move(push), report); });
  });
  routes.add("POST", "/stack/v1/images/load", Body::pipe, [&images](const Ex& exchange) {
    Request& in = exchange->request;
    images.load(std::move(in.body_pipe), in.get("platform"),
                replying<std::vector<std::string>>(
                    exchange, [](const std::vector<std::string>& lines) { return names_json(lines); }));
  });
  routes.add("GET", "/stack/v1/images/export", Body::none, [&images](const Ex& exchange) {
    images.export_image(exchange->request.get("name"), opening_tar(exchange));
  });
  routes.add("GET", "/stack/v1/containers/{container}/export", Body::none, [&images](const Ex& exchange) {
    images.export_container(exchange->request.parameters.at("container"), opening_tar(exchange));
  });
  routes.add("GET", "/stack/v1/images/save", Body::none, [&images](const Ex& exchange) {
    const std::vector<std::string> names = exchange->request.get_all("name");
    if (names.empty()) throw Error(ErrorKind::invalid, "no images given");
    images.save(names, opening_tar(exchange));
  });
  routes.add("POST", "/stack/v1/images/login", Body::text, [&images](const Ex& exchange) {
    const model::CredentialsByRegistry all = parse_credentials(exchange->request.body);
    if (all.size() != 1) throw Error(ErrorKind::invalid, "a login is to one registry");
    images.login(all.begin()->first, all.begin()->second,
                 replying<bool>(exchange, [](bool) { return std::string{"{}"}; }));
  });
  routes.add("GET", "/stack/v1/images/inspect", Body::none, [&images](const Ex& exchange) {
    exchange->reply(
        200, image_details_json(images.inspect(exchange->request.get("name"), exchange->request.get("platform"))));
  });
  routes.add("GET", "/stack/v1/images/program", Body::none, [&images](const Ex& exchange) {
    const bool found = images.has_program(exchange->request.get("name"), exchange->request.get("program"));
    exchange->reply(200, found ? "true" : "false");
  });
  routes.add("POST", "/stack/v1/images/tag", Body::none, [&images](const Ex& exchange) {
    images.tag(exchange->request.get("name"), exchange->request.get("new_name"),
               replying<model::Image>(exchange, [](const model::Image& image) { return image_json(image); }));
  });
  routes.add("POST", "/stack/v1/images/remove", Body::none, [&images](const Ex& exchange) {
    images.remove(
        exchange->request.get_all("name"), exchange->request.flag("force"),
        replying<ImageRemoval>(exchange, [](const ImageRemoval& removal) { return image_removal_json(removal); }));
  });
  routes.add("POST", "/stack/v1/images/prune", Body::text, [&images](const Ex& exchange) {
    images.prune(
        parse_image_filter(exchange->request.body),
        replying<ImageRemoval>(exchange, [](const ImageRemoval& removal) { return image_removal_json(removal); }));
  });
  routes.add("GET", "/stack/v1/system/usage", Body::none, [&images](const Ex& exchange) {
    images.usage(replying<DiskUsage>(exchange, [](const DiskUsage& usage) { return disk_usage_json(usage); }));
  });
  routes.add("POST", "/stack/v1/images/check", Body::none, [&images](const Ex& exchange) {
    images.check(replying<std::vector<std::string>>(
        exchange, [](const std::vector<std::string>& lines) { return names_json(lines); }));
  });
}

}  // namespace stack::api
