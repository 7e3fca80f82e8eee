#include "engine/api/exec_json.h"

#include "engine/api/codec_json.h"
#include "engine/api/console_size_json.h"

namespace stack::api {

using nlohmann::json;

ExecSpec parse_exec_spec(std::string_view text, const std::string& container) {
  return reading("the exec", [&] {
    const json value = object_of(text, "the exec");
    ExecSpec spec;
    spec.request.container = container;
    spec.request.argv = member_of<std::vector<std::string>>(value, "Cmd");
    spec.request.env = member_of<std::vector<std::string>>(value, "Env");
    spec.request.user = member_of<std::string>(value, "User");
    spec.request.working_dir = member_of<std::string>(value, "WorkingDir");
    spec.request.tty = member_of<bool>(value, "Tty");
    spec.request.privileged = member_of<bool>(value, "Privileged");
    read_console_size(value, spec.request.rows, spec.request.columns);
    spec.attach_stdin = member_of<bool>(value, "AttachStdin");
    spec.attach_stdout = member_of<bool>(value, "AttachStdout");
    spec.attach_stderr = member_of<bool>(value, "AttachStderr");
    spec.detach_keys = member_of<std::string>(value, "DetachKeys");
    return spec;
  });
}

std::string exec_created_json(const std::string& id) { return text_of({{"Id", id}}); }

std::string exec_view_json(const ExecView& view) {
  const ExecRequest& request = view.spec.request;
  const std::vector<std::string> arguments{request.argv.begin() + 1, request.argv.end()};
  json process{{"tty", request.tty},
               {"entrypoint", request.argv.front()},
               {"arguments", arguments},
               {"privileged", request.privileged}};
  if (!request.user.empty()) process["user"] = request.user;
  return text_of({{"ID", view.id},
                  {"Running", view.running},
                  {"ExitCode", view.exit_code ? json(*view.exit_code) : json(nullptr)},
                  {"ProcessConfig", process},
                  {"OpenStdin", view.spec.attach_stdin},
                  {"OpenStderr", view.spec.attach_stderr},
                  {"OpenStdout", view.spec.attach_stdout},
                  {"CanRemove", false},
                  {"ContainerID", request.container},
                  {"DetachKeys", view.spec.detach_keys},
                  {"Pid", view.running ? view.pid : 0}});
}

ExecStart parse_exec_start(std::string_view text) {
  return reading("the start of the exec", [&] {
    const json value = object_of(text, "the start of the exec");
    ExecStart start;
    start.detach = member_of<bool>(value, "Detach");
    read_console_size(value, start.rows, start.columns);
    return start;
  });
}

}  // namespace stack::api
