#include "cli/args/completion.h"

#include <algorithm>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "cli/commands/build_call.h"
#include "cli/commands/container_verbs.h"

namespace stack::cli {
namespace {

constexpr const char* kBash = R"bash(_stack() {
  local IFS=$'\n' rest=$COMP_LINE words=() word cur own flag kept name answer i
  # bash breaks words at the characters of COMP_WORDBREAKS, as in image:tag and --flag=value: what no blank divides is one word.
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      words+=("${COMP_WORDS[i]}")
      rest=${rest#"${rest%%[![:space:]]*}"}
    else
      words[${#words[@]}-1]+=${COMP_WORDS[i]}
    fi
    rest=${rest#"${COMP_WORDS[i]}"}
  done
  word=${words[${#words[@]}-1]} cur=${words[${#words[@]}-1]}
  [[ $word != --*=* ]] || cur=${word#*=}
  flag=${word%"$cur"}
  own=${COMP_WORDS[COMP_CWORD]}
  [[ $own != [:=@] ]] || own=
  kept=${word%"$own"} # stands in front of what bash replaces
  COMPREPLY=()
  answer=$(stack __complete "${words[@]:1}" 2>/dev/null | cut -f1)
  if [[ $answer == :files || $answer == :folders ]]; then
    compopt -o filenames 2>/dev/null
    [[ $answer == :files ]] && answer=$(compgen -f -- "$cur") || answer=$(compgen -d -- "$cur")
    while IFS= read -r name; do
      name=$flag$name
      [[ $name == "$flag" ]] || COMPREPLY+=("${name#"$kept"}")
    done <<<"$answer"
  else
    [[ $answer != *: ]] || compopt -o nospace 2>/dev/null # a path follows
    # Names are what files and images say: nothing of them is expanded.
    while IFS= read -r name; do
      [[ -n $name && $name == "$cur"* ]] || continue
      name=$flag$name
      COMPREPLY+=("$(printf '%q' "${name#"$kept"}")")
    done <<<"$answer"
  fi
}
complete -F _stack stack
)bash";
constexpr const char* kZsh = R"(#compdef stack
_stack() {
  local -a lines
  lines=("${(@f)$(stack __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  # Of --flag=value only the value is offered.
  [[ $words[CURRENT] != --*=* ]] || compset -P 1 '*='
  if [[ $lines[1] == :files ]]; then
    _files
  elif [[ $lines[1] == :folders ]]; then
    _files -/
  else
    lines=("${(@)lines//:/\\:}")
    lines=("${(@)lines/$'\t'/:}")
    _describe stack lines
  fi
}
if [ "$funcstack[1]" = _stack ]; then
  _stack "$@"
else
  compdef _stack stack
fi
)";
constexpr const char* kFish = R"(function __stack_complete
  set -l token (commandline -ct)
  set -l words (commandline -opc) $token
  set -l answer (stack __complete $words[2..-1] 2>/dev/null)
  # Of --flag=value only the value is offered, and fish replaces all of it.
  set -l flag (string match -r -- '^--[^=]*=' $token)
  if test "$answer[1]" = :files
    set answer (__fish_complete_path (string replace -- "$flag" '' $token))
  else if test "$answer[1]" = :folders
    set answer (__fish_complete_directories (string replace -- "$flag" '' $token))
  end
  string join \n -- "$flag"$answer
end
complete -c stack -f -a '(__stack_complete)'
)";

const std::map<std::string, std::vector<std::string>>& values() {
  static const std::vector<std::string> kSignals{"SIGHUP",  "SIGINT",  "SIGQUIT", "SIGKILL", "SIGUSR1",
                                                 "SIGUSR2", "SIGTERM", "SIGCONT", "SIGSTOP", "SIGWINCH"};
  static const std::map<std::string, std::vector<std::string>> kValues{
      {"progress", {"auto", "tty", "plain", "json", "quiet"}},
      {"ansi", {"never", "always", "auto"}},
      {"format", {"table", "json"}},
      {"config --format", {"yaml", "json"}},
      {"lint --format", {"text", "json"}},
      {"build --progress", {"auto", "plain", "tty", "quiet", "rawjson"}},
      {"build --call", {"build", "check", "outline", "targets"}},
      {"build --network", {"default", "none", "host"}},
      {"status", {"created", "running", "paused", "restarting", "removing", "exited", "dead"}},
      {"pull", {"always", "missing", "never"}},
      {"policy", {"always", "missing"}},
      {"protocol", {"tcp", "udp"}},
      {"rmi", {"local", "all"}},
      {"oci-version", {"1.0", "1.1"}},
      {"tail", {"all"}},
      {"signal", kSignals},
      {"stop-signal", kSignals}};
  return kValues;
}

Wanted wanted_by_flag(const std::string& name) {
  static const std::map<std::string, Wanted> kWanted{{"file", Wanted::files},
                                                     {"env-file", Wanted::files},
                                                     {"project-directory", Wanted::folders},
                                                     {"output", Wanted::files},
                                                     {"input", Wanted::files},
                                                     {"root", Wanted::folders},
                                                     {"run", Wanted::folders},
                                                     {"profile", Wanted::profiles},
                                                     {"scale", Wanted::services},
                                                     {"attach", Wanted::services},
                                                     {"no-attach", Wanted::services},
                                                     {"exit-code-from", Wanted::services},
                                                     {"hash", Wanted::services},
                                                     {"iidfile", Wanted::files},
                                                     {"metadata-file", Wanted::files},
                                                     {"target", Wanted::stages},
                                                     {"project-name", Wanted::projects},
                                                     {"network", Wanted::networks},
                                                     {"link", Wanted::containers},
                                                     {"volumes-from", Wanted::containers}};
  const auto found = kWanted.find(name);
  return found == kWanted.end() ? Wanted::nothing : found->second;
}

Wanted wanted_by_position(const std::string& name) {
  static const std::map<std::string, Wanted> kWanted{{"SERVICE", Wanted::services}, {"IMAGE", Wanted::images},
                                                     {"NAME", Wanted::images},      {"CONTAINER", Wanted::containers},
                                                     {"NETWORK", Wanted::networks}, {"VOLUME", Wanted::volumes},
                                                     {"FILE", Wanted::files},       {"CONTEXT", Wanted::files},
                                                     {"SOURCE", Wanted::files},     {"TARGET", Wanted::files}};
  const auto found = kWanted.find(name);
  return found == kWanted.end() ? Wanted::nothing : found->second;
}

std::string name_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? std::string{} : option.get_lnames().front();
}

class Reader {
 public:
  Reader(const CLI::App& app, const std::vector<std::string>& words) : command_(&app) {
    for (const std::string& word : words) {
      // bash takes the sign for a word.
      if (word != "=" || &word == &words.back()) words_.push_back(word == "=" ? "" : word);
    }
    helps_ = words_.size() > 1 && words_.front() == "help";
    if (helps_) words_.erase(words_.begin());
  }

  Completion read() {
    for (std::size_t i = 0; i + 1 < words_.size(); ++i) take(words_[i]);
    part_ = words_.empty() ? "" : words_.back();
    out_.part = part_;
    if (helps_) {
      for (const CLI::App* each : command_->get_subcommands({})) offer(each->get_name(), each->get_description());
    } else if (open_ != nullptr) {
      value(name_of(*open_));
    } else if (ended_) {
      out_.wanted = Wanted::files;  // of a program in a container nothing is known
    } else if (const std::size_t equals = part_.find('='); part_.starts_with("--") && equals != std::string::npos) {
      part_.erase(0, equals + 1);
      value(words_.back().substr(2, equals - 2));
    } else if (part_.starts_with("-")) {
      flags();
    } else {
      place();
    }
    return std::move(out_);
  }

 private:
  void take(const std::string& word) {
    if (open_ != nullptr) {
      remember(name_of(*std::exchange(open_, nullptr)), word);
    } else if (word.starts_with("-") && word.size() > 1 && !ended_) {
      const std::size_t equals = word.find('=');
      const CLI::Option* option = command_->get_option_no_throw(word.substr(0, equals));
      if (option == nullptr || option->get_items_expected_max() == 0) return;
      if (equals == std::string::npos) {
        open_ = option;
      } else {
        remember(name_of(*option), word.substr(equals + 1));
      }
    } else {
      const auto chosen = command_->get_subcommands([&](const CLI::App* it) { return it->check_name(word); });
      if (!chosen.empty()) {
        command_ = chosen.front();
      } else {
        if (given_++ == 0) out_.first = word;
        ended_ = command_->get_prefix_command();
      }
    }
  }

  // What the project and the engine depend on.
  void remember(const std::string& name, const std::string& value) {
    GlobalOptions& global = out_.global;
    if (name == "file") global.files.push_back(value);
    if (name == "profile") global.profiles.push_back(value);
    if (name == "env-file") global.env_files.push_back(value);
    if (name == "project-name") global.project_name = value;
    if (name == "project-directory") global.project_directory = value;
    if (name == "host") global.host = value;
    if (name == "root") global.root = value;
    if (name == "run") global.run = value;
  }

  void offer(const std::string& name, const std::string& description = {}) {
    if (name.starts_with(part_)) out_.candidates.push_back(description.empty() ? name : name + "\t" + description);
  }

  void value(const std::string& name) {
    auto known =
        values().find(command_->get_name() + " --" + name);  // what the command takes goes before what most take
    if (known == values().end()) known = values().find(name);
    if (known != values().end()) {
      for (const std::string& each : known->second) offer(each);
    }
    out_.wanted = wanted_by_flag(name);
  }

  void flags() {
    for (const CLI::Option* option : command_->get_options()) {
      if (option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames()) offer("--" + name, option->get_description());
    }
  }

  void place() {
    const auto commands = command_->get_subcommands({});
    for (const CLI::App* each : commands) offer(each->get_name(), each->get_description());
    if (!commands.empty()) return;
    std::size_t at = 0;
    for (const CLI::Option* option : command_->get_options()) {
      if (!option->get_positional()) continue;
      const bool many = option->get_items_expected_max() > 1;
      if (at++ != given_ && !(many && given_ >= at)) continue;
      const std::string name = option->get_name(true);
      if (name == "SHELL") {
        for (const char* shell : {"bash", "zsh", "fish"}) offer(shell);
      }
      out_.wanted = wanted_by_position(name);
      const bool top = command_->get_parent() == nullptr || command_->get_parent()->get_parent() == nullptr;
      if (command_->get_name() == "inspect" && top) out_.wanted = Wanted::objects;
      if (command_->get_name() == "cp") out_.wanted = top ? Wanted::service_paths : Wanted::container_paths;
    }
  }

  const CLI::App* command_;
  std::vector<std::string> words_;
  std::string part_;
  const CLI::Option* open_ = nullptr;  // waits for its value
  std::size_t given_ = 0;              // words by position
  bool ended_ = false;
  bool helps_ = false;  // "help run": only commands follow
  Completion out_;
};

bool is_any(Wanted wanted, std::initializer_list<Wanted> of) {
  return std::find(of.begin(), of.end(), wanted) != of.end();
}

// Of what the engine has.
std::vector<std::string> engine_names(Session& session, Wanted wanted) {
  std::vector<std::string> names;
  client::EngineClient& engine = session.engine(false);
  const bool all = wanted == Wanted::objects;
  if (all || is_any(wanted, {Wanted::containers, Wanted::container_paths})) {
    for (const std::string& name : container_names(engine)) names.push_back(name);
  }
  if (all || wanted == Wanted::images) {
    for (const model::Image& image : engine.images())
      names.insert(names.end(), image.references.begin(), image.references.end());
  }
  if (all || wanted == Wanted::networks) {
    for (const model::Network& network : engine.networks({})) names.push_back(network.spec.name);
  }
  if (all || wanted == Wanted::volumes) {
    for (const model::Volume& volume : engine.volumes({})) names.push_back(volume.spec.name);
  }
  if (wanted == Wanted::projects) {
    for (const std::string& name : engine.projects()) names.push_back(name);
  }
  return names;
}

// Nothing is started and nothing is complained about for a completion.
std::vector<std::string> live_names(const Completion& place) {
  const Wanted wanted = place.wanted;
  std::vector<std::string> names;
  try {
    if (wanted == Wanted::stages)
      return stage_names(place.global.files.empty() ? "" : place.global.files.back(), place.first);
    Session session{place.global};
    if (is_any(wanted, {Wanted::services, Wanted::service_paths, Wanted::profiles})) {
      compose::LoadOptions options = session.load_options();
      options.profiles = {"*"};
      const compose::LoadResult loaded = session.try_load(options);
      if (!loaded.project) return names;
      for (const auto& [name, service] : loaded.project->services) {
        if (wanted != Wanted::profiles) names.push_back(name);
        if (wanted == Wanted::profiles) names.insert(names.end(), service.profiles.begin(), service.profiles.end());
      }
    } else if (wanted != Wanted::nothing) {
      names = engine_names(session, wanted);
    }
  } catch (const std::exception&) {
    names.clear();
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

namespace {

// Names with the colon behind that a path follows; what begins no name is a path of this machine.
std::string path_answer(const Completion& found) {
  std::string text;
  for (const std::string& name : live_names(found)) {
    if ((name + ":").starts_with(found.part) && name.size() + 1 != found.part.size()) text += name + ":\n";
  }
  return text.empty() ? ":files\n" : text;
}

// A script for the program by its other name.
std::string by_name(std::string script, const std::string& name) {
  for (const std::string before : {"_", " ", "("}) {
    const std::string ours = before + "stack";
    for (std::size_t at = 0; (at = script.find(ours, at)) != std::string::npos; at += before.size() + name.size())
      script.replace(at, ours.size(), before + name);
  }
  return script;
}

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words) { return Reader{app, words}.read(); }

std::string completion_answer(const CLI::App& app, const std::vector<std::string>& words) {
  const Completion found = complete(app, words);
  if (found.wanted == Wanted::files) return ":files\n";
  if (found.wanted == Wanted::folders) return ":folders\n";
  if (is_any(found.wanted, {Wanted::service_paths, Wanted::container_paths})) return path_answer(found);
  std::string text;
  for (const std::string& each : found.candidates) text += each + "\n";
  for (const std::string& each : live_names(found)) text += each + "\n";
  return text;
}

int completion(Session& session, const CompletionFlags& flags) {
  const std::map<std::string, const char*> scripts{{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};
  const auto script = scripts.find(flags.shell);
  if (script == scripts.end()) {
    throw Error(ErrorKind::invalid, "no completion for the shell \"" + flags.shell + "\"; use bash, zsh or fish");
  }
  std::cout << by_name(script->second, session.options().docker ? "docker" : "stack");
  return 0;
}

}  // namespace stack::cli
