// Directories of small files that an operator writes and the daemon reads whenever it needs them: plans,
// tariffs, accounts.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace croft::ctl {

struct TextFiles {
  std::string directory;
  std::string_view suffix;               // ".plan"
  std::string_view what;                 // "plans", for messages
  void (*check_name)(std::string_view);  // throws Error; files of other names are left alone
  std::size_t most = 0;                  // of files
  std::size_t bytes = 0;                 // of one; more is read as one byte more
};

// The texts of NAMEsuffix by NAME. A directory that is not there has none. Throws Error.
std::map<std::string, std::string, std::less<>> read_text_files(const TextFiles& files);

}  // namespace croft::ctl
