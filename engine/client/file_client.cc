// EngineClient: the files of containers, by Docker's API.
#include "base/file.h"
#include "base/percent.h"
#include "engine/api/archive_json.h"
#include "engine/client/connection.h"
#include "engine/client/unix_socket.h"

namespace stack::client {
namespace {

std::string archive_target(const std::string& container, const std::string& path) {
  return "/containers/" + percent_encode(container) + "/archive?path=" + percent_encode(path);
}

}  // namespace

std::optional<api::PathStat> EngineClient::path_stat(const std::string& container, const std::string& path) {
  Connection connection{socket_path_};
  connection.send_head(archive_target(container, path));
  try {
    connection.receive({});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) throw;
    return std::nullopt;
  }
  return api::parse_path_stat(connection.header(api::kPathStatHeader));
}

void EngineClient::read_files(const std::string& container, const std::string& path,
                              const std::function<void(const api::PathStat&)>& begin, BorrowedFd to) {
  Connection connection{socket_path_};
  connection.send("GET", archive_target(container, path), {});
  bool begun = false;
  const auto write = [&](std::string_view piece) {
    if (!std::exchange(begun, true)) begin(api::parse_path_stat(connection.header(api::kPathStatHeader)));
    write_all(to, piece, "writing the archive");
  };
  take_tar(connection, write, "the engine's log says why");
}

void EngineClient::write_files(const FilesTarget& target, BorrowedFd archive) {
  std::string address = archive_target(target.container, target.folder);
  if (target.keep_kind) address += "&noOverwriteDirNonDir=true";
  if (target.users_owner) address += "&copyUIDGID=true";
  Connection connection{socket_path_};
  connection.send_stream(address, archive, {}, "PUT");
  connection.receive({});
}

void EngineClient::remove_files(const std::string& container, const std::vector<std::string>& paths) {
  ask("POST", "/stack/v1/containers/" + percent_encode(container) + "/files/remove", api::path_list_json(paths));
}

std::vector<api::FileChange> EngineClient::changes(const std::string& container) {
  return api::parse_changes(ask("GET", "/containers/" + percent_encode(container) + "/changes"));
}

std::string EngineClient::commit(const api::CommitRequest& request) {
  std::string target = "/commit?container=" + percent_encode(request.container) +
                       "&repo=" + percent_encode(request.reference) + "&author=" + percent_encode(request.author) +
                       "&comment=" + percent_encode(request.comment) + "&pause=" + (request.pause ? "1" : "0");
  for (const std::string& change : request.changes) target += "&changes=" + percent_encode(change);
  return api::parse_commit_id(ask("POST", target));
}

}  // namespace stack::client
