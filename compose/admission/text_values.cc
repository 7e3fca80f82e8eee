#include <concepts>
#include <map>
#include <optional>

#include "compose/admission/value_rules.h"
#include "compose/model/fields.h"

namespace stack::compose {
namespace {

// Walks through everything that a service holds. A text with a zero byte ends there for the kernel, and means another one.
class ZeroBytes {
 public:
  explicit ZeroBytes(ServiceReport& report) : report_(report) {}

  void look(const std::string& path, const std::string& text) {
    if (text.find('\0') != std::string::npos)
      report_.refuse(path, "a zero byte cannot stand here; the text would end before it");
  }
  template <class T>
  void look(const std::string& path, const std::optional<T>& value) {
    if (value) look(path, *value);
  }
  template <class T>
  void look(const std::string& path, const std::vector<T>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) look(path + "[" + std::to_string(i) + "]", list[i]);
  }
  template <class T>
  requires std::derived_from<T, std::map<std::string, typename T::mapped_type>>
  void look(const std::string& path, const T& map) {
    for (const auto& [key, value] : map) {
      if (key.find('\0') != std::string::npos) look(path, key);
      look(path.empty() ? key : path + "." + key, value);
    }
  }
  template <Part T>
  void look(const std::string& path, const T& part) {
    visit(part, [&](const char* name, const auto& member) {
      if (std::string_view{name} != "extensions") look(path.empty() ? name : path + "." + name, member);
    });
  }
  // Numbers and the like.
  template <class T>
  requires(!Part<T> && !requires { typename T::mapped_type; }) void look(const std::string&, const T&) {}

 private:
  ServiceReport& report_;
};

}  // namespace

void check_texts(const Service& service, ServiceReport& report) { ZeroBytes{report}.look("", service); }

}  // namespace stack::compose
