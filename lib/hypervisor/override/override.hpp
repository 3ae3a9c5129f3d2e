// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the administrator of this host wants otherwise in the documents for libvirt (hypervisor.md
// b.1). Below one directory, each file optional, in this order:
//   defaults.patch.xml  class/CLASS.patch.xml  mode/MODE.patch.xml
//   by-template/TEMPLATE.patch.xml  by-name/NAME.patch.xml
// or, instead of all these, by-name/NAME.xml: a whole document.
#pragma once

#include <string>

namespace qmgmt {

struct OverrideNames {
    std::string name;
    std::string klass;
    std::string mode;
    std::string base; // the template of a disposable; empty: none
};

// `document` with what the directory has for it. Name and uuid stay what they are in `document`, as
// does the mark that it is ours; a whole document without disks gets those of `document`. Throws
// Error{failed} for a file that cannot be used and for a document that may not be: of another type,
// without a disk that no file has removed by itself, starting anew by itself. The detail names the
// file.
[[nodiscard]] std::string overridden(const std::string& document, const OverrideNames& names,
                                     const std::string& directory);

} // namespace qmgmt
