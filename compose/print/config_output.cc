#include "compose/print/config_output.h"

#include <algorithm>
#include <cctype>

#include "base/duration.h"
#include "compose/model/fields.h"
#include "compose/source/json_writer.h"
#include "compose/source/yaml_reader.h"
#include "compose/source/yaml_writer.h"

namespace stack::compose {
namespace {

// `hashed` is the JSON that Docker Compose makes its hashes of, without what we print beyond that.
enum class Format { yaml, json, hashed };

std::string octal(std::uint32_t mode) {
  std::string out;
  do {
    out.insert(out.begin(), static_cast<char>('0' + mode % 8));
    mode /= 8;
  } while (mode > 0);
  return "0" + out;
}

// Durations as Go prints them: hours, minutes and seconds without gaps ("1m0s").
std::string full_duration(Nanos duration) {
  using std::chrono::nanoseconds;
  const auto count = duration.count();
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (count < kSecond) return format_duration(duration);
  const std::int64_t seconds = count / kSecond, rest = count % kSecond;
  std::string fraction;
  if (rest > 0) {
    fraction = std::to_string(rest);
    fraction.insert(0, 9 - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    fraction.insert(0, ".");
  }
  std::string out;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
  return out + std::to_string(seconds % 60) + fraction + "s";
}

class Printer {
 public:
  explicit Printer(Format format) : format_(format) {}

  Value print(const std::string& value) const { return value; }
  Value print(bool value) const { return value; }
  Value print(OnByDefault value) const { return value.value; }
  Value print(double value) const { return value; }
  Value print(std::int64_t value) const { return value; }
  Value print(std::uint16_t value) const { return std::int64_t{value}; }
  Value print(std::uint32_t value) const { return std::int64_t{value}; }
  Value print(Bytes value) const { return std::to_string(value.value); }
  Value print(FileMode value) const { return octal(value.value); }
  Value print(Nanos value) const { return full_duration(value); }
  Value print(DependencyCondition value) const { return std::string{to_text(value)}; }
  Value print(const Ulimit& value) const {
    const auto is_shown = [&](std::int64_t limit) { return format_ != Format::hashed || limit != 0; };
    if (value.single && is_shown(value.soft)) return value.soft;
    Value::Object object;
    if (is_shown(value.soft)) object.emplace_back("soft", value.soft);
    if (is_shown(value.hard)) object.emplace_back("hard", value.hard);
    return object;
  }
  Value print(const ExtraHosts& hosts) const {
    Value::List list;
    for (const auto& [host, addresses] : hosts) {
      for (const auto& address : addresses) list.emplace_back(host + "=" + address);
    }
    return list;
  }
  Value print(const SshKeys& keys) const {
    Value::List list;
    for (const auto& [id, path] : keys) list.emplace_back(path.empty() ? id : id + "=" + path);
    return list;
  }
  template <class T>
  Value print(const std::optional<T>& value) const {
    return value ? print(*value) : Value{};
  }
  template <class T>
  Value print(const std::vector<T>& value) const {
    Value::List list;
    list.reserve(value.size());
    for (const auto& item : value) list.push_back(print(item));
    return list;
  }
  template <class T>
  requires std::derived_from<T, std::map<std::string, typename T::mapped_type>> Value print(const T& value)
  const {
    Value::Object object;
    for (const auto& [key, item] : value) object.emplace_back(key, print(item));
    sort(object);
    return object;
  }
  template <Part T>
  Value print(const T& value) const {
    static const T kUnset;
    std::vector<const void*> unset;
    visit(kUnset, [&](const char*, const auto& member) { unset.push_back(&member); });
    Value::Object object;
    std::size_t at = 0;
    visit(value, [&]<class M>(const char* name, const M& member) {
      const auto& standard = *static_cast<const M*>(unset[at++]);
      if (std::string_view{name} == "extensions") {
        if constexpr (std::same_as<M, Extensions>) add_extensions(object, member);
      } else if (is_json() && without_exec(value, name)) {
        object.emplace_back(name, print(Hook{}));
      } else if (shown(value, name, member, standard)) {
        object.emplace_back(key_of(value, name), print(member));
      }
    });
    return object;
  }

  Value file(const Project& project) const {
    Value::Object object;
    object.emplace_back("name", project.name);
    object.emplace_back("services", print(project.services));
    const auto add = [&](const char* name, const auto& map) {
      if (!map.empty()) object.emplace_back(name, print(map));
    };
    add("networks", project.networks);
    add("volumes", project.volumes);
    add("secrets", project.secrets);
    add("configs", project.configs);
    add("models", project.models);
    add_extensions(object, project.extensions);
    if (is_json()) sort(object);
    return object;
  }

 private:
  // Members at their default are left out, with the exceptions that readers of the output know.
  template <class T, class M>
  bool shown(const T& owner, std::string_view name, const M& member, const M& standard) const {
    const bool json = is_json(), hashed = format_ == Format::hashed;
    if constexpr (std::same_as<T, Service>) {
      if (name == "name") return false;
      if (json && (name == "command" || name == "entrypoint")) return true;
      if (hashed && name == "mem_swappiness") return owner.mem_swappiness && owner.mem_swappiness->value != 0;
    } else if constexpr (std::same_as<T, Dependency>) {
      if (name == "condition" || name == "required") return true;
    } else if constexpr (std::same_as<T, BindOptions>) {
      if (name == "create_host_path") return owner.create_host_path.said && (!hashed || owner.create_host_path.value);
    } else if constexpr (std::same_as<T, Deploy>) {
      if (json && (name == "resources" || name == "placement")) return true;
    } else if constexpr (std::same_as<T, Network>) {
      if (json && name == "ipam") return true;
    } else if constexpr (std::same_as<T, FileObject>) {
      if (name == "content" && !owner.environment.empty()) return false;
    } else if constexpr (std::same_as<T, DeviceRequest>) {
      // Left out it would mean all.
      if (name == "count" && owner.device_ids.empty()) return !hashed || owner.count != 0;
    } else if constexpr (std::same_as<T, DiscreteResource>) {
      if (name == "kind" || name == "value") return true;
    } else if constexpr (std::same_as<T, EnvFile>) {
      if (name == "required") return !owner.required;
    } else if constexpr (std::same_as<T, Hook>) {
      if (name == "command") return true;
    }
    return !(member == standard);
  }

  // Docker Compose hashes the limits of block devices by other names than files have.
  template <class T>
  std::string key_of(const T&, std::string key) const {
    constexpr bool of_block_device = std::same_as<T, WeightDevice> || std::same_as<T, ThrottleDevice>;
    if (of_block_device && format_ == Format::hashed) key.front() = static_cast<char>(std::toupper(key.front()));
    return key;
  }

  // Readers of the JSON form find `exec` in every watch trigger.
  template <class T>
  static bool without_exec(const T& owner, std::string_view name) {
    if constexpr (std::same_as<T, WatchTrigger>) return name == "exec" && !owner.exec;
    return false;
  }

  void add_extensions(Value::Object& object, const Extensions& extensions) const {
    if (format_ == Format::hashed) return;
    Value::Object more;
    for (const auto& [key, text] : extensions) {
      auto parsed = read_yaml(text, "");
      if (!parsed.documents.empty()) more.emplace_back(key, to_value(parsed.documents.front(), order()));
    }
    sort(more);
    for (auto& it : more) object.push_back(std::move(it));
  }

  [[nodiscard]] bool is_json() const { return format_ != Format::yaml; }
  [[nodiscard]] KeyOrder order() const { return is_json() ? KeyOrder::bytes : KeyOrder::natural; }
  void sort(Value::Object& object) const {
    std::ranges::sort(object, [this](const auto& a, const auto& b) {
      return is_json() ? a.first < b.first : natural_less(a.first, b.first);
    });
  }

  Format format_;
};

// Keys are left alone: no reader puts variables into them.
Value doubled(Value value) {
  if (auto* text = std::get_if<std::string>(&value.data)) {
    if (text->find('$') == std::string::npos) return value;
    std::string out;
    for (const char c : *text) out.append(c == '$' ? 2 : 1, c);
    *text = std::move(out);
  } else if (auto* list = std::get_if<Value::List>(&value.data)) {
    for (auto& item : *list) item = doubled(std::move(item));
  } else if (auto* object = std::get_if<Value::Object>(&value.data)) {
    for (auto& [key, item] : *object) item = doubled(std::move(item));
  }
  return value;
}

}  // namespace

Value config_value(const Project& project) { return Printer{Format::yaml}.file(project); }
Value hashed_value(const Service& service) { return Printer{Format::hashed}.print(service); }
Value hashed_value(const Network& network) { return Printer{Format::hashed}.print(network); }
Value hashed_value(const Volume& volume) { return Printer{Format::hashed}.print(volume); }
std::string config_yaml(const Project& project) { return write_yaml(doubled(Printer{Format::yaml}.file(project))); }
std::string config_json(const Project& project) { return write_json(doubled(Printer{Format::json}.file(project)), 2); }
std::string config_yaml(const Node& tree) { return write_yaml(to_value(tree, KeyOrder::natural)); }
std::string config_json(const Node& tree) { return write_json(to_value(tree, KeyOrder::bytes), 2); }

}  // namespace stack::compose
