// What progress looks like on screens of several sizes: the bytes go into a small terminal, and the screen is what counts.
#include <sstream>

#include <gtest/gtest.h>

#include "cli/view/cancelled_text.h"
#include "cli/view/printable.h"
#include "cli/view/progress_lines.h"
#include "cli/view/progress_painter.h"
#include "cli/view/progress_view.h"
#include "cli/view/terminal_text.h"
#include "tests/support/terminal_screen.h"

namespace stack::cli {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;

model::Subject subject_of(const std::string& title) {
  for (const auto& [kind, word] : words_of(model::SubjectKind{})) {
    const std::string prefix = model::title({kind, ""});
    if (!prefix.empty() && title.starts_with(prefix)) return {kind, title.substr(prefix.size())};
  }
  return {model::SubjectKind::reference, title};
}

model::ProgressEvent event_of(const std::string& id, const std::string& text, const std::string& details) {
  const model::Subject subject = subject_of(id);
  for (const auto& [action, word] : words_of(model::Action{})) {
    if (action == model::Action::queue) continue;  // has its headlines in common with waits
    if (model::headline(model::Started{.subject = {}, .action = action}) == text)
      return model::Started{.subject = subject, .action = action, .cause = {}, .details = details};
    if (model::headline(model::Finished{.subject = {}, .action = action}) == text)
      return model::Finished{.subject = subject, .action = action, .ending = {}, .details = details};
  }
  EXPECT_EQ(text, "Error");
  return model::Failed{subject, model::Action::start, details};
}

class ProgressTest : public ::testing::Test {
 protected:
  void open(int rows, int columns, ProgressMode mode = ProgressMode::tty, bool colour = true,
            const std::string& project = "a") {
    screen_ = std::make_unique<test::TerminalScreen>(rows, columns);
    view_ = std::make_unique<ProgressView>(
        mode,
        Easel{.write = [this](std::string_view text) { screen_->write(text); },
              .look =
                  [this, colour] {
                    return Terminal{
                        .is_terminal = true, .colour = colour, .columns = screen_->columns(), .rows = screen_->rows()};
                  },
              .now = [this] { return now_; }},
        project);
  }
  void TearDown() override { view_.reset(); }
  void tell(model::ProgressEvent event) { view_->show(std::move(event)); }
  // By the titles and headlines that a screen shows.
  void tell(const std::string& id, const std::string& text, const std::string& details = {}) {
    tell(event_of(id, text, details));
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
    tell(model::Pending{
        {model::SubjectKind::container, "a-web-1"}, model::Action::start, {{"a-db-1", model::Awaited::healthy}}});
    tell("Network a_default", "Creating");
    tell("Network a_default", "Created");
    tell("Container a-db-1", "Creating");
    tell("Container a-web-1", "Creating");
    tell("Container a-db-1", "Created");
    tell("Container a-web-1", "Created");
    tell("Container a-db-1", "Starting");
    tell("Container a-db-1", "Started");
    tell(model::Started{{model::SubjectKind::container, "a-db-1"}, model::Action::wait_healthy});
    pass(milliseconds{1300});
  }
};

TEST_F(SlowDatabase, MovesBetweenEventsAndSaysWhatIsWaitedFor) {
  open(24, 80);
  run_to_the_wait();
  EXPECT_EQ(seen(), (Lines{"[+] 1/3", " \xc2\xb7 Container a-web-1  Created  1.3s  for a-db-1 to be healthy",
                           " \xe2\x9c\x94 Network a_default  Created  0.0s",
                           " \xe2\xa0\xb8 Container a-db-1   Waiting  1.3s  until it is healthy"}));
  pass(milliseconds{1700});
  EXPECT_EQ(seen()[3], " \xe2\xa0\x8b Container a-db-1   Waiting  3.0s  until it is healthy");
}

TEST_F(SlowDatabase, SaysOnFortyColumnsWhatIsWaitedFor) {
  open(24, 40);
  run_to_the_wait();
  EXPECT_EQ(seen(), (Lines{"[+] 1/3", "\xc2\xb7 web-1   Created 1.3s for db-1", "\xe2\x9c\x94 default Created 0.0s",
                           "\xe2\xa0\xb8 db-1    Waiting 1.3s until it is hea\xe2\x80\xa6"}));
}

TEST_F(ProgressTest, LongNamesOfProjectsGoFirst) {
  const std::string project(40, 'p');
  for (const int columns : {40, 60, 80}) {
    open(24, columns, ProgressMode::tty, true, project);
    tell(model::Pending{{model::SubjectKind::container, project + "-web-1"},
                        model::Action::start,
                        {{project + "-db-1", model::Awaited::healthy}}});
    tell(model::Started{{model::SubjectKind::container, project + "-db-1"}, model::Action::wait_healthy});
    pass(milliseconds{1300});
    EXPECT_NE(seen()[1].find("1.3s"), std::string::npos) << seen()[1];
    EXPECT_NE(seen()[1].find(columns < 60 ? "for db-1" : "for db-1 to be healthy"), std::string::npos) << seen()[1];
    EXPECT_NE(seen()[1].find(columns < 60 ? "web-1" : "Container web-1"), std::string::npos) << seen()[1];
  }
}

TEST_F(ProgressTest, LongNamesGiveWayToWhatIsWaitedFor) {
  open(24, 40, ProgressMode::tty, true, "a");
  tell(model::Pending{{model::SubjectKind::container, "a-authentication-service-1"},
                      model::Action::start,
                      {{"a-database-service-1", model::Awaited::healthy}}});
  pass(milliseconds{200});
  EXPECT_EQ(seen()[1],
            "\xc2\xb7 \xe2\x80\xa6"
            "ation-service-1  0.2s for database-\xe2\x80\xa6");
}

TEST_F(SlowDatabase, KeepsTheStateOnTwentyColumns) {
  open(24, 20);
  run_to_the_wait();
  EXPECT_EQ(seen(), (Lines{"[+] 1/3", "\xc2\xb7 web-1   Created", "\xe2\x9c\x94 default Created",
                           "\xe2\xa0\xb8 db-1    Waiting"}));
}

TEST_F(ProgressTest, SaysWhyAContainerIsRecreatedAndTheSumBelow) {
  const auto tell_all = [&] {
    tell(model::Started{.subject = {model::SubjectKind::container, "a-web-1"},
                        .action = model::Action::recreate,
                        .cause = "configuration changed: environment.V: 1 -> 2"});
    tell("Container a-web-1", "Recreated");
    tell("Container a-web-1", "Starting");
    tell("Container a-web-1", "Started");
    view_->show(api::Done{.changed = true, .summary = "1 recreated, 2 unchanged"});
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

TEST_F(ProgressTest, ShortOfRoomTheCauseBeginsWithItsAttribute) {
  open(24, 60);
  tell(model::Started{.subject = {model::SubjectKind::container, "a-web-1"},
                      .action = model::Action::recreate,
                      .cause = "configuration changed: environment.V: 1 -> 2"});
  pass(milliseconds{200});
  EXPECT_EQ(seen()[1], " \xe2\xa0\xb9 web-1  Recreate  0.2s  environment.V: 1 -> 2");
}

TEST_F(ProgressTest, AFailureIsNeverJoinedToItsTime) {
  for (const int columns : {20, 40, 80}) {
    open(24, columns);
    tell("Container notes-migrate-1", "Error", "service \"migrate\" didn't complete successfully: exit 1");
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
    tell("Container c-" + std::to_string(i), "Starting");
    if (i <= 8) tell("Container c-" + std::to_string(i), "Started");
  }
  pass(milliseconds{200});
  EXPECT_EQ(seen(),
            (Lines{"[+] 8/12 (6 not shown)", " \xe2\x9c\x94 Container c-1   Started   0.0s",
                   " \xe2\x9c\x94 Container c-2   Started   0.0s", " \xe2\xa0\xb9 Container c-9   Starting  0.2s",
                   " \xe2\xa0\xb9 Container c-10  Starting  0.2s", " \xe2\xa0\xb9 Container c-11  Starting  0.2s",
                   " \xe2\xa0\xb9 Container c-12  Starting  0.2s"}));
  pass(std::chrono::seconds{5});
  for (int i = 9; i <= 12; ++i) tell("Container c-" + std::to_string(i), "Started");
  view_->finish();
  // The last picture is whole, and none before it has left anything.
  ASSERT_EQ(screen_->everything().size(), 13U);
  EXPECT_EQ(screen_->everything()[0], "[+] 12/12");
}

TEST_F(ProgressTest, FollowsANarrowerTerminal) {
  open(24, 80);
  screen_->write("$ stack up -d\n");
  tell("Container a-service-with-a-long-name-1", "Starting", "and says that it has quite something else to do");
  pass(milliseconds{300});
  screen_->narrow(40);
  pass(milliseconds{200});
  EXPECT_EQ(screen_->everything(),
            (Lines{"$ stack up -d", "[+] 0/1", "\xe2\xa0\xb4 \xe2\x80\xa6ice-with-a-long-name-1 Starting 0.5s"}));
}

TEST_F(ProgressTest, GoesOnBelowWhatOthersWrite) {
  open(24, 60);
  tell("Network n", "Created");
  tell("Container a", "Starting");
  pass(milliseconds{200});
  view_->above([&] { screen_->write("b-1  | line 1\n"); });
  EXPECT_EQ(seen(), (Lines{"b-1  | line 1", "[+] 1/2", " \xe2\x9c\x94 Network n    Created   0.0s",
                           " \xe2\xa0\xb9 Container a  Starting  0.2s"}));
  tell("Container a", "Started");
  pass(milliseconds{500});
  view_->finish();
  view_->above([&] { screen_->write("a-1  | line 2\n"); });
  EXPECT_EQ(seen(), (Lines{"b-1  | line 1", "[+] 2/2", " \xe2\x9c\x94 Network n    Created  0.0s",
                           " \xe2\x9c\x94 Container a  Started  0.2s", "a-1  | line 2"}));
}

TEST_F(ProgressTest, WarningsStayAboveThePicture) {
  open(24, 60);
  tell("Container a", "Starting");
  pass(milliseconds{100});
  view_->show(api::Notice{"the port is open to everybody"});
  pass(milliseconds{100});
  EXPECT_EQ(seen(),
            (Lines{"warning: the port is open to everybody", "[+] 0/1", " \xe2\xa0\xb9 Container a  Starting  0.2s"}));
}

TEST_F(ProgressTest, TextOfStrangersMovesNothing) {
  open(24, 60);
  tell("Container a", "Error", "no \033[2J\033[1;1Hsuch\nprogram \xe2\x80\xae");
  view_->finish();
  EXPECT_EQ(seen()[1], " \xe2\x9c\x98 Container a  Error  0.0s  no \\x1b[2J\\x1b[1;1Hsuch\\nprog\xe2\x80\xa6");
}

TEST_F(ProgressTest, PartsAddUp) {
  open(24, 60);
  tell("web", "Pulling");
  for (const std::uint64_t done : {1000, 51000}) {
    tell(model::Advanced{
        {model::SubjectKind::layer, "layer" + std::to_string(done)}, model::Action::download, "web", done, 100000});
  }
  pass(milliseconds{100});
  EXPECT_EQ(seen()[1], " \xe2\xa0\x99 web  Pulling  0.1s  [\xe2\xa0\x80\xe2\xa3\xa4] 52kB / 200kB");
  // What is here already has no bytes, and is full.
  tell(model::Finished{
      {model::SubjectKind::layer, "layer3"}, model::Action::extract, model::Ending::present, {}, "web"});
  pass(milliseconds{100});
  EXPECT_EQ(seen()[1], " \xe2\xa0\xb9 web  Pulling  0.2s  [\xe2\xa0\x80\xe2\xa3\xbf\xe2\xa3\xa4] 52kB / 200kB");
  tell("file", "Importing");
  tell(model::Advanced{{model::SubjectKind::layer, "bytes"}, model::Action::import, "file", 550, 1000});
  pass(milliseconds{100});
  std::string five;
  for (int i = 0; i < 5; ++i) five += "\xe2\xa3\xbf";
  std::string four;
  for (int i = 0; i < 4; ++i) four += "\xe2\xa0\x80";
  EXPECT_NE(seen()[2].find("[" + five + "\xe2\xa3\xa4" + four + "] 550B / 1kB"), std::string::npos) << seen()[2];
}

TEST_F(ProgressTest, PlainAndQuiet) {
  open(24, 80, ProgressMode::plain);
  tell(model::Pending{{model::SubjectKind::container, "a"}, model::Action::start, {{"b", model::Awaited::healthy}}});
  tell("Container a", "Creating");
  tell("Container a", "Error", "bad\033[31m");
  pass(milliseconds{500});
  EXPECT_EQ(seen(), (Lines{" Container a  Creating", " Container a  Error bad\\x1b[31m"}));
  open(24, 80, ProgressMode::quiet);
  tell("Container a", "Creating");
  view_->show(api::Notice{"w"});
  EXPECT_EQ(seen(), Lines{"warning: w"});
}

// --- fold -------------------------------------------------------------------------------------------------------------
using State = Resource::State;
constexpr Mono kBegin{std::chrono::hours{1}};

Progress folded(const std::vector<model::ProgressEvent>& events) {
  Progress progress;
  Mono now = kBegin;
  for (const model::ProgressEvent& event : events) {
    progress = fold(std::move(progress), event, now);
    now += std::chrono::seconds{1};
  }
  return progress;
}

const model::Subject kWeb{model::SubjectKind::container, "web"};

TEST(Fold, AResourceIsFinishedWithTheActionThatWasAnnounced) {
  using enum model::Action;
  const std::vector<model::ProgressEvent> events{
      model::Pending{kWeb, start, {{"db", model::Awaited::healthy}}}, model::Started{kWeb, create, "image changed: a"},
      model::Finished{kWeb, create}, model::Started{kWeb, start}, model::Finished{kWeb, start}};
  Progress progress = folded({events.begin(), events.begin() + 1});
  EXPECT_EQ(progress.resources.at(0).state, State::pending);
  EXPECT_EQ(progress.resources.at(0).headline, "");
  progress = folded({events.begin(), events.begin() + 3});
  EXPECT_FALSE(progress.resources.at(0).over) << "its last action is to come";
  EXPECT_EQ(progress.resources.at(0).waits_for, (std::vector<model::WaitsFor>{{"db", model::Awaited::healthy}}));
  progress = folded(events);
  ASSERT_EQ(progress.resources.size(), 1U);
  const Resource& web = progress.resources.front();
  EXPECT_TRUE(web.over);
  EXPECT_EQ(progress.finished(), 1U);
  EXPECT_EQ(web.state, State::done);
  EXPECT_EQ(web.cause, "image changed: a");
  EXPECT_TRUE(web.waits_for.empty());
  EXPECT_EQ(web.until - web.since, std::chrono::seconds{3});
}

TEST(Fold, AFailureIsTheEndOfWhateverWasToCome) {
  const Progress progress =
      folded({model::Pending{kWeb, model::Action::start, {}}, model::Failed{kWeb, model::Action::create, "no room"}});
  EXPECT_TRUE(progress.resources.at(0).over);
  EXPECT_EQ(progress.resources.at(0).state, State::failed);
  EXPECT_EQ(progress.resources.at(0).details, "no room");
}

TEST(Fold, WhatRanAlreadyCountsFromItsFirstStep) {
  const Progress progress =
      folded({model::Finished{kWeb, model::Action::run}, model::Started{kWeb, model::Action::wait_healthy}});
  EXPECT_FALSE(progress.resources.at(0).over);
  EXPECT_EQ(progress.resources.at(0).since, kBegin + std::chrono::seconds{1});
}

TEST(Fold, TheTimeIsThatOfAllItsSteps) {
  using enum model::Action;
  const Progress progress = folded({model::Started{kWeb, stop}, model::Finished{kWeb, stop},
                                    model::Started{kWeb, remove}, model::Finished{kWeb, remove}});
  EXPECT_EQ(progress.resources.at(0).until - progress.resources.at(0).since, std::chrono::seconds{3});
}

TEST(Fold, WhatItHasWaitedForOthersIsNotItsOwn) {
  const model::Subject network{model::SubjectKind::network, "n"};
  using enum model::Action;
  const Progress progress =
      folded({model::Pending{network, remove, {{"web", model::Awaited::removed}}}, model::Started{kWeb, stop},
              model::Finished{kWeb, stop}, model::Started{network, remove}, model::Finished{network, remove}});
  const Resource& last = progress.resources.at(0);
  EXPECT_EQ(last.until - last.since, std::chrono::seconds{1});
}

TEST(Cancelled, SaysWhatGoesOnAndWhatIsLeft) {
  using enum model::Action;
  const model::Subject db{model::SubjectKind::container, "db"}, project{model::SubjectKind::project, "p"};
  EXPECT_EQ(cancelled_text(folded({}), false), "cancelled; nothing has been changed");
  EXPECT_EQ(cancelled_text(folded({model::Started{project, queue}}), true), "cancelled; nothing has been changed");
  EXPECT_EQ(cancelled_text(folded({model::Pending{db, remove, {}}, model::Started{kWeb, stop}}), false),
            "cancelled; web is still being stopped; the rest stays as it is");
  EXPECT_EQ(cancelled_text(folded({model::Started{db, stop}, model::Started{kWeb, stop}}), false),
            "cancelled; db, web are still being stopped; the rest stays as it is");
  EXPECT_EQ(cancelled_text(folded({model::Started{kWeb, wait_healthy}}), true),
            "cancelled; what is half done is undone, and what runs goes on");
}

TEST(Fold, PartsBelongToTheirWholeWhateverItsKind) {
  const model::Subject service{model::SubjectKind::service, "web"}, layer{model::SubjectKind::layer, "1"};
  using enum model::Action;
  const Progress progress =
      folded({model::Started{service, pull}, model::Started{layer, download, {}, {}, "web"},
              model::Advanced{layer, download, "web", 5, 10}, model::Finished{layer, extract, {}, {}, "web"}});
  ASSERT_EQ(progress.resources.size(), 1U);
  const Part& part = progress.resources.front().parts.at("1");
  EXPECT_TRUE(part.over);
  EXPECT_EQ(part.current, 10U) << "all of it";
}

TEST(Fold, IsAPureFunction) {
  const Progress before = folded({model::Started{kWeb, model::Action::create}});
  const Progress after = fold(before, model::Finished{kWeb, model::Action::create}, kBegin);
  EXPECT_EQ(before.resources.at(0).state, State::working) << "the value that was given stays as it is";
  EXPECT_EQ(after.resources.at(0).state, State::done);
}

// --- lines ------------------------------------------------------------------------------------------------------------
TEST(JsonLines, HaveTheMembersOfDockerCompose) {
  using enum model::Action;
  const model::Subject web{model::SubjectKind::service, "web"}, layer{model::SubjectKind::layer, "4fe2"};
  EXPECT_EQ(json_line(model::Started{kWeb, create}), R"({"id":"Container web","status":"Creating"})"
                                                     "\n");
  EXPECT_EQ(json_line(model::Finished{kWeb, wait_healthy}), R"({"id":"Container web","status":"Healthy"})"
                                                            "\n");
  EXPECT_EQ(json_line(model::Started{web, pull}), R"({"id":"web","text":"Pulling"})"
                                                  "\n");
  EXPECT_EQ(json_line(model::Advanced{layer, download, "web", 25, 100}),
            R"({"id":"4fe2","parent_id":"web","text":"Downloading","current":25,"total":100,"percent":25})"
            "\n");
  EXPECT_EQ(json_line(model::Failed{web, pull, "no route"}), R"({"id":"web","text":"Error","status":"no route"})"
                                                             "\n");
  EXPECT_EQ(json_line(api::Notice{"mind"}), R"({"level":"warning","msg":"mind"})"
                                            "\n");
  EXPECT_EQ(json_line(model::Pending{kWeb, start, {}}), "");
  EXPECT_EQ(json_line(api::PlanReport{.text = "x", .json = R"({"nodes":[]})"}),
            R"({"dry-run":true,"plan":{"nodes":[]}})"
            "\n");
  EXPECT_EQ(json_failure(Error{"taken"}.remedy("wait")), R"({"error":true,"message":"taken","remedy":"wait"})"
                                                         "\n");
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
