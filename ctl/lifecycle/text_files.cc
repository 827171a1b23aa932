#include "ctl/lifecycle/text_files.h"

#include <filesystem>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

bool is_name(const TextFiles& files, std::string_view name) {
  try {
    files.check_name(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::map<std::string, std::string, std::less<>> read_text_files(const TextFiles& files) {
  std::map<std::string, std::string, std::less<>> texts;
  const std::string what(files.what);
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(files.directory, failure)) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(files.suffix)) continue;
    const std::string name = file.substr(0, file.size() - files.suffix.size());
    if (!is_name(files, name)) continue;
    if (texts.size() >= files.most)
      throw Error(ErrorKind::kExhausted,
                  "`" + files.directory + "` has more than " + std::to_string(files.most) + " " + what);
    texts[name] = runtime::read_file(entry.path().string(), files.bytes + 1);
  }
  if (failure && failure != std::errc::no_such_file_or_directory)
    throw Error(runtime::kind_of_errno(failure.value()),
                "cannot read the " + what + " in `" + files.directory + "`", failure.value());
  return texts;
}

}  // namespace croft::ctl
