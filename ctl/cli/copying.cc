#include "ctl/cli/copying.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <ostream>
#include <sstream>

#include "ctl/cli/commands/followed.h"
#include "ctl/cli/copier.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

struct Work {
  Invocation& call;
  Reporter& reporter;
  bool into;  // what they go to has to be a directory
};

struct Pipe {
  Fd reading;
  Fd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

// Of croft-copy, whose root is the host's.
std::string whole(const std::string& path) {
  if (path.front() == '/') return path;
  return std::filesystem::current_path().string() + "/" + path;
}

std::optional<Error> failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return {};
}

// Where one end failed the other lost its pipe, or saw the archive end early: that is not the reason.
void report_failure(const std::optional<Error>& writer, const std::optional<Error>& reader) {
  if (writer && writer->kind() != ErrorKind::kUnavailable) throw Error(*writer);
  if (reader) throw Error(*reader);
  if (writer) throw Error(*writer);
}

// One end in a container: the daemon's croft-copy on a descriptor of ours.
class Inside {
 public:
  Inside(const Work& work, const CopyPlace& place, bool inward)
      : work_(work),
        target_(parse_target(place.container, work.call.tenant())),
        client_(work.call.client()),
        channel_(client_.upgrade(container_path(target_, "copy"), body(place, inward))) {}

  void send(int archive) { channel_.send_descriptors({archive}); }
  Json finish() { return follow_work(channel_, work_.reporter, target_.shown, "the copy"); }

 private:
  [[nodiscard]] Json body(const CopyPlace& place, bool inward) const {
    Json body{{"direction", inward ? "in" : "out"}, {"paths", {place.path}}};
    if (inward) body["into"] = work_.into;
    if (inward && work_.call.arguments.has("chown")) body["owner"] = work_.call.arguments.value("chown");
    if (work_.call.dry_run()) body["dry_run"] = true;
    return body;
  }

  const Work& work_;
  Target target_;
  Client client_;
  LineChannel channel_;
};

// The other end, on the host.
Copier start_here(const Work& work, std::vector<std::string> words, int in, int out) {
  if (work.call.dry_run()) words.insert(words.begin(), "try");
  return {words, in, out};
}

Json notes_of(const std::string& said) {
  Json notes = Json::array();
  std::istringstream text(said);
  for (std::string line; std::getline(text, line);) notes.push_back(line);
  return notes;
}

// What both ends had to say.
Json joined(Json done, const Json& notes) {
  done["notes"].insert(done["notes"].begin(), notes.begin(), notes.end());
  return done;
}

Json copy_in(const Work& work, const std::vector<CopyPlace>& from, const CopyPlace& to) {
  Inside inside(work, to, true);
  if (from.front().path == "-") {
    inside.send(open_input(work.call, "-", "an archive").fd);
    return inside.finish();
  }
  std::vector<std::string> words{"pack", "plain"};
  for (const CopyPlace& place : from) words.push_back(whole(place.path));
  Pipe pipe = make_pipe();
  inside.send(pipe.reading.get());
  pipe.reading.reset();
  const Fd root = runtime::open_file("/", O_PATH | O_DIRECTORY);
  Copier copier = start_here(work, words, root.get(), pipe.writing.get());
  pipe.writing.reset();
  Json done;
  const auto reader = failure_of([&] { done = inside.finish(); });
  std::string said;
  report_failure(failure_of([&] { said = copier.finish(); }), reader);
  return joined(done, notes_of(said));
}

Json copy_out(const Work& work, const CopyPlace& from, const std::string& to) {
  if (to == "-" && is_terminal(work.call.stdio.out))
    throw Error(ErrorKind::kInvalid, "an archive cannot be written to a terminal");
  Inside inside(work, from, false);
  if (to == "-") {
    inside.send(work.call.stdio.out);
    return inside.finish();
  }
  Pipe pipe = make_pipe();
  inside.send(pipe.writing.get());
  pipe.writing.reset();
  const Fd root = runtime::open_file("/", O_PATH | O_DIRECTORY);
  Copier copier = start_here(work, {"place", whole(to), work.into ? "into" : "as", "own", "0777"},
                             pipe.reading.get(), root.get());
  pipe.reading.reset();
  Json done;
  const auto writer = failure_of([&] { done = inside.finish(); });
  std::string said;
  report_failure(writer, failure_of([&] { said = copier.finish(); }));
  for (const Json& note : notes_of(said)) done["notes"].push_back(note);
  return done;
}

Json copy_across(const Work& work, const CopyPlace& from, const CopyPlace& to) {
  Inside source(work, from, false);
  Inside target(work, to, true);
  Pipe pipe = make_pipe();
  source.send(pipe.writing.get());
  target.send(pipe.reading.get());
  pipe = {};
  Json sent;
  Json done;
  auto writer = std::async(std::launch::async, [&] { return failure_of([&] { sent = source.finish(); }); });
  const auto reader = failure_of([&] { done = target.finish(); });
  report_failure(writer.get(), reader);
  return joined(done, sent["notes"]);
}

// The content of a directory has no name of its own.
bool is_content(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path == "/" || path == "." || path.ends_with("/.");
}

void check(const Invocation& call, const std::vector<CopyPlace>& from, const CopyPlace& to) {
  const bool archive = from.front().path == "-" || to.path == "-";
  for (const CopyPlace& place : from) {
    if (place.inside != from.front().inside || (!place.inside && !to.inside))
      throw Error(ErrorKind::kInvalid, "one side must be in a container")
          .cure("as in `croft cp web1:/etc/hosts .`");
    if (archive && from.size() > 1)
      throw Error(ErrorKind::kInvalid, "an archive is one operand")
          .cure("name a directory that has all, or its content: DIRECTORY/.");
  }
  if (call.arguments.has("chown") && !to.inside)
    throw Error(ErrorKind::kInvalid, "--chown is for what goes into a container")
        .cure("what comes out is yours");
}

Json copy(Invocation& call, Reporter& reporter, std::vector<CopyPlace> from) {
  const CopyPlace to = from.back();
  from.pop_back();
  check(call, from, to);
  bool into = from.size() > 1 || from.front().path == "-";
  for (const CopyPlace& place : from) into = into || is_content(place.path);
  const Work work{call, reporter, into};
  if (!from.front().inside) return Json::array({copy_in(work, from, to)});
  Json done = Json::array();
  for (const CopyPlace& place : from)
    done.push_back(to.inside ? copy_across(work, place, to) : copy_out(work, place, to.path));
  return done;
}

void report(Invocation& call, Reporter& reporter, const Json& done) {
  const bool archive = call.arguments.operands.back() == "-" && !call.dry_run();
  if (call.json() && !archive) return reporter.json(done);
  if (call.quiet()) return;
  for (const Json& one : done)
    for (const Json& note : one.value("notes", Json::array())) {
      if (call.dry_run())
        reporter.text(note.get<std::string>() + "\n");
      else
        call.screen.err << "croft: " << note.get<std::string>() << '\n';
    }
}

}  // namespace

CopyPlace parse_copy_place(const std::string& operand) {
  if (operand.empty()) throw Error(ErrorKind::kInvalid, "an operand is empty");
  const std::size_t colon = operand.find(':');
  if (colon == std::string::npos || operand.front() == '/' || operand.front() == '.')
    return {false, "", operand};
  CopyPlace place{true, operand.substr(0, colon), operand.substr(colon + 1)};
  if (!place.path.starts_with('/')) place.path.insert(0, "/");
  return place;
}

int copy_files(Invocation& call, const std::vector<std::string>& operands) {
  Reporter reporter(call.screen, call.quiet());
  try {
    std::vector<CopyPlace> places;
    for (const std::string& operand : operands) places.push_back(parse_copy_place(operand));
    report(call, reporter, copy(call, reporter, places));
    return 0;
  } catch (const Error& error) {
    throw with_attempt(error, "cannot copy to `" + operands.back() + "`");
  }
}

}  // namespace croft::ctl
