// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one place where exit codes, their words and the exception types of the framed protocol are
// spelled. A kind is chosen by what the caller can do about it; its number is the exit code of a
// call.
#pragma once

#include <string_view>

namespace qmgmt {

enum class Failure : int {
    failed = 1,       // a backend (hypervisor, storage driver) failed
    protocol = 2,     // malformed name, argument or payload; wrong destination; unknown call
    denied = 3,       // a constraint or a built-in rule forbids it
    not_found = 4,    // the thing named does not exist
    in_use = 5,       // exists already, or is used by something else
    wrong_state = 6,  // its state does not permit it: mostly that of power
    bad_value = 7,    // well-formed but not acceptable
    busy = 8,         // a lock was not to be had in time; another manager owns the store
    timeout = 9,      // the hypervisor, a helper or the caller's payload took too long
    too_large = 10,   // a size or count limit was exceeded
    unsupported = 11, // a component is not there
    store = 12,       // qubes.xml cannot be read or is not valid
    internal = 13,    // a bug; details only in the log
    cancelled = 14,   // cancelled on request
    resources = 15,   // no memory or no disk space
};

// The word of a kind in the error line, "CALL: WORD: TEXT".
constexpr std::string_view word(Failure kind)
{
    switch (kind) {
    case Failure::failed: return "failed";
    case Failure::protocol: return "protocol";
    case Failure::denied: return "denied";
    case Failure::not_found: return "not-found";
    case Failure::in_use: return "in-use";
    case Failure::wrong_state: return "wrong-state";
    case Failure::bad_value: return "bad-value";
    case Failure::busy: return "busy";
    case Failure::timeout: return "timeout";
    case Failure::too_large: return "too-large";
    case Failure::unsupported: return "unsupported";
    case Failure::store: return "store";
    case Failure::internal: return "internal";
    case Failure::cancelled: return "cancelled";
    case Failure::resources: return "resources";
    }
    return "internal";
}

// What went wrong, precisely: the type name of the framed protocol and the kind it belongs to.
struct FailureType {
    Failure kind;
    std::string_view exception;

    friend constexpr bool operator==(const FailureType&, const FailureType&) = default;
};

namespace failure {

inline constexpr FailureType failed{Failure::failed, "QubesException"};
inline constexpr FailureType vm_failed{Failure::failed, "QubesVMError"};
inline constexpr FailureType storage{Failure::failed, "StoragePoolException"};

inline constexpr FailureType protocol{Failure::protocol, "ProtocolError"};
inline constexpr FailureType invalid_tag{Failure::protocol, "QubesInvalidTagError"};
inline constexpr FailureType invalid_label{Failure::protocol, "QubesInvalidLabelError"};
inline constexpr FailureType invalid_label_value{Failure::protocol, "QubesInvalidLabelValueError"};
inline constexpr FailureType invalid_uuid{Failure::protocol, "QubesVMInvalidUUIDError"};

inline constexpr FailureType denied{Failure::denied, "PermissionDenied"};

inline constexpr FailureType vm_not_found{Failure::not_found, "QubesVMNotFoundError"};
inline constexpr FailureType no_such_property{Failure::not_found, "QubesNoSuchPropertyError"};
inline constexpr FailureType feature_not_found{Failure::not_found, "QubesFeatureNotFoundError"};
inline constexpr FailureType tag_not_found{Failure::not_found, "QubesTagNotFoundError"};
inline constexpr FailureType label_not_found{Failure::not_found, "QubesLabelNotFoundError"};
inline constexpr FailureType pool_not_found{Failure::not_found, "QubesPoolNotFoundError"};
inline constexpr FailureType driver_not_found{Failure::not_found, "QubesException"};
inline constexpr FailureType volume_not_found{Failure::not_found, "QubesVolumeNotFoundError"};
inline constexpr FailureType rule_not_found{Failure::not_found, "QubesException"};
inline constexpr FailureType revision_not_found{Failure::not_found,
                                                "QubesVolumeRevisionNotFoundError"};
inline constexpr FailureType token_not_found{Failure::not_found,
                                             "QubesVolumeCopyTokenNotFoundError"};

inline constexpr FailureType device_not_found{Failure::not_found, "UnrecognizedDevice"};
inline constexpr FailureType device_not_assigned{Failure::not_found, "DeviceNotAssigned"};

inline constexpr FailureType device_attached{Failure::in_use, "DeviceAlreadyAttached"};
inline constexpr FailureType device_assigned{Failure::in_use, "DeviceAlreadyAssigned"};
inline constexpr FailureType vm_already_exists{Failure::in_use, "QubesVMAlreadyExistsError"};
inline constexpr FailureType vm_in_use{Failure::in_use, "QubesVMInUseError"};
inline constexpr FailureType volume_in_use{Failure::in_use, "StoragePoolException"};
inline constexpr FailureType pool_in_use{Failure::in_use, "QubesPoolInUseError"};
inline constexpr FailureType label_in_use{Failure::in_use, "QubesLabelInUseError"};

inline constexpr FailureType not_started{Failure::wrong_state, "QubesVMNotStartedError"};
inline constexpr FailureType not_running{Failure::wrong_state, "QubesVMNotRunningError"};
inline constexpr FailureType not_halted{Failure::wrong_state, "QubesVMNotHaltedError"};
inline constexpr FailureType not_paused{Failure::wrong_state, "QubesVMNotPausedError"};

// What qrexec's own tools for the policy say, by the names they have for it.
inline constexpr FailureType policy_protocol{Failure::protocol, "PolicyAdminProtocolException"};
inline constexpr FailureType policy_name{Failure::protocol, "PolicyAdminInvalidFileNameException"};
inline constexpr FailureType policy_path{Failure::denied, "PolicyAdminInvalidFilePathException"};
inline constexpr FailureType policy_not_found{Failure::not_found,
                                              "PolicyAdminFileNotFoundException"};
inline constexpr FailureType policy_exists{Failure::in_use, "PolicyAdminTokenException"};
inline constexpr FailureType policy_gone{Failure::not_found, "PolicyAdminTokenException"};
inline constexpr FailureType policy_changed{Failure::wrong_state, "PolicyAdminTokenException"};
inline constexpr FailureType policy_syntax{Failure::bad_value, "PolicyAdminSyntaxException"};

inline constexpr FailureType bad_value{Failure::bad_value, "QubesValueError"};
inline constexpr FailureType bad_property_value{Failure::bad_value, "QubesPropertyValueError"};

inline constexpr FailureType unexpected_device{Failure::bad_value, "UnexpectedDeviceProperty"};

inline constexpr FailureType busy{Failure::busy, "QubesException"};
inline constexpr FailureType timeout{Failure::timeout, "QubesException"};
inline constexpr FailureType shutdown_timeout{Failure::timeout, "QubesVMShutdownTimeoutError"};
inline constexpr FailureType too_large{Failure::too_large, "ProtocolError"};
inline constexpr FailureType cancelled{Failure::cancelled, "QubesException"};
inline constexpr FailureType unsupported{Failure::unsupported, "QubesNotImplementedError"};
inline constexpr FailureType store{Failure::store, "QubesException"};
inline constexpr FailureType internal{Failure::internal, ""};
inline constexpr FailureType no_memory{Failure::resources, "QubesMemoryError"};
inline constexpr FailureType no_names{Failure::resources, "QubesException"};
inline constexpr FailureType no_space{Failure::resources, "StoragePoolException"};

} // namespace failure
} // namespace qmgmt
