// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/plan/names.hpp"

#include "backup/fault.hpp"
#include "names/names.hpp"

#include <algorithm>
#include <set>

namespace qmgmt {
namespace {

constexpr std::size_t longest_base = 28; // with "-99" behind it a name is still one
constexpr int most_numbers = 99;

const ArchivedQube& included(const BackupMetadata& metadata, const std::string& name)
{
    const ArchivedQube* qube = metadata.find(name);
    if (qube == nullptr || !qube->included)
        throw BackupError{BackupFault::unknown_vm, "the backup has no qube '" + name + "'"};
    return *qube;
}

class Names {
public:
    Names(const Store& store, const BackupMetadata& metadata, const RestoreRequest& request)
        : store_{store}, metadata_{metadata}, request_{request}
    {
    }

    NewNames choose()
    {
        const auto chosen = chosen_qubes(metadata_, request_);
        for (const auto& [old_name, new_name] : request_.renames)
            if (std::ranges::find(chosen, old_name, &ArchivedQube::name) == chosen.end())
                throw BackupError{BackupFault::unknown_vm,
                                  "'" + old_name + "' is to be renamed and is not restored"};
        std::vector<const ArchivedQube*> taken;
        for (const ArchivedQube* qube : chosen) {
            const std::string wanted = wanted_name(*qube);
            if (is_free(wanted))
                give(*qube, wanted);
            else
                taken.push_back(qube);
        }
        for (const ArchivedQube* qube : taken)
            resolve(*qube);
        return std::move(names_);
    }

private:
    [[nodiscard]] std::string wanted_name(const ArchivedQube& qube) const
    {
        const auto renamed = request_.renames.find(qube.name);
        std::string name = renamed == request_.renames.end() ? qube.name : renamed->second;
        if (store_.dialect() == Dialect::r40 && name.find('.') != std::string::npos)
            throw BackupError{BackupFault::name_conflict,
                              "'" + name + "' cannot be a name here: no dot in this dialect"};
        return name;
    }

    [[nodiscard]] bool is_free(const std::string& name) const
    {
        return !store_.index().find(name) && !given_.contains(name);
    }

    void give(const ArchivedQube& qube, const std::string& name)
    {
        names_[qube.name] = name;
        given_.insert(name);
    }

    void resolve(const ArchivedQube& qube)
    {
        const std::string wanted = wanted_name(qube);
        switch (request_.on_conflict) {
        case RestoreRequest::OnConflict::fail:
            throw BackupError{BackupFault::name_conflict, "there is a qube '" + wanted + "'"};
        case RestoreRequest::OnConflict::skip: names_[qube.name] = std::nullopt; return;
        case RestoreRequest::OnConflict::rename: give(qube, numbered(wanted)); return;
        }
    }

    // One that nobody could take for another qube of the backup.
    [[nodiscard]] std::string numbered(const std::string& wanted) const
    {
        const std::string base = wanted.substr(0, longest_base);
        for (int number = 1; number <= most_numbers; ++number) {
            std::string name = base + "-" + std::to_string(number);
            if (is_free(name) && metadata_.find(name) == nullptr)
                return name;
        }
        throw BackupError{BackupFault::name_conflict,
                          "there is a qube '" + wanted + "', and no number for another is free"};
    }

    const Store& store_;
    const BackupMetadata& metadata_;
    const RestoreRequest& request_;
    NewNames names_;
    std::set<std::string> given_;
};

} // namespace

std::vector<const ArchivedQube*> chosen_qubes(const BackupMetadata& metadata,
                                              const RestoreRequest& request)
{
    for (const std::string& name : request.exclude)
        static_cast<void>(included(metadata, name));
    std::vector<const ArchivedQube*> chosen;
    if (request.include) {
        for (const std::string& name : *request.include)
            chosen.push_back(&included(metadata, name));
    } else {
        for (const ArchivedQube& qube : metadata.qubes)
            if (qube.included)
                chosen.push_back(&qube);
    }
    std::erase_if(chosen,
                  [&](const ArchivedQube* qube) { return request.exclude.contains(qube->name); });
    if (chosen.empty() && !(request.dom0_home && metadata.home))
        throw BackupError{BackupFault::nothing_selected, "the backup has nothing of what is asked"};
    return chosen;
}

NewNames new_names(const Store& store, const BackupMetadata& metadata,
                   const RestoreRequest& request)
{
    return Names{store, metadata, request}.choose();
}

} // namespace qmgmt
