#include "engine/api/docker_image_api.h"

#include <algorithm>

#include "base/hide_credentials.h"
#include "base/model/reference.h"
#include "engine/api/answering.h"
#include "engine/api/docker_image_json.h"
#include "engine/api/image_name.h"
#include "engine/api/transfer_lines.h"

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

// What a transfer is called in the texts of failures, which Docker's do not have; and its last line.
struct TransferWords {
  std::string doing, changed, unchanged;
};

std::string without(const std::string& prefix, const std::string& message) {
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

// The digest by which the registry of a reference knows its image; empty when the image is gone again.
std::string digest_of(ImageBackend& images, const std::string& reference) {
  const std::string name = model::parse_reference(reference).familiar_name() + "@";
  model::Image image;
  try {
    image = images.inspect(reference, "").image;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return "";
  }
  const auto found = std::ranges::find_if(image.repo_digests, [&](const auto& each) { return each.starts_with(name); });
  return found == image.repo_digests.end() ? "" : found->substr(name.size());
}

// Docker's answer to a pull and a push: a stream. `first` is its first line; without one it begins with the first thing that is told, so
// that what fails at once has a status of its own. A client that leaves cancels.
template <class Start>
void stream_reports(ImageBackend& images, const Ex& exchange, const std::string& first, const TransferWords& words,
                    Start start) {
  struct State {
    explicit State(ImageBackend& images)
        : lines([&images](const std::string& reference) { return digest_of(images, reference); }) {}
    TransferLines lines;
    bool open = false, over = false;
    std::function<void()> cancel;
  };
  const auto state = std::make_shared<State>(images);
  exchange->on_gone([state] {
    if (state->cancel) state->cancel();
  });
  const auto say = [exchange, state](const std::string& line) {
    if (!std::exchange(state->open, true)) exchange->open_stream("application/json");
    exchange->write(line);
  };
  if (!first.empty()) say(docker_status_line(first));
  auto running = start([exchange, state, say, words](const Report& report) {
    if (const auto* event = std::get_if<model::ProgressEvent>(&report)) {
      for (const TransferLine& line : state->lines.lines_of(*event)) say(transfer_line_json(line));
    }
    if (const auto* notice = std::get_if<Notice>(&report)) return say(docker_status_line(notice->text));
    if (!is_last(report)) return;
    state->over = true;
    state->cancel = {};
    if (const auto* failure = std::get_if<Failure>(&report)) {
      const Error told{failure->error.kind(), without(words.doing, failure->error.message())};
      if (!state->open) return exchange->fail(told);
      say(docker_failure_line(told));
    } else {
      const std::string& last = std::get<Done>(report).changed ? words.changed : words.unchanged;
      if (!last.empty()) say(docker_status_line(last));
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

bool has_virtual_size(const Request& in) {
  constexpr int kFirstWithout = 44;
  return in.is_before(kFirstWithout);
}

// "-": it is the body of the request.
void import_archive(ImageBackend& images, const Ex& exchange) {
  Request& in = exchange->request;
  const std::string from = in.get("fromSrc");
  const std::string repository = in.get("repo");
  if (!repository.empty()) check_target_name(repository);
  ImportOptions options{.reference = repository.empty() ? "" : with_tag(repository, in.get("tag")),
                        .message = in.get("message", "Imported from " + hide_credentials(from)),
                        .platform = in.get("platform"),
                        .changes = in.get_all("changes")};
  if (from == "-")
    return images.import(
        std::move(in.body_pipe), std::move(options),
        replying<model::Image>(exchange, [](const model::Image& image) { return docker_status_line(image.id); }));
  images.import_from(from, std::move(options), replying<model::Image>(exchange, [from](const model::Image& image) {
                       return docker_status_line("Downloading from " + hide_credentials(from)) +
                              docker_status_line(image.id);
                     }));
}

// A pull names its platform as text, a push as an object.
PullRequest pull_of(const Request& in, const std::string& reference) {
  PullRequest request = transfer_of(in, reference);
  request.images.front().platform = in.get("platform");
  return request;
}

void pull(ImageBackend& images, const Ex& exchange, const std::string& what, PullRequest request) {
  stream_reports(images, exchange, "",
                 {.doing = "pulling " + what + ": ",
                  .changed = "Status: Downloaded newer image for " + what,
                  .unchanged = "Status: Image is up to date for " + what},
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
              answering<std::vector<std::string>>(exchange, [&images, exchange, name](const auto& tags) {
                PullRequest request = pull_of(exchange->request, name);
                const ImagePull one = std::exchange(request.images, {}).front();
                for (const std::string& tag : tags) {
                  ImagePull& each = request.images.emplace_back(one);
                  each.name = each.reference = name + ":" + tag;
                }
                pull(images, exchange, name, std::move(request));
              }));
}

void create_image(ImageBackend& images, const Ex& exchange) {
  const Request& in = exchange->request;
  if (!in.get("fromSrc").empty()) return import_archive(images, exchange);
  if (in.get("fromImage").empty())
    throw Error(ErrorKind::invalid, "no image given")
        .remedy("name it with fromImage, or send an archive with fromSrc=-");
  const std::string reference = with_tag(in.get("fromImage"), in.get("tag"));
  check_image_name(reference);
  const model::Reference parsed = model::parse_reference(reference);
  if (names_a_repository(reference, parsed)) return pull_all_tags(images, exchange, parsed);
  pull(images, exchange, reference, pull_of(in, reference));
}

// Without a tag all of the repository's are pushed.
void push_image(ImageBackend& images, const Ex& exchange) {
  check_platform(images, exchange, "platform");
  const std::string reference = with_tag(name_in(exchange), exchange->request.get("tag"));
  PullRequest request = transfer_of(exchange->request, reference);
  const model::Reference parsed = model::parse_reference(reference);
  if (names_a_repository(reference, parsed)) {
    const ImagePull one = std::exchange(request.images, {}).front();
    for (const model::Image& image : images.images()) {
      for (const std::string& name : image.references) {
        if (model::parse_reference(name).familiar_name() != parsed.familiar_name()) continue;
        ImagePull& each = request.images.emplace_back(one);
        each.name = each.reference = name;
      }
    }
    if (request.images.empty()) request.images.push_back(one);
  }
  stream_reports(images, exchange, pushing_to(reference),
                 {.doing = "pushing " + reference + ": ", .changed = {}, .unchanged = {}},
                 [&](auto report) { return images.push(std::move(request), report); });
}

void load_images(ImageBackend& images, const Ex& exchange) {
  Request& in = exchange->request;
  images.load(std::move(in.body_pipe), in.get("platform"), [exchange](auto answer) {
    // dockerd finds what is wrong while it answers.
    if (const auto* error = std::get_if<Error>(&answer)) return exchange->reply(200, docker_failure_line(*error));
    std::string lines;
    for (const std::string& line : std::get<std::vector<std::string>>(answer)) lines += docker_stream_line(line + "\n");
    exchange->reply(200, lines);
  });
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
                                       images.containers_by_image(), has_virtual_size(exchange->request)));
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
    exchange->reply(
        200, docker_image_json(inspected(images, name_in(exchange), platform), has_virtual_size(exchange->request)));
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
