#include "ctl/cli/table.h"

#include <algorithm>
#include <utility>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/suggest.h"

namespace croft::ctl {
namespace {

// Whether the last word of the name, or an alias in its place, is `word`.
bool is_called(const Command& command, std::string_view word) {
  const std::vector<std::string_view> name = words_of(command);
  if (name.back() == word) return true;
  for (std::string_view alias : command.aliases)
    if (alias == word) return true;
  return false;
}

// Whether the words begin with the command's name.
bool is_named(const Command& command, const std::vector<std::string>& words) {
  const std::vector<std::string_view> name = words_of(command);
  return words.size() >= name.size() && std::equal(name.begin(), name.end() - 1, words.begin()) &&
         is_called(command, words[name.size() - 1]);
}

// Names and aliases that `word` may have been meant for; of a group when one is given.
std::vector<std::string_view> known_words(const std::vector<Command>& table, std::string_view group) {
  std::vector<std::string_view> known;
  for (const Command& command : table) {
    const bool inside = is_grouped(command) && group_of(command) == group;
    if (command.name.starts_with("__") || (!group.empty() && !inside)) continue;
    known.push_back(words_of(command)[group.empty() ? 0 : 1]);
    if (inside || !is_grouped(command))
      known.insert(known.end(), command.aliases.begin(), command.aliases.end());
  }
  return known;
}

Found find_in_group(const std::vector<Command>& table, std::string_view group,
                    const std::vector<std::string>& words) {
  Found found;
  found.group = group;
  found.words = 1;
  if (words.size() < 2 || words[1].starts_with("-")) return found;
  bool begun = false;  // some names begin with both words
  for (const Command& command : table) {
    if (!is_grouped(command) || group_of(command) != group) continue;
    begun = begun || (words_of(command).size() > 2 && words_of(command)[1] == words[1]);
    if (!is_named(command, words)) continue;
    found.command = &command;
    found.words = words_of(command).size();
    return found;
  }
  if (begun && (words.size() == 2 || words[2].starts_with("-"))) return found;
  if (begun) {
    found.wrong = "unknown command `" + std::string(group) + " " + words[1] + " " + words[2] + "`";
    return found;
  }
  found.wrong = "unknown command `" + std::string(group) + " " + words[1] + "`" +
                did_you_mean(words[1], known_words(table, group));
  return found;
}

std::vector<Command> container_commands() {
  return {
      launch_command(),         create_command(),      run_command(),         start_command(),
      stop_command(),           restart_command(),     kill_command(),        freeze_command(),
      thaw_command(),           destroy_command(),     rename_command(),      set_command(),
      exec_command(),           enter_command(),       console_command(),     list_command(),
      show_command(),           top_command(),         resources_command(),   beancounters_command(),
      status_command(),         logs_command(),        wait_command(),        clone_command(),
      commit_command(),         apply_command(),       suspend_command(),     unsuspend_command(),
      reinstall_command(),      passwd_command(),      ssh_key_add_command(), ssh_key_list_command(),
      ssh_key_remove_command(), stage_diff_command(),  stage_apply_command(), stage_revert_command(),
      export_command(),         get_command(),         edit_command(),        undelete_command(),
      trash_list_command(),     trash_empty_command(), hostname_command(),    cp_command(),
      push_command(),           pull_command(),
  };
}

std::vector<Command> template_and_tenant_commands() {
  return {
      template_import_command(), template_build_command(), template_list_command(), template_show_command(),
      template_remove_command(), template_du_command(),    template_gc_command(),   template_verify_command(),
      tenant_create_command(),   tenant_set_command(),     tenant_list_command(),   tenant_show_command(),
      tenant_remove_command(),
  };
}

std::vector<Command> storage_commands() {
  return {
      backup_command(),           backup_verify_command(),   restore_command(),
      snapshot_create_command(),  snapshot_mount_command(),  snapshot_list_command(),
      snapshot_restore_command(), snapshot_remove_command(), pool_create_command(),
      pool_list_command(),        pool_show_command(),       pool_grow_command(),
      pool_check_command(),       pool_remove_command(),
  };
}

std::vector<Command> net_commands() {
  return {
      net_list_command(),         net_show_command(),          net_trace_command(),
      net_forward_list_command(), net_pool_set_command(),      net_usage_command(),
      net_class_add_command(),    net_class_list_command(),    net_class_show_command(),
      net_class_remove_command(), net_pool_add_command(),      net_pool_list_command(),
      net_pool_show_command(),    net_pool_remove_command(),   net_uplink_set_command(),
      net_uplink_show_command(),  net_uplink_remove_command(),
  };
}

std::vector<Command> ledger_commands() {
  return {usage_command(),         ledger_records_command(), ledger_export_command(),
          ledger_verify_command(), invoice_command(),        quote_command(),
          tariff_list_command(),   tariff_show_command(),    tariff_check_command()};
}

std::vector<Command> host_commands() {
  return {
      plan_list_command(),
      plan_show_command(),
      plan_apply_command(),
      plan_check_command(),
      plan_scale_command(),
      plan_split_command(),
      host_show_command(),
      host_set_command(),
      host_check_command(),
      host_tune_command(),
      host_shutdown_command(),
      host_upgrade_keeper_command(),
      events_command(),
      history_command(),
      webhook_add_command(),
      webhook_list_command(),
      webhook_show_command(),
      webhook_set_command(),
      webhook_remove_command(),
      webhook_test_command(),
      webhook_retry_command(),
      operation_list_command(),
      operation_show_command(),
      operation_cancel_command(),
      version_command(),
      help_command(),
      completion_command(),
      complete_command(),
      man_command(),
  };
}

}  // namespace

// The order is that of the overview.
std::vector<Command> all_commands() {
  std::vector<Command> table;
  for (auto* part : {container_commands, template_and_tenant_commands, storage_commands, net_commands,
                     ledger_commands, host_commands})
    for (Command& command : part()) table.push_back(std::move(command));
  for (Command& command : table) {
    if (command.chooses) command.options.insert(command.options.end(), {kLabel, kState});
    if (command.in_parallel) command.options.insert(command.options.end(), {kParallel, kFailFast});
    command.options.push_back(kSocket);
    command.options.push_back(kHelp);
  }
  return table;
}

std::string_view group_of(const Command& command) {
  return command.name.substr(0, command.name.find(' '));
}

std::string_view verb_of(const Command& command) {
  const std::size_t blank = command.name.find(' ');
  return blank == std::string_view::npos ? command.name : command.name.substr(blank + 1);
}

std::vector<std::string_view> words_of(const Command& command) {
  std::vector<std::string_view> words;
  for (std::string_view rest = command.name; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

bool is_grouped(const Command& command) {
  return command.name.find(' ') != std::string_view::npos;
}

std::string_view group_summary(std::string_view group) {
  if (group == "template") return "what they are made from";
  if (group == "tenant") return "who they belong to";
  if (group == "snapshot") return "as they were once";
  if (group == "ssh-key") return "who may log in";
  if (group == "stage") return "changes kept for later";
  if (group == "pool") return "where their files lie";
  if (group == "net") return "their addresses";
  if (group == "ledger") return "records of what was used";
  if (group == "tariff") return "what use costs";
  if (group == "plan") return "what customers buy";
  if (group == "host") return "what this machine can do";
  if (group == "webhook") return "who is told of events";
  if (group == "operation") return "work that takes longer";
  return {};
}

Found find_command(const std::vector<Command>& table, const std::vector<std::string>& words) {
  const std::string& word = words.front();
  // A word may be a command and begin others: `backup` and `backup verify`.
  for (const Command& command : table)
    if (is_grouped(command) && group_of(command) == word && is_named(command, words))
      return {&command, {}, {}, words_of(command).size()};
  for (const Command& command : table)
    if (!is_grouped(command) && is_called(command, word)) return {&command, {}, {}, 1};
  for (const Command& command : table)
    if (is_grouped(command) && group_of(command) == word)
      return find_in_group(table, group_of(command), words);
  Found found;
  found.wrong = "unknown command `" + word + "`" + did_you_mean(word, known_words(table, ""));
  return found;
}

}  // namespace croft::ctl
