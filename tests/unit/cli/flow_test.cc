#include "ctl/cli/flow.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "ctl/cli/streams.h"
#include "tests/unit/cli/pty_pair.h"

namespace croft::ctl {
namespace {

using runtime::Fd;

std::pair<Fd, Fd> pipe_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

Fd scratch_file(const std::string& content) {
  std::array<char, 32> name{"/tmp/croft-test-XXXXXX"};
  Fd file(mkostemp(name.data(), O_CLOEXEC));
  unlink(name.data());
  EXPECT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Pumps until the flow is over or nothing moves for a while.
void pump(Flow& flow) {
  for (int quiet = 0; !flow.over() && quiet < 20;) {
    std::vector<pollfd> list;
    flow.want(list);
    wait_ready(list, 10);
    quiet = flow.step(list) ? 0 : quiet + 1;
  }
}

TEST(Handover, OnlyPipesSocketsAndNullGoAsTheyAre) {
  const auto [read_end, write_end] = pipe_pair();
  EXPECT_EQ(handover_of(read_end.get()), Handover::kAsIs);
  EXPECT_EQ(handover_of(write_end.get()), Handover::kAsIs);
  std::array<int, 2> sockets{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
  EXPECT_EQ(handover_of(Fd(sockets[0]).get()), Handover::kAsIs);
  EXPECT_EQ(handover_of(Fd(sockets[1]).get()), Handover::kAsIs);
  EXPECT_EQ(handover_of(runtime::open_file("/dev/null", O_RDWR).get()), Handover::kAsIs);

  EXPECT_EQ(handover_of(runtime::open_file("/dev/zero", O_RDONLY).get()), Handover::kPumped);
  EXPECT_EQ(handover_of(scratch_file("x").get()), Handover::kPumped);
  EXPECT_EQ(handover_of(runtime::open_file("/tmp", O_RDONLY | O_DIRECTORY).get()), Handover::kPumped);
  const PtyPair pty;
  EXPECT_EQ(handover_of(pty.slave.get()), Handover::kPumped);
  EXPECT_EQ(handover_of(pty.master.get()), Handover::kPumped);
  EXPECT_EQ(handover_of(-1), Handover::kPumped);
}

TEST(Handover, NeitherTerminalNorFileIsAmongWhatIsSent) {
  const PtyPair pty;
  const Fd file = scratch_file("x");
  const ChildStreams streams = make_streams({pty.slave.get(), file.get(), file.get()}, Input::kPassed);
  for (int fd : streams.fds) EXPECT_EQ(handover_of(fd), Handover::kAsIs);
  EXPECT_EQ(streams.inward.size(), 1U);
  EXPECT_EQ(streams.outward.size(), 2U);
}

TEST(Handover, ATerminalGivesNoInputUnlessAskedFor) {
  const PtyPair pty;
  const ChildStreams streams =
      make_streams({pty.slave.get(), pty.slave.get(), pty.slave.get()}, Input::kAuto);
  char byte = 0;
  EXPECT_EQ(read(streams.fds[0], &byte, 1), 0);
  EXPECT_TRUE(streams.inward.empty());
}

TEST(Flow, MovesAFileIntoAPipeAndClosesIt) {
  const Fd file = scratch_file("hello");
  auto [out, in] = pipe_pair();
  set_nonblocking(in.get());
  Flow flow(file.get(), std::move(in));
  pump(flow);
  EXPECT_TRUE(flow.over());
  std::array<char, 16> buffer{};
  EXPECT_EQ(read(out.get(), buffer.data(), buffer.size()), 5);
  EXPECT_EQ(read(out.get(), buffer.data(), buffer.size()), 0);
}

TEST(Flow, AFullPipeWaitsForItsReader) {
  const std::string much(300000, 'x');
  const Fd file = scratch_file(much);
  auto [out, in] = pipe_pair();
  set_nonblocking(in.get());
  Flow flow(file.get(), std::move(in));
  pump(flow);
  EXPECT_FALSE(flow.over());
  std::size_t got = 0;
  std::vector<char> buffer(65536);
  while (!flow.over() || got < much.size()) {
    const ssize_t count = read(out.get(), buffer.data(), buffer.size());
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
    pump(flow);
  }
  EXPECT_EQ(got, much.size());
  EXPECT_TRUE(flow.over());
}

TEST(Flow, AReaderThatGoesAwayEndsItEvenWithoutInput) {
  signal(SIGPIPE, SIG_IGN);
  auto [silent, never_written] = pipe_pair();
  auto [out, in] = pipe_pair();
  Flow flow(silent.get(), std::move(in));
  out.reset();
  pump(flow);
  EXPECT_TRUE(flow.over());
}

TEST(Flow, SaysFarewellAtTheEnd) {
  const Fd file = scratch_file("ls\n");
  auto [out, in] = pipe_pair();
  Flow flow(file.get(), in.get());
  flow.at_end("\x04");
  pump(flow);
  std::array<char, 16> buffer{};
  EXPECT_EQ(read(out.get(), buffer.data(), buffer.size()), 4);
  EXPECT_EQ(buffer[3], 4);
}

}  // namespace
}  // namespace croft::ctl
