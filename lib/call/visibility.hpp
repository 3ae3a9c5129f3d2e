// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which qubes a listing shows its caller (protocol.md 3.3): where lists are filtered, those on
// which policy allows it to call vm.List; a question to the user counts as a refusal. Under the
// draft's names dom0 is not among them: the line that lets the call run at all would always show
// it.
#pragma once

#include "policy/destination_table.hpp"
#include "rpc/request.hpp"
#include "store/index.hpp"

#include <string_view>

namespace qmgmt {

// dom0 sees everything, and so does everybody under the draft's own names, unless `list-filter`
// says otherwise. Under the admin.* names lists are always filtered.
[[nodiscard]] bool sees_everything(const Request& request);

class Visibility {
public:
    // Reads the policy. A policy that cannot be understood shows nothing.
    Visibility(const Request& request, const Index& index);
    Visibility(const Visibility&) = delete;
    Visibility& operator=(const Visibility&) = delete;

    [[nodiscard]] bool shows(const PolicyParty& qube) const noexcept;

private:
    Policy policy_;
    DestinationTable qubes_;
    bool dom0_too_;
};

} // namespace qmgmt
