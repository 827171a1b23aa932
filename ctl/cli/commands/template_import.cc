#include <sys/stat.h>

#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/followed.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

using runtime::Error;

bool is_directory(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

int run(Invocation& call) {
  const std::string& name = call.operand(0);
  Reporter reporter(call.screen, call.quiet());
  try {
    const Input source =
        open_input(call, call.arguments.operands.size() > 1 ? call.operand(1) : "-", "an archive");
    const std::string target = "/v1/templates/" + percent_encoded(name) + "/import";
    Client client = call.client();
    Json body = {{"source", is_directory(source.fd) ? "directory" : "tar"}};
    if (call.arguments.has("format")) body["format"] = call.arguments.value("format");
    LineChannel channel(client.upgrade(target, body));
    channel.send_descriptors({source.fd});
    const Json made = follow_work(channel, reporter, name, "the template");
    if (call.json()) {
      reporter.json(made);
    } else {
      reporter.text(
          name +
          (call.quiet() ? "" : ": imported, " + limit_text(at_path(made, {"size_bytes"}), human_size)) +
          "\n");
    }
    return 0;
  } catch (const Error& error) {
    throw with_attempt(error, "cannot import `" + name + "`");
  }
}

}  // namespace

Command template_import_command() {
  return {
      .name = "template import",
      .summary = "make one from an archive or a directory",
      .operands = "NAME [FILE|DIRECTORY|-]",
      .least = 1,
      .most = 2,
      .names = Names::kFiles,
      .description =
          "Makes a template from a tar archive (plain, gzip, xz or zstd), from a directory, or from an "
          "archive on standard input. That may be a root directory, also as OpenVZ and LXC hand it out; an "
          "image of containers, as OCI layout, from `docker save` or from `skopeo copy`, with one layer for "
          "each of its own; or a unified image of LXC and Incus. Which of these is told from the names in "
          "it. "
          "Digests are compared, an image for another kind of processor is refused. Owners, modes, links, "
          "extended attributes and holes are kept; device nodes are left out.",
      .options = {{"--format", "FORMAT", "What it is: auto, rootfs, image or lxc"}, kJson, kQuiet},
      .examples = {{"croft template import debian-12 rootfs.tar.zst", "From an archive"},
                   {"tar -C /srv/root -c . | croft template import mine", "From a pipe"},
                   {"croft template import nginx nginx.oci",
                    "What `skopeo copy docker://nginx oci:nginx.oci` took from a registry"}},
      .run = run,
  };
}

}  // namespace croft::ctl
