// The JSON of the API's own dialect (/stack/v1): requests in, lists out; reports are in report_json.h. Field names are documented in
// docs/api.md. Reading throws stack::Error(invalid) for text of another shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/backend.h"

namespace stack::api {

std::string error_json(const Error& error);
// The body of a project request, in two lines: what is asked, and the resolved project or null. Verb and project come from the
// address.
std::string project_request_json(const ProjectRequest& request);
ProjectRequest parse_project_request(Verb verb, std::string project, std::string_view body);
std::string pull_request_json(const PullRequest& request);
PullRequest parse_pull_request(std::string_view body);
std::string credentials_json(const model::CredentialsByRegistry& credentials);
model::CredentialsByRegistry parse_credentials(std::string_view text);

std::string containers_json(const std::vector<model::Container>& containers);
std::vector<model::Container> parse_containers(std::string_view text);
std::string images_json(const std::vector<model::Image>& images);
std::vector<model::Image> parse_images(std::string_view text);
std::string image_json(const model::Image& image);
std::string names_json(const std::vector<std::string>& names);
std::vector<std::string> parse_names(std::string_view text);
std::string info_json(const SystemInfo& info);
SystemInfo parse_info(std::string_view text);
// What stays behind when the engine leaves, each in words.
std::string shutdown_json(const std::vector<std::string>& remains);
std::vector<std::string> parse_shutdown(std::string_view text);
std::string exec_request_json(const ExecRequest& request);
ExecRequest parse_exec_request(std::string_view text);
// Turns an error body back into the Error it was.
Error parse_error(int http_status, std::string_view body);

}  // namespace stack::api
