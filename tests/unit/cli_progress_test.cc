// What progress looks like on screens of several sizes: the bytes go into a small terminal, and the screen is what counts.
#include <sstream>

#include <gtest/gtest.h>

#include "cli/view/printable.h"
#include "cli/view/progress_painter.h"
#include "cli/view/progress_view.h"
#include "cli/view/terminal_text.h"
#include "tests/support/terminal_screen.h"

namespace stack::cli {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;

class ProgressTest : public ::testing::Test {
 protected:
  void open(int rows, int columns, ProgressMode mode = ProgressMode::tty, bool colour = true) {
    screen_ = std::make_unique<test::TerminalScreen>(rows, columns);
    view_ = std::make_unique<ProgressView>(mode, Easel{.write = [this](std::string_view text) { screen_->write(text); },
                                                       .look =
                                                           [this, colour] {
                                                             return Terminal{.is_terminal = true,
                                                                             .colour = colour,
                                                                             .columns = screen_->columns(),
                                                                             .rows = screen_->rows()};
                                                           },
                                                       .now = [this] { return now_; }});
  }
  void TearDown() override { view_.reset(); }
  void tell(const std::string& id, const std::string& text, const std::string& status, const std::string& details = {},
            const std::string& waits_for = {}) {
    view_->show({.kind = api::Report::Kind::progress,
                 .id = id,
                 .text = text,
                 .status = status,
                 .details = details,
                 .waits_for = waits_for});
  }
  // Ticks as they come.
  void pass(Nanos time) {
    for (const Mono end = now_ + time; now_ < end;) {
      now_ += milliseconds{100};
      view_->tick();
    }
  }
  Lines seen() const { return screen_->visible(); }

  Mono now_{std::chrono::hours{1}};
  std::unique_ptr<test::TerminalScreen> screen_;
  std::unique_ptr<ProgressView> view_;
};

// A database that needs three seconds to become healthy.
class SlowDatabase : public ProgressTest {
 protected:
  void run_to_the_wait() {
    tell("Container a-web-1", "Started", "Pending", {}, "a-db-1 to be healthy");
    tell("Network a_default", "Creating", "Working");
    tell("Network a_default", "Created", "Done");
    tell("Container a-db-1", "Creating", "Working");
    tell("Container a-web-1", "Creating", "Working");
    tell("Container a-db-1", "Created", "Done");
    tell("Container a-web-1", "Created", "Done");
    tell("Container a-db-1", "Starting", "Working");
    tell("Container a-db-1", "Started", "Done");
    tell("Container a-db-1", "Waiting", "Working", {}, "it is healthy");
    pass(milliseconds{1300});
  }
};

TEST_F(SlowDatabase, MovesBetweenEventsAndSaysWhatIsWaitedFor) {
  open(24, 80);
  run_to_the_wait();
  EXPECT_EQ(seen(), (Lines{"[+] 1/3", " \xc2\xb7 Container a-web-1  Created  1.3s  a-db-1 to be healthy",
                           " \xe2\x9c\x94 Network a_default  Created  0.0s",
                           " \xe2\xa0\xb8 Container a-db-1   Waiting  1.3s  it is healthy"}));
  pass(milliseconds{1700});
  EXPECT_EQ(seen()[3], " \xe2\xa0\x8b Container a-db-1   Waiting  3.0s  it is healthy");
}

TEST_F(SlowDatabase, FitsFortyColumns) {
  open(24, 40);
  run_to_the_wait();
  EXPECT_EQ(seen(), (Lines{"[+] 1/3", " \xc2\xb7 Container a-web-1  Created  1.3s",
                           " \xe2\x9c\x94 Network a_default  Created  0.0s",
                           " \xe2\xa0\xb8 Container a-db-1   Waiting  1.3s"}));
}

TEST_F(SlowDatabase, KeepsTheStateOnTwentyColumns) {
  open(24, 20);
  run_to_the_wait();
  EXPECT_EQ(seen(), (Lines{"[+] 1/3", "\xc2\xb7 a-web-1   Created", "\xe2\x9c\x94 a_default Created",
                           "\xe2\xa0\xb8 a-db-1    Waiting"}));
}

TEST_F(ProgressTest, SaysWhyAContainerIsRecreatedAndTheSumBelow) {
  const auto tell_all = [&] {
    view_->show({.id = "Container a-web-1",
                 .text = "Recreate",
                 .status = "Working",
                 .cause = "configuration changed: environment.V: 1 -> 2"});
    tell("Container a-web-1", "Recreated", "Done");
    tell("Container a-web-1", "Starting", "Working");
    tell("Container a-web-1", "Started", "Done");
    view_->show({.kind = api::Report::Kind::done, .text = "1 recreated, 2 unchanged", .changed = true});
    view_->finish();
  };
  open(24, 90);
  tell_all();
  EXPECT_EQ(
      seen(),
      (Lines{"[+] 1/1", " \xe2\x9c\x94 Container a-web-1  Started  0.0s  configuration changed: environment.V: 1 -> 2",
             "1 recreated, 2 unchanged"}));
  open(24, 90, ProgressMode::plain);
  tell_all();
  EXPECT_EQ(seen(), (Lines{" Container a-web-1  Recreate (configuration changed: environment.V: 1 -> 2)",
                           " Container a-web-1  Recreated", " Container a-web-1  Starting",
                           " Container a-web-1  Started", "1 recreated, 2 unchanged"}));
  open(24, 90, ProgressMode::quiet);
  tell_all();
  EXPECT_EQ(seen(), Lines{});
}

TEST_F(ProgressTest, AFailureIsNeverJoinedToItsTime) {
  for (const int columns : {20, 40, 80}) {
    open(24, columns);
    tell("Container notes-migrate-1", "Error", "Error", "service \"migrate\" didn't complete successfully: exit 1");
    pass(milliseconds{200});
    view_->finish();
    for (const std::string& line : seen()) EXPECT_LE(width_of(line), static_cast<std::size_t>(columns - 1)) << line;
    EXPECT_NE(seen()[1].find(" Error"), std::string::npos) << seen()[1];
    EXPECT_EQ(seen()[1].find("exit 10."), std::string::npos);
  }
  EXPECT_EQ(seen()[1],
            " \xe2\x9c\x98 Container notes-migrate-1  Error  0.0s  service \"migrate\" didn't complete s\xe2\x80\xa6");
}

TEST_F(ProgressTest, ShowsWhatIsUnfinishedWhenNotAllFits) {
  open(8, 40);
  for (int i = 1; i <= 12; ++i) {
    tell("Container c-" + std::to_string(i), "Starting", "Working");
    if (i <= 8) tell("Container c-" + std::to_string(i), "Started", "Done");
  }
  pass(milliseconds{200});
  EXPECT_EQ(seen(),
            (Lines{"[+] 8/12 (6 not shown)", " \xe2\x9c\x94 Container c-1   Started   0.0s",
                   " \xe2\x9c\x94 Container c-2   Started   0.0s", " \xe2\xa0\xb9 Container c-9   Starting  0.2s",
                   " \xe2\xa0\xb9 Container c-10  Starting  0.2s", " \xe2\xa0\xb9 Container c-11  Starting  0.2s",
                   " \xe2\xa0\xb9 Container c-12  Starting  0.2s"}));
  pass(std::chrono::seconds{5});
  for (int i = 9; i <= 12; ++i) tell("Container c-" + std::to_string(i), "Started", "Done");
  view_->finish();
  // The last picture is whole, and none before it has left anything.
  ASSERT_EQ(screen_->everything().size(), 13U);
  EXPECT_EQ(screen_->everything()[0], "[+] 12/12");
}

TEST_F(ProgressTest, FollowsANarrowerTerminal) {
  open(24, 80);
  screen_->write("$ stack up -d\n");
  tell("Container a-service-with-a-long-name-1", "Waiting", "Working", {}, "it is healthy and has nothing else to do");
  pass(milliseconds{300});
  screen_->narrow(40);
  pass(milliseconds{200});
  EXPECT_EQ(screen_->everything(),
            (Lines{"$ stack up -d", "[+] 0/1", "\xe2\xa0\xb4 \xe2\x80\xa6vice-with-a-long-name-1 Waiting 0.5s"}));
}

TEST_F(ProgressTest, TouchesNothingOnceOthersWrite) {
  open(24, 60);
  tell("Network n", "Created", "Done");
  tell("Container a", "Creating", "Working");
  pass(milliseconds{200});
  view_->go_plain();
  screen_->write("a-1  | line 1\n");
  tell("Container a", "Error", "Error", "no such file");
  pass(milliseconds{500});
  screen_->write("a-1  | line 2\n");
  view_->finish();
  EXPECT_EQ(seen(), (Lines{"[+] 1/1", " \xe2\x9c\x94 Network n  Created  0.0s", "a-1  | line 1",
                           " Container a  Error no such file", "a-1  | line 2"}));
}

TEST_F(ProgressTest, WarningsStayAboveThePicture) {
  open(24, 60);
  tell("Container a", "Starting", "Working");
  pass(milliseconds{100});
  view_->show({.kind = api::Report::Kind::warning, .text = "the port is open to everybody"});
  pass(milliseconds{100});
  EXPECT_EQ(seen(),
            (Lines{"warning: the port is open to everybody", "[+] 0/1", " \xe2\xa0\xb9 Container a  Starting  0.2s"}));
}

TEST_F(ProgressTest, TextOfStrangersMovesNothing) {
  open(24, 60);
  tell("Container a", "Error", "Error", "no \033[2J\033[1;1Hsuch\nprogram \xe2\x80\xae");
  view_->finish();
  EXPECT_EQ(seen()[1], " \xe2\x9c\x98 Container a  Error  0.0s  no \\x1b[2J\\x1b[1;1Hsuch\\nprog\xe2\x80\xa6");
}

TEST_F(ProgressTest, PartsAddUp) {
  open(24, 60);
  tell("web", "Pulling", "Working");
  for (const std::uint64_t done : {1000, 51000}) {
    view_->show({.kind = api::Report::Kind::progress,
                 .id = "layer" + std::to_string(done),
                 .text = "Downloading",
                 .status = "Working",
                 .parent = "web",
                 .current = done,
                 .total = 100000});
  }
  pass(milliseconds{100});
  EXPECT_EQ(seen()[1], " \xe2\xa0\x99 web  Pulling  0.1s  [\xe2\xa0\x80\xe2\xa3\xa4] 52kB / 200kB");
  // What is here already has no bytes, and is full.
  view_->show({.id = "layer3", .text = "Already exists", .status = "Done", .parent = "web"});
  pass(milliseconds{100});
  EXPECT_EQ(seen()[1], " \xe2\xa0\xb9 web  Pulling  0.2s  [\xe2\xa0\x80\xe2\xa3\xbf\xe2\xa3\xa4] 52kB / 200kB");
  tell("file", "Importing", "Working");
  view_->show({.id = "bytes", .status = "Working", .parent = "file", .current = 550, .total = 1000});
  pass(milliseconds{100});
  std::string five;
  for (int i = 0; i < 5; ++i) five += "\xe2\xa3\xbf";
  std::string four;
  for (int i = 0; i < 4; ++i) four += "\xe2\xa0\x80";
  EXPECT_NE(seen()[2].find("[" + five + "\xe2\xa3\xa4" + four + "] 550B / 1kB"), std::string::npos) << seen()[2];
}

TEST_F(ProgressTest, PlainAndQuiet) {
  open(24, 80, ProgressMode::plain);
  tell("Container a", "Started", "Pending", {}, "b to be healthy");
  tell("Container a", "Creating", "Working");
  tell("Container a", "Error", "Error", "bad\033[31m");
  pass(milliseconds{500});
  EXPECT_EQ(seen(), (Lines{" Container a  Creating", " Container a  Error bad\\x1b[31m"}));
  open(24, 80, ProgressMode::quiet);
  tell("Container a", "Creating", "Working");
  view_->show({.kind = api::Report::Kind::warning, .text = "w"});
  EXPECT_EQ(seen(), Lines{"warning: w"});
}

TEST(ProgressMode, ATerminalWithoutACursorGetsPlainLines) {
  EXPECT_EQ(parse_progress_mode("", {.is_terminal = true}), ProgressMode::tty);
  EXPECT_EQ(parse_progress_mode("auto", {.is_terminal = true, .dumb = true}), ProgressMode::plain);
  EXPECT_EQ(parse_progress_mode("tty", {.is_terminal = true, .dumb = true}), ProgressMode::tty);
}

TEST(Printable, WritesOutWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\033]0;x\007b"), "a\\x1b]0;x\\x07b");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");  // CSI as one character
  EXPECT_EQ(printable("a\tb\nc\r", true), "a\tb\nc\\r");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

TEST(Printable, OutputKeepsItsColoursAndNothingElse) {
  EXPECT_EQ(harmless("\033[1;31merror\033[0m: x\n"), "\033[1;31merror\033[0m: x\n");
  for (const std::string bad : {"\033[8m", "\033[2J", "\033]0;t\007", "\033[31", "\033", "\033[38;5;1m"})
    EXPECT_EQ(harmless(bad).find('\033'), std::string::npos) << printable(bad);
  std::ostringstream stream;
  {
    TerminalText filter{stream};
    stream << "image \033[2Ja" << 7 << '\n' << std::flush << "\xe2\x80\xae" << std::endl;
  }
  EXPECT_EQ(stream.str(), "image \\x1b[2Ja7\n\\u202e\n");
}

TEST(Printable, KnowsWidths) {
  EXPECT_EQ(width_of("\xe5\xae\xb9\xe5\x99\xa8"), 4U);  // two wide characters
  EXPECT_EQ(width_of("e\xcc\x81"), 1U);
  EXPECT_EQ(cut_end("abcdef", 4), "abc\xe2\x80\xa6");
  EXPECT_EQ(cut_start("abcdef", 4),
            "\xe2\x80\xa6"
            "def");
  EXPECT_EQ(cut_end("abc", 3), "abc");
  EXPECT_EQ(cut_end("abc", 0), "");
}

}  // namespace
}  // namespace stack::cli
