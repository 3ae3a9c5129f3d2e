// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/override/override.hpp"

#include "base/error.hpp"
#include "hypervisor/override/file.hpp"
#include "hypervisor/override/invariants.hpp"
#include "hypervisor/override/patch.hpp"
#include "hypervisor/xml_tree.hpp"

#include <vector>

namespace qmgmt {
namespace {

using namespace override_file;

class Overrides {
public:
    Overrides(const std::string& document, const OverrideNames& names, std::string directory)
        : names_{names}, directory_{std::move(directory)}
    {
        if (!original_.load_buffer(document.data(), document.size()))
            throw Error{failure::internal, "cannot read a document of our own", document};
        document_.reset(original_);
    }

    // Whether there was any.
    bool apply()
    {
        if (take_whole())
            return true;
        bool any = false;
        for (const std::string& file : patches())
            any = take_patch(file) || any;
        return any;
    }

    [[nodiscard]] std::string text() const { return xml::text_of(document_); }

private:
    [[nodiscard]] std::vector<std::string> patches() const
    {
        std::vector<std::string> files = {"defaults", "class/" + names_.klass,
                                          "mode/" + names_.mode};
        if (!names_.base.empty())
            files.push_back("by-template/" + names_.base);
        files.push_back("by-name/" + names_.name);
        for (std::string& file : files)
            file += ".patch.xml";
        return files;
    }

    bool take_whole()
    {
        return use("by-name/" + names_.name + ".xml", [this](const pugi::xml_document& whole) {
            document_.reset(whole);
            std::set<std::string> chosen; // its disks are what its author wants
            for (const auto& disk : original_.select_nodes("/domain/devices/disk/target/@dev"))
                chosen.insert(disk.attribute().value());
            if (document_.child("domain"))
                restore_disks(document_, original_);
            check(chosen);
        });
    }

    bool take_patch(const std::string& file)
    {
        return use(file, [this](const pugi::xml_document& patch) {
            override_file::apply(patch, document_, removed_disks_);
            check(removed_disks_);
        });
    }

    // After each file, so that the one is named that did it.
    void check(const std::set<std::string>& removed_disks)
    {
        check_invariants(document_, original_, removed_disks);
        restore_identity(document_, original_);
    }

    template<typename Use>
    bool use(const std::string& file, Use use)
    {
        const std::string path = directory_ + "/" + file;
        try {
            const auto content = load(path);
            if (content)
                use(*content);
            return content.has_value();
        } catch (const Unusable& unusable) {
            throw Error{failure::vm_failed,
                        "cannot start '" + names_.name +
                            "': an override of its domain cannot be used",
                        path + ": " + unusable.reason()};
        }
    }

    const OverrideNames& names_;
    std::string directory_;
    pugi::xml_document original_;
    pugi::xml_document document_;
    std::set<std::string> removed_disks_;
};

} // namespace

std::string overridden(const std::string& document, const OverrideNames& names,
                       const std::string& directory)
{
    Overrides overrides{document, names, directory};
    return overrides.apply() ? overrides.text() : document;
}

} // namespace qmgmt
