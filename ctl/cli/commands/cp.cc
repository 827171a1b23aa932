#include "ctl/cli/commands/commands.h"
#include "ctl/cli/copying.h"

namespace croft::ctl {
namespace {

constexpr Option kChown{"--chown", "UID:GID", "Whose all is to be, by number, inside"};
constexpr Option kTry{"--dry-run", "", "Only say what would be copied from or to where"};

bool is_of_the_host(const std::string& operand) {
  return operand == "-" || operand.front() == '/' || operand.front() == '.';
}

int run(Invocation& call) {
  return copy_files(call, call.arguments.operands);
}

// Its files are the host's, whatever they are called, and its container may stand without a path.
int run_push(Invocation& call) {
  std::vector<std::string> operands = call.arguments.operands;
  for (std::string& operand : operands)
    if (&operand != &operands.back() && !operand.empty() && !is_of_the_host(operand)) operand.insert(0, "./");
  if (operands.back().find(':') == std::string::npos) operands.back() += ':';
  return copy_files(call, operands);
}

// A last operand without a colon is the host's; without one, things come to the working directory.
int run_pull(Invocation& call) {
  std::vector<std::string> operands = call.arguments.operands;
  if (parse_copy_place(operands.back()).inside)
    operands.emplace_back(".");
  else if (operands.size() < 2)
    throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + operands.back() + "` is in no container")
        .cure("as in `croft pull web1:/etc/hosts`");
  return copy_files(call, operands);
}

}  // namespace

Command cp_command() {
  return {
      .name = "cp",
      .summary = "copy files in or out",
      .operands = "FILE...|- CONTAINER:PATH | CONTAINER:PATH... FILE|DIRECTORY|-",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kFilesInside,
      .description =
          "Copies files and whole directories into a running container, out of one, or from one into "
          "another. PATH is from /. In a directory that is there a copy keeps its name, else it gets the "
          "one given; DIRECTORY/. is its content. A symbolic link is copied as one; those on the way to a "
          "directory inside lead where they lead inside. A file appears when it is whole, in place of what "
          "has its name; directories are merged. `-` is a tar archive on standard input or output; read, it "
          "may be packed with gzip, xz or zstd. A name of the host with a colon begins with / or ./.\n"
          "Going in, modes, times and owners (by number, as inside) are kept, or --chown says whose all is "
          "to be. Coming out, files are the caller's, and lose set-user-id, set-group-id and sticky bits; "
          "an archive keeps them. Device nodes, fifos and sockets are left out, as are other attributes "
          "than user.*, and what is mounted below a directory. What comes from a container never leaves "
          "the directory that it is copied to, nor passes through a symbolic link there.\n"
          "Inside, the work is done by a process with the rights of the container's root that nobody inside "
          "can see, and it counts as the container's: it waits while that is frozen, and ends when it "
          "stops. A copy that is interrupted leaves the files that were whole; what was half made is "
          "removed, but for a hidden file .croft-copy-* where the copying process itself was killed. One "
          "that does not run has to be started first; what `croft snapshot mount` shows can be read "
          "without.",
      .options = {kChown, kTry, kTenant, kJson, kQuiet},
      .examples = {{"croft cp site.conf web1:/etc/nginx/conf.d", "In"},
                   {"croft cp web1:/var/log/nginx .", "A directory, out"},
                   {"croft cp web1:/srv/. web2:/srv", "From one into another"},
                   {"tar -c src | croft cp --chown 1000:1000 - web1:/srv", "An archive"},
                   {"croft cp web1:/srv - | zstd > srv.tar.zst", "Out to one"}},
      .run = run,
  };
}

Command push_command() {
  return {
      .name = "push",
      .summary = "copy files into one",
      .operands = "FILE...|- CONTAINER[:PATH]",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kFilesInside,
      .description = "Does what `croft cp FILE... CONTAINER:PATH` does. Without a path files go to /.",
      .options = {kChown, kTry, kTenant, kJson, kQuiet},
      .examples = {{"croft push index.html style.css web1:/srv/www", "Two files"}},
      .run = run_push,
  };
}

Command pull_command() {
  return {
      .name = "pull",
      .summary = "copy files out of one",
      .operands = "CONTAINER:PATH... [FILE|DIRECTORY|-]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kFilesInside,
      .description =
          "Does what `croft cp CONTAINER:PATH... DIRECTORY` does. Without a directory files come to the "
          "working directory.",
      .options = {kTry, kTenant, kJson, kQuiet},
      .examples = {{"croft pull web1:/etc/hosts web1:/etc/hostname", "Two files"}},
      .run = run_pull,
  };
}

}  // namespace croft::ctl
