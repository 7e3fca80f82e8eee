// JSON that is written at once, read back by the library that reads everybody else's.
#include "engine/api/json_text.h"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace stack::api {
namespace {

TEST(JsonText, IsWhatWasWritten) {
  JsonText to;
  to.object([&] {
    to.member("text", "a\"b\\\n\x01/");
    to.member("truth", true);
    to.member("least", std::numeric_limits<std::int64_t>::min());
    to.member("most", std::numeric_limits<std::uint64_t>::max());
    to.member("nothing", nullptr);
    to.member("none", std::optional<int>{});
    to.member("some", std::optional<int>{5});
    to.member("list", std::vector<std::vector<std::string>>{{"a"}, {}});
    to.member("map", std::map<std::string, std::string>{{"k", "v"}});
    to.filled_member("empty", std::vector<std::string>{});
    to.filled_member("filled", std::vector<std::string>{"x"});
    to.array("objects", [&] { to.object([] {}); });
  });
  EXPECT_EQ(nlohmann::json::parse(to.take()), nlohmann::json::parse(R"({
    "text": "a\"b\\\n\u0001/", "truth": true, "least": -9223372036854775808, "most": 18446744073709551615, "nothing": null,
    "none": null, "some": 5, "list": [["a"], []], "map": {"k": "v"}, "empty": null, "filled": ["x"], "objects": [{}]})"));
}

TEST(JsonText, ReplacesWhatIsNotUtf8) {
  const auto written = [](std::string_view text) {
    JsonText to;
    to.value(text);
    return nlohmann::json::parse(to.take()).get<std::string>();
  };
  EXPECT_EQ(written("\xC3\xA4\xF0\x9F\x98\x80"), "\xC3\xA4\xF0\x9F\x98\x80");
  EXPECT_EQ(written("a\xFFz\xC3"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
  EXPECT_EQ(written({}), "");
  EXPECT_EQ(written(std::string_view{"a\0b", 3}), (std::string{"a\0b", 3}));
}

}  // namespace
}  // namespace stack::api
