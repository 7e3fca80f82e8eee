// JSON as it is written: for answers that are asked for all day, where a tree of values would take ten times as long.
//
//   JsonText to;
//   to.object([&] {
//     to.member("Id", id);
//     to.array("Names", [&] { to.value("/" + name); });
//   });
//   return to.take();
//
// Names of one object have to differ; nobody checks that. Bytes that are not UTF-8 become U+FFFD. Any thread, one at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::api {

class JsonText {
 public:
  JsonText();
  JsonText(JsonText&&) = delete;
  ~JsonText();
  // What was written. Nothing may be written afterwards.
  [[nodiscard]] std::string take() const;

  void value(std::nullptr_t);
  void value(std::string_view text);
  void value(const std::string& text) { value(std::string_view{text}); }
  void value(const char* text) { value(std::string_view{text}); }
  template <std::same_as<bool> T>
  void value(T truth) {
    boolean(truth);
  }
  template <std::signed_integral T>
  void value(T number) {
    whole(static_cast<std::int64_t>(number));
  }
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) void value(T number) { natural(static_cast<std::uint64_t>(number)); }
  template <class T>
  void value(const std::optional<T>& given) {
    if (given) {
      value(*given);
    } else {
      value(nullptr);
    }
  }
  template <class T>
  void value(const std::vector<T>& list) {
    array([&] {
      for (const T& each : list) value(each);
    });
  }
  template <class T>
  void value(const std::map<std::string, T>& map) {
    object([&] {
      for (const auto& [key, each] : map) member(key, each);
    });
  }

  template <std::invocable F>
  void object(F members) {
    begin_object();
    members();
    end_object();
  }
  template <std::invocable F>
  void array(F elements) {
    begin_array();
    elements();
    end_array();
  }

  // The name of the member that is written next.
  void name(std::string_view text);
  template <class T>
  void member(std::string_view key, const T& given) {
    name(key);
    value(given);
  }
  // null for an empty list or map, as Go writes those that nobody made.
  template <class T>
  void filled_member(std::string_view key, const T& given) {
    name(key);
    if (given.empty()) return value(nullptr);
    value(given);
  }
  template <std::invocable F>
  void object(std::string_view key, F members) {
    name(key);
    object(members);
  }
  template <std::invocable F>
  void array(std::string_view key, F elements) {
    name(key);
    array(elements);
  }

 private:
  struct Writer;
  void boolean(bool truth);
  void whole(std::int64_t number);
  void natural(std::uint64_t number);
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();

  std::unique_ptr<Writer> writer_;
};

}  // namespace stack::api
