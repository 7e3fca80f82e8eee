#include "base/percent.h"
#include "engine/api/container_creation_json.h"
#include "engine/api/process_table.h"
#include "engine/client/connection.h"
#include "engine/client/engine_client.h"
#include "engine/client/unix_socket.h"

namespace stack::client {

std::string EngineClient::get(const std::string& target) { return ask("GET", target); }

std::string EngineClient::create_container(const std::string& name, const std::string& platform,
                                           const std::string& creation) {
  std::string query;
  if (!name.empty()) query += "&name=" + percent_encode(name);
  if (!platform.empty()) query += "&platform=" + percent_encode(platform);
  if (!query.empty()) query.front() = '?';
  return ask("POST", "/containers/create" + query, creation);
}

std::string EngineClient::update_container(const std::string& container, const std::string& change) {
  return ask("POST", "/containers/" + percent_encode(container) + "/update", change);
}

api::ProcessTable EngineClient::processes(const std::string& container, const std::string& ps_arguments) {
  const std::string query = ps_arguments.empty() ? std::string{} : "?ps_args=" + percent_encode(ps_arguments);
  return api::parse_process_table(ask("GET", "/containers/" + percent_encode(container) + "/top" + query));
}

void EngineClient::container_logs(const std::string& container, const std::string& query,
                                  const std::function<void(std::string_view)>& piece,
                                  const std::atomic<bool>* interrupted) {
  Connection connection{socket_path_, {.interrupted = interrupted}};
  connection.send("GET", "/containers/" + percent_encode(container) + "/logs?" + query, {});
  connection.receive([&](std::string_view bytes) {
    piece(bytes);
    return true;
  });
}

}  // namespace stack::client
