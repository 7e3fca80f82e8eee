#include <algorithm>
#include <map>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/api/codec_json.h"
#include "engine/service/exec_journal.h"

namespace stack::service {
namespace {

using nlohmann::json;

constexpr std::size_t kFileBytesMax = 512 << 20;

std::string line_of(const ExecRecord& record) {
  const api::ExecView& view = record.view;
  const api::ExecRequest& request = view.spec.request;
  json value{{"id", view.id},
             {"container", request.container},
             {"argv", request.argv},
             {"env", request.env},
             {"user", request.user},
             {"working_dir", request.working_dir},
             {"tty", request.tty},
             {"privileged", request.privileged},
             {"stdin", view.spec.attach_stdin},
             {"stdout", view.spec.attach_stdout},
             {"stderr", view.spec.attach_stderr},
             {"detach_keys", view.spec.detach_keys},
             {"started", record.started},
             {"running", view.running},
             {"pid", view.pid},
             {"start_ticks", record.start_ticks}};
  if (view.exit_code) value["exit_code"] = *view.exit_code;
  return api::text_of(value) + "\n";
}

ExecRecord parse_line(std::string_view line) {
  const json value = json::parse(line);
  ExecRecord record;
  api::ExecView& view = record.view;
  api::ExecRequest& request = view.spec.request;
  value.at("id").get_to(view.id);
  value.at("container").get_to(request.container);
  value.at("argv").get_to(request.argv);
  value.at("env").get_to(request.env);
  value.at("user").get_to(request.user);
  value.at("working_dir").get_to(request.working_dir);
  value.at("tty").get_to(request.tty);
  value.at("privileged").get_to(request.privileged);
  value.at("stdin").get_to(view.spec.attach_stdin);
  value.at("stdout").get_to(view.spec.attach_stdout);
  value.at("stderr").get_to(view.spec.attach_stderr);
  value.at("detach_keys").get_to(view.spec.detach_keys);
  value.at("started").get_to(record.started);
  value.at("running").get_to(view.running);
  value.at("pid").get_to(view.pid);
  value.at("start_ticks").get_to(record.start_ticks);
  if (value.contains("exit_code")) view.exit_code = value.at("exit_code").get<int>();
  if (request.argv.empty()) throw Error(ErrorKind::invalid, "an exec without a command");
  return record;
}

}  // namespace

std::vector<ExecRecord> ExecJournal::load() {
  std::vector<ExecRecord> records;
  const auto text = read_file(path_, kFileBytesMax);
  std::map<std::string, std::size_t> places;
  for (std::string_view rest = text ? std::string_view{*text} : std::string_view{}; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    try {
      ExecRecord record = parse_line(rest.substr(0, end));
      const auto [place, added] = places.emplace(record.view.id, records.size());
      if (added) {
        records.push_back(std::move(record));
      } else {
        records[place->second] = std::move(record);
      }
    } catch (const std::exception&) {
      log_warning("a line of " + path_.string() + " is left out: it is no exec");
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return records;
}

void ExecJournal::append(const ExecRecord& record) {
  try {
    if (!file_) {
      file_.reset(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
      if (!file_) throw Error::from_errno(errno, "opening " + path_.string());
    }
    const std::string line = line_of(record);
    write_all(file_, line);
    bytes_ += line.size();
  } catch (const Error& error) {
    complain(error.message());
  }
}

void ExecJournal::rewrite(const std::vector<ExecRecord>& records) {
  std::string text;
  for (const ExecRecord& record : records) text += line_of(record);
  file_.reset();
  try {
    if (records.empty()) {
      std::error_code none;
      std::filesystem::remove(path_, none);
    } else {
      replace_file(path_, text, Durable::no, 0600);
    }
    bytes_ = kept_bytes_ = text.size();
  } catch (const Error& error) {
    complain(error.message());
  }
}

void ExecJournal::complain(const std::string& why) {
  if (!std::exchange(complained_, true)) log_warning("execs are forgotten when the engine restarts: " + why);
}

}  // namespace stack::service
