// One function a command: each makes its row of the table. See command.h.
#pragma once

#include "ctl/cli/command.h"

namespace croft::ctl {

Command create_command();
Command launch_command();
Command run_command();
Command start_command();
Command stop_command();
Command restart_command();
Command kill_command();
Command freeze_command();
Command thaw_command();
Command destroy_command();
Command rename_command();
Command backup_command();
Command backup_verify_command();
Command clone_command();
Command commit_command();
Command set_command();
Command list_command();
Command show_command();
Command top_command();
Command resources_command();
Command beancounters_command();
Command status_command();
Command wait_command();
Command logs_command();
Command exec_command();
Command enter_command();
Command console_command();
Command template_import_command();
Command template_build_command();
Command template_list_command();
Command template_show_command();
Command template_remove_command();
Command template_du_command();
Command template_gc_command();
Command template_verify_command();
Command tenant_create_command();
Command tenant_set_command();
Command tenant_list_command();
Command tenant_show_command();
Command tenant_remove_command();
Command restore_command();
Command snapshot_create_command();
Command snapshot_mount_command();
Command snapshot_list_command();
Command snapshot_restore_command();
Command snapshot_remove_command();
Command pool_create_command();
Command pool_list_command();
Command pool_show_command();
Command pool_grow_command();
Command pool_check_command();
Command pool_remove_command();
Command net_list_command();
Command net_show_command();
Command net_forward_list_command();
Command net_usage_command();
Command net_class_add_command();
Command net_class_list_command();
Command net_class_show_command();
Command net_class_remove_command();
Command net_pool_add_command();
Command net_pool_list_command();
Command net_pool_show_command();
Command net_pool_set_command();
Command net_pool_remove_command();
Command net_uplink_set_command();
Command net_uplink_show_command();
Command net_uplink_remove_command();
Command plan_list_command();
Command plan_show_command();
Command plan_apply_command();
Command plan_split_command();
Command plan_scale_command();
Command plan_check_command();
Command host_show_command();
Command host_set_command();
Command host_check_command();
Command host_upgrade_keeper_command();
Command events_command();
Command operation_list_command();
Command operation_show_command();
Command operation_cancel_command();
Command version_command();
Command help_command();
Command completion_command();
Command complete_command();  // hidden: what the completion scripts call
Command man_command();       // hidden: what the build of the manual pages calls

}  // namespace croft::ctl
