#include "engine/build/stage_run.h"

#include <algorithm>

#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/heredocs.h"
#include "base/dockerfile/path_pattern.h"
#include "base/dockerfile/runes.h"
#include "base/error.h"
#include "base/hide_credentials.h"
#include "base/letter_case.h"
#include "base/path_text.h"
#include "engine/build/add_sources.h"

namespace stack::build {
namespace {

using dockerfile::Instruction;
using dockerfile::Word;

// As BuildKit: the words are sorted, and what is written twice stands there twice.
std::vector<std::string> written_ports(const dockerfile::Instruction& instruction, const dockerfile::Expose& expose) {
  std::vector<std::string> ports;
  std::vector<Word> words = expose.ports;
  std::ranges::stable_sort(words, {}, &Word::text);
  for (const Word& word : words) {
    dockerfile::Instruction one = instruction;
    std::get<dockerfile::Expose>(one.value).ports = {word};
    model::ImageConfig own;
    image::ConfigChanges{own}.apply(one);
    ports.insert(ports.end(), own.exposed_ports.begin(), own.exposed_ports.end());
  }
  return ports;
}

const std::vector<std::string> kShell{"/bin/sh", "-c"};

std::string content_of(const dockerfile::Heredoc& heredoc) {
  return heredoc.strip_tabs ? dockerfile::without_tabs(heredoc.content) : heredoc.content;
}

// A slash at the end stays: it says that a folder is meant.
std::string absolute(const std::string& folder, const std::string& path) {
  std::string clean = clean_path(path.starts_with('/') ? path : folder + "/" + path);
  if (!clean.starts_with('/')) clean = "/" + clean;
  const bool slash = path.ends_with('/') || path.ends_with("/.") || path == ".";
  return slash && clean != "/" ? clean + "/" : clean;
}

}  // namespace

StageRun::StageRun(StagePlanner& planner, std::size_t index, image::Platform platform, StageResult begun)
    : planner_(planner),
      index_(index),
      platform_(std::move(platform)),
      result_(std::move(begun)),
      changes_(result_.image.config),
      escape_(planner.file_.directives.escape),
      steps_{result_.node},
      texts_{planner.base_text(result_.node)} {}

std::optional<StageResult> StageRun::finish() {
  triggers();
  run_all(planner_.file_.stages[index_].instructions);
  name_steps();
  if (failed_) return std::nullopt;
  return std::move(result_);
}

// "[build  2/10] RUN make", as BuildKit does it: the numbers are as wide as the last one, and a stage that begins with nothing, or with
// another stage, counts its own steps only.
void StageRun::name_steps() {
  const Node& base = planner_.nodes[steps_.front()];
  const std::size_t first = base.name.empty() && !std::holds_alternative<FromNothing>(base.what) ? 0 : 1;
  const std::string total = std::to_string(steps_.size() - first), stage = planner_.display_name(index_);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Node& node = planner_.nodes[steps_[i]];
    if (i < first) {
      if (node.name.empty()) node.name = texts_[i];
      continue;
    }
    std::string number = std::to_string(i + 1 - first);
    number.insert(0, total.size() - number.size(), ' ');
    node.name = "[" + stage + (stage.empty() ? "" : " ") + number + "/" + total + "] " + texts_[i];
  }
}

void StageRun::triggers() {
  std::vector<std::string> triggers;
  std::swap(triggers, result_.image.config.on_build);
  for (const std::string& text : triggers) {
    auto parsed = dockerfile::parse_instruction(text);
    const dockerfile::Range& from = planner_.file_.stages[index_].range;
    for (auto& problem : parsed.problems) {
      problem.message = "trigger \"" + text + "\" of the base image: " + problem.message;
      problem.range = from;
      failed_ = failed_ || problem.severity == dockerfile::Severity::error;
      planner_.problems.push_back(std::move(problem));
    }
    if (!parsed.instruction) continue;
    parsed.instruction->range = from;
    one(std::move(*parsed.instruction));
  }
}

void StageRun::run_all(const std::vector<Instruction>& instructions) {
  for (const Instruction& instruction : instructions) one(instruction);
}

void StageRun::one(Instruction instruction) {
  if (const auto* arg = std::get_if<dockerfile::Arg>(&instruction.value)) return declare(*arg);
  const Instruction written = instruction;
  if (auto wrong = dockerfile::expand_instruction(instruction, result_.scope->lookup(), escape_)) {
    failed_ = true;
    planner_.problems.push_back(std::move(*wrong));
    return;
  }
  if (const auto* it = std::get_if<dockerfile::Run>(&instruction.value)) return run(written, *it);
  if (const auto* it = std::get_if<dockerfile::Copy>(&instruction.value)) return copy(instruction, *it);
  if (const auto* it = std::get_if<dockerfile::Add>(&instruction.value)) return add(instruction, *it);
  if (const auto* it = std::get_if<dockerfile::Workdir>(&instruction.value)) return work_folder(instruction, *it);
  configure(instruction);
}

void StageRun::declare(const dockerfile::Arg& arg) {
  if (auto wrong = result_.scope->declare(arg, escape_)) {
    failed_ = true;
    planner_.problems.push_back(std::move(*wrong));
    return;
  }
  std::string text = "ARG";
  for (const auto& declaration : arg.declarations) {
    const std::string& name = declaration.name.text;
    const auto value = result_.scope->values().find(name);
    const bool known = value != result_.scope->values().end();
    text += " " + name + (known && result_.scope->gives_value(declaration) ? "=" + value->second : "");
    std::pair<std::string, std::string> seen{name, known ? value->second : ""};
    const auto before = std::ranges::find(result_.arguments, name, &SeenArguments::value_type::first);
    if (before == result_.arguments.end()) {
      result_.arguments.push_back(std::move(seen));
    } else {
      *before = std::move(seen);
    }
  }
  result_.history.push_back({text, result_.image.author, {}});
}

// --- what only changes the configuration -----------------------------------------------------------------------------------------------

void StageRun::configure(const Instruction& instruction) {
  model::ImageConfig& config = result_.image.config;
  try {
    changes_.apply(instruction);
  } catch (const Error& error) {
    failed_ = true;
    return planner_.problem(instruction.range, "value", error.message(), error.remedy_text());
  }
  if (std::holds_alternative<dockerfile::Onbuild>(instruction.value)) return;
  std::vector<std::string> argv, ports;
  if (const auto* env = std::get_if<dockerfile::Env>(&instruction.value)) result_.scope->set(*env);
  if (std::holds_alternative<dockerfile::Cmd>(instruction.value)) {
    argv = config.command;
    config.args_escaped = true;
  }
  if (std::holds_alternative<dockerfile::Entrypoint>(instruction.value)) argv = config.entrypoint;
  if (const auto* it = std::get_if<dockerfile::Maintainer>(&instruction.value)) result_.image.author = it->name.text;
  if (const auto* it = std::get_if<dockerfile::Expose>(&instruction.value)) ports = written_ports(instruction, *it);
  result_.history.push_back({empty_history(instruction, argv, ports, {}), result_.image.author, {}});
}

// --- steps -----------------------------------------------------------------------------------------------------------------------------

std::string StageRun::shown(const std::string& text) const {
  const auto expanded =
      dockerfile::expand(text, result_.scope->lookup(),
                         {.escape = escape_, .keep_quotes = true, .keep_escapes = true, .keep_unset = true});
  return expanded.error ? text : expanded.text;
}

void StageRun::step(const Instruction& instruction, decltype(Node::what) what, std::string created_by) {
  const std::string text = hide_credentials(std::string{dockerfile::trim_space(instruction.text)});
  result_.node = planner_.add({.what = std::move(what),
                               .parent = result_.node,
                               .name = {},
                               .instruction = text,
                               .slot = planner_.slot(index_, steps_.size()),
                               .range = instruction.range,
                               .no_cache = planner_.no_cache(index_)});
  steps_.push_back(result_.node);
  texts_.push_back(hide_credentials(shown(text)));
  result_.history.push_back({std::move(created_by), result_.image.author, result_.node});
}

void StageRun::work_folder(const Instruction& instruction, const dockerfile::Workdir& workdir) {
  Instruction resolved = instruction;
  changes_.apply(instruction);
  const std::string& path = result_.image.config.working_dir;
  // The history has an absolute path as it is written.
  if (!workdir.path.text.starts_with('/')) std::get<dockerfile::Workdir>(resolved.value).path.text = path;
  step(instruction, MakeFolder{path, result_.image.config.user}, empty_history(resolved, {}, {}, {}));
}

CopyFiles StageRun::transfer(const dockerfile::FileTransfer& it, FileSource from) const {
  CopyFiles files{.from = std::move(from),
                  .sources = texts_of(it.sources),
                  .inline_files = {},
                  .destination = absolute(result_.image.config.working_dir, it.destination.text),
                  .chown = it.chown ? it.chown->text : "",
                  .chmod = it.chmod ? it.chmod->text : "",
                  .excludes = texts_of(it.excludes)};
  for (const auto& heredoc : it.inline_files) files.inline_files.push_back({heredoc.name, content_of(heredoc)});
  return files;
}

void StageRun::copy(const Instruction& instruction, const dockerfile::Copy& copy) {
  FileSource from = std::string{};
  for (const Word& source : copy.sources) {
    if (copy.from || !is_remote_source(source.text)) continue;
    failed_ = true;
    return planner_.problem(source.range, "copy_remote", "COPY fetches nothing: \"" + source.text + "\"", "use ADD");
  }
  if (copy.from) {
    const auto source = planner_.source_of(index_, copy.from->text, copy.from->range);
    if (!source) {
      failed_ = true;
      return;
    }
    from = *source;
  }
  CopyFiles files = transfer(copy, std::move(from));
  files.parents = copy.parents;
  step(instruction, std::move(files), copy_history(copy));
}

void StageRun::add(const Instruction& instruction, const dockerfile::Add& add) {
  AddSources sources = sort_sources(add);
  if (!sources.problems.empty()) {
    failed_ = true;
    planner_.problems.insert(planner_.problems.end(), sources.problems.begin(), sources.problems.end());
    return;
  }
  CopyFiles files = transfer(add, std::string{});
  files.sources = std::move(sources.of_context);
  files.remotes = std::move(sources.remotes);
  files.unpack = add.unpack.value_or(true);
  files.unpack_remote = add.unpack.value_or(false);
  step(instruction, std::move(files), copy_history(add));
}

// --- RUN -------------------------------------------------------------------------------------------------------------------------------

// As BuildKit reads here-documents: one that is the whole command is the script, others belong to the shell's text.
std::vector<std::string> StageRun::run_command(const dockerfile::Run& run, RunCommand& command) const {
  std::vector<std::string> words = texts_of(run.command.words);
  if (run.command.exec) return words;
  std::vector<std::string> argv = result_.image.config.shell.empty() ? kShell : result_.image.config.shell;
  const auto& heredocs = run.command.heredocs;
  std::string text = words.empty() ? "" : words.front();
  const auto whole = heredocs.size() == 1 ? dockerfile::parse_heredoc(dockerfile::trim_space(text)) : std::nullopt;
  if (whole) {
    const std::string content = content_of(heredocs.front());
    if (content.starts_with("#!")) {
      command.scripts.push_back({heredocs.front().name, content});
      text = "/dev/pipes/" + heredocs.front().name;
    } else {
      text = content;
    }
  } else {
    for (const auto& heredoc : heredocs) text += "\n" + heredoc.content + heredoc.name;
  }
  argv.push_back(std::move(text));
  return argv;
}

bool StageRun::mounts(const dockerfile::Run& run, RunCommand& command) {
  for (const dockerfile::RunMount& written : run.mounts) {
    Mount mount{.what = written, .from = std::string{}};
    if (auto wrong = dockerfile::resolve_mount(mount.what)) {
      planner_.problems.push_back(std::move(*wrong));
      return false;
    }
    using Type = dockerfile::MountType;
    mount.has_source = mount.what.type == Type::bind || (mount.what.type == Type::cache && !mount.what.from.empty());
    if (!mount.what.target.empty()) mount.what.target = absolute(result_.image.config.working_dir, mount.what.target);
    if (mount.has_source && !mount.what.from.empty()) {
      const auto source = planner_.source_of(index_, mount.what.from, mount.what.range);
      if (!source) return false;
      mount.from = *source;
    }
    command.mounts.push_back(std::move(mount));
  }
  return true;
}

void StageRun::run(const Instruction& written, const dockerfile::Run& run) {
  RunCommand command;
  const auto refuse = [&](const dockerfile::Range& range, std::string message, std::string remedy) {
    failed_ = true;
    planner_.problem(range, "run", std::move(message), std::move(remedy));
  };
  if (!planner_.machine_.can_run(platform_)) {
    return refuse(written.range,
                  "RUN for " + platform_.text() + ": this machine is " + planner_.machine_.host.text() +
                      ", and its kernel has no interpreter for " + platform_.text() + " (binfmt_misc)",
                  "register one with the flag F (qemu-user-static does), or write FROM --platform=$BUILDPLATFORM");
  }
  if (!run.devices.empty()) return refuse(run.devices.front().range, "RUN --device is not supported", "remove it");
  const model::BuildSpec& spec = planner_.spec_;
  const auto entitled = [&](const char* what) {
    return std::ranges::find(spec.entitlements, what) != spec.entitlements.end();
  };
  command.network = run.network ? run.network->text : spec.network;
  if (command.network == "default") command.network.clear();
  if (!command.network.empty() && command.network != "none" && command.network != "host")
    return refuse(run.network ? run.network->range : written.range,
                  "the network \"" + command.network + "\" is not one of RUN's", "write default, none or host");
  if (run.network && command.network == "host" && spec.network != "host" && !entitled("network.host"))
    return refuse(run.network->range, "RUN --network=host is not allowed", "allow the entitlement network.host");
  command.insecure = run.security && run.security->text == "insecure";
  if (command.insecure && !spec.privileged && !entitled("security.insecure"))
    return refuse(run.security->range, "RUN --security=insecure is not allowed",
                  "allow the entitlement security.insecure");
  command.argv = run_command(run, command);
  for (const auto& [name, value] : result_.scope->values()) command.environment[name] = value;
  command.proxies = spec.proxies;
  for (const auto& [name, value] : spec.args) {
    // Programs look for either form.
    if (!dockerfile::is_predefined_argument(name)) continue;
    command.proxies[lower(name)] = command.proxies[upper(name)] = value;
  }
  command.user = result_.image.config.user;
  command.working_dir = result_.image.config.working_dir.empty() ? "/" : result_.image.config.working_dir;
  command.extra_hosts = spec.extra_hosts;
  if (!mounts(run, command)) {
    failed_ = true;
    return;
  }
  // The history has the value that the command sees, which a later ENV may have changed.
  SeenArguments seen = result_.arguments;
  for (auto& [name, value] : seen) {
    const auto now = command.environment.find(name);
    if (now != command.environment.end()) value = now->second;
  }
  std::string history = run_history(command.argv, seen);
  step(written, std::move(command), std::move(history));
}

}  // namespace stack::build
