// SPDX-License-Identifier: GPL-2.0-or-later
//
// A fresh scratch root and what the tables of vectors say of one request: it gives a reply, or it
// fails in one way. Catch's assertions stand in here; a failure names the request.
#pragma once

#include "base/failure.hpp"
#include "support/run_call.hpp"
#include "support/scratch.hpp"
#include "support/store_view.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qmgmt::test {

struct WritingCall;

class World {
public:
    explicit World(const std::string& store = store_text_on_files(),
                   const std::string& parent = "/tmp")
        : root{store, parent}
    {
    }

    ScratchRoot root;

    // Exit 0, nothing on standard error, exactly these bytes on standard output.
    void gives(const Ask& ask, std::string_view reply) const;

    // As the plain call: exit code of the kind, no output, one line of error, the store as it was.
    // As the framed call: the frame with the exception's name, or nothing for a denial.
    void fails(const Ask& ask, FailureType type) const;

    // Succeeds with this reply; what stands outside the touched elements is the same as before,
    // byte for byte.
    void changes(const Ask& ask, const std::vector<Touched>& touched,
                 std::string_view reply = "") const;

    void changes(const WritingCall& row) const;

    // Succeeds with an empty reply and does not write the store.
    void changes_nothing(const Ask& ask) const;

    [[nodiscard]] StoreView view() const { return StoreView{root.store()}; }
    [[nodiscard]] std::string reply(const Ask& ask) const; // of a call that must succeed
};

// The framed name of a call, as the build has it: its admin.* link, else empty.
[[nodiscard]] std::string framed_name(std::string_view call);

// Exactly one line "CALL: WORD: TEXT" of at most 512 printable bytes, nothing on standard output,
// the exit code.
void check_refusal(const Outcome& outcome, std::string_view call, Failure kind);
void check_refusal(const Outcome& outcome, std::string_view call,
                   const std::vector<Failure>& kinds);

// An exception frame of this type.
void check_exception(const Outcome& outcome, FailureType type);

// What a writing call may be asked on the fixture and on the hostile store, and what it then
// touches. Every call whose description says that it writes has a row.
struct WritingCall {
    Ask ask;
    std::vector<Touched> touched;
    bool names_the_touched = false; // its reply is the name of the qube it touches
    std::string reply = {};         // else what it answers
    std::vector<Ask> first = {};    // what is asked before, that there be something to do
    std::string_view pool = {};     // an element that the store must have besides

    // `store` with what the row needs.
    [[nodiscard]] std::string prepared(const std::string& store) const;
};
[[nodiscard]] const std::vector<WritingCall>& writing_calls();

// What one process at a time must hold to tell that the file was replaced: device, inode and the
// times of a file.
[[nodiscard]] std::string identity_of(const std::string& path);

} // namespace qmgmt::test
