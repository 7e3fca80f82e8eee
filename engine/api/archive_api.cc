#include "engine/api/archive_api.h"

#include "base/model/reference.h"
#include "engine/api/answering.h"
#include "engine/api/archive_json.h"
#include "engine/api/image_name.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

const std::string& id_in(const Ex& exchange) { return exchange->request.parameters.at("id"); }

std::string path_in(const Ex& exchange) {
  const std::string path = exchange->request.get("path");
  if (path.empty()) throw Error(ErrorKind::invalid, "bad parameter: path cannot be empty");
  return path;
}

std::vector<Header> stat_header(const PathStat& stat) { return {{std::string{kPathStatHeader}, path_stat_text(stat)}}; }

void head(ContainerFiles& files, const Ex& exchange) {
  files.stat(id_in(exchange), path_in(exchange), answering<PathStat>(exchange, [exchange](const PathStat& stat) {
               exchange->reply({.status = 200, .headers = stat_header(stat), .body = {}});
             }));
}

void get(ContainerFiles& files, const Ex& exchange) {
  files.read(
      id_in(exchange), path_in(exchange),
      [exchange](const PathStat& stat) -> std::shared_ptr<ByteStream> {
        exchange->open_stream(200, "application/x-tar", stat_header(stat));
        return exchange;
      },
      [exchange](const Error& error) { exchange->fail(error); });
}

void put(ContainerFiles& files, const Ex& exchange) {
  Request& in = exchange->request;
  files.write({.container = id_in(exchange),
               .path = path_in(exchange),
               .keep_kind = in.flag("noOverwriteDirNonDir"),
               .users_owner = in.flag("copyUIDGID"),
               .archive = std::move(in.body_pipe)},
              replying(exchange, 200));
}

void remove(ContainerFiles& files, const Ex& exchange) {
  files.remove(id_in(exchange), parse_path_list(exchange->request.body), replying(exchange, 204));
}

// "busybox:1" of repository and tag; without a repository the image has no name.
std::string reference_of(const Request& in) {
  const std::string repository = in.get("repo"), tag = in.get("tag");
  if (repository.empty()) return {};
  check_image_name(repository);
  if (!model::parse_reference(repository).digest.empty())
    throw Error(ErrorKind::invalid, "cannot import digest reference");
  if (!tag.empty() && !model::is_tag(tag)) throw Error(ErrorKind::invalid, "invalid tag format");
  if (tag.empty()) return repository;
  return model::parse_reference(repository + ":" + tag).canonical();
}

void commit(ContainerFiles& files, const Ex& exchange) {
  const Request& in = exchange->request;
  const std::string type = in.header("Content-Type");
  if (!in.body.empty() && !type.starts_with(kJsonType))
    throw Error(ErrorKind::invalid, "unsupported Content-Type header (" + type + "): must be 'application/json'");
  if (in.get("container").empty()) throw Error(ErrorKind::invalid, "invalid name or ID supplied: \"\"");
  files.commit({.container = in.get("container"),
                .reference = reference_of(in),
                .author = in.get("author"),
                .comment = in.get("comment"),
                .pause = in.get("pause").empty() || in.flag("pause"),
                .changes = in.get_all("changes"),
                .config = parse_commit_config(in.body)},
               replying<std::string>(exchange, 201, commit_json));
}

}  // namespace

void add_archive_routes(Routes& routes, ContainerFiles& files, ContainerQuery& containers, ImageBackend& images) {
  routes.add("HEAD", "/containers/{id}/archive", Body::none, [&files](const Ex& exchange) { head(files, exchange); });
  routes.add("GET", "/containers/{id}/archive", Body::none, [&files](const Ex& exchange) { get(files, exchange); });
  routes.add("PUT", "/containers/{id}/archive", Body::pipe, [&files](const Ex& exchange) { put(files, exchange); });
  routes.add("POST", "/stack/v1/containers/{id}/files/remove", Body::text,
             [&files](const Ex& exchange) { remove(files, exchange); });
  routes.add("GET", "/containers/{id}/changes", Body::none, [&files](const Ex& exchange) {
    files.changes(id_in(exchange), replying<std::vector<FileChange>>(exchange, changes_json));
  });
  routes.add("GET", "/containers/{id}/export", Body::none, [&containers, &images](const Ex& exchange) {
    images.export_container(containers.get(id_in(exchange))->id, [exchange]() -> std::shared_ptr<ByteStream> {
      exchange->open_stream("application/octet-stream");
      return exchange;
    });
  });
  routes.add("POST", "/commit", Body::text, [&files](const Ex& exchange) { commit(files, exchange); });
}

}  // namespace stack::api
