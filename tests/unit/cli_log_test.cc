// Log lines on the screen: whole ones, each with its prefix, whatever order their parts come in.
#include <gtest/gtest.h>

#include "cli/view/log_view.h"

namespace stack::cli {
namespace {

using api::LogKind;

class LogViewTest : public ::testing::Test {
 protected:
  void open(LogStyle style) {
    view_ =
        std::make_unique<LogView>(style, [this](int fd, std::string_view text) { (fd == 1 ? out_ : err_) += text; });
    for (const std::uint16_t number : {0, 1}) {
      const std::string name = number == 0 ? "t" : "l";
      view_->show(
          {.kind = LogKind::source, .source = number, .payload = "p-" + name + "-1" + '\0' + name + '\0' + "1"});
    }
  }
  void say(std::uint16_t source, std::string_view text, std::uint8_t flags = 0, LogKind kind = LogKind::out) {
    view_->show({.kind = kind, .flags = flags, .source = source, .payload = text});
    view_->flush();
  }

  std::unique_ptr<LogView> view_;
  std::string out_, err_;
};

TEST_F(LogViewTest, PartsOfOneLineAreJoinedWhoeverSpeaksBetween) {
  open({});
  say(0, "prompt> ", api::kLogPartial);
  say(1, "l1");
  say(0, "e1", api::kLogPartial, LogKind::err);
  say(0, "answer");
  say(1, "l2");
  say(0, "e2", 0, LogKind::err);
  EXPECT_EQ(out_, "l-1  | l1\nt-1  | prompt> answer\nl-1  | l2\nt-1  | e1e2\n");
}

TEST_F(LogViewTest, AttributesStandOnceBeforeALine) {
  open({});
  using std::literals::operator""s;
  view_->show({.kind = LogKind::source,
               .source = 2,
               .payload = "p-web-12\0web\0"
                          "12\0A=1,tag=x%2Fy"s});
  view_->show({.kind = LogKind::source,
               .source = 3,
               .payload = "p-w-1\0w\0"
                          "1\0"s});
  say(2, "be", api::kLogPartial);
  say(2, "gun");
  say(3, "none");
  EXPECT_EQ(out_, "web-12  | A=1,tag=x%2Fy begun\nw-1     |  none\n");
}

TEST_F(LogViewTest, AnExitHasALineOfItsOwn) {
  open({.lifecycle = true});
  say(0, "q> ", api::kLogPartial);
  say(0, "0", 0, LogKind::exited);
  say(0, "137", api::kLogRestarting | api::kLogOutOfMemory, LogKind::exited);
  EXPECT_EQ(out_, "t-1  | q> \nt-1 exited with code 0\nt-1 exited with code 137 (out of memory) (restarting)\n");
}

TEST_F(LogViewTest, TwoLivesDoNotShareALine) {
  open({});
  say(0, "q> ", api::kLogPartial);
  say(0, "", api::kLogNoNewline);
  say(0, "a b c");
  EXPECT_EQ(out_, "t-1  | q> \nt-1  | a b c\n");
}

TEST_F(LogViewTest, TheEndOfALineWhoseBeginningIsNotShownIsNoLine) {
  open({});
  say(0, "", api::kLogNoNewline);
  say(0, "");
  EXPECT_EQ(out_, "t-1  | \n");
}

TEST_F(LogViewTest, WhatIsUnfinishedAtTheEndIsShown) {
  open({.prefix = false});
  say(0, "half", api::kLogPartial);
  say(1, "e", api::kLogPartial, LogKind::err);
  EXPECT_EQ(out_, "");
  view_->finish();
  EXPECT_EQ(out_, "half\ne\n");
}

TEST_F(LogViewTest, AnEndlessLineIsBounded) {
  open({.prefix = false});
  const std::string piece(LogView::kLineBytesMax / 2, 'x');
  for (int i = 0; i < 3; ++i) say(0, piece, api::kLogPartial);
  EXPECT_EQ(out_.size(), 3 * piece.size() + 1);
}

TEST_F(LogViewTest, AColourBelongsToAServiceAndNotToAnOrder) {
  const auto colour_of_l = [&](std::vector<std::string> services) {
    out_.clear();
    open({.colour = true, .services = std::move(services)});
    say(1, "x");
    return out_.substr(0, out_.find('m'));
  };
  EXPECT_EQ(colour_of_l({"a", "l", "t"}), colour_of_l({"b", "l"}));
  EXPECT_NE(colour_of_l({"l", "t"}), colour_of_l({"a", "l", "t"}));
}

TEST_F(LogViewTest, StreamsGoTheirWays) {
  open({.split_streams = true});
  say(0, "o", api::kLogPartial);
  say(0, "e", 0, LogKind::err);
  say(0, "o");
  EXPECT_EQ(out_, "t-1  | oo\n");
  EXPECT_EQ(err_, "t-1  | e\n");
}

}  // namespace
}  // namespace stack::cli
