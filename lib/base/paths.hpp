// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where things are. QUBES_MGMT_ROOT, the only variable of the environment that is read, puts every
// path of ours below one directory, for tests and for trying it out.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt::paths {

// `absolute` ("/run/qubes-mgmt/...") below the root in force.
[[nodiscard]] std::string below_root(std::string_view absolute);

// The root in force: empty, or an absolute path without a slash at its end.
[[nodiscard]] const std::string& root();

inline constexpr std::string_view store = "/var/lib/qubes/qubes.xml";
inline constexpr std::string_view store_directory = "/var/lib/qubes";
inline constexpr std::string_view kernels = "/var/lib/qubes/vm-kernels";
inline constexpr std::string_view store_backups = "/var/lib/qubes/backup";
inline constexpr std::string_view runtime = "/run/qubes-mgmt"; // emptied by each boot
inline constexpr std::string_view lasting = "/var/lib/qubes-mgmt";
inline constexpr std::string_view upstream_runtime =
    "/run/qubes"; // volume-running-*, qrexec sockets
inline constexpr std::string_view daemon_socket = "/run/qubesd.sock";
inline constexpr std::string_view configuration = "/etc/qubes/mgmt.conf";
inline constexpr std::string_view hooks = "/etc/qubes/mgmt-hooks";
inline constexpr std::string_view constraints = "/etc/qubes/mgmt-constraints.d";
inline constexpr std::string_view policy = "/etc/qubes/policy.d"; // of qrexec
inline constexpr std::string_view policy_includes = "/etc/qubes/policy.d/include";
inline constexpr std::string_view policy_until_boot = "/run/qubes/policy.d";
inline constexpr std::string_view service_policy = "/etc/qubes-rpc/policy"; // of older hosts
inline constexpr std::string_view backup_profiles = "/etc/qubes/backup";
inline constexpr std::string_view kept_of_backups = "/var/lib/qubes-mgmt/backup";
inline constexpr std::string_view domain_overrides = "/etc/qubes/libvirt";

} // namespace qmgmt::paths
