#include <algorithm>
#include <regex>

#include <nlohmann/json.hpp>

#include "compare.h"

namespace stack::compose {
namespace {

using Json = nlohmann::json;

constexpr Rule kRules[] = {
    {"newer", "Attributes that came after Compose 2.40 are known: pre_start, build.no_cache_filter and others."},
    {"quoted", "Numbers and booleans may stand in quotes wherever they are meant, so that variables can give them."},
    {"repeats", "An item that a list repeats counts once, with a warning, where Compose refuses the list."},
    {"assignment_name", "A name in a list of NAME=VALUE is not empty, and in an environment it holds no blanks."},
    {"key_dollars", "A dollar sign is doubled in values, not in keys, into which no reader puts variables."},
    {"empty_text",
     "An empty name, dockerfile or content is printed so that the output means the same when it is read."},
    {"include_checked",
     "What include and extends say is checked like the rest of the file: unknown keys, types, a missing path."},
    {"models", "JSON output has models and the services' extensions, which Compose loses."},
    {"host_address", "A host entry without an address is a mistake."},
    {"ssh_json", "build.ssh with a path is printed as JSON; Compose fails."},
    {"ssh_path", "An ssh key that is not the default one needs a path, also in a mapping."},
    {"ulimit_zero", "A ulimit of 0 is printed."},
    {"command_signs", "The signs |, ;, <, >, & and parentheses in a command are words."},
    {"fraction", "A fraction where a whole number belongs is a mistake and not cut off."},
    {"cpus_precision", "cpus keeps all digits that are written."},
    {"count_zero", "A count of 0 devices is printed, because without it all would be meant."},
    {"blkio_item", "An item of blkio_config needs its path and its rate or weight."},
    {"empty_device", "An empty text is not a device."},
    {"dates", "A date is text as it is written."},
    {"ipam_options", "ipam.options are kept; Compose loses them."},
    {"drive_letters", "A volume's name may be one letter, which Compose takes for a drive; drives mean nothing here."},
    {"volume_grammar", "A short volume has at most three parts."},
    {"mount_target", "A mount's target is an absolute path, neither the root nor in the container's own /proc."},
    {"create_host_path", "create_host_path: false is printed, because without it true would be meant."},
    {"port_range", "A container port is between 1 and 65535."},
    {"bare_ipv6", "An IPv6 address in a port needs no brackets."},
    {"unresolved_forms",
     "With --no-interpolate a short form that holds variables stays as it is, and a list of NAME=VALUE becomes a "
     "mapping where another file writes one."},
    {"health_command", "A healthcheck's test has something behind CMD."},
    {"secret_path", "Secrets for one path of a container are one, however the path is written."},
    {"blkio_case", "The keys of blkio_config are printed as they are written, in lower case."},
    {"negative_mode", "Permissions are not negative."},
    {"named_profile", "A service that is enabled by naming it gets the labels of its label_file."},
    {"infinity", "Infinite numbers are printed in JSON as text."},
    {"x_stack", "What stands below x-stack is ours and checked."},
    {"empty_list", "An empty list in an extension is printed as one."},
    {"whole_numbers", "1e3 is the whole number 1000."},
    {"pid_null", "pid may be null, as the schema says; Compose crashes."},
    {"pull_refresh_after", "pull_refresh_after is kept in the output."},
    {"numbers_as_text", "Options of drivers and storage may be numbers of any kind; they become text."},
    {"version_number", "version may be a number: it means nothing anyway, and a warning says so."},
    {"container_name", "A container's name is checked as a whole, as the engine would."},
    {"external_checked", "Unknown keys below external are mistakes."},
    {"include_folder", "A project_directory that does not exist is still the folder that it names."},
    {"include_merge", "What is defined in an include as well is merged with it, as newer versions of Compose do."},
    {"include_extends", "A service may extend one of an include, as with newer versions of Compose."},
    {"include_names", "A name without a value in an included environment finds that include's own variables."},
    {"lazy", "Variables in a branch that is not taken are not looked at."},
    {"default_lines", "The default of a variable may go over several lines."},
    {"gpus_all", "gpus: all may stand over an earlier list."},
    {"empty_document", "An empty document among others says nothing."},
    {"anchors_per_document", "An anchor ends with its document, as YAML says."},
    {"yaml_directive", "%YAML 1.2 is read."},
    {"tags_everywhere", "!reset and !override act at every use of an anchor."},
    {"unknown_tag", "A tag that nobody knows is a mistake."},
    {"name_normal", "The project's name is printed in its legal form, with --no-normalize too."},
    {"override_types",
     "What stands behind !override has the type that it would have without; Compose takes it for text."},
    {"extends_only", "Of a file that is extended only the services that are needed are checked."},
    {"empty_source",
     "A secret or config that is not external has a source: a file, a variable or content, and no empty name."},
    {"gpus_checked", "Items of gpus are checked like those of deploy.resources.reservations.devices."},
};

// We refuse what the real one accepts: the rule for a mistake that we report.
struct Refusal {
  std::string_view rule, code, path;  // path: regular expression
};
constexpr Refusal kRefusals[] = {
    {"assignment_name", "bad_assignment", ".*"},
    {"include_checked", ".*", "include.*"},
    {"include_checked", "unknown_key", "services\\..*\\.extends\\..*"},
    {"host_address", "bad_host", ".*extra_hosts.*"},
    {"ssh_path", "bad_value", ".*build\\.ssh"},
    {"fraction", "wrong_type",
     ".*\\.(cpu_period|cpu_quota|cpu_rt_period|cpu_rt_runtime|cpu_shares|retries|value|priority|gw_priority|pids_limit|"
     "mem_limit|memswap_limit|shm_size)"},
    {"port_range", "bad_port", "services\\..*\\.ports\\[\\d+\\]"},
    {"mount_target", "bad_mount_target", "services\\..*\\.(volumes|tmpfs)\\[\\d+\\]"},
    {"volume_grammar", "bad_volume", ".*\\.volumes\\[\\d+\\]"},
    {"container_name", "bad_name", ".*\\.container_name"},
    {"external_checked", "unknown_key", ".*\\.external\\..*"},
    {"empty_source", "no_source", "(secrets|configs).*"},
    {"unknown_tag", "unknown_tag", ".*"},
    {"x_stack", ".*", "(.*\\.)?x-stack.*"},
    {"anchors_per_document", "yaml_syntax", ".*"},
    {"blkio_item", "missing_key", ".*blkio_config.*"},
    {"blkio_item", "bad_value", ".*blkio_config.*"},
    {"negative_mode", "bad_value", ".*\\.mode"},
    {"health_command", "bad_value", ".*\\.healthcheck\\.test"},
    {"empty_device", "bad_device", ".*devices\\[.*"},
    {"gpus_checked", ".*", ".*\\.gpus.*"},
};

// We accept what the real one refuses: the rule for what it says (regular expression).
struct Acceptance {
  std::string_view rule, said;
};
constexpr Acceptance kAcceptances[] = {
    {"newer", "additional properties '(no_cache_filter|pre_start)"},
    {"repeats", "items at \\d+ and \\d+ are equal"},
    {"repeats", "(labels|options|environment|extra_hosts|annotations|args|sysctls) must be a mapping"},
    {"repeats", "(ignore|include|no_cache_filter) must be a string"},
    {"ssh_json", "error calling MarshalJSON for type types.SSHKey"},
    {"quoted", "expected type 'u?int\\d*', got unconvertible type 'string'"},
    {"quoted", "ulimits\\.\\w+: invalid type (string|float64)"},
    {"quoted", "initial_sync must be a boolean"},
    {"infinity", "json: unsupported value: [-+]?(Inf|NaN)"},
    {"quoted", "context_size must be a integer"},
    {"quoted", "panic: interface conversion: interface \\{\\} is (string|float64), not int"},
    {"quoted", "cpu_percent must be a string"},
    {"dates", "invalid jsonType time.Time"},
    {"quoted", "(use_api_socket|initial_sync) must be a boolean"},
    {"quoted", "priority must be a number"},
    {"quoted", "invalid size: '-1'"},
    {"numbers_as_text", "got unconvertible type '(float64|bool)'"},
    {"whole_numbers", "invalid type float64 for port"},
    {"version_number", "version must be a string"},
    {"repeats", "already mounted as"},
    {"bare_ipv6", "Invalid ip address ::1"},
    {"pid_null", "panic: interface conversion: interface \\{\\} is nil, not string"},
    {"include_merge", "conflicts with imported resource"},
    {"lazy", "error while interpolating .*: required variable \\w+ is missing a value: never"},
    {"default_lines", "invalid interpolation format for .*\\n.*\\n\\$\\{\\w+:-[^}]*\\n"},
    {"gpus_all", "cannot override services.\\w+.gpus"},
    {"empty_document", "top-level object must be a mapping"},
    {"yaml_directive", "found incompatible YAML document"},
    {"override_types", "must be a mapping or null"},
};

// What differs in the output: an operation of a JSON patch from the real output to ours, its place and the value, as
// regular expressions.
struct Change {
  std::string_view rule, operation, path, value;
};
constexpr Change kChanges[] = {
    {"empty_text", "add", "/(configs|secrets)/[^/]*/(content|name)", ".*"},
    {"empty_text", "add", "/networks/[^/]*/name|/volumes/[^/]*/name", ".*"},
    {"empty_text", "add", "/services/[^/]*/build/dockerfile", "\"Dockerfile\""},
    {"empty_text", "add", "(/services/[^/]*)?/networks(/default)?", ".*\"default\".*|.*p_default.*"},
    {"ipam_options", "add", "/networks/[^/]*/ipam/options", ".*"},
    {"drive_letters", "replace", "/services/[^/]*/volumes/\\d+/source", ".*[A-Z]:.*"},
    {"create_host_path", "add", ".*/bind/create_host_path", "false"},
    {"pull_refresh_after", "add", ".*/pull_refresh_after", ".*"},
    {"secret_path", "replace", ".*/secrets/\\d+/target", ".*"},
    {"empty_list", "replace", "(.*/)?/x-.*", "\\[\\]"},
    {"override_types", "replace", "/services/[^/]*/(command|entrypoint)", "null"},
    {"name_normal", "replace", "/name", ".*"},
    {"models", "add", "/models.*", ".*"},
    {"models", "add", ".*/x-[^/]*", ".*"},
    {"key_dollars", "(add|remove)", ".*\\$.*", ".*"},
    {"repeats", "remove", ".*/(extra_hosts|secrets|ports|ignore|include|capabilities|device_ids)/\\d+", ".*"},
    {"ulimit_zero", "(replace|add)", ".*/ulimits/.*", "0"},
    {"blkio_case", "(add|remove)", ".*/blkio_config/.*/([Pp]ath|[Rr]ate|[Ww]eight)", ".*"},
    {"count_zero", "add", ".*/(gpus|devices)/\\d+/count", "0"},
    {"cpus_precision", "replace", ".*/cpus", "[0-9.]*"},
    {"command_signs", "(add|replace)", "/services/[^/]*/(command|entrypoint)/.*", "\".*[|;<>&()].*\""},
};

// What is meant in a whole sample, by a text that is in it (regular expression).
struct Meant {
  std::string_view rule, text;
};
constexpr Meant kMeant[] = {
    {"override_types", "!override (null|true|false|[0-9])"},
    {"drive_letters", "'d:/data'|volumes: \\['x'\\]"},
    {"include_folder", "project_directory: (word|'two words'|'a\\$\\$b'|'\\$\\{WORD:-x\\}')"},
};

bool fits(const std::string& text, std::string_view pattern, bool whole = true) {
  const std::regex regex{pattern.begin(), pattern.end()};
  return whole ? std::regex_match(text, regex) : std::regex_search(text, regex);
}

void compare_refusal(const LoadedSample& ours, Comparison& out) {
  for (const auto& found : ours.result.diagnostics) {
    if (found.severity != Severity::error) continue;
    const auto rule = std::ranges::find_if(
        kRefusals, [&](const Refusal& it) { return fits(found.code, it.code) && fits(found.path, it.path); });
    if (rule != std::end(kRefusals)) {
      out.rules.emplace(rule->rule);
    } else {
      out.unexplained += "we refuse, it accepts: [" + found.code + "] " + render(found);
    }
  }
}

void compare_acceptance(const Outcome& theirs, Comparison& out) {
  const auto rule =
      std::ranges::find_if(kAcceptances, [&](const Acceptance& it) { return fits(theirs.messages, it.said, false); });
  if (rule != std::end(kAcceptances)) {
    out.rules.emplace(rule->rule);
  } else {
    out.unexplained = "we accept, it refuses: " + theirs.messages;
  }
}

// After a sign that the real one stops at, the rest of the words is ours alone.
bool has_signs(const Json& words) {
  return words.is_array() && std::ranges::any_of(words, [](const Json& word) {
           return word.is_string() && word.get<std::string>().find_first_of("|;<>&()") != std::string::npos;
         });
}

void compare_output(const Json& mine, const Json& real, Comparison& out) {
  for (const auto& step : Json::diff(real, mine)) {
    const auto operation = step.at("op").get<std::string>();
    const Json::json_pointer at{step.at("path").get<std::string>()};
    const std::string place = at.to_string();
    const std::string value = step.contains("value") ? step.at("value").dump() : "";
    const auto rule = std::ranges::find_if(kChanges, [&](const Change& it) {
      return fits(operation, it.operation) && fits(place, it.path) &&
             (fits(value, it.value) || (it.rule == "command_signs" && has_signs(mine.at(at.parent_pointer()))));
    });
    if (rule != std::end(kChanges)) {
      out.rules.emplace(rule->rule);
      continue;
    }
    std::string was;
    if (operation != "add" && real.contains(at)) was = " instead of " + real.at(at).dump();
    out.unexplained += operation + " " + place + " " + value + was + "\n";
  }
}

// Variables that were missed, each once.
std::set<std::string> unset_in(const std::string& text, const char* pattern) {
  std::set<std::string> names;
  const std::regex regex{pattern};
  for (std::sregex_iterator at{text.begin(), text.end(), regex}, end; at != end; ++at) names.insert((*at)[1]);
  return names;
}

void compare_warnings(const Outcome& ours, const Outcome& theirs, Comparison& out) {
  const auto mine = unset_in(ours.messages, "the variable (\\w+) is not set and counts as empty");
  const auto real = unset_in(theirs.messages, "The \\\\\"(\\w+)\\\\\" variable is not set");
  if (mine == real) return;
  out.unexplained += "unset variables, ours:";
  for (const auto& name : mine) out.unexplained += " " + name;
  out.unexplained += ", the real ones:";
  for (const auto& name : real) out.unexplained += " " + name;
  out.unexplained += "\n";
}

}  // namespace

std::span<const Rule> all_rules() { return kRules; }

Comparison compare(const Sample& sample, const LoadedSample& ours, const Outcome& theirs) {
  Comparison out;
  if (!ours.outcome.accepted && theirs.accepted) compare_refusal(ours, out);
  if (ours.outcome.accepted && !theirs.accepted) compare_acceptance(theirs, out);
  if (ours.outcome.accepted && theirs.accepted) {
    compare_output(Json::parse(ours.outcome.json), Json::parse(theirs.json), out);
    compare_warnings(ours.outcome, theirs, out);
  }
  if (out.unexplained.empty()) return out;
  auto meant = sample.rules;
  for (const auto& [name, text] : sample.files) {
    for (const auto& it : kMeant) {
      if (fits(text, it.text, false)) meant.emplace_back(it.rule);
    }
  }
  if (!meant.empty()) out.unexplained.clear();
  out.rules.insert(meant.begin(), meant.end());
  return out;
}

}  // namespace stack::compose
