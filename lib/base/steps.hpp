// SPDX-License-Identifier: GPL-2.0-or-later
//
// Work in steps that can be taken back. When one fails, those before it are undone in reverse order
// and its error goes on; a step whose undoing fails is reported to `on_undo_failure` and does not
// stop the others.
#pragma once

#include <exception>
#include <functional>
#include <string_view>
#include <vector>

namespace qmgmt {

struct Step {
    std::string_view name;
    std::function<void()> act;
    std::function<void()> undo = {}; // may be empty
};

class Steps {
public:
    using UndoFailure = std::function<void(std::string_view step, const std::exception& error)>;

    explicit Steps(UndoFailure on_undo_failure) : on_undo_failure_{std::move(on_undo_failure)} {}

    void add(Step step) { steps_.push_back(std::move(step)); }

    void run()
    {
        std::size_t done = 0;
        try {
            for (; done < steps_.size(); ++done)
                steps_[done].act();
        } catch (...) {
            // The failing step itself may have done half of its work: its undo is asked, too.
            for (std::size_t i = done + 1; i-- > 0;)
                take_back(steps_[i]);
            throw;
        }
    }

private:
    void take_back(const Step& step) const
    {
        if (!step.undo)
            return;
        try {
            step.undo();
        } catch (const std::exception& error) {
            on_undo_failure_(step.name, error);
        }
    }

    std::vector<Step> steps_;
    UndoFailure on_undo_failure_;
};

} // namespace qmgmt
