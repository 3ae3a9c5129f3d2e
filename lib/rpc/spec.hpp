// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a call declares about itself, once, in its own file. The frame checks every request against
// it before the body starts; help, manual page, completion, policy templates and sandbox are made
// from it (`CALL --describe`).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace qmgmt {

enum class Destination {
    dom0,         // only dom0
    dom0_or_qube, // dom0 for everything, or one qube; dom0 when qrexec names no destination
    qube,         // any qube, dom0 too
    not_dom0,     // any qube but dom0
    none,         // a program for people and units of dom0, never started by qrexec
};

enum class Argument { none, optional, required };

enum class Input {
    none,     // a byte is an error
    required, // empty is an error
    optional, // empty has a meaning of its own
    stream,   // data of any length, which the body reads from standard input; never a terminal
};

enum class Effect { read, write, execute };
enum class Scope { local, global };

// What a call needs to do its work; bits.
enum Needs : unsigned {
    needs_nothing = 0,
    needs_store = 1,
    needs_hypervisor = 2,
    needs_storage = 4, // and root, where the store has pools of devices
    needs_root = 8,
    needs_kernels = 16,    // of the pools, those of kernels
    needs_devices = 32,    // the PCI devices of the host, to look at
    needs_tables = 64,     // what qubes write into their tables: the programs of QubesDB
    needs_pci = 128,       // PCI devices of the host, to be handed over
    needs_policy = 256,    // what qrexec allows; to be changed for a moment
    needs_disks = 512,     // the disks of the host and what uses them, to look at
    needs_profiles = 1024, // how backups are made: their profiles, and how they went
    needs_backup = 2048,   // archives, to be written or read: threads, memory, services of qubes
    needs_signals = 4096,  // to tell another process to end
    needs_events = 8192,   // what happens, for as long as somebody listens
    needs_policy_files = 16384, // the files of qrexec's policy
};

inline constexpr std::size_t small_payload_limit = 65536;

struct Request;

struct CallSpec {
    std::string_view name; // "mgmt.vm.tag.Set"; with variants, without the class: "mgmt.vm.Create"
    std::string_view summary; // one line, no full stop
    Destination destination = Destination::qube;
    Argument argument = Argument::none;
    std::string_view argument_is = {}; // what the argument names: "tag"
    Input input = Input::none;
    // The payload as the draft writes it: "name=<name> label=<label>". Of a stream, the line
    // before the data: "<size>"; empty: there is none.
    std::string_view input_is = {};
    std::string_view returns =
        {}; // the draft's return column: "<name> class=<class> state=<state>\n"; empty: none
    Effect effect = Effect::read;
    Scope scope = Scope::local;
    unsigned needs = needs_store;
    // Which of them this request needs, where its argument or the machine decides; all when null.
    unsigned (*needs_of)(const Request& request) = nullptr;
    // What of the input this request takes, where its argument decides; `input` when null.
    Input (*input_of)(const Request& request) = nullptr;
    // A directory that this request asks to be made, or to be filled if it is there, below the root
    // in force; empty: none. What the request says is checked: a normal absolute path.
    std::string (*new_place)(const Request& request) = nullptr;
    std::span<const std::string_view> variants = {}; // classes; argv[0] picks one
    // What of the name the class stands behind, where that is not all of it: "mgmt.vm.device" of
    // "mgmt.vm.device.Attach" is called as "mgmt.vm.device.block.Attach".
    std::string_view variant_follows = {};
    std::size_t payload_limit = small_payload_limit;
    bool admin = true; // also installed under its admin.* name
    // Also installed under this name, "policy.Get", with the contract of qrexec's own tools: plain,
    // a failure is the name of an exception and its text, the exit code 1, of a bug 2.
    std::string_view alias = {};
    // The contract under admin.*, where it differs.
    Argument admin_argument = argument;
    std::string_view admin_returns = returns;
    bool dry_run = true;       // --dry-run is offered; only writing calls
    bool starts_calls = false; // a program for dom0 that starts calls, which confine themselves;
                               // itself it keeps its rights, because they would inherit the lack
    bool progress = false; // takes long, and tells programs how far it has come: --progress=json
    // Of a program for dom0: one option of its own, "autostart", and what it does.
    std::string_view flag = {};
    std::string_view flag_is = {};
    // And the words it takes, where one argument is not enough: "source call destination". All of
    // them; where it has an option of its own, beside that option, and none without it.
    std::string_view words = {};
};

} // namespace qmgmt
