#include "ctl/cli/commands/followed.h"

#include <fcntl.h>

#include "ctl/cli/figures.h"
#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

Json follow_work(LineChannel& channel, Reporter& reporter, const std::string& name, const std::string& what) {
  while (true) {
    const bool more = channel.receive();
    while (const std::optional<Json> line = channel.next()) {
      if (line->contains("error")) throw error_of_problem(line->at("error"));
      if (line->contains("done")) return line->at("done");
      const Json progress = at_path(*line, {"progress"});
      const Json percent = at_path(progress, {"percent"});
      reporter.progress(name, text_at(progress, "what"), percent.is_number() ? percent.get<int>() : -1);
    }
    if (!more) throw Error(ErrorKind::kUnavailable, "the daemon went away before " + what + " was complete");
  }
}

Input open_input(const Invocation& call, const std::string& path, const std::string& what) {
  Input input;
  if (path == "-") {
    input.fd = call.stdio.in;
    if (is_terminal(input.fd)) {
      throw Error(ErrorKind::kInvalid, what + " cannot be read from a terminal")
          .cure("name a file or a directory, or pipe it in");
    }
    return input;
  }
  input.opened = runtime::open_file(path, O_RDONLY);
  input.fd = input.opened.get();
  return input;
}

}  // namespace croft::ctl
