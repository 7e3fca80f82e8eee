#include "engine/api/docker_image_api.h"

#include "base/model/reference.h"
#include "engine/api/answering.h"
#include "engine/api/docker_image_json.h"
#include "engine/api/image_name.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

const std::string& name_in(const Ex& exchange) {
  const std::string& name = exchange->request.parameters.at("name");
  check_image_name(name);
  return name;
}

// In Docker's words, which clients read.
Error in_dockers_words(const Error& error, const std::string& name) {
  if (error.kind() != ErrorKind::not_found) return error;
  const bool plain = name.find(':') == std::string::npos && name.find('@') == std::string::npos;
  const bool is_id = model::is_digest("sha256:" + name);
  return {ErrorKind::not_found,
          std::string{"No such image: "} + (is_id ? "sha256:" : "") + name + (plain && !is_id ? ":latest" : "")};
}

// An image is of one platform here; another one is refused.
ImageDetails inspected(ImageBackend& images, const std::string& name, const std::string& platform) {
  ImageDetails details;
  try {
    details = images.inspect(name, "");
  } catch (const Error& error) {
    throw in_dockers_words(error, name);
  }
  try {
    return platform.empty() ? details : images.inspect(name, platform);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    const model::Image& image = details.image;
    throw Error(ErrorKind::not_found, "image with reference " + name + " was found but its platform (" + image.os +
                                          "/" + image.architecture +
                                          (image.variant.empty() ? "" : "/" + image.variant) +
                                          ") does not match the specified platform (" + platform + ")");
  }
}

// Refuses a request about another platform than the image's, before anything is done.
void check_platform(ImageBackend& images, const Ex& exchange, const char* parameter) {
  for (const std::string& text : exchange->request.get_all(parameter)) {
    const std::string platform = parse_image_platform(text);
    if (!platform.empty()) (void)inspected(images, name_in(exchange), platform);
  }
}

// The line with which a transfer ends.
struct LastWords {
  std::string changed, unchanged;
};

// Docker's answer to a pull and a push: a stream that begins with the first thing that is told, so that what fails at once has a status
// of its own. A client that leaves cancels.
template <class Start>
void stream_reports(const Ex& exchange, const std::string& first, const LastWords& last, Start start) {
  struct State {
    bool open = false, over = false;
    std::function<void()> cancel;
  };
  const auto state = std::make_shared<State>();
  exchange->on_gone([state] {
    if (state->cancel) state->cancel();
  });
  const auto say = [exchange, state, first](const std::string& line) {
    if (line.empty()) return;
    if (!std::exchange(state->open, true)) {
      exchange->open_stream("application/json");
      if (!first.empty()) exchange->write(docker_status_line(first));
    }
    exchange->write(line);
  };
  auto running = start([exchange, state, say, last](const Report& report) {
    if (const auto* event = std::get_if<model::ProgressEvent>(&report)) return say(docker_progress_line(*event));
    if (const auto* notice = std::get_if<Notice>(&report)) return say(docker_status_line(notice->text));
    if (!is_last(report)) return;
    state->over = true;
    state->cancel = {};
    if (const auto* failure = std::get_if<Failure>(&report)) {
      if (!state->open) return exchange->fail(failure->error);
      say(docker_failure_line(failure->error));
    } else {
      say(docker_status_line(std::get<Done>(report).changed ? last.changed : last.unchanged));
    }
    exchange->finish();
  });
  if (!state->over) state->cancel = std::move(running);
}

PullRequest transfer_of(const Request& in, const std::string& reference) {
  PullRequest request;
  request.images = {{.name = reference, .reference = reference, .policy = "always", .place = {}}};
  const model::Credentials shown = parse_registry_auth(in.header("X-Registry-Auth"));
  if (!shown.empty()) request.credentials[model::parse_reference(reference).domain] = shown;
  return request;
}

// What an image is to be called: a digest is no name that can be given.
void check_target_name(const std::string& repository) {
  if (const std::string fault = model::reference_fault(repository); !fault.empty())
    throw Error(ErrorKind::invalid, fault);
  const model::Reference parsed = model::parse_reference(repository);
  if (!parsed.digest.empty()) throw Error(ErrorKind::invalid, "cannot import digest reference");
  if (parsed.familiar_name() == "sha256")
    throw Error(ErrorKind::invalid, "refusing to create an ambiguous tag using digest algorithm as name");
}

void import_from_client(ImageBackend& images, const Ex& exchange) {
  Request& in = exchange->request;
  if (in.get("fromSrc") != "-") {
    throw Error(ErrorKind::unsupported, "fromSrc: an address is not fetched by the engine")
        .remedy("download the archive, and send it with fromSrc=-");
  }
  const std::string repository = in.get("repo");
  if (!repository.empty()) check_target_name(repository);
  ImportOptions options{.reference = repository.empty() ? "" : with_tag(repository, in.get("tag")),
                        .message = in.get("message", "Imported from -"),
                        .platform = in.get("platform"),
                        .changes = in.get_all("changes")};
  images.import(
      std::move(in.body_pipe), std::move(options),
      replying<model::Image>(exchange, [](const model::Image& image) { return docker_status_line(image.id); }));
}

// A pull names its platform as text, a push as an object.
PullRequest pull_of(const Request& in, const std::string& reference) {
  PullRequest request = transfer_of(in, reference);
  request.images.front().platform = in.get("platform");
  return request;
}

void pull(ImageBackend& images, const Ex& exchange, const std::string& repository, const std::string& what,
          PullRequest request) {
  stream_reports(exchange, "Pulling from " + repository,
                 {"Status: Downloaded newer image for " + what, "Status: Image is up to date for " + what},
                 [&](auto report) { return images.pull(std::move(request), report); });
}

// Without a tag and a digest all tags are meant; the parsed reference has "latest" then.
bool names_a_repository(const std::string& written, const model::Reference& parsed) {
  return parsed.digest.empty() && !written.ends_with(":" + parsed.tag);
}

void pull_all_tags(ImageBackend& images, const Ex& exchange, const model::Reference& repository) {
  const std::string name = repository.familiar_name();
  TagsRequest question{.reference = name, .credentials = transfer_of(exchange->request, name).credentials};
  images.tags(std::move(question),
              answering<std::vector<std::string>>(exchange, [&images, exchange, repository, name](const auto& tags) {
                PullRequest request = pull_of(exchange->request, name);
                const ImagePull one = std::exchange(request.images, {}).front();
                for (const std::string& tag : tags) {
                  ImagePull& each = request.images.emplace_back(one);
                  each.name = each.reference = name + ":" + tag;
                }
                pull(images, exchange, repository.repository, name, std::move(request));
              }));
}

void create_image(ImageBackend& images, const Ex& exchange) {
  const Request& in = exchange->request;
  if (!in.get("fromSrc").empty()) return import_from_client(images, exchange);
  if (in.get("fromImage").empty())
    throw Error(ErrorKind::invalid, "no image given")
        .remedy("name it with fromImage, or send an archive with fromSrc=-");
  const std::string reference = with_tag(in.get("fromImage"), in.get("tag"));
  check_image_name(reference);
  const model::Reference parsed = model::parse_reference(reference);
  if (names_a_repository(reference, parsed)) return pull_all_tags(images, exchange, parsed);
  pull(images, exchange, parsed.repository, reference, pull_of(in, reference));
}

void push_image(ImageBackend& images, const Ex& exchange) {
  check_platform(images, exchange, "platform");
  const std::string reference = with_tag(name_in(exchange), exchange->request.get("tag"));
  PullRequest request = transfer_of(exchange->request, reference);
  stream_reports(exchange, "The push refers to repository [" + name_in(exchange) + "]",
                 {reference + ": pushed", reference + ": pushed"},
                 [&](auto report) { return images.push(std::move(request), report); });
}

void load_images(ImageBackend& images, const Ex& exchange) {
  Request& in = exchange->request;
  images.load(std::move(in.body_pipe), in.get("platform"),
              replying<std::vector<std::string>>(exchange, [](const auto& loaded) {
                std::string lines;
                for (const std::string& line : loaded) lines += docker_stream_line(line + "\n");
                return lines;
              }));
}

void save_images(ImageBackend& images, const Ex& exchange, const std::vector<std::string>& names) {
  if (names.empty()) throw Error(ErrorKind::invalid, "no images given");
  images.save(names, [exchange]() -> std::shared_ptr<ByteStream> {
    exchange->open_stream("application/x-tar");
    return exchange;
  });
}

void remove_image(ImageBackend& images, const Ex& exchange) {
  check_platform(images, exchange, "platforms");
  images.remove({name_in(exchange)}, exchange->request.flag("force"),
                answering<ImageRemoval>(exchange, [exchange](const ImageRemoval& removal) {
                  if (!removal.errors.empty())
                    return exchange->fail(in_dockers_words(removal.errors.front(), name_in(exchange)));
                  exchange->reply(200, docker_removal_json(removal));
                }));
}

void tag_image(ImageBackend& images, const Ex& exchange) {
  const Request& in = exchange->request;
  if (in.get("repo").empty()) throw Error(ErrorKind::invalid, "no repository given").remedy("name it with repo");
  check_target_name(in.get("repo"));
  images.tag(name_in(exchange), with_tag(in.get("repo"), in.get("tag")), [exchange](auto answer) {
    if (const auto* error = std::get_if<Error>(&answer))
      return exchange->fail(in_dockers_words(*error, name_in(exchange)));
    exchange->reply(201, "");
  });
}

}  // namespace

void add_docker_image_routes(Routes& routes, ImageBackend& images, const Clock& clock) {
  routes.add("GET", "/images/json", Body::none, [&images, &clock](const Ex& exchange) {
    exchange->reply(200,
                    docker_images_json(filter_images(images.images(), exchange->request.get("filters"), clock.wall()),
                                       images.containers_by_image()));
  });
  routes.add("POST", "/images/create", Body::pipe, [&images](const Ex& exchange) { create_image(images, exchange); });
  routes.add("POST", "/images/load", Body::pipe, [&images](const Ex& exchange) { load_images(images, exchange); });
  routes.add("POST", "/images/prune", Body::text, [&images, &clock](const Ex& exchange) {
    images.prune(parse_image_prune_filter(exchange->request.get("filters"), clock.wall()),
                 replying<ImageRemoval>(exchange, docker_prune_json));
  });
  routes.add("GET", "/images/get", Body::none,
             [&images](const Ex& exchange) { save_images(images, exchange, exchange->request.get_all("names")); });
  routes.add("GET", "/images/{name...}/get", Body::none, [&images](const Ex& exchange) {
    check_platform(images, exchange, "platform");
    save_images(images, exchange, {name_in(exchange)});
  });
  routes.add("GET", "/images/{name...}/json", Body::none, [&images](const Ex& exchange) {
    const std::string platform = parse_image_platform(exchange->request.get("platform"));
    exchange->reply(200, docker_image_json(inspected(images, name_in(exchange), platform)));
  });
  routes.add("GET", "/images/{name...}/history", Body::none, [&images](const Ex& exchange) {
    const std::string platform = parse_image_platform(exchange->request.get("platform"));
    exchange->reply(200, docker_history_json(inspected(images, name_in(exchange), platform)));
  });
  routes.add("POST", "/images/{name...}/tag", Body::none,
             [&images](const Ex& exchange) { tag_image(images, exchange); });
  routes.add("POST", "/images/{name...}/push", Body::text,
             [&images](const Ex& exchange) { push_image(images, exchange); });
  routes.add("DELETE", "/images/{name...}", Body::none,
             [&images](const Ex& exchange) { remove_image(images, exchange); });
}

}  // namespace stack::api
