#include "compose/load/service_files.h"

#include "base/path_text.h"
#include "compose/interp/dotenv.h"

namespace stack::compose {
namespace {

class ServiceFiles {
 public:
  ServiceFiles(Service& service, const std::string& dir, const Variables& variables, LoadContext& context)
      : service_(service), dir_(dir), variables_(variables), context_(context) {}

  void environment() {
    for (auto& [name, value] : service_.environment) {
      if (value) continue;
      if (const auto found = variables_.find(name); found != variables_.end()) value = found->second;
    }
    Variables read;
    bool whole = true;
    for (std::size_t i = 0; i < service_.env_file.size(); ++i) {
      const auto& file = service_.env_file[i];
      const std::string attribute = "env_file[" + std::to_string(i) + "]";
      if (!file.format.empty() && file.format != "raw") {
        report("bad_value", "the format \"" + file.format + "\" is not known", attribute).remedy =
            "leave it out, or write raw";
        whole = false;
      } else {
        whole =
            add(file.path, file.required, file.format == "raw", attribute, variables_, &service_.environment, read) &&
            whole;
      }
    }
    for (auto& [name, value] : read) {
      if (service_.environment.try_emplace(name, std::move(value)).second) take_place("environment.", name, read);
    }
    if (whole) service_.env_file.clear();
  }

  void labels() {
    Variables read;
    bool whole = true;
    for (std::size_t i = 0; i < service_.label_file.size(); ++i) {
      // Labels are no matter of the environment: only what was read before is known.
      const std::string attribute = "label_file[" + std::to_string(i) + "]";
      whole = add(service_.label_file[i], true, false, attribute, {}, nullptr, read) && whole;
    }
    for (auto& [name, value] : read) {
      if (service_.labels.try_emplace(name, std::move(value)).second) take_place("labels.", name, read);
    }
    if (whole) service_.label_file.clear();
  }

 private:
  Diagnostic& report(std::string code, std::string message, const std::string& attribute) {
    Diagnostic found;
    found.code = std::move(code);
    found.message = std::move(message);
    found.path = "services." + service_.name + "." + attribute;
    found.place = service_.place_of(attribute);
    return context_.diagnostics.emplace_back(std::move(found));
  }

  void take_place(const char* prefix, const std::string& name, const Variables& read) {
    if (const auto found = read.places.find(name); found != read.places.end())
      service_.places.emplace(prefix + name, found->second);
  }

  // Lays the file at `path` over `read`; false when that failed. Its values may use what is `known`, then what the service
  // says of its `own`, then what stands before them in it, then the files before it.
  bool add(const std::string& named, bool required, bool raw, const std::string& attribute, const Variables& known,
           const decltype(Service::environment)* own, Variables& read) {
    const std::string path = absolute_path(dir_, named);
    const std::string shown = shown_path(context_.shown_from, path);
    const auto content = context_.files.read(path);
    if (content.status == FileStatus::missing && !required) return true;
    if (content.status != FileStatus::ok) {
      const std::string why = content.status == FileStatus::missing  ? "there is no such file"
                              : content.status == FileStatus::folder ? "it is a folder"
                                                                     : content.reason;
      auto& found = report("unreadable_file", "cannot read " + shown + ": " + why, attribute);
      found.remedy = content.remedy;
      if (content.status == FileStatus::missing && attribute.starts_with("env_file")) {
        found.remedy = "create it, or write required: false";
      }
      return false;
    }
    const auto value_in = [](const auto& map, std::string_view name) -> std::optional<std::string> {
      const auto found = map.find(std::string{name});
      return found == map.end() ? std::nullopt : std::optional<std::string>{found->second};
    };
    const Lookup before = [&](std::string_view name) { return value_in(read, name); };
    const Lookup outside = [&](std::string_view name) {
      auto value = value_in(known, name);
      if (!value && own != nullptr) {
        const auto found = own->find(std::string{name});
        if (found != own->end()) value = found->second;
      }
      if (!value && raw) value = before(name);
      return value;
    };
    auto parsed =
        raw ? parse_raw_env(content.text, shown, outside) : parse_dotenv(content.text, shown, outside, before);
    const bool good = !has_errors(parsed.diagnostics);
    for (auto& it : parsed.diagnostics) {
      const bool told =
          it.severity == Severity::error || context_.env_file_warnings || !attribute.starts_with("env_file");
      if (told) context_.diagnostics.push_back(std::move(it));
    }
    for (auto& [name, value] : parsed.values) {
      read[name] = std::move(value);
      read.places[name] = parsed.places[name];
    }
    return good;
  }

  Service& service_;
  const std::string& dir_;
  const Variables& variables_;
  LoadContext& context_;
};

}  // namespace

void resolve_service_files(Project& project, const Variables& variables, LoadContext& context) {
  for (auto& [name, service] : project.services) {
    ServiceFiles files{service, project.working_dir, variables, context};
    files.environment();
    files.labels();
  }
}

}  // namespace stack::compose
