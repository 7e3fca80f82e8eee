#include "compose/plan/plan_json.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model/model_json.h"
#include "base/thrown.h"
#include "compose/plan/plan_fields.h"

namespace stack::compose {
namespace {

using nlohmann::json;

[[noreturn]] void unknown(const std::string& what, const std::string& word) {
  throw Error(ErrorKind::invalid, "the plan has an unknown " + what + " \"" + word + "\"");
}

template <class T>
json encode(const T& value);
template <class T>
void decode(const json& in, T& value);

// Its members stand in a table of plan_fields.h.
template <class T>
concept Tabled = requires(T& value) {
  fields(value, [](const char*, auto&) {});
};

template <class T>
struct Codec {
  static json to(const T& value) { return value; }
  static void from(const json& in, T& value) { in.get_to(value); }
};
template <Worded E>
struct Codec<E> {
  static json to(const E& value) { return to_word(value); }
  static void from(const json& in, E& value) {
    const auto known = parse_word<E>(in.get_ref<const std::string&>());
    if (!known) unknown("word", in.get<std::string>());
    value = *known;
  }
};
template <>
struct Codec<DependencyCondition> {
  static json to(const DependencyCondition& value) { return to_text(value); }
  static void from(const json& in, DependencyCondition& value) {
    const auto known = parse_condition(in.get_ref<const std::string&>());
    if (!known) unknown("condition", in.get<std::string>());
    value = *known;
  }
};
template <>
struct Codec<model::Status> {
  static json to(const model::Status& value) { return model::to_string(value); }
  static void from(const json& in, model::Status& value) {
    for (int i = 0; i <= static_cast<int>(model::Status::dead); ++i) {
      value = static_cast<model::Status>(i);
      if (in == model::to_string(value)) return;
    }
    unknown("status", in.dump());
  }
};
template <>
struct Codec<Nanos> {
  static json to(const Nanos& value) { return value.count(); }
  static void from(const json& in, Nanos& value) { value = Nanos{in.get<std::int64_t>()}; }
};
template <>
struct Codec<SourcePlace> {
  static json to(const SourcePlace& place) {
    return {{"file", place.file}, {"line", place.line}, {"column", place.column}};
  }
  static void from(const json& in, SourcePlace& place) {
    in.at("file").get_to(place.file);
    in.at("line").get_to(place.line);
    in.at("column").get_to(place.column);
  }
};
// These have their JSON form as parts of a container's.
template <>
struct Codec<model::Resources> {
  static json to(const model::Resources& value) {
    model::ContainerSpec spec;
    spec.resources = value;
    return json(spec).value("resources", json::object());
  }
  static void from(const json& in, model::Resources& value) {
    value = json{{"resources", in}}.get<model::ContainerSpec>().resources;
  }
};
template <>
struct Codec<model::RestartPolicy> {
  static json to(const model::RestartPolicy& value) {
    model::ContainerSpec spec;
    spec.restart = value;
    return json(spec).value("restart", json::object());
  }
  static void from(const json& in, model::RestartPolicy& value) {
    value = json{{"restart", in}}.get<model::ContainerSpec>().restart;
  }
};
template <class T>
struct Codec<std::optional<T>> {
  static json to(const std::optional<T>& value) { return value ? encode(*value) : json(); }
  static void from(const json& in, std::optional<T>& value) {
    value.reset();
    if (!in.is_null()) decode(in, value.emplace());
  }
};
template <class T>
struct Codec<std::vector<T>> {
  static json to(const std::vector<T>& value) {
    json out = json::array();
    for (const T& item : value) out.push_back(encode(item));
    return out;
  }
  static void from(const json& in, std::vector<T>& value) {
    if (!in.is_array()) throw Error(ErrorKind::invalid, "the plan lacks a list");
    value.clear();
    for (const json& item : in) decode(item, value.emplace_back());
  }
};
template <Tabled T>
struct Codec<T> {
  static json to(const T& value) {
    static const T kUnset{};
    json out = json::object();
    std::vector<const void*> unset;
    fields(kUnset, [&](const char*, const auto& member) { unset.push_back(&member); });
    std::size_t at = 0;
    fields(value, [&]<class M>(const char* name, const M& member) {
      json encoded = encode(member);
      if (encoded != encode(*static_cast<const M*>(unset[at++]))) out[name] = std::move(encoded);
    });
    return out;
  }
  static void from(const json& in, T& value) {
    if (!in.is_object()) throw Error(ErrorKind::invalid, "the plan lacks an object");
    fields(value, [&](const char* name, auto& member) {
      if (const auto found = in.find(name); found != in.end()) decode(*found, member);
    });
  }
};
// One of several: its word is the member "kind".
template <class... Alternatives>
struct Codec<std::variant<Alternatives...>> {
  using Variant = std::variant<Alternatives...>;
  static json to(const Variant& value) {
    return std::visit(
        []<class T>(const T& one) {
          json out = encode(one);
          out["kind"] = PlanName<T>::value;
          return out;
        },
        value);
  }
  static void from(const json& in, Variant& value) {
    const std::string kind = in.at("kind").get<std::string>();
    const bool known = ((kind == PlanName<Alternatives>::value && (read<Alternatives>(in, value), true)) || ...);
    if (!known) unknown("kind", kind);
  }

 private:
  template <class T>
  static void read(const json& in, Variant& value) {
    T one{};
    decode(in, one);
    value = std::move(one);
  }
};

template <class T>
json encode(const T& value) {
  return Codec<T>::to(value);
}
template <class T>
void decode(const json& in, T& value) {
  Codec<T>::from(in, value);
}

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

template <class T>
T parse(std::string_view text, const char* what) {
  try {
    T value{};
    decode(json::parse(text), value);
    return value;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::invalid, std::string{what} + " is malformed: " + std::string{json_reason(error)});
  }
}

}  // namespace

std::string plan_json(const Plan& plan) { return text_of(encode(plan)); }

Plan parse_plan(std::string_view text) {
  Plan plan = parse<Plan>(text, "the plan");
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    for (const auto* list : {&plan.nodes[i].after, &plan.nodes[i].takes_over}) {
      for (const std::size_t before : *list) {
        if (before >= i)
          throw Error(ErrorKind::invalid, "node " + std::to_string(i) + " of the plan depends on node " +
                                              std::to_string(before) + ", which does not come before it");
      }
    }
  }
  if (plan.pulls > plan.nodes.size()) throw Error(ErrorKind::invalid, "the plan has more pulls than nodes");
  return plan;
}

std::string cause_json(const Cause& cause) { return text_of(encode(cause)); }
Cause parse_cause(std::string_view text) { return parse<Cause>(text, "the cause"); }

}  // namespace stack::compose
